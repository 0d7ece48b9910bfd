//! When a server has nothing to do any more.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::process::Process;

/// How often it is looked, and how much of that a server may work that idles.
const WINDOW: Duration = Duration::from_millis(100);
const IDLE: f64 = 0.05;

/// In so many windows on end it must have idled.
const WINDOWS: u32 = 3;

/// What a server has worked of late.
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

    /// Whether it idles by now.
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

    /// Since the beginning, without the windows in which it idled.
    pub(crate) fn worked_for(&self) -> Duration {
        (self.looked - self.start).saturating_sub(WINDOW * self.idled)
    }

    /// Waits for it, no longer than `most`.
    pub(crate) fn wait(server: &Process, most: Duration) -> io::Result<()> {
        let mut idle = Self::new(server)?;
        while !idle.look(server)? && idle.start.elapsed() < most {
            sleep(WINDOW);
        }
        Ok(())
    }
}
