//! `parlour-check server`: checks a server against the specification.

use std::process::ExitCode;

use clap::ArgGroup;
use parlour_check::outcome::Outcome;
use parlour_check::server::{Options, Target, check};

use super::limits::LimitArgs;
use super::run_args::RunArgs;
use super::{describe, explain, failed, list, no_port};

/// The signals that a server can be stopped with.
const SIGNALS: [&str; 6] = ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"];

/// The arguments of which exactly one must be given.
const WAYS: [&str; 4] = ["address", "spawn", "list", "explain"];

#[derive(clap::Args, Debug)]
#[command(group = ArgGroup::new("what").required(true).multiple(false).args(WAYS))]
pub(crate) struct Args {
    /// Where the server listens
    #[arg(value_name = "HOST:PORT")]
    address: Option<String>,

    /// A command that starts a server on {port}; where {capacity}, {max-line} and so on stand in
    /// it, those limits are set too
    #[arg(long, value_name = "COMMAND")]
    spawn: Option<String>,

    /// List every clause with how it is checked, or why it can't be from outside, and do nothing
    /// else
    #[arg(long)]
    list: bool,

    /// Explain a clause or a case: its words, why it matters, what is sent
    #[arg(long, value_name = "CLAUSE|CASE")]
    explain: Option<String>,

    /// The signal that tells the started server to stop, such as TERM
    #[arg(long, value_name = "SIGNAL", conflicts_with = "address", value_parser = SIGNALS)]
    stop_signal: Option<String>,

    #[command(flatten)]
    limits: LimitArgs,

    #[command(flatten)]
    run_args: RunArgs,
}

/// Runs the subcommand. The exit code is the verdict.
pub(crate) fn run(args: Args) -> ExitCode {
    let mut out = anstream::stdout().lock();
    let explained = args.explain.as_deref();
    if let Some(code) = describe(
        &mut out,
        args.list,
        explained,
        list::server,
        explain::server,
    ) {
        return code;
    }
    let Some(target) = args
        .address
        .map(Target::Address)
        .or_else(|| args.spawn.map(Target::Spawn))
    else {
        return failed(2, "neither an address nor a command");
    };
    if let Target::Spawn(command) = &target
        && !target.can_set("port")
    {
        return no_port(command, "the server where to listen");
    }
    let options = Options {
        run: args.run_args.options(),
        limits: args.limits.0,
        stop_signal: args.stop_signal,
    };
    let selected = options.selected();
    let cases = selected.map(|selected| selected.into_iter().map(|entry| entry.case.clone()));
    let check = |tell: &mut dyn FnMut(&Outcome)| check(&target, &options, tell);
    args.run_args
        .run(&mut out, target.to_string(), &options.run, cases, check)
}
