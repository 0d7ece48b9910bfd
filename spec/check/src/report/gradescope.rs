//! The `results.json` of Gradescope's autograder: one test for each case; the points of a stage are
//! shared evenly among its cases.
//!
//! A warning earns its points. A skipped case has no points: the other cases share them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::outcome::{Outcome, Run, Stage, Verdict};
use crate::report::points::Points;
use crate::report::quoted::plain;
use crate::report::tally::Tally;
use crate::report::{detail, labels};

/// Renders `run` for Gradescope, with `points`.
pub(super) fn gradescope(run: &Run, points: &Points) -> String {
    let mut tests = Vec::new();
    let mut score = 0;
    for (stage, outcomes) in run.stages() {
        let counted = outcomes.iter().filter(|outcome| counts(outcome)).count() as u64;
        let mut nth = 0;
        for (number, outcome) in (1..).zip(&outcomes) {
            let worth = match counts(outcome) {
                true => share(points.hundredths(stage), nth, counted),
                false => 0,
            };
            nth += u64::from(counts(outcome));
            let earned = if earns(outcome) { worth } else { 0 };
            score += earned;
            tests.push(test(outcome, stage, number, earned, worth, points));
        }
    }
    let tally = Tally::of(&run.outcomes).counts();
    let summary = tally
        .map(|(word, count)| format!("{count} {word}"))
        .join(", ");
    let interrupted = if run.complete {
        ""
    } else {
        "\nThe run was interrupted."
    };
    let took: Duration = run.outcomes.iter().map(|outcome| outcome.took).sum();
    let (target, profile) = (plain(&run.target), labels::profile(run.profile));
    let report = json!({
        "score": whole(score),
        "execution_time": took.as_secs_f64(),
        "output": format!("{target}, profile {profile}, seed {}\n{summary}{interrupted}", run.seed),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "tests": tests,
    });
    format!("{report:#}\n")
}

fn test(
    outcome: &Outcome,
    stage: Stage,
    number: usize,
    earned: u64,
    worth: u64,
    points: &Points,
) -> Value {
    let output = match &outcome.verdict {
        Verdict::Pass => "as the specification wants it".to_owned(),
        Verdict::Warn(finding) => {
            format!("permitted, and advised against\n{}", detail::text(finding))
        }
        Verdict::Fail(finding) => detail::text(finding),
        Verdict::Skip(reason) => format!("skipped: {}", plain(reason)),
        Verdict::Error(reason) => format!("could not be tried: {}", plain(reason)),
    };
    let mut test = json!({
        "name": format!("{} ({})", outcome.case.id, labels::clauses(outcome)),
        "number": format!("{}.{number}", stage.number()),
        "score": whole(earned),
        "max_score": whole(worth),
        "output": output,
        "visibility": points.visibility(stage),
        "tags": [stage.name()],
    });
    if counts(outcome) {
        test["status"] = json!(if earns(outcome) { "passed" } else { "failed" });
    }
    test
}

fn counts(outcome: &Outcome) -> bool {
    !matches!(outcome.verdict, Verdict::Skip(_))
}

fn earns(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, Verdict::Pass | Verdict::Warn(_))
}

/// The share of the `nth` of `of` cases in `hundredths`; all shares add up to the whole.
fn share(hundredths: u64, nth: u64, of: u64) -> u64 {
    hundredths * (nth + 1) / of - hundredths * nth / of
}

fn whole(hundredths: u64) -> f64 {
    hundredths as f64 / 100.0
}
