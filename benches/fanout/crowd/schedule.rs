//! When texts are due at a fixed rate.

use std::time::{Duration, Instant};

/// When texts are due, whether or not the earlier ones have arrived.
#[derive(Clone)]
pub(super) struct Schedule {
    start: Instant,
    interval: Duration,
    talkers: usize,
    said_before: Vec<u64>,
}

impl Schedule {
    /// A schedule for `talkers` that send `rate` texts a second each from a given moment, given how
    /// many they have sent before.
    pub(super) fn new(talkers: usize, rate: u32, said_before: Vec<u64>) -> Self {
        Self {
            start: Instant::now() + Duration::from_millis(5),
            interval: Duration::from_secs(1) / rate,
            talkers,
            said_before,
        }
    }

    pub(super) fn start(&self) -> Instant {
        self.start
    }

    /// Whether this member talks.
    pub(super) fn has(&self, talker: usize) -> bool {
        talker < self.talkers
    }

    pub(super) fn due(&self, talker: usize, number: u64) -> Instant {
        let nth = (number - self.said_before[talker]) as u32;
        self.start + self.interval * nth + self.interval * talker as u32 / self.talkers as u32
    }

    /// How many texts of a talker that has sent this many are due at `now`.
    pub(super) fn count_due(&self, talker: usize, said: u64, now: Instant) -> u64 {
        let due = (said..).take_while(|&number| self.due(talker, number) <= now);
        due.count() as u64
    }
}
