//! A client in a process group of its own, which is killed with all that it started.

use std::io;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

/// A process, which is killed when this is dropped.
pub(super) struct ChildProcess {
    child: Child,
    /// The process group, which outlives its first process.
    group: Option<Pid>,
}

impl ChildProcess {
    /// Starts a command for `sh`, with pipes for its three streams.
    pub(super) fn start(command: &str) -> io::Result<(Self, ChildStdin, ChildStdout, ChildStderr)> {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command).process_group(0);
        // A student's program shall not buffer what it prints into a pipe, nor colour it.
        shell.env("PYTHONUNBUFFERED", "1").env("NO_COLOR", "1");
        shell
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = shell.spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let child = Self { child, group };
        let (Some(stdin), Some(stdout), Some(stderr)) = streams else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok((child, stdin, stdout, stderr))
    }

    /// Waits until it has ended. Cancel safe.
    pub(super) async fn ended(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// How it ended, if it has.
    pub(super) fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // A process that has already ended needs no signal.
            let _gone = kill_process_group(group, Signal::KILL);
        }
    }
}
