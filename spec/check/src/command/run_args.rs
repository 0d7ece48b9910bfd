//! The options that the check of a server and that of a client share, and the run that they make.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::ValueEnum;
use parlour_check::outcome::{Case, Outcome, Profile, Run, Stage};
use parlour_check::report::heading;
use parlour_check::run::{CannotRun, RunOptions};
use tokio_util::sync::CancellationToken;

use super::failed;
use super::reports::Reports;

#[derive(clap::Args, Debug)]
pub(crate) struct RunArgs {
    /// Try only this clause or case; can be given more than once
    #[arg(long, value_name = "CLAUSE|CASE")]
    only: Vec<String>,

    /// Up to this stage: 1 connect and join, 2 broadcast, 3 private, 4 list and quit, 5 errors, 6
    /// framing, 7 order, 8 load
    #[arg(long, value_name = "N", default_value = "8", value_parser = stage)]
    stage: Stage,

    /// How much is asked
    #[arg(long, default_value = "full")]
    profile: ProfileArg,

    /// Fail for warnings too
    #[arg(long)]
    strict: bool,

    /// Makes the choices of the cases that choose, and the words that are said; without it they
    /// differ each time
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// How long the program may take for anything
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    timeout: Duration,

    /// How many cases at once, with --spawn
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,

    #[command(flatten)]
    reports: Reports,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProfileArg {
    /// What the original class project must do
    Seed,
    /// The whole of the specification
    Full,
}

impl RunArgs {
    /// The options as the library takes them. The first SIGINT or SIGTERM interrupts the run.
    pub(super) fn options(&self) -> RunOptions {
        let defaults = RunOptions::default();
        let options = RunOptions {
            profile: match self.profile {
                ProfileArg::Seed => Profile::Seed,
                ProfileArg::Full => Profile::Full,
            },
            stage: self.stage,
            only: self.only.clone(),
            seed: self.seed.unwrap_or_else(|| u64::from(std::process::id())),
            timeout: self.timeout,
            jobs: self.jobs.map_or(defaults.jobs, usize::from),
            interrupt: defaults.interrupt,
        };
        interrupt_with(options.interrupt.clone());
        options
    }

    /// Runs `check` on the selected cases and reports it. The exit code is the verdict.
    pub(super) fn run(
        self,
        out: &mut impl Write,
        target: String,
        options: &RunOptions,
        selected: Result<impl IntoIterator<Item = Case>, CannotRun>,
        check: impl FnOnce(&mut dyn FnMut(&Outcome)) -> Result<Run, CannotRun>,
    ) -> ExitCode {
        let cases = match selected {
            Ok(cases) => cases,
            Err(why @ CannotRun::NoSuchCase(_)) => return failed(2, &why.to_string()),
            Err(why) => return failed(3, &why.to_string()),
        };
        let (profile, seed) = (options.profile, options.seed);
        let heading = heading(&target, profile, seed);
        let mut reports = match self.reports.begin(target, profile, seed, cases) {
            Ok(reports) => reports,
            Err(code) => return code,
        };
        // A reader that closes the pipe early has read enough.
        let _unread = write!(out, "{heading}");
        match check(&mut |outcome| reports.tell(out, outcome)) {
            Ok(run) => reports.end(out, run, self.strict),
            Err(why) => failed(3, &why.to_string()),
        }
    }
}

/// Cancels `interrupt` on the first SIGINT or SIGTERM.
fn interrupt_with(interrupt: CancellationToken) {
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

fn stage(number: &str) -> Result<Stage, &'static str> {
    let number = number.strip_prefix("1..").unwrap_or(number);
    let number: usize = number.parse().map_err(|_| "a stage is a number")?;
    let mut all = Stage::ALL.into_iter();
    all.find(|stage| stage.number() == number)
        .ok_or("there are eight stages")
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| "not a number of seconds")?;
    (!duration.is_zero())
        .then_some(duration)
        .ok_or("nothing takes no time at all")
}
