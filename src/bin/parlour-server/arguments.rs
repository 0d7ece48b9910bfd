//! The command line of `parlour-server`, and the limits that it sets.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Parser;
use parlour::room::Limits;
use parlour::server::Config;

use super::log::LogFormat;

/// A chat room over TCP, in a protocol that a person can type by hand.
///
/// Standard output tells who connects, joins and leaves; diagnostics go to standard error
/// (RUST_LOG=debug for more of them). SIGINT, SIGQUIT, SIGTERM and SIGHUP (the terminal is closed)
/// tell everyone, deliver what was said, and end the server; any of them but SIGHUP after that ends
/// it at once. Under nohup SIGHUP does nothing.
#[derive(Debug, Parser)]
#[command(name = "parlour-server", version, after_help = EXIT_CODES)]
pub(crate) struct Options {
    /// Where to listen: PORT on this machine alone, or ADDR:PORT (0.0.0.0:8001 for the whole
    /// network, an IPv6 ADDR in brackets)
    #[arg(default_value = "8001", env = "PARLOUR_LISTEN")]
    pub(crate) listen: Listen,

    /// How many people the room seats
    #[arg(long, env = "PARLOUR_CAPACITY", value_name = "MEMBERS")]
    #[arg(default_value_t = 10, value_parser = count(1))]
    pub(crate) capacity: u64,

    /// How many connections are served at once, visitors' included
    #[arg(long, env = "PARLOUR_MAX_CONNECTIONS", value_name = "CONNECTIONS")]
    #[arg(default_value_t = 1024, value_parser = count(1))]
    pub(crate) max_connections: u64,

    /// How many members one address may have (IPv4, or half of an IPv6 address; not loopback)
    #[arg(long, env = "PARLOUR_SEATS_PER_ADDRESS", value_name = "MEMBERS")]
    #[arg(default_value_t = 64, value_parser = count(1))]
    pub(crate) seats_per_address: u64,

    /// How many connections one address may have (likewise)
    #[arg(
        long,
        env = "PARLOUR_CONNECTIONS_PER_ADDRESS",
        value_name = "CONNECTIONS"
    )]
    #[arg(default_value_t = 128, value_parser = count(1))]
    pub(crate) connections_per_address: u64,

    /// How long a visitor may take to join; 0: for ever
    #[arg(long, env = "PARLOUR_JOIN_TIMEOUT", value_name = "SECONDS")]
    #[arg(default_value = "60", value_parser = seconds)]
    pub(crate) join_timeout: Duration,

    /// The longest line that is taken, with its newline
    #[arg(long, env = "PARLOUR_MAX_LINE", value_name = "BYTES")]
    #[arg(default_value_t = 4096, value_parser = count(64))]
    pub(crate) max_line: u64,

    /// The silence that ends a line on a connection that never sent a newline; 0: only newlines do
    #[arg(long, env = "PARLOUR_QUIET_MS", value_name = "MILLISECONDS")]
    #[arg(default_value_t = 50, value_parser = count(0))]
    pub(crate) quiet_ms: u64,

    /// How much unread output a connection may have before it is dropped
    #[arg(long, env = "PARLOUR_SEND_QUEUE", value_name = "BYTES")]
    #[arg(default_value_t = 1 << 20, value_parser = count(1))]
    pub(crate) send_queue: u64,

    /// How long a connection may take nothing of its output before it is dropped; 0: for ever
    #[arg(long, env = "PARLOUR_STALL_TIMEOUT", value_name = "SECONDS")]
    #[arg(default_value = "60", value_parser = seconds)]
    pub(crate) stall_timeout: Duration,

    /// How much a session may say in the long run, each line as it is told, and more is taken
    /// later: at the default a file of 1 MB takes 12 s or, in short lines, longer; 0: any number
    #[arg(long, env = "PARLOUR_TALK_RATE", value_name = "BYTES/S")]
    #[arg(default_value_t = 64 << 10, value_parser = count(0))]
    pub(crate) talk_rate: u64,

    /// How much a session may say at once: at the default some 3,000 lines of a paste
    #[arg(long, env = "PARLOUR_TALK_BURST", value_name = "BYTES")]
    #[arg(default_value_t = 256 << 10, value_parser = count(4096))]
    pub(crate) talk_burst: u64,

    /// How much unread output all connections may have together; over it the one with most is
    /// dropped
    #[arg(long, env = "PARLOUR_SEND_MEMORY", value_name = "BYTES")]
    #[arg(default_value_t = 64 << 20, value_parser = count(1 << 20))]
    pub(crate) send_memory: u64,

    /// How long the last deliveries may take when the server is told to stop
    #[arg(long, env = "PARLOUR_DRAIN", value_name = "SECONDS")]
    #[arg(default_value = "5", value_parser = seconds)]
    pub(crate) drain: Duration,

    /// How diagnostics are written
    #[arg(long, env = "PARLOUR_LOG_FORMAT", value_name = "FORMAT")]
    #[arg(default_value = "text")]
    pub(crate) log_format: LogFormat,

    /// Write the man page and the completions of bash, zsh and fish into DATA, such as
    /// ~/.local/share, and do nothing else
    #[arg(long, value_name = "DATA")]
    pub(crate) generate: Option<PathBuf>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    told to stop, and stopped
  1    cannot listen there: the port is in use, or the address is not this machine's;
       or cannot write what --generate makes
  2    an option is wrong
  70   a fault in the server: everyone was cut off
  71   the system has too few open files or threads for the server to start,
       or too little memory
  130  ended at once by a second SIGINT, SIGQUIT or SIGTERM";

impl From<Options> for Config {
    fn from(options: Options) -> Self {
        let size = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        Self {
            limits: Limits {
                capacity: size(options.capacity),
                max_connections: size(options.max_connections),
                seats_per_address: size(options.seats_per_address),
                connections_per_address: size(options.connections_per_address),
            },
            join_timeout: options.join_timeout,
            max_line: size(options.max_line),
            quiet: Duration::from_millis(options.quiet_ms),
            send_queue: size(options.send_queue),
            stall_timeout: options.stall_timeout,
            talk_rate: options.talk_rate,
            talk_burst: options.talk_burst,
            send_memory: size(options.send_memory),
            drain: options.drain,
        }
    }
}

/// An address to listen on; a port alone stands for loopback.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listen(pub(crate) SocketAddr);

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(listen: &str) -> Result<Self, Self::Err> {
        if let Ok(port) = listen.parse() {
            return Ok(Self((Ipv4Addr::LOCALHOST, port).into()));
        }
        let address = listen.parse().map(Self);
        address.map_err(
            |_| "neither a port (8001) nor an address with a port (0.0.0.0:8001, [::1]:8001)",
        )
    }
}

/// Parses a number from `least` to 1,000,000,000, which is more than any machine needs.
fn count(least: u64) -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(least..=1_000_000_000)
}

fn seconds(written: &str) -> Result<Duration, String> {
    let seconds: f64 = written
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if seconds <= 1e9 => Ok(duration),
        Ok(_) | Err(_) => Err("not between 0 and 1000000000".to_owned()),
    }
}
