//! Checks a server against the specification: each case on connections of its own, and with
//! `--spawn` on a server of its own.
//!
//! [`check`] is the entry point. A case is a script, or code in [`cases`]. It is played on a
//! `Fixture`, which knows how to wait and what was expected when nothing arrived.

use crate::case::ServerCase;
use crate::outcome::{Outcome, Run};
use crate::run::CannotRun;
use attempt::Reachability;
use blame::Greeted;

mod attempt;
mod blame;
mod bulk;
pub mod cases;
mod cleanup;
mod compare;
mod connection;
mod finding;
mod fixture;
mod no_more_output;
mod options;
mod play;
mod process;
mod rate_limit;
mod seed_profile;
mod server_under_test;

pub use options::Options;
pub use server_under_test::Target;

/// Plays the selected cases against `target`. `on_outcome` receives the outcomes in the order of
/// the cases, each as soon as those before it are known.
///
/// # Errors
/// If nothing could be tried: [`CannotRun`].
pub fn check(
    target: &Target,
    options: &Options,
    on_outcome: impl FnMut(&Outcome),
) -> Result<Run, CannotRun> {
    let selected = options.selected()?;
    let jobs = if target.is_shared() {
        1
    } else {
        options.run.jobs
    };
    let reachability = Reachability::default();
    let greeted = Greeted::default();
    let play = |&entry: &&'static ServerCase| {
        if options.run.interrupt.is_cancelled() {
            return None;
        }
        let outcome = if greeted.greets_nobody(entry.case.stage) {
            Ok(blame::unplayed(entry))
        } else {
            attempt::outcome(entry, target, options, &reachability)?
        };
        outcome.iter().for_each(|outcome| greeted.record(outcome));
        Some(outcome)
    };
    let attribute = |before: &[Outcome], outcome| {
        blame::attributed(before, |n| blame::relies_on(selected[n]), outcome)
    };
    let target = target.to_string();
    options
        .run
        .run_cases(target, &selected, jobs, play, attribute, on_outcome)
}
