//! The server as a process: its console, its log, its signals and its memory.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use super::peer::{DEADLINE, in_time};

/// A running `parlour-server`, killed when dropped.
pub(crate) struct Process {
    pub(crate) port: u16,
    child: Child,
    console: Option<BufReader<ChildStdout>>,
    log: Receiver<String>,
}

impl Process {
    /// Starts the server on a free port, with these options.
    pub(crate) fn start(options: &[&str]) -> Self {
        let mut command = server();
        command.arg("0").args(options);
        Self::spawn(command)
    }

    /// Runs `command`, which has to listen on port 0.
    pub(crate) fn spawn(command: Command) -> Self {
        Self::try_spawn(command).unwrap_or_else(|(status, log)| panic!("{status}: {log}"))
    }

    /// Likewise, or the exit status and the log if it does not start to listen.
    pub(crate) fn try_spawn(mut command: Command) -> Result<Self, (ExitStatus, String)> {
        let mut child = command.spawn().expect("the server starts");
        let console = BufReader::new(child.stdout.take().expect("piped"));
        let stderr = child.stderr.take().map(BufReader::new);
        let (say, log) = mpsc::channel();
        thread::spawn(move || {
            let mut lines = stderr.into_iter().flat_map(BufRead::lines);
            lines.try_for_each(|line| say.send(line.expect("UTF-8")))
        });
        let mut process = Self {
            port: 0,
            child,
            console: Some(console),
            log,
        };
        let first = process.console_line();
        if first.is_empty() {
            let log = process.log_rest();
            return Err((process.ended(), log));
        }
        let port = first.strip_prefix("Server is listening on ");
        process.port = port.and_then(|port| port.parse().ok()).expect("a port");
        Ok(process)
    }

    pub(crate) fn console_line(&mut self) -> String {
        let mut console = self.take_console();
        let (line, console) = in_time(move || {
            let mut line = String::new();
            console.read_line(&mut line).expect("UTF-8");
            (line, console)
        });
        self.console = Some(console);
        line.trim_end_matches('\n').to_owned()
    }

    /// The console, to be read or closed.
    pub(crate) fn take_console(&mut self) -> BufReader<ChildStdout> {
        self.console.take().expect("taken once")
    }

    /// The next line of the log that contains `what`.
    pub(crate) fn log_line(&self, what: &str) -> String {
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
    pub(crate) fn log_rest(&self) -> String {
        let lines = std::iter::from_fn(|| self.log.recv_timeout(DEADLINE).ok());
        lines.map(|line| line + "\n").collect()
    }

    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends the signal of Ctrl-\.
    pub(crate) fn quit(&self) {
        self.signal(Signal::QUIT);
    }

    /// Sends the signal of a terminal that is closed.
    pub(crate) fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// Waits until the process has ended by itself.
    pub(crate) fn ended(mut self) -> ExitStatus {
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
    pub(crate) fn resident(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Peak resident memory of the process, in KiB.
    pub(crate) fn peak(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// How many open files the process may have: the soft limit and the hard one.
    pub(crate) fn open_files(&self) -> Vec<String> {
        let limits = self.proc("limits", "Max open files");
        let limits = limits.split_whitespace().take(2);
        limits.map(str::to_owned).collect()
    }

    /// The number of open files that the file table has memory for.
    pub(crate) fn descriptor_table(&self) -> u64 {
        let size = self.proc("status", "FDSize:");
        size.parse().expect("a number")
    }

    fn status(&self, field: &str) -> u64 {
        let value = self.proc("status", field);
        let kib = value.strip_suffix(" kB").and_then(|kib| kib.parse().ok());
        kib.expect("a size")
    }

    /// What the system reports about the process in this file, after `field`.
    fn proc(&self, file: &str, field: &str) -> String {
        let file = fs::read_to_string(format!("/proc/{}/{file}", self.child.id()));
        let file = file.expect("a running process");
        let value = file.lines().find_map(|line| line.strip_prefix(field));
        value.expect(field).trim().to_owned()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("our child");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

/// The server, as [`program`] runs it.
pub(crate) fn server() -> Command {
    program(env!("CARGO_BIN_EXE_parlour-server"))
}

/// The server on a free port, under this `ulimit`.
pub(crate) fn under(ulimit: &str) -> Command {
    let mut command = program("sh");
    command.args(["-c", &format!("ulimit {ulimit} && exec \"$0\" 0")]);
    command.arg(env!("CARGO_BIN_EXE_parlour-server"));
    command
}

/// A program that ends up running the server, with an environment that only makes it patient: on a
/// busy machine a test can take longer than people may.
pub(crate) fn program(path: &str) -> Command {
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
