//! Limits the rate of connections from each address: a connection that comes too fast is accepted,
//! but its first line is read later (FAIR-3).

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::token_bucket::{Rate, TokenBucket};
use crate::room::PeerAddress;

/// What a connection costs, in octets: about as much as its joining and leaving make the room tell,
/// and the work of accepting it.
const CONNECTION_COST: usize = 2048;

/// The token buckets of the addresses from which connections came lately.
#[derive(Debug)]
pub(super) struct ConnectionRateLimiter {
    rate: Option<Rate>,
    buckets: BTreeMap<PeerAddress, TokenBucket>,
    /// When there are this many buckets, those that are full again are removed.
    sweep_at: usize,
}

impl ConnectionRateLimiter {
    pub(super) fn new(rate: Option<Rate>) -> Self {
        Self {
            rate,
            buckets: BTreeMap::new(),
            sweep_at: 0,
        }
    }

    /// Charges `from` for a connection. Returns the time before which nothing of it may be read.
    pub(super) fn charge(&mut self, from: Option<PeerAddress>, now: Instant) -> Option<Instant> {
        let (rate, from) = (self.rate?, from?);
        if self.buckets.len() >= self.sweep_at {
            self.buckets.retain(|_, bucket| !bucket.is_full(now));
            self.sweep_at = 2 * self.buckets.len() + 1024;
        }
        let bucket = self.buckets.entry(from);
        let bucket = bucket.or_insert_with(|| TokenBucket::full(now));
        bucket.take(CONNECTION_COST, rate, now);
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
        let rate = Rate::new(CONNECTION_COST as u64, 3 * CONNECTION_COST as u64);
        let mut limiter = ConnectionRateLimiter::new(rate);
        let now = Instant::now();
        let throttled = [(); 5].map(|()| limiter.charge(address(1), now));
        let after = |seconds| Some(now + Duration::from_secs(seconds));
        assert_eq!(throttled, [None, None, None, after(1), after(2)]);
        assert_eq!(limiter.charge(address(2), now), None);
        assert_eq!(limiter.charge(None, now), None);
    }

    /// SEC-3
    #[test]
    fn addresses_are_forgotten_when_they_come_no_more() {
        let mut limiter = ConnectionRateLimiter::new(Rate::new(1 << 20, 1 << 20));
        let start = Instant::now();
        for n in 0..100_000 {
            limiter.charge(address(n), start + Duration::from_millis(n.into()));
        }
        assert!(limiter.buckets.len() <= 1026, "{}", limiter.buckets.len());
    }
}
