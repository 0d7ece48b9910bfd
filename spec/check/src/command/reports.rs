//! The reports of a run, in the terminal and in files, and its exit code.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use parlour_check::outcome::{Case, Outcome, Profile, Run, Verdict};
use parlour_check::report::{Destination, Files, Live, NotWritten, Points, Progress, closing};

use super::failed;

#[derive(clap::Args, Debug)]
pub(crate) struct Reports {
    /// Write a report too: json, junit, tap, markdown or gradescope, as in junit=results.xml; can
    /// be given more than once. It is whole at any time, also when the run is interrupted
    #[arg(long = "report", value_name = "FORMAT=PATH")]
    destinations: Vec<Destination>,

    /// What each stage is worth in Gradescope, and who sees it: a TOML file [default: 10 points
    /// each, visible]
    #[arg(long, value_name = "FILE")]
    points: Option<PathBuf>,
}

/// The reports of a run in progress.
pub(crate) struct Reporting {
    live: Live,
    progress: Option<Progress>,
    not_written: Option<NotWritten>,
}

impl Reports {
    /// Writes the first reports, before any case was tried.
    pub(crate) fn begin(
        self,
        target: String,
        profile: Profile,
        seed: u64,
        cases: impl IntoIterator<Item = Case>,
    ) -> Result<Reporting, ExitCode> {
        let points = match &self.points {
            None => Points::default(),
            Some(path) => {
                let wrong = |why: String| failed(2, &format!("{}: {why}", path.display()));
                let points = fs::read_to_string(path).map_err(|why| wrong(why.to_string()))?;
                points
                    .parse()
                    .map_err(|why: parlour_check::report::PointsError| wrong(why.to_string()))?
            }
        };
        let files = Files {
            destinations: self.destinations,
            points,
        };
        let progress = Progress::begin(target, profile, seed, cases, files);
        Ok(Reporting {
            live: Live::default(),
            progress: Some(progress.map_err(|why| failed(3, &why.to_string()))?),
            not_written: None,
        })
    }
}

impl Reporting {
    /// Reports an outcome.
    pub(crate) fn tell(&mut self, out: &mut impl Write, outcome: &Outcome) {
        // A reader that closes the pipe early has read enough.
        let _unread = write!(out, "{}", self.live.outcome(outcome));
        let _unread = out.flush();
        if let Some(progress) = &mut self.progress
            && let Err(why) = progress.tell(outcome.clone())
        {
            self.not_written = Some(why);
        }
    }

    /// Reports the end of the run. Returns the exit code.
    pub(crate) fn end(mut self, out: &mut impl Write, run: Run, strict: bool) -> ExitCode {
        let _unread = write!(out, "{}", closing(&run));
        let ended = match self.progress.take() {
            Some(progress) if run.complete => progress.end().map(|_| ()),
            Some(_) | None => Ok(()),
        };
        if let Some(why) = ended.err().or(self.not_written) {
            return failed(3, &why.to_string());
        }
        let failed = |outcome: &Outcome| match outcome.verdict {
            Verdict::Fail(_) => true,
            Verdict::Warn(_) => strict,
            Verdict::Pass | Verdict::Skip(_) | Verdict::Error(_) => false,
        };
        let could_not = |outcome: &Outcome| matches!(outcome.verdict, Verdict::Error(_));
        if run.outcomes.iter().any(failed) {
            ExitCode::from(1)
        } else if !run.complete || run.outcomes.iter().any(could_not) {
            ExitCode::from(3)
        } else {
            ExitCode::SUCCESS
        }
    }
}
