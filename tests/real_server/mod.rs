//! The server as a separate process, on its own port.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A real server, which ends when dropped.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    child: Child,
    _console: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_parlour-server"))
            .arg("0")
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut console = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        console.read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("Server is listening on ").unwrap();
        Self {
            addr: format!("127.0.0.1:{port}").parse().unwrap(),
            child,
            _console: console,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
