//! `parlour-server`: serves one chat room over TCP.

mod arguments;
mod join_hint;
mod log;
mod nofile;
mod signals;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::CommandFactory;
use parlour::cli::runtime::{self, ResourceError};
use parlour::cli::{environment, generate};
use parlour::server::{self, Config, Console, NonBlockingWriter, RoomDied};
use thiserror::Error;
use tracing::warn;

use self::arguments::Options;
use self::join_hint::log_join_hint;
use self::log::log_to;
use self::nofile::NofileLimit;
use self::signals::StopSignals;

fn main() -> ExitCode {
    let options: Options = environment::parse(|_| {});
    if let Some(data) = &options.generate {
        return generate(data);
    }
    let error = match start(options) {
        Ok(exit_code) => return exit_code,
        Err(error) => error,
    };
    let _unread = writeln!(io::stderr(), "parlour-server: {error}");
    ExitCode::from(71)
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

/// Allocates the resources that the server needs, and serves until it is stopped.
fn start(options: Options) -> Result<ExitCode, ResourceError> {
    let nofile = NofileLimit::raise(options.max_connections);
    let runtime = runtime::build()?;
    let console =
        NonBlockingWriter::spawn(io::stdout(), "console").map_err(ResourceError::Memory)?;
    let log = NonBlockingWriter::spawn(io::stderr(), "log").map_err(ResourceError::Memory)?;
    log_to(&log, options.log_format);
    for warning in environment::warnings(&Options::command()) {
        warn!("{warning}");
    }
    let served = serve_until_stopped(options, nofile, console, log);
    Ok(actix_rt::System::with_tokio_rt(|| runtime).block_on(served))
}

async fn serve_until_stopped(
    options: Options,
    nofile: NofileLimit,
    console: NonBlockingWriter,
    log: NonBlockingWriter,
) -> ExitCode {
    let address = options.listen.0;
    let config = Config::from(options);
    let flush_budget = config.flush_budget();
    let ended = serve(address, config, &nofile, Console::new(console.clone())).await;
    let (flush_limit, exit_code) = match ended {
        Ok(()) => (flush_budget, ExitCode::SUCCESS),
        Err(failure) => {
            // A write error is ignored; the exit code reports the failure too.
            let _unread = writeln!(log.clone(), "parlour-server: {failure}");
            (Duration::from_millis(500), failure.exit_code())
        }
    };
    tokio::join!(
        console.flush_within(flush_limit),
        log.flush_within(flush_limit)
    );
    exit_code
}

async fn serve(
    address: SocketAddr,
    config: Config,
    nofile: &NofileLimit,
    console: Console,
) -> Result<(), Failure> {
    let listener = server::bind(address).map_err(|source| Failure::Listen { address, source })?;
    let stop = StopSignals::listen().map_err(Failure::Signals)?;
    nofile.warn_if_too_low();
    log_join_hint(listener.local_addr().unwrap_or(address));
    Ok(server::run(listener, config, console, stop.received()).await?)
}

/// Why the server failed. The help lists the exit codes.
#[derive(Debug, Error)]
enum Failure {
    #[error("cannot listen on {address}: {}", reason(.source, .address))]
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

/// Why the server cannot listen on the address, and what to do about it.
fn reason(error: &io::Error, address: &SocketAddr) -> String {
    let free = match address.port().checked_add(1) {
        Some(port) if address.ip().is_loopback() => port.to_string(),
        Some(port) => SocketAddr::new(address.ip(), port).to_string(),
        None => "8001".to_owned(),
    };
    let advices = [
        (
            io::ErrorKind::AddrInUse,
            format!("another program listens there; choose another port: parlour-server {free}"),
        ),
        (
            io::ErrorKind::AddrNotAvailable,
            "this machine does not have it; 0.0.0.0 stands for all that it has".to_owned(),
        ),
        (
            io::ErrorKind::PermissionDenied,
            "only the administrator may use a port below 1024; choose another, such as 8001"
                .to_owned(),
        ),
    ];
    let advice = advices.iter().find(|(kind, _)| *kind == error.kind());
    advice.map_or_else(
        || error.to_string(),
        |(kind, advice)| format!("{kind}; {advice}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_programs_know_the_variables_of_the_server() {
        environment::assert_listed(&Options::command(), &[]);
    }

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
