//! The server as a process: its console, its log, its signals and its memory.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use crate::{DEADLINE, in_time};

/// A running `parlour-server`, killed when dropped.
#[derive(Debug)]
pub struct Server {
    /// Where peers on this machine connect.
    pub addr: SocketAddr,
    child: Child,
    console: Option<BufReader<ChildStdout>>,
    log: Receiver<String>,
}

impl Server {
    /// Starts `server` (a test's `env!("CARGO_BIN_EXE_parlour-server")`) on a free port, with these
    /// options.
    pub fn start(server: &str, options: &[&str]) -> Self {
        let mut command = program(server);
        command.arg("0").args(options);
        Self::spawn(command)
    }

    /// Runs `command`, which has to listen on port 0.
    pub fn spawn(command: Command) -> Self {
        Self::try_spawn(command).unwrap_or_else(|(status, log)| panic!("{status}: {log}"))
    }

    /// Likewise, or the exit status and the log if it does not start to listen.
    pub fn try_spawn(mut command: Command) -> Result<Self, (ExitStatus, String)> {
        let mut child = command.spawn().expect("the server starts");
        let mut console = BufReader::new(child.stdout.take().expect("piped"));
        let stderr = child.stderr.take().map(BufReader::new);
        let (say, log) = mpsc::channel();
        thread::spawn(move || {
            let mut lines = stderr.into_iter().flat_map(BufRead::lines);
            lines.try_for_each(|line| say.send(line.expect("UTF-8")))
        });
        let (first, console) = in_time(move || {
            let mut first = String::new();
            console.read_line(&mut first).expect("UTF-8");
            (first, console)
        });
        let mut server = Self {
            addr: (Ipv4Addr::LOCALHOST, 0).into(),
            child,
            console: Some(console),
            log,
        };
        if first.is_empty() {
            let log = server.log_rest();
            return Err((server.ended(), log));
        }
        let port = first.trim_end().strip_prefix("Server is listening on ");
        let port = port.and_then(|port| port.parse().ok());
        server.addr.set_port(port.expect("a port"));
        Ok(server)
    }

    /// The console, to be read or closed.
    pub fn take_console(&mut self) -> BufReader<ChildStdout> {
        self.console.take().expect("taken once")
    }

    /// The next line of the log that contains `what`.
    pub fn log_line(&self, what: &str) -> String {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.log.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("the log never says: {what}"));
            if line.contains(what) {
                return line;
            }
        }
    }

    /// The rest of the log, to its end.
    pub fn log_rest(&self) -> String {
        let lines = std::iter::from_fn(|| self.log.recv_timeout(DEADLINE).ok());
        lines.map(|line| line + "\n").collect()
    }

    /// Sends the signal of Ctrl-C.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends the signal of Ctrl-\.
    pub fn quit(&self) {
        self.signal(Signal::QUIT);
    }

    /// Sends the signal of a terminal that is closed.
    pub fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// Waits until the process has ended by itself.
    pub fn ended(mut self) -> ExitStatus {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().expect("our child") {
                return status;
            }
            assert!(Instant::now() < deadline, "the server does not end");
            thread::yield_now();
        }
    }

    /// Resident memory of the process, in KiB.
    pub fn resident(&self) -> u64 {
        kib(self.child.id(), "VmRSS:")
    }

    /// Peak resident memory of the process, in KiB.
    pub fn peak(&self) -> u64 {
        kib(self.child.id(), "VmHWM:")
    }

    /// How many open files the process may have: the soft limit and the hard one.
    pub fn open_files(&self) -> Vec<String> {
        let limits = proc(self.child.id(), "limits", "Max open files");
        let limits = limits.split_whitespace().take(2);
        limits.map(str::to_owned).collect()
    }

    /// The number of open files that the file table has memory for.
    pub fn descriptor_table(&self) -> u64 {
        let size = proc(self.child.id(), "status", "FDSize:");
        size.parse().expect("a number")
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("our child");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

/// A program that ends up running the server, with an environment that only makes it patient: on a
/// busy machine a test can take longer than people may.
pub fn program(path: &str) -> Command {
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PARLOUR_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
        .env("PARLOUR_JOIN_TIMEOUT", "0")
        .env("PARLOUR_STALL_TIMEOUT", "1000")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A size that the system reports in the status of a process, in KiB.
pub fn kib(process: u32, field: &str) -> u64 {
    let value = proc(process, "status", field);
    let kib = value.strip_suffix(" kB").and_then(|kib| kib.parse().ok());
    kib.expect("a size")
}

/// What the system reports about a process in this file, after `field`.
fn proc(process: u32, file: &str, field: &str) -> String {
    let file = fs::read_to_string(format!("/proc/{process}/{file}"));
    let file = file.expect("a running process");
    let value = file.lines().find_map(|line| line.strip_prefix(field));
    value.expect(field).trim().to_owned()
}
