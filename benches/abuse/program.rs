//! Members that are programs: the project's own clients, and a script.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;

use super::terminal::Terminal;

/// Reads a line at a time, formats it and prints it.
const SCRIPT: &str = include_str!("script.py");

/// The program to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Script,
    Plain,
    Listen,
    FullScreen,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Script, Self::Plain, Self::Listen, Self::FullScreen];

    /// The name under which it joins.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Plain => "plain",
            Self::Listen => "listen",
            Self::FullScreen => "dani",
        }
    }

    pub(crate) fn is_installed(self) -> bool {
        match self {
            Self::Script => Command::new("python3").arg("--version").output().is_ok(),
            Self::Plain | Self::Listen | Self::FullScreen => true,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Script => "script",
            Self::Plain => "`--plain`",
            Self::Listen => "`listen --json`",
            Self::FullScreen => "full screen",
        })
    }
}

/// A running program, killed when dropped. Its output is read as it comes.
pub(crate) enum Program {
    Piped(Child),
    InTerminal(Option<Terminal>),
}

impl Program {
    pub(crate) fn start(kind: Kind, server: SocketAddr) -> io::Result<Self> {
        let (name, address) = (kind.name(), server.to_string());
        let mut command = match kind {
            Kind::FullScreen => return Ok(Self::InTerminal(Some(Terminal::run(server)?))),
            Kind::Script => Command::new("python3"),
            Kind::Plain | Kind::Listen => Command::new(env!("CARGO_BIN_EXE_parlour")),
        };
        match kind {
            Kind::Script => command.args(["-c", SCRIPT, &address, name]),
            Kind::Plain => command.args(["--plain", "--name", name, &address]),
            Kind::Listen | Kind::FullScreen => {
                command.args(["listen", "--json", "--name", name, "--at", &address])
            }
        };
        // Its input stays open: at the end of its input it would leave.
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn()?;
        let mut output = child.stdout.take().expect("it is piped");
        thread::spawn(move || io::copy(&mut output, &mut io::sink()));
        Ok(Self::Piped(child))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        match self {
            Self::Piped(child) => {
                let _is_gone = child.kill();
                let _status = child.wait();
            }
            Self::InTerminal(terminal) => {
                let _status = terminal.take().map(Terminal::kill);
            }
        }
    }
}
