//! Logs which peers the server dropped and why, one line each, at a bounded rate.

use std::net::SocketAddr;

use tokio::time::Instant;
use tracing::info;

use super::connection::{DropReason, Dropped};
use super::token_bucket::{Rate, TokenBucket};
use crate::protocol::UserName;

/// The most lines at once; after that there is one a second.
const BURST: u64 = 20;

/// The rate limit of the log lines, and how many it has suppressed.
#[derive(Debug)]
pub(super) struct DropLog {
    rate: Rate,
    lines: TokenBucket,
    suppressed: u64,
}

impl DropLog {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            rate: Rate::new(1, BURST).expect("more than 0"),
            lines: TokenBucket::full(now),
            suppressed: 0,
        }
    }

    /// The server has dropped `peer`. A `name` means that it was a member.
    pub(super) fn say(
        &mut self,
        name: Option<&UserName>,
        peer: SocketAddr,
        dropped: Dropped,
        now: Instant,
    ) {
        if self.lines.in_debt_until(self.rate, now).is_some() {
            self.suppressed += 1;
            return;
        }
        self.lines.take(1, self.rate, now);
        if self.suppressed > 0 {
            let peers = std::mem::take(&mut self.suppressed);
            info!(peers, "more were dropped than are told here");
        }
        let name = name.map(tracing::field::display);
        info!(name, %peer, octets = dropped.octets, "dropped: {}", reason(dropped.reason));
    }
}

fn reason(reason: DropReason) -> &'static str {
    match reason {
        DropReason::FellBehind => "more waited for it than --send-queue",
        DropReason::Stalled => "it took nothing for --stall-timeout",
        DropReason::NoMemoryLeft => "more waited for it than was left of --send-memory",
        DropReason::LinkDead => "its link is dead",
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::*;
    use crate::server::tests::logged_by;

    #[test]
    fn a_flood_of_drops_is_logged_at_a_bounded_rate_and_none_goes_uncounted() {
        let start = Instant::now();
        let mut drop_log = DropLog::new(start);
        let mut dropped_at = |seconds| {
            logged_by(|| {
                for octets in 0..100 {
                    let peer = (Ipv4Addr::LOCALHOST, 1).into();
                    let reason = DropReason::Stalled;
                    let now = start + Duration::from_secs(seconds);
                    drop_log.say(None, peer, Dropped { reason, octets }, now);
                }
            })
        };
        let log = dropped_at(0);
        let told = log.matches("dropped: it took nothing for --stall-timeout");
        let told = told.count();
        assert!((20..=21).contains(&told), "{log}");
        assert_eq!(log.lines().count(), told);
        let log = dropped_at(60);
        let counted = format!("peers={}", 100 - told);
        let first = log.lines().next().expect("a line");
        assert!(
            first.contains("more were dropped") && first.contains(&counted),
            "{log}"
        );
        assert_eq!(log.lines().count(), told + 1);
    }
}
