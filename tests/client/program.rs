//! Runs the programs under test, and waits for them.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use parlour_testkit::DEADLINE;
use tokio::net::TcpSocket;

/// The client, with an environment of its own.
pub(crate) fn parlour(addr: SocketAddr) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlour"));
    command.arg(addr.to_string());
    command.env_remove("PARLOUR_NAME");
    command
}

/// `parlour send` or `parlour listen`, run by a user called `sam`.
pub(crate) fn subcommand(name: &str, addr: SocketAddr) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlour"));
    command.args([name, "--at", &addr.to_string()]);
    command.env_remove("PARLOUR_NAME");
    command.env_remove("PARLOUR_SERVER");
    command.env("USER", "sam");
    command
}

/// An address without a listener: the port is taken, so that no other program comes to listen there
/// either.
pub(crate) fn nowhere() -> SocketAddr {
    static DEAF: LazyLock<TcpSocket> = LazyLock::new(|| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        socket
    });
    DEAF.local_addr().unwrap()
}

/// The outcome of a finished program.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) notices: String,
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            output: String::from_utf8(output.stdout).unwrap(),
            notices: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Starts a program with pipes for its input, output and errors.
pub(crate) fn piped(mut command: Command) -> Child {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Likewise, but its output has no reader from the beginning.
pub(crate) fn unread(mut command: Command) -> Child {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    command
        .stdin(Stdio::piped())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs a program on `input`, written while its output is read.
pub(crate) fn run(command: Command, input: &str) -> Finished {
    let mut child = piped(command);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A program may leave before it has read its input.
    thread::spawn(move || stdin.write_all(input.as_bytes()));
    finish(child)
}

/// A program whose output is read line by line as it comes. Killed when dropped.
pub(crate) struct Reading {
    child: Option<Child>,
    lines: Receiver<String>,
}

impl Reading {
    pub(crate) fn of(command: Command) -> Self {
        let mut child = piped(command);
        let output = BufReader::new(child.stdout.take().unwrap());
        let (read, lines) = mpsc::sync_channel(64);
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if read.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            child: Some(child),
            lines,
        }
    }

    #[track_caller]
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(DEADLINE).expect("another line")
    }

    /// The remaining lines when it ends, and its outcome.
    pub(crate) fn ends(mut self) -> (Vec<String>, Finished) {
        let mut rest = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(DEADLINE) {
            rest.push(line);
        }
        let child = self.child.take().expect("it is here until it ends");
        (rest, finish(child))
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

/// Waits for a program that is about to end.
pub(crate) fn finish(child: Child) -> Finished {
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(child.wait_with_output()));
    let output = end.recv_timeout(DEADLINE).expect("the program ends");
    output.unwrap().into()
}
