//! How a server is set up: the limits of spec section 8.

use std::rc::Rc;
use std::time::Duration;

use super::connection::ConnectionLimits;
use super::send_memory::SendMemory;
use super::token_bucket::Rate;
use crate::room::Limits;

/// The limits of a server; the defaults are the spec's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The most members and connections, in all (`capacity`, `max-connections`) and of one address
    /// (`seats-per-address`, `connections-per-address`).
    pub limits: Limits,
    /// How long a visitor may take to join before its connection is closed (`join-timeout`,
    /// JOIN-5). Zero: for ever.
    pub join_timeout: Duration,
    /// The most octets of a client's line, with its LF (`max-line`, LINE-2). At least 64 by section
    /// 8, which nothing checks here.
    pub max_line: usize,
    /// The silence that ends a line of a peer that has never sent an LF (`quiet-ms`, LINE-8,
    /// LINE-9). Zero: only an LF ends a line.
    pub quiet: Duration,
    /// The most octets that may wait for a peer beyond what its socket holds; with more it is
    /// dropped (`send-queue`, SLOW-1).
    pub send_queue: usize,
    /// How long a peer may take nothing of what waits for it before it is dropped (`stall-timeout`,
    /// SLOW-2). Zero: for ever.
    pub stall_timeout: Duration,
    /// The octets a second that a session may say; what is more is read later (`talk-rate`,
    /// FAIR-2). Zero: as many as it likes.
    pub talk_rate: u64,
    /// The octets that a session may say at once after a silence (`talk-burst`, FAIR-2).
    pub talk_burst: u64,
    /// The most octets that may be kept for single peers, all peers together (`send-memory`,
    /// SLOW-6).
    pub send_memory: usize,
    /// How long the last deliveries may take when the server stops (`drain`, SHUT-1), the flush of
    /// console and log included ([`Self::flush_budget`]). Zero: what is not taken at once is lost.
    pub drain: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            join_timeout: Duration::from_secs(60),
            max_line: 4096,
            quiet: Duration::from_millis(50),
            send_queue: 1 << 20,
            stall_timeout: Duration::from_secs(60),
            talk_rate: 64 << 10,
            talk_burst: 256 << 10,
            send_memory: 64 << 20,
            drain: Duration::from_secs(5),
        }
    }
}

impl Config {
    /// The tenth of the drain time in which the console and the log are flushed at the end, so that
    /// a reader that has stopped reading them cannot hold up the server.
    pub fn flush_budget(&self) -> Duration {
        self.drain / 10
    }

    /// The octets of talk a second that the room takes while a member lags (SLOW-5).
    pub(super) fn talk_pace(&self) -> u64 {
        (self.send_queue as u64 / 8).max(64 << 10)
    }

    /// How fast a session may talk (FAIR-2), and connections may come from an address (FAIR-3).
    pub(super) fn talk_limit(&self) -> Option<Rate> {
        Rate::new(self.talk_rate, self.talk_burst)
    }
}

impl From<Config> for ConnectionLimits {
    fn from(config: Config) -> Self {
        Self {
            talk_limit: config.talk_limit(),
            send_memory: Rc::new(SendMemory::new(config.send_memory)),
            max_line: config.max_line,
            quiet: config.quiet,
            pause: config.quiet.min(config.drain / 2),
            send_queue: config.send_queue,
            stall_timeout: config.stall_timeout,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SLOW-5
    #[test]
    fn talk_goes_at_an_eighth_of_the_send_queue_a_second_and_not_slower_than_64_kib() {
        for (send_queue, pace) in [(1, 65_536), (524_288, 65_536), (524_296, 65_537)] {
            let config = Config {
                send_queue,
                ..Config::default()
            };
            assert_eq!(config.talk_pace(), pace);
        }
    }
}
