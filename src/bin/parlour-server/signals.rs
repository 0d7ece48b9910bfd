//! The signals that stop the server: the first one gracefully, the second one at once.

use std::fs;
use std::future::pending;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that stop the server.
pub(crate) struct StopSignals {
    interrupt: Signal,
    quit: Signal,
    terminate: Signal,
    /// Sent when the terminal is closed. `None` if SIGHUP is ignored.
    hang_up: Option<Signal>,
}

impl StopSignals {
    /// From now on these signals no longer end the process by themselves.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: match is_hang_up_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    /// Waits for the first signal. A SIGINT, SIGQUIT or SIGTERM after it ends the process at once.
    ///
    /// SIGHUP does not count as the second: when a terminal is closed, the shell sends it to its
    /// jobs, and the system sends it again when the shell ends.
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
            _ = self.quit.recv() => {}
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

/// Whether the process was started with SIGHUP ignored, as nohup does, to outlive its terminal. If
/// the system does not say, SIGHUP is left as it is.
fn is_hang_up_ignored() -> bool {
    /// The bit of SIGHUP, signal 1, in the mask.
    const HANG_UP: u64 = 1;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_none_or(|mask| mask & HANG_UP != 0)
}
