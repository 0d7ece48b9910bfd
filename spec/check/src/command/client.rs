//! `parlour-check client`: checks a client against the specification.

use std::process::ExitCode;

use clap::ArgGroup;
use parlour_check::client::{Options, Target, check};
use parlour_check::outcome::Outcome;

use super::run_args::RunArgs;
use super::{describe, explain, failed, list, no_port};

/// The arguments of which exactly one must be given.
const WAYS: [&str; 4] = ["spawn", "listen", "list", "explain"];

#[derive(clap::Args, Debug)]
#[command(group = ArgGroup::new("what").required(true).multiple(false).args(WAYS))]
pub(crate) struct Args {
    /// A command that starts a client which connects to {host} and {port}
    #[arg(long, value_name = "COMMAND")]
    spawn: Option<String>,

    /// Wait at this address for a client that you start by hand, and say what to type; what it
    /// shows is not looked at
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,

    /// List every case with its clauses and why it matters, and do nothing else
    #[arg(long)]
    list: bool,

    /// Explain a clause or a case: its words, why it matters, what the client is seen to do
    #[arg(long, value_name = "CLAUSE|CASE")]
    explain: Option<String>,

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
        list::client,
        explain::client,
    ) {
        return code;
    }
    let Some(target) = args
        .spawn
        .map(Target::Spawn)
        .or_else(|| args.listen.map(Target::Listen))
    else {
        return failed(2, "neither a command nor an address");
    };
    if let Target::Spawn(command) = &target
        && !command.contains("{port}")
    {
        return no_port(command, "the client where to connect");
    }
    let options = Options {
        run: args.run_args.options(),
        ..Options::default()
    };
    let selected = options.selected();
    let cases = selected.map(|selected| selected.into_iter().map(|entry| entry.case.clone()));
    let check = |tell: &mut dyn FnMut(&Outcome)| check(&target, &options, tell);
    args.run_args
        .run(&mut out, target.to_string(), &options.run, cases, check)
}
