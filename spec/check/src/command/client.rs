//! `parlour-check client`: holds a client against the specification.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use parlour_check::client::{Options, Target, all, check};
use parlour_check::outcome::Stage;
use parlour_check::report::heading;
use parlour_check::server::CannotRun;

use super::reports::Reports;
use super::server::{Asked, failed, interrupt_with, seconds, stage};

#[derive(clap::Args, Debug)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(false).args(["spawn", "listen", "list"]))]
pub(crate) struct Args {
    /// A command that starts a client which connects to {host} and {port}
    #[arg(long, value_name = "COMMAND")]
    spawn: Option<String>,

    /// Wait at this address for a client that you start by hand, and say what to type; what it shows is not looked at
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,

    /// List every case with its clauses and why it matters, and do nothing else
    #[arg(long)]
    list: bool,

    /// Try only this clause or case; can be given more than once
    #[arg(long, value_name = "CLAUSE|CASE")]
    only: Vec<String>,

    /// Up to which stage: 1 connect and join, 2 broadcast, 3 private, 4 list and quit, 5 errors, 6 framing, 7 order, 8 load
    #[arg(long, value_name = "1..8", default_value = "8", value_parser = stage)]
    stage: Stage,

    /// How much is asked
    #[arg(long, default_value = "full")]
    profile: Asked,

    /// Fail for warnings too
    #[arg(long)]
    strict: bool,

    /// Makes the words of the conversations; without it they differ each time
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// How long the client may take for anything
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    timeout: Duration,

    #[command(flatten)]
    reports: Reports,
}

/// Runs it: the exit code is the verdict.
pub(crate) fn run(args: Args) -> ExitCode {
    // Whoever does not read to the end has read what he wanted.
    let mut out = anstream::stdout().lock();
    let Some(target) = args
        .spawn
        .map(Target::Spawn)
        .or_else(|| args.listen.map(Target::Listen))
    else {
        for case in all() {
            let (case, why) = (case.case(), case.why());
            let clauses = case.clauses.join(", ");
            let _unread = writeln!(
                out,
                "{} {} ({clauses})\n      {why}",
                case.stage.number(),
                case.id
            );
        }
        return ExitCode::SUCCESS;
    };
    let options = Options {
        profile: args.profile.profile(),
        stage: args.stage,
        only: args.only,
        seed: args.seed.unwrap_or_else(|| u64::from(std::process::id())),
        timeout: args.timeout,
        ..Options::default()
    };
    let chosen = match options.chosen() {
        Ok(chosen) => chosen,
        Err(why) => return failed(2, &why.to_string()),
    };
    interrupt_with(options.interrupt.clone());
    let (profile, seed) = (options.profile, options.seed);
    let cases = chosen.iter().map(|case| case.case());
    let mut reports = match args.reports.begin(target.to_string(), profile, seed, cases) {
        Ok(reports) => reports,
        Err(code) => return code,
    };
    let _unread = write!(out, "{}", heading(&target.to_string(), profile, seed));
    let run = check(&target, &options, |outcome| reports.tell(&mut out, outcome));
    match run {
        Ok(run) => reports.end(&mut out, run, args.strict),
        Err(why @ CannotRun::NoSuchCase(_)) => failed(2, &why.to_string()),
        Err(why) => failed(3, &why.to_string()),
    }
}
