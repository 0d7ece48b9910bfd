//! The diagnostics of the server, which never block it.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal as _};
use std::panic;

use clap::ValueEnum;
use parlour::server::NonBlockingWriter;
use tracing::{error, warn};
use tracing_subscriber::EnvFilter;

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// For programs: an object in each line
    Json,
}

/// Sends the log to `writer`, filtered by `RUST_LOG`, and panics to the log.
pub(crate) fn log_to(writer: &NonBlockingWriter, format: LogFormat) {
    let said = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| "info".to_owned());
    let (filter, wrong) = match EnvFilter::try_new(&said) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("info"), Some(error)),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer({
            let writer = writer.clone();
            move || writer.clone()
        });
    match format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
    if let Some(error) = wrong {
        warn!(%error, "RUST_LOG is not understood; the log is at the level info");
    }
    // The default hook writes to standard error itself, and blocks while nobody reads it.
    panic::set_hook(Box::new(|panic| {
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            error!("{panic}\n{backtrace}");
        } else {
            error!("{panic}");
        }
    }));
}
