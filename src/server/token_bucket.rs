//! A token bucket in octets: how many may pass at once, and how many a second in the long run
//! (FAIR-2).
//!
//! Time is an argument. The bucket refuses nothing: it goes into debt, and the caller waits until
//! the debt is paid.

use std::time::Duration;

use tokio::time::Instant;

/// How fast a bucket fills, and how much it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    per_second: u64,
    burst: u64,
}

impl Rate {
    /// `per_second` octets in the long run, and `burst` octets at once. `None` if `per_second` is
    /// 0, which stands for no limit.
    pub(super) fn new(per_second: u64, burst: u64) -> Option<Self> {
        (per_second > 0).then_some(Self { per_second, burst })
    }

    /// How long it takes to fill in this many octets.
    fn time_for(self, octets: u64) -> Duration {
        let nanos = u128::from(octets) * 1_000_000_000 / u128::from(self.per_second);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// The level of a bucket, kept as the time at which it will be full again.
#[derive(Clone, Copy, Debug)]
pub(super) struct TokenBucket {
    full_at: Instant,
}

impl TokenBucket {
    /// A full bucket.
    pub(super) fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes this many octets out, even if there are fewer.
    pub(super) fn take(&mut self, octets: usize, rate: Rate, now: Instant) {
        self.full_at = self.full_at.max(now) + rate.time_for(octets as u64);
    }

    /// Whether the bucket is full.
    pub(super) fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }

    /// When the debt is paid; that time may have passed.
    pub(super) fn paid_at(&self, rate: Rate) -> Option<Instant> {
        self.full_at.checked_sub(rate.time_for(rate.burst))
    }

    /// When the debt is paid, if that is later than `now`.
    pub(super) fn in_debt_until(&self, rate: Rate, now: Instant) -> Option<Instant> {
        self.paid_at(rate).filter(|&paid_at| paid_at > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FAIR-2
    #[test]
    fn a_burst_passes_at_once_and_what_is_beyond_it_is_paid_off_at_the_rate() {
        let rate = Rate::new(1000, 5000).expect("a rate");
        let start = Instant::now();
        let mut bucket = TokenBucket::full(start);
        bucket.take(5000, rate, start);
        assert_eq!(bucket.in_debt_until(rate, start), None);
        bucket.take(2000, rate, start);
        let paid_at = start + Duration::from_secs(2);
        assert_eq!(bucket.in_debt_until(rate, start), Some(paid_at));
        assert_eq!(bucket.in_debt_until(rate, paid_at), None);
        // From then on only the rate passes, until a silence as long as the burst takes to fill.
        bucket.take(1000, rate, paid_at);
        let paid_at = paid_at + Duration::from_secs(1);
        assert_eq!(
            bucket.in_debt_until(rate, start + Duration::from_secs(2)),
            Some(paid_at)
        );
        let later = paid_at + Duration::from_secs(60);
        bucket.take(5000, rate, later);
        assert_eq!(bucket.in_debt_until(rate, later), None);
        bucket.take(1, rate, later);
        assert!(bucket.in_debt_until(rate, later).is_some());
    }

    #[test]
    fn no_rate_is_any_rate_and_no_number_is_too_large() {
        assert_eq!(Rate::new(0, 5000), None);
        let rate = Rate::new(1, u64::MAX).expect("a rate");
        let now = Instant::now();
        let mut bucket = TokenBucket::full(now);
        bucket.take(usize::MAX, rate, now);
        assert_eq!(bucket.in_debt_until(rate, now), None);
    }
}
