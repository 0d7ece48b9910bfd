//! The signals that stop the server: the first in an orderly way, the second at once.

use std::fs;
use std::future::pending;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that stop the server.
pub(crate) struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
    /// Comes when the terminal is closed.
    hang_up: Option<Signal>,
}

impl StopSignals {
    /// From here on signals are no sudden end.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: match is_hang_up_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    /// Waits for the first signal; a second one that somebody sends ends the process at once.
    ///
    /// SIGHUP is never the second: of one terminal that is closed the shell tells its jobs first,
    /// and then, as the shell ends, the system tells them again.
    pub(crate) async fn received(mut self) {
        let hang_up = self.hang_up.take();
        tokio::select! {
            biased;
            () = self.sent() => {}
            () = hung_up(hang_up) => {}
        }
        actix_rt::spawn(async move {
            self.sent().await;
            std::process::exit(130);
        });
    }

    async fn sent(&mut self) {
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

async fn hung_up(signal: Option<Signal>) {
    match signal {
        Some(mut signal) => drop(signal.recv().await),
        None => pending().await,
    }
}

/// Whether the server is to outlive its terminal, as nohup has it. Where the system does not say,
/// SIGHUP is left as it is.
fn is_hang_up_ignored() -> bool {
    /// Of the mask of signals, of which SIGHUP is the first.
    const HANG_UP: u64 = 1;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_none_or(|mask| mask & HANG_UP != 0)
}
