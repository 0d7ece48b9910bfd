//! `parlour-check server`: holds a server against the specification.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::ValueEnum;
use parlour_check::octets::Quoted;
use parlour_check::outcome::{Profile, Stage};
use parlour_check::report::heading;
use parlour_check::server::{CannotRun, Options, Target, check};
use tokio_util::sync::CancellationToken;

use super::limits::LimitArgs;
use super::reports::Reports;
use super::{explain, list};

#[derive(clap::Args, Debug)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(false).args(["address", "spawn", "list", "explain"]))]
pub(crate) struct Args {
    /// Where the server listens
    #[arg(value_name = "HOST:PORT")]
    address: Option<String>,

    /// A command that starts a server on {port}; where {capacity}, {max-line} and so on stand in it, those limits are set too
    #[arg(long, value_name = "COMMAND")]
    spawn: Option<String>,

    /// List every clause with how it is checked, or why it can't be from outside, and do nothing else
    #[arg(long)]
    list: bool,

    /// Explain a clause or a case: its words, why it matters, what is sent
    #[arg(long, value_name = "CLAUSE|CASE")]
    explain: Option<String>,

    /// Try only this clause or case; can be given more than once
    #[arg(long, value_name = "CLAUSE|CASE")]
    only: Vec<String>,

    /// Up to this stage: 1 connect and join, 2 broadcast, 3 private, 4 list and quit, 5 errors, 6 framing, 7 order, 8 load
    #[arg(long, value_name = "N", default_value = "8", value_parser = stage)]
    stage: Stage,

    /// How much is asked
    #[arg(long, default_value = "full")]
    profile: Asked,

    /// Fail for warnings too
    #[arg(long)]
    strict: bool,

    /// Makes the choices of the cases that choose; without it they differ each time
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// How long the server may take for anything
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    timeout: Duration,

    /// How many cases at once, with --spawn
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,

    /// The signal that tells the started server to stop, such as TERM
    #[arg(long, value_name = "SIGNAL", conflicts_with = "address", value_parser = ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"])]
    stop_signal: Option<String>,

    #[command(flatten)]
    limits: LimitArgs,

    #[command(flatten)]
    reports: Reports,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Asked {
    /// What the original class project must do
    Seed,
    /// The whole of the specification
    Full,
}

/// Runs it: the exit code is the verdict.
pub(crate) fn run(args: Args) -> ExitCode {
    // Whoever does not read to the end has read what he wanted.
    let mut out = anstream::stdout().lock();
    if args.list {
        let _unread = list::list(&mut out);
        return ExitCode::SUCCESS;
    }
    if let Some(what) = &args.explain {
        return match explain::explain(&mut out, what) {
            Ok(()) => ExitCode::SUCCESS,
            Err(wrong) => failed(2, &wrong),
        };
    }
    let Some(target) = args
        .address
        .clone()
        .map(Target::Address)
        .or_else(|| args.spawn.clone().map(Target::Spawn))
    else {
        return failed(2, "neither an address nor a command");
    };
    let options = args.options();
    interrupt_with(options.interrupt.clone());
    let chosen = match options.chosen() {
        Ok(chosen) => chosen,
        Err(why) => return failed(2, &why.to_string()),
    };
    let (target_name, profile, seed) = (target.to_string(), options.profile, options.seed);
    let cases = chosen.iter().map(|entry| entry.case.clone());
    let mut reports = match args
        .reports
        .begin(target_name.clone(), profile, seed, cases)
    {
        Ok(reports) => reports,
        Err(code) => return code,
    };
    let _unread = write!(out, "{}", heading(&target_name, profile, seed));
    match check(&target, &options, |outcome| reports.tell(&mut out, outcome)) {
        Ok(run) => reports.end(&mut out, run, args.strict),
        Err(why @ CannotRun::NoSuchCase(_)) => failed(2, &why.to_string()),
        Err(why) => failed(3, &why.to_string()),
    }
}

impl Asked {
    /// The same in the library's words.
    pub(super) fn profile(self) -> Profile {
        match self {
            Self::Seed => Profile::Seed,
            Self::Full => Profile::Full,
        }
    }
}

impl Args {
    fn options(&self) -> Options {
        let defaults = Options::default();
        Options {
            profile: self.profile.profile(),
            stage: self.stage,
            only: self.only.clone(),
            seed: self.seed.unwrap_or_else(|| u64::from(std::process::id())),
            timeout: self.timeout,
            jobs: self.jobs.map_or(defaults.jobs, usize::from),
            limits: self.limits.0.clone(),
            stop_signal: self.stop_signal.clone(),
            interrupt: CancellationToken::new(),
        }
    }
}

/// On the first SIGINT or SIGTERM the run ends early and in order.
pub(super) fn interrupt_with(interrupt: CancellationToken) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            use tokio::signal::unix::{SignalKind, signal};
            let (Ok(mut int), Ok(mut term)) = (
                signal(SignalKind::interrupt()),
                signal(SignalKind::terminate()),
            ) else {
                return;
            };
            tokio::select! {
                _ = int.recv() => {}
                _ = term.recv() => {}
            }
            interrupt.cancel();
        });
    });
}

pub(super) fn failed(code: u8, why: &str) -> ExitCode {
    eprintln!("parlour-check: {}", Quoted(why.as_bytes()));
    ExitCode::from(code)
}

pub(super) fn stage(number: &str) -> Result<Stage, &'static str> {
    let number = number.strip_prefix("1..").unwrap_or(number);
    let number: usize = number.parse().map_err(|_| "a stage is a number")?;
    let mut all = Stage::ALL.into_iter();
    all.find(|stage| stage.number() == number)
        .ok_or("there are eight stages")
}

pub(super) fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| "not a number of seconds")?;
    (!duration.is_zero())
        .then_some(duration)
        .ok_or("nothing takes no time at all")
}
