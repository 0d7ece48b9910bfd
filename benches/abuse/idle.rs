//! Finds the moment at which a server goes idle.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::process::Process;

/// The sampling window, and the most CPU time that an idle server uses in one.
const WINDOW: Duration = Duration::from_millis(100);
const IDLE: f64 = 0.05;

/// The number of consecutive idle windows that make a server idle.
const WINDOWS: u32 = 3;

/// The CPU time that a server used recently.
pub(crate) struct Idle {
    start: Instant,
    looked: Instant,
    cpu: Duration,
    idled: u32,
}

impl Idle {
    pub(crate) fn new(server: &Process) -> io::Result<Self> {
        let now = Instant::now();
        Ok(Self {
            start: now,
            looked: now,
            cpu: server.cpu()?,
            idled: 0,
        })
    }

    /// Whether the server is idle by now.
    pub(crate) fn look(&mut self, server: &Process) -> io::Result<bool> {
        let now = Instant::now();
        let window = now - self.looked;
        if window >= WINDOW {
            let cpu = server.cpu()?;
            let worked = (cpu - self.cpu).as_secs_f64() / window.as_secs_f64();
            self.idled = if worked < IDLE { self.idled + 1 } else { 0 };
            (self.looked, self.cpu) = (now, cpu);
        }
        Ok(self.idled >= WINDOWS)
    }

    /// The CPU time since the beginning, without the idle windows.
    pub(crate) fn worked_for(&self) -> Duration {
        (self.looked - self.start).saturating_sub(WINDOW * self.idled)
    }

    /// Waits until the server is idle, for at most `most`.
    pub(crate) fn wait(server: &Process, most: Duration) -> io::Result<()> {
        let mut idle = Self::new(server)?;
        while !idle.look(server)? && idle.start.elapsed() < most {
            sleep(WINDOW);
        }
        Ok(())
    }
}
