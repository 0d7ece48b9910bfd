//! How a server is set up: the limits of spec section 8.

use std::time::Duration;

use super::wire::Bounds;
use crate::room::Limits;

/// The limits of a server; the default is the spec's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `capacity` and `max-connections`.
    pub limits: Limits,
    /// `join-timeout`; zero: a visitor can stay.
    pub join_timeout: Duration,
    /// `max-line`, in octets, with the LF.
    pub max_line: usize,
    /// `quiet-ms`; zero: LINE-8 and LINE-9 do not hold.
    pub quiet: Duration,
    /// `send-queue`, in octets.
    pub send_queue: usize,
    /// `stall-timeout`; zero: a peer may take nothing for ever.
    pub stall_timeout: Duration,
    /// `drain`.
    pub drain: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits {
                capacity: 10,
                max_connections: 1024,
            },
            join_timeout: Duration::from_secs(60),
            max_line: 4096,
            quiet: Duration::from_millis(50),
            send_queue: 1 << 20,
            stall_timeout: Duration::from_secs(60),
            drain: Duration::from_secs(5),
        }
    }
}

impl From<Config> for Bounds {
    fn from(config: Config) -> Self {
        Self {
            max_line: config.max_line,
            quiet: config.quiet,
            pause: config.quiet.min(config.drain / 2),
            send_queue: config.send_queue,
            stall_timeout: config.stall_timeout,
        }
    }
}
