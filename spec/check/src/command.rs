//! What can be asked for on the command line.

use std::process::ExitCode;

use parlour_check::report::plain;

pub(crate) mod client;
mod explain;
mod limits;
mod list;
mod reports;
mod run_args;
pub(crate) mod server;
pub(crate) mod trace;

/// Says why there is no verdict.
fn failed(code: u8, why: &str) -> ExitCode {
    let lines = why.lines().map(plain);
    eprintln!("parlour-check: {}", lines.collect::<Vec<_>>().join("\n"));
    ExitCode::from(code)
}
