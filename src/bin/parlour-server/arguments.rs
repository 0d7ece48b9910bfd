//! The command line of `parlour-server`, and the limits that it sets.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Parser;
use parlour::room::Limits;
use parlour::server::Config;

use super::log::LogFormat;

/// Serve a chat room over TCP, in a protocol that a person can type by hand
///
/// Standard output says who connects, joins and leaves. The log goes to standard error.
///
/// SIGINT, SIGQUIT, SIGTERM or SIGHUP stops the server: it delivers what was said, tells everyone
/// that it is shutting down, and ends. A second one, except SIGHUP, ends it at once. Under nohup,
/// SIGHUP does nothing.
#[derive(Debug, Parser)]
#[command(name = "parlour-server", version, after_long_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Options {
    /// Where to listen: PORT for this machine alone, or ADDR:PORT, such as 0.0.0.0:8001 for the
    /// whole network; an IPv6 address stands in brackets
    #[arg(default_value = "8001", env = "PARLOUR_LISTEN")]
    pub(crate) listen: Listen,

    /// Maximum number of members in the room
    #[arg(long, env = "PARLOUR_CAPACITY", value_name = "MEMBERS")]
    #[arg(default_value_t = 10, value_parser = count(1))]
    pub(crate) capacity: u64,

    /// Maximum number of connections, including those that have not joined
    #[arg(long, env = "PARLOUR_MAX_CONNECTIONS", value_name = "CONNECTIONS")]
    #[arg(default_value_t = 1024, value_parser = count(1))]
    pub(crate) max_connections: u64,

    /// Maximum number of members from one address. An address is an IPv4 address or the first 64
    /// bits of an IPv6 address; this machine's own connections have no such limit
    #[arg(long, env = "PARLOUR_SEATS_PER_ADDRESS", value_name = "MEMBERS")]
    #[arg(default_value_t = 64, value_parser = count(1))]
    pub(crate) seats_per_address: u64,

    /// Maximum number of connections from one address, with the same exception
    #[arg(
        long,
        env = "PARLOUR_CONNECTIONS_PER_ADDRESS",
        value_name = "CONNECTIONS"
    )]
    #[arg(default_value_t = 128, value_parser = count(1))]
    pub(crate) connections_per_address: u64,

    /// Time for a connection to join before it is closed; 0: no limit
    #[arg(long, env = "PARLOUR_JOIN_TIMEOUT", value_name = "SECONDS")]
    #[arg(default_value = "60", value_parser = seconds)]
    pub(crate) join_timeout: Duration,

    /// Maximum length of a line from a client, with its newline. parlour sends at most 4096
    #[arg(long, env = "PARLOUR_MAX_LINE", value_name = "BYTES")]
    #[arg(default_value_t = 4096, value_parser = count(64))]
    pub(crate) max_line: u64,

    /// Silence that ends a line on a connection that has never sent a newline; 0: only newlines do
    #[arg(long, env = "PARLOUR_QUIET_MS", value_name = "MILLISECONDS")]
    #[arg(default_value_t = 50, value_parser = count(0))]
    pub(crate) quiet_ms: u64,

    /// Maximum output that may wait for a slow connection before the connection is dropped
    #[arg(long, env = "PARLOUR_SEND_QUEUE", value_name = "BYTES")]
    #[arg(default_value_t = 1 << 20, value_parser = count(1))]
    pub(crate) send_queue: u64,

    /// Time in which a connection must take some of its output before it is dropped; 0: no limit
    #[arg(long, env = "PARLOUR_STALL_TIMEOUT", value_name = "SECONDS")]
    #[arg(default_value = "60", value_parser = seconds)]
    pub(crate) stall_timeout: Duration,

    /// Rate at which one connection may talk; what comes faster is taken later. At the default, a
    /// file of 1 MB takes 12 s, or longer in short lines, as the sender's name counts with each
    /// line; 0: no limit
    #[arg(long, env = "PARLOUR_TALK_RATE", value_name = "BYTES/S")]
    #[arg(default_value_t = 64 << 10, value_parser = count(0))]
    pub(crate) talk_rate: u64,

    /// How much one connection may say at once, beyond the rate. The default is about 3,000 lines
    /// of a paste
    #[arg(long, env = "PARLOUR_TALK_BURST", value_name = "BYTES")]
    #[arg(default_value_t = 256 << 10, value_parser = count(4096))]
    pub(crate) talk_burst: u64,

    /// Maximum output that may wait for all connections together. When there is more, the
    /// connection with the most is dropped
    #[arg(long, env = "PARLOUR_SEND_MEMORY", value_name = "BYTES")]
    #[arg(default_value_t = 64 << 20, value_parser = count(1 << 20))]
    pub(crate) send_memory: u64,

    /// Time for the last deliveries when the server is told to stop
    #[arg(long, env = "PARLOUR_DRAIN", value_name = "SECONDS")]
    #[arg(default_value = "5", value_parser = seconds)]
    pub(crate) drain: Duration,

    /// The format of the log
    #[arg(long, env = "PARLOUR_LOG_FORMAT", value_name = "FORMAT")]
    #[arg(default_value = "text")]
    pub(crate) log_format: LogFormat,

    /// Write the man page and the completions for bash, zsh and fish below the directory DATA, such
    /// as ~/.local/share, and exit
    #[arg(long, value_name = "DATA")]
    pub(crate) generate: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Exit status:
  0    the server was told to stop, and stopped
  1    it cannot listen there, because the port is in use or the address is not
       this machine's; or it cannot write what --generate makes
  2    an option or a variable is wrong
  70   a fault in the server ended it and cut everyone off
  71   the system has too few open files or threads, or too little memory, for
       the server to start
  130  a second SIGINT, SIGQUIT or SIGTERM ended it at once

Environment:
  Each option names its variable; the option counts more than the variable.
  RUST_LOG   how much the log says: error, warn, info or debug [default: info]
";

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
        address.map_err(|_| "write PORT or ADDR:PORT, such as 8001, 0.0.0.0:8001 or [::1]:8001")
    }
}

/// The largest number that an option takes, which is more than any machine needs.
const MOST: u32 = 1_000_000_000;

/// Parses a number from `least` to [`MOST`].
fn count(least: u64) -> impl Fn(&str) -> Result<u64, String> + Clone {
    move |written| {
        let number = written.parse().ok();
        let number = number.filter(|number| (least..=MOST.into()).contains(number));
        number.ok_or_else(|| format!("a whole number from {least} to {MOST} is needed"))
    }
}

fn seconds(written: &str) -> Result<Duration, String> {
    let seconds = written.parse().ok();
    let seconds = seconds.filter(|seconds| (0.0..=MOST.into()).contains(seconds));
    let duration = seconds.map(Duration::from_secs_f64);
    duration.ok_or_else(|| format!("a number of seconds from 0 to {MOST} is needed"))
}
