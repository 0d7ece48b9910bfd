//! `parlour-server`: serves one chat room over TCP.

mod generate;
mod log;
mod stop;

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use clap::{CommandFactory, Parser};
use parlour::room::Limits;
use parlour::server::{self, Config, Console, RoomDied, Scribe};
use thiserror::Error;
use tracing::{info, warn};

use self::log::{LogFormat, log_to};
use self::stop::Stop;

/// A chat room over TCP, in a protocol that a person can type by hand.
///
/// Standard output tells who connects, joins and leaves; diagnostics go to standard error (RUST_LOG=debug for more of them).
/// SIGINT and SIGTERM tell everyone, deliver what was said, and end the server; a second signal ends it at once.
#[derive(Debug, Parser)]
#[command(name = "parlour-server", version, after_help = EXIT_CODES)]
struct Options {
    /// Where to listen: PORT on this machine alone, or ADDR:PORT (0.0.0.0:8001 for the whole network, an IPv6 ADDR in brackets)
    #[arg(default_value = "8001", env = "PARLOUR_LISTEN")]
    listen: Listen,

    /// How many people the room seats
    #[arg(long, env = "PARLOUR_CAPACITY", default_value_t = 10, value_name = "MEMBERS", value_parser = count(1))]
    capacity: u64,

    /// How many connections are served at once, visitors' included
    #[arg(long, env = "PARLOUR_MAX_CONNECTIONS", default_value_t = 1024, value_name = "CONNECTIONS", value_parser = count(1))]
    max_connections: u64,

    /// How long a visitor may take to join; 0: for ever
    #[arg(long, env = "PARLOUR_JOIN_TIMEOUT", default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    join_timeout: Duration,

    /// The longest line that is taken, with its newline
    #[arg(long, env = "PARLOUR_MAX_LINE", default_value_t = 4096, value_name = "BYTES", value_parser = count(64))]
    max_line: u64,

    /// The silence that ends a line on a connection that never sent a newline; 0: only newlines do
    #[arg(long, env = "PARLOUR_QUIET_MS", default_value_t = 50, value_name = "MILLISECONDS", value_parser = count(0))]
    quiet_ms: u64,

    /// How much unread output a connection may have before it is dropped
    #[arg(long, env = "PARLOUR_SEND_QUEUE", default_value_t = 1 << 20, value_name = "BYTES", value_parser = count(1))]
    send_queue: u64,

    /// How long a connection may take nothing of its output before it is dropped; 0: for ever
    #[arg(long, env = "PARLOUR_STALL_TIMEOUT", default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    stall_timeout: Duration,

    /// How long the last deliveries may take when the server is told to stop
    #[arg(long, env = "PARLOUR_DRAIN", default_value = "5", value_name = "SECONDS", value_parser = seconds)]
    drain: Duration,

    /// How diagnostics are written
    #[arg(
        long,
        env = "PARLOUR_LOG_FORMAT",
        default_value = "text",
        value_name = "FORMAT"
    )]
    log_format: LogFormat,

    /// Write the man page and the completions of bash, zsh and fish into DATA, such as ~/.local/share, and do nothing else
    #[arg(long, value_name = "DATA")]
    generate: Option<PathBuf>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    told to stop, and stopped
  1    cannot listen there: the port is in use, or the address is not this machine's;
       or cannot write what --generate makes
  2    an option is wrong
  70   a fault in the server: everyone was cut off
  130  ended at once by a second signal";

/// How the server ended, for scripts; [`EXIT_CODES`] says it for people.
#[derive(Debug, Error)]
enum Failure {
    #[error("cannot listen on {address}: {source}{}", advice(.source))]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("cannot listen for signals: {0}")]
    Signals(io::Error),
    #[error(transparent)]
    Died(#[from] RoomDied),
}

impl Failure {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Listen { .. } => ExitCode::from(1),
            Self::Signals(_) | Self::Died(_) => ExitCode::from(70),
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(data) = &options.generate {
        return generate(data);
    }
    actix_rt::System::new().block_on(serve_to_the_end(options))
}

fn generate(data: &Path) -> ExitCode {
    match generate::generate(Options::command(), data) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            let _unread = writeln!(io::stderr(), "parlour-server: {}: {e}", data.display());
            ExitCode::from(1)
        }
    }
}

async fn serve_to_the_end(options: Options) -> ExitCode {
    let (console, log) = (
        Scribe::on(io::stdout(), "console"),
        Scribe::on(io::stderr(), "log"),
    );
    log_to(&log, options.log_format);
    let last_words = last_words(options.drain);
    let ended = serve(options, Console::of(console.clone())).await;
    let (patience, exit_code) = match ended {
        Ok(()) => (last_words, ExitCode::SUCCESS),
        Err(failure) => {
            // Whoever does not read it still gets the exit code.
            let _unread = writeln!(log.clone(), "parlour-server: {failure}");
            (Duration::from_millis(500), failure.exit_code())
        }
    };
    tokio::join!(console.finish(patience), log.finish(patience));
    exit_code
}

async fn serve(options: Options, console: Console) -> Result<(), Failure> {
    let address = options.listen.0;
    let listener = server::bind(address).map_err(|source| Failure::Listen { address, source })?;
    let stop = Stop::listen().map_err(Failure::Signals)?;
    raise_descriptor_limit(options.max_connections);
    say_how_to_join(listener.local_addr().unwrap_or(address));
    Ok(server::run(listener, options.into(), console, stop.signalled()).await?)
}

impl From<Options> for Config {
    fn from(options: Options) -> Self {
        let size = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        Self {
            limits: Limits {
                capacity: size(options.capacity),
                max_connections: size(options.max_connections),
            },
            join_timeout: options.join_timeout,
            max_line: size(options.max_line),
            quiet: Duration::from_millis(options.quiet_ms),
            send_queue: size(options.send_queue),
            stall_timeout: options.stall_timeout,
            drain: options.drain - last_words(options.drain),
        }
    }
}

/// As much of the drain time is for the console and the log: readers who take nothing of them do not hold up the end.
fn last_words(drain: Duration) -> Duration {
    drain / 10
}

/// An address to listen on; a bare port stays on this machine.
#[derive(Clone, Copy, Debug)]
struct Listen(SocketAddr);

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

/// A number from `least` up to a thousand million, which is more than any machine holds.
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

fn advice(error: &io::Error) -> &'static str {
    use io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
    let advices = [
        (
            AddrInUse,
            "; another server has that port, choose another: parlour-server 8002",
        ),
        (
            AddrNotAvailable,
            "; that is no address of this machine, 0.0.0.0 stands for all it has",
        ),
        (
            PermissionDenied,
            "; ports below 1024 are the administrator's, choose another: parlour-server 8001",
        ),
    ];
    let advice = advices.iter().find(|(kind, _)| *kind == error.kind());
    advice.map_or("", |(_, advice)| advice)
}

fn raise_descriptor_limit(max_connections: u64) {
    /// Standard streams, the listener, the runtime's own, and some to spare.
    const OTHERS: u64 = 32;
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) if limit < max_connections.saturating_add(OTHERS) => warn!(
            limit,
            max_connections, "the system allows fewer open files than connections may come"
        ),
        Ok(_) => {}
        Err(error) => warn!(%error, "the limit of open files stays as it is"),
    }
}

fn say_how_to_join(address: SocketAddr) {
    let port = address.port();
    let host = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    let open = if host.is_loopback() && !address.ip().is_unspecified() {
        format!("; to open the room to your network: parlour-server 0.0.0.0:{port}")
    } else {
        String::new()
    };
    info!("to join from here: parlour {host} {port}, or: nc {host} {port}{open}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_that_has_died_is_exit_code_70() {
        let failure = Failure::from(RoomDied);
        let code = format!("{:?}", failure.exit_code());
        assert_eq!(code, format!("{:?}", ExitCode::from(70)));
        assert_eq!(
            failure.to_string(),
            "the room has died of a fault in the server"
        );
    }
}
