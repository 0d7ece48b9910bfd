//! Rate limits: how late a server may be that delays what is sent too fast (FAIR-2, FAIR-3).

use std::time::{Duration, Instant};

use crate::limits::Limits;

/// How fast a bucket fills, and how many octets it holds. 0 octets a second mean no limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    per_second: u64,
    burst: u64,
}

/// The cost of a connection, in octets, for its address (FAIR-3).
pub(super) const CONNECTION_COST: u64 = 2048;

impl Rate {
    /// The rate of a server with these limits.
    pub(super) fn of(limits: &Limits) -> Self {
        Self {
            per_second: limits.get("talk-rate"),
            burst: limits.get("talk-burst"),
        }
    }

    /// The time in which the bucket gains this many octets.
    pub(super) fn time_for(self, octets: u64) -> Duration {
        let nanos = u128::from(octets) * 1_000_000_000;
        let nanos = nanos.checked_div(u128::from(self.per_second));
        Duration::from_nanos(u64::try_from(nanos.unwrap_or(0)).unwrap_or(u64::MAX))
    }
}

/// A token bucket, represented by the time at which it is full again.
#[derive(Clone, Copy, Debug)]
pub(super) struct TokenBucket {
    full_at: Instant,
}

impl TokenBucket {
    pub(super) fn full() -> Self {
        Self {
            full_at: Instant::now(),
        }
    }

    /// Takes this many octets out; the bucket may go into debt.
    pub(super) fn take(&mut self, octets: u64, rate: Rate) {
        let from = self.full_at.max(Instant::now());
        self.full_at = from.checked_add(rate.time_for(octets)).unwrap_or(from);
    }

    /// The time from now until the bucket is out of debt.
    pub(super) fn delay(&self, rate: Rate) -> Duration {
        let until_full = self.full_at.saturating_duration_since(Instant::now());
        until_full.saturating_sub(rate.time_for(rate.burst))
    }
}

/// The highest possible cost of these octets of a client: each line costs its own octets, or those
/// that it makes the room send.
pub(super) fn cost(octets: &[u8]) -> u64 {
    /// The sender's name, and the text around it.
    const NAME: usize = 64;
    /// The answer to a line that goes to its sender alone (SLOW-4).
    const ANSWER: usize = 1024;
    let lines = octets.split(|&octet| octet == b'\n');
    let cost = |line: &[u8]| (line.len() + NAME).max(ANSWER) as u64;
    lines.filter(|line| !line.is_empty()).map(cost).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        per_second: 1000,
        burst: 5000,
    };

    #[test]
    fn a_server_may_be_late_by_what_was_said_beyond_the_burst() {
        let mut said = TokenBucket::full();
        said.take(4000, RATE);
        assert_eq!(said.delay(RATE), Duration::ZERO);
        said.take(61_000, RATE);
        let late = said.delay(RATE);
        let about = Duration::from_secs(50)..=Duration::from_secs(60);
        assert!(about.contains(&late), "{late:?}");
        let any = Rate {
            per_second: 0,
            ..RATE
        };
        let mut said = TokenBucket::full();
        said.take(u64::MAX, any);
        assert_eq!(said.delay(any), Duration::ZERO);
    }

    #[test]
    fn a_line_counts_with_what_it_can_make_the_room_tell() {
        assert_eq!(cost(b"LIST\nLIST\n\n"), 2048);
        assert_eq!(cost(&[b'x'; 3000]), 3064);
    }
}
