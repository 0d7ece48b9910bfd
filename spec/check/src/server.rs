//! Holds a server against the specification: each case on connections of its own, and with `--spawn` on a server of its own.
//!
//! [`check`] is the whole of it. A case is played by its script or by the code of [`cases`], on a scene that knows how to wait, and
//! what was expected where nothing came.

use crate::asked::CannotRun;
use crate::case::Entry;
use crate::outcome::{Outcome, Run};
use attempt::Reach;
use standing::Greeted;

mod attempt;
pub mod cases;
mod finding;
mod host;
mod lateness;
mod leave;
mod likeness;
mod options;
mod peer;
mod play;
mod pour;
mod process;
mod scene;
mod seed;
mod silence;
mod standing;

pub use host::Target;
pub use options::Options;

/// Plays the chosen cases against `target`. Each outcome is given to `on_outcome` in the order of the cases, as soon as those before it are known.
///
/// # Errors
/// If nothing could be tried: [`CannotRun`].
pub fn check(
    target: &Target,
    options: &Options,
    on_outcome: impl FnMut(&Outcome),
) -> Result<Run, CannotRun> {
    let chosen = options.chosen()?;
    let jobs = if target.is_shared() {
        1
    } else {
        options.asked.jobs
    };
    let reach = Reach::default();
    let greeted = Greeted::default();
    let play = |&entry: &&'static Entry| {
        if options.asked.interrupt.is_cancelled() {
            return None;
        }
        let outcome = if greeted.nobody(entry.case.stage) {
            Ok(standing::unplayed(entry))
        } else {
            attempt::outcome(entry, target, options, &reach)?
        };
        outcome.iter().for_each(|outcome| greeted.note(outcome));
        Some(outcome)
    };
    let settle = |before: &[Outcome], outcome| {
        standing::settled(before, |n| standing::made_of(chosen[n]), outcome)
    };
    let target = target.to_string();
    options
        .asked
        .play(target, &chosen, jobs, play, settle, on_outcome)
}
