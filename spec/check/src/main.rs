//! `parlour-check`: checks any implementation of the Parlour protocol against its specification.

mod command;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Holds any server or client of the Parlour protocol against its specification, clause by clause
#[derive(Debug, Parser)]
#[command(name = "parlour-check", version, after_help = EXIT_CODES)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Hold a server against the specification
    Server(command::server::Args),
    /// Hold a client against the specification
    Client(command::client::Args),
    /// Judge recorded transcripts by the specification
    Trace(command::trace::Args),
}

const EXIT_CODES: &str = "\
Exit codes:
  0  all passed
  1  something failed
  2  an option is wrong
  3  it could not run, or nothing ran";

fn main() -> ExitCode {
    match Args::parse().command {
        Command::Server(args) => command::server::run(args),
        Command::Client(args) => command::client::run(args),
        Command::Trace(args) => command::trace::run(args),
    }
}
