//! How fast connections come from each address, and when the first line of one that came too fast
//! is taken (FAIR-3).

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::token_bucket::{Rate, TokenBucket};
use crate::room::PeerAddress;

/// What a connection counts, in octets: about what a room is told for its joining and leaving, and
/// the work of it.
const CONNECTION: usize = 2048;

/// The addresses from which connections came lately.
#[derive(Debug)]
pub(super) struct Arrivals {
    rate: Option<Rate>,
    buckets: BTreeMap<PeerAddress, TokenBucket>,
    /// With so many, those that are full again are forgotten.
    sweep_at: usize,
}

impl Arrivals {
    pub(super) fn new(rate: Option<Rate>) -> Self {
        Self {
            rate,
            buckets: BTreeMap::new(),
            sweep_at: 0,
        }
    }

    /// Counts a connection from there, and says until when nothing is taken of it.
    pub(super) fn count(&mut self, from: Option<PeerAddress>, now: Instant) -> Option<Instant> {
        let (rate, from) = (self.rate?, from?);
        if self.buckets.len() >= self.sweep_at {
            self.buckets.retain(|_, bucket| !bucket.is_full(now));
            self.sweep_at = 2 * self.buckets.len() + 1024;
        }
        let bucket = self.buckets.entry(from);
        let bucket = bucket.or_insert_with(|| TokenBucket::full(now));
        bucket.take(CONNECTION, rate, now);
        bucket.in_debt_until(rate, now)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::*;

    fn address(n: u32) -> Option<PeerAddress> {
        PeerAddress::of(Ipv4Addr::from_bits(0xC000_0200 + n).into())
    }

    /// FAIR-3
    #[test]
    fn connections_beyond_the_burst_wait_each_for_those_before_it() {
        let rate = Rate::new(CONNECTION as u64, 3 * CONNECTION as u64);
        let mut arrivals = Arrivals::new(rate);
        let now = Instant::now();
        let held = [(); 5].map(|()| arrivals.count(address(1), now));
        let after = |seconds| Some(now + Duration::from_secs(seconds));
        assert_eq!(held, [None, None, None, after(1), after(2)]);
        assert_eq!(arrivals.count(address(2), now), None);
        assert_eq!(arrivals.count(None, now), None);
    }

    /// SEC-3
    #[test]
    fn addresses_are_forgotten_when_they_come_no_more() {
        let mut arrivals = Arrivals::new(Rate::new(1 << 20, 1 << 20));
        let start = Instant::now();
        for n in 0..100_000 {
            arrivals.count(address(n), start + Duration::from_millis(n.into()));
        }
        assert!(arrivals.buckets.len() <= 1026, "{}", arrivals.buckets.len());
    }
}
