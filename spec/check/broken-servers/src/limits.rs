//! The limits of section 8, as options of its names.

use std::time::Duration;

use clap::Args;

/// What bounds a server.
#[derive(Clone, Copy, Args)]
pub(crate) struct Limits {
    #[arg(long, default_value = "10")]
    pub(crate) capacity: usize,
    #[arg(long, default_value = "1024")]
    pub(crate) max_connections: usize,
    /// Seconds; 0: no limit
    #[arg(long, default_value = "60", value_parser = seconds)]
    pub(crate) join_timeout: Duration,
    /// Octets
    #[arg(long, default_value = "4096")]
    pub(crate) max_line: usize,
    /// Milliseconds; 0: only LF ends a line
    #[arg(long = "quiet-ms", default_value = "50", value_parser = milliseconds)]
    pub(crate) quiet: Duration,
    /// Octets
    #[arg(long, default_value = "1048576")]
    pub(crate) send_queue: usize,
    /// Octets
    #[arg(long, default_value = "67108864")]
    pub(crate) send_memory: usize,
    /// Seconds
    #[arg(long, default_value = "60", value_parser = seconds)]
    pub(crate) stall_timeout: Duration,
    /// Seconds
    #[arg(long, default_value = "5", value_parser = seconds)]
    pub(crate) drain: Duration,
}

fn seconds(written: &str) -> Result<Duration, std::num::ParseIntError> {
    written.parse().map(Duration::from_secs)
}

fn milliseconds(written: &str) -> Result<Duration, std::num::ParseIntError> {
    written.parse().map(Duration::from_millis)
}
