//! How the program ends, for scripts.

use std::fmt::Write;
use std::process::ExitCode;

/// The exit codes of `parlour`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// After QUIT, the end of the input or Ctrl-C, the server said `close`; or nobody reads the
    /// output any more. Every line of a script was said, and with [`send`](super::send) the room
    /// accepted each. A person at a terminal sees at once that a line was not said, and may still
    /// get this exit.
    Left = 0,
    /// The input can't be read, or the output can't be written; or a line of a script is wrong, or
    /// was for the room before the script had joined it.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The server refused the last JOIN, because of the name or because the room is full; or it
    /// closed the connection unasked; or it refused a line of a script, such as one to somebody who
    /// is absent.
    Refused = 3,
    /// The server cannot be reached.
    Unreachable = 4,
    /// The connection was lost, or the server did not answer. With [`send`](super::send) and
    /// retry: a line may or may not have been said.
    Lost = 5,
    /// The system has too few open files, or too little memory, to start.
    Starved = 71,
    /// Ctrl-C came a second time. A shell reports the same code for a program that Ctrl-C killed.
    Interrupted = 130,
    /// The full screen got SIGTERM, SIGHUP or SIGQUIT, and restored the terminal.
    Terminated = 143,
}

impl Exit {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 9] = [
        Self::Left,
        Self::Failed,
        Self::Usage,
        Self::Refused,
        Self::Unreachable,
        Self::Lost,
        Self::Starved,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The exit status, as in the shell's `$?`.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What it means, for `--help`.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Left => "left as asked, with every line said; or nobody reads the output",
            Self::Failed => "a line cannot be sent, or the input or output has failed",
            Self::Usage => "the command line or a variable is wrong",
            Self::Refused => "the server refused the name or a line, or closed the connection",
            Self::Unreachable => "the server cannot be reached",
            Self::Lost => "the connection was lost, and with it perhaps a line",
            Self::Starved => "too few open files, or too little memory, to start",
            Self::Interrupted => {
                "ended at once by Ctrl-C: by the second, or by the first in send and listen"
            }
            Self::Terminated => "the full screen was ended by a signal, or lost its terminal",
        }
    }

    /// A line for each code, for `--help`.
    pub fn table() -> String {
        Self::ALL.iter().fold(String::new(), |mut table, exit| {
            writeln!(table, "  {:>3}  {}", exit.code(), exit.meaning())
                .expect("a String grows as needed");
            table
        })
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
