//! How the program ends, for scripts.

use std::fmt::Write;
use std::process::ExitCode;

/// The exit codes of `parlour`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// QUIT, the end of the input or Ctrl-C, and the server said `close`; or nobody reads the output any more. What a script had to
    /// say was said, and with [`send`](super::send) it has been taken by the room. A person at a terminal is told at once of a line
    /// that is not said, and may still leave with this.
    Left = 0,
    /// The input can't be read, or the output can't be written; or a script has a line that can't be said: it is wrong, or there is no
    /// room to say it to.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The name was refused or the room is full, the last time it was asked; or the server closed the connection unasked; or it refused
    /// a line of a script, such as one for somebody who is not there.
    Refused = 3,
    /// There is no connection.
    Unreachable = 4,
    /// The connection broke off, or the server did not answer QUIT.
    Lost = 5,
    /// The system has too few open files, or too little memory, to begin.
    Starved = 71,
    /// Ctrl-C came while leaving already. It is also what a shell says of a program that Ctrl-C ended.
    Interrupted = 130,
    /// SIGTERM, SIGHUP or SIGQUIT came to the full screen, which was given back.
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

    /// What a shell has of it in `$?`.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What it means, for `--help`.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Left => "left as asked, all of a script was said; or nobody reads the output",
            Self::Failed => "input that cannot be read or said, or output that cannot be written",
            Self::Usage => "a wrong command line",
            Self::Refused => {
                "refused: the name, what was to be sent, or the server closed the connection"
            }
            Self::Unreachable => "the server cannot be reached",
            Self::Lost => "the connection was lost",
            Self::Starved => "the system has too few open files, or too little memory, to begin",
            Self::Interrupted => "left at once: Ctrl-C a second time, or in send or listen",
            Self::Terminated => "left at once: told to end, or the terminal is gone",
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
