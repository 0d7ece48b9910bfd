//! Exponential back-off with jitter: waits of 1, 2, 4 … 30 s, each up to a quarter shorter at
//! random.

use std::time::Duration;

/// The waits between failed attempts.
#[derive(Clone, Debug, Default)]
pub struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The longest wait.
    pub const LONGEST: Duration = Duration::from_secs(30);

    /// The next wait: twice the one before, at most [`Backoff::LONGEST`], less `jitter` / 255 of a
    /// quarter of it.
    pub fn next(&mut self, jitter: u8) -> Duration {
        let whole = Duration::from_secs(1 << self.attempts.min(5)).min(Self::LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        whole - whole / 4 * u32::from(jitter) / 255
    }

    /// Starts again with 1 s, after a success.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_thirty_seconds() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..8).map(|_| backoff.next(0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
        backoff.reset();
        assert_eq!(backoff.next(0), Duration::from_secs(1));
    }

    #[test]
    fn jitter_takes_up_to_a_quarter_off() {
        for jitter in 0..=255 {
            let wait = Backoff { attempts: 5 }.next(jitter);
            assert!(wait <= Backoff::LONGEST && wait >= Backoff::LONGEST * 3 / 4);
        }
        assert_eq!(Backoff::default().next(255), Duration::from_millis(750));
    }
}
