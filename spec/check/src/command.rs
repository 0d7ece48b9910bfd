//! The subcommands of the command line.

use std::io::{self, Write};
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

/// Does what `--list` or `--explain` asks for; `None` if neither is given.
fn describe<W: Write>(
    out: &mut W,
    is_list: bool,
    explained: Option<&str>,
    list: impl FnOnce(&mut W) -> io::Result<()>,
    explain: impl FnOnce(&mut W, &str) -> Result<(), String>,
) -> Option<ExitCode> {
    if is_list {
        // A reader that closes the pipe early has read enough.
        let _unread = list(out);
        return Some(ExitCode::SUCCESS);
    }
    let explained = explain(out, explained?);
    Some(explained.map_or_else(|why| failed(2, &why), |()| ExitCode::SUCCESS))
}

/// Fails because a command for `--spawn` does not contain `{port}`.
fn no_port(command: &str, whom_and_where: &str) -> ExitCode {
    let why = "--spawn: there is no {port} in it, so nobody can tell";
    failed(2, &format!("{why} {whom_and_where}: {command}"))
}

/// Prints why there is no verdict, and returns the exit code.
fn failed(code: u8, why: &str) -> ExitCode {
    let lines = why.lines().map(plain);
    eprintln!("parlour-check: {}", lines.collect::<Vec<_>>().join("\n"));
    ExitCode::from(code)
}
