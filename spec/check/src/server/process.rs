//! A server in a process group of its own, which is killed with all that it started.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::exit_status::{STDERR_KEPT, describe};

/// A process, which is killed when this is dropped.
pub(super) struct Process {
    child: Child,
    /// The last octets that it wrote to standard error.
    stderr_tail: Arc<Mutex<VecDeque<u8>>>,
    /// Disconnected when its standard error is closed.
    stderr_closed: mpsc::Receiver<()>,
}

impl Process {
    /// Starts a command for `sh`.
    pub(super) fn start(command: &str) -> io::Result<Self> {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command).process_group(0);
        shell
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = shell.spawn()?;
        let stderr_tail = Arc::new(Mutex::new(VecDeque::new()));
        let (close_stderr, stderr_closed) = mpsc::channel();
        if let Some(mut stderr) = child.stderr.take() {
            let stderr_tail = Arc::clone(&stderr_tail);
            thread::spawn(move || {
                let _until_the_end = close_stderr;
                let mut chunk = [0; 512];
                while let Ok(read @ 1..) = stderr.read(&mut chunk) {
                    let Ok(mut stderr_tail) = stderr_tail.lock() else {
                        return;
                    };
                    stderr_tail.extend(&chunk[..read]);
                    let excess = stderr_tail.len().saturating_sub(STDERR_KEPT);
                    stderr_tail.drain(..excess);
                }
            });
        }
        Ok(Self {
            child,
            stderr_tail,
            stderr_closed,
        })
    }

    /// As [`Process::ended`], but waits up to this time: the end of a connection is seen before
    /// that of its process.
    pub(super) fn ends_within(&mut self, within: Duration) -> Option<String> {
        let begun = Instant::now();
        loop {
            let ended = self.ended();
            if ended.is_some() || begun.elapsed() > within {
                return ended;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// How it ended, if it has. All that it wrote to standard error before is collected by then.
    pub(super) fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        // Another thread reads what it wrote. A process that it started may keep its standard error
        // open.
        let _silent = self.stderr_closed.recv_timeout(Duration::from_millis(200));
        Some(describe(status))
    }

    /// The last octets that it wrote to standard error.
    pub(super) fn stderr(&self) -> Vec<u8> {
        let stderr_tail = self.stderr_tail.lock();
        stderr_tail
            .map(|stderr_tail| stderr_tail.iter().copied().collect())
            .unwrap_or_default()
    }

    /// Sends it a signal.
    pub(super) fn signal(&self, signal: Signal) {
        if let Some(group) = Pid::from_raw(self.child.id().cast_signed()) {
            // A process that has already ended needs no signal.
            let _gone = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        let _status = self.child.wait();
    }
}
