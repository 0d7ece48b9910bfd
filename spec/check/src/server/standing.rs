//! Which failures are only another's: one fault is told once, in the stage where it belongs.
//!
//! Each stage stands on those before it. Where an event was wrong in an earlier stage, a later case that meets it wrong again shows
//! nothing new, and is skipped with that reason. Order and load stand on everything.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parlour_spec::Oracle;

use crate::case::Entry;
use crate::outcome::{Finding, Outcome, Stage, Verdict};

/// The first stage that has failed so far.
pub(super) struct Failed(AtomicUsize);

impl Failed {
    pub(super) fn none() -> Self {
        Self(AtomicUsize::new(usize::MAX))
    }

    pub(super) fn note(&self, outcome: &Outcome) {
        if matches!(outcome.verdict, Verdict::Fail(_)) {
            let stage = outcome.case.stage.number();
            self.0.fetch_min(stage, Ordering::Relaxed);
        }
    }

    /// Whether an earlier stage has failed on which all of this one stands: then it need not be played.
    pub(super) fn is_below(&self, stage: Stage) -> bool {
        stage >= Stage::Order && self.0.load(Ordering::Relaxed) < stage.number()
    }
}

/// What comes of a case that stands on nothing; on what it does not stand is for [`settled`] to say.
pub(super) fn unplayed(entry: &Entry) -> Outcome {
    Outcome {
        case: entry.case.clone(),
        verdict: Verdict::Skip(String::new()),
        took: Duration::ZERO,
    }
}

/// The outcome, after those `before` it in the order of the stages.
pub(super) fn settled(before: &[Outcome], mut outcome: Outcome) -> Outcome {
    let stage = outcome.case.stage;
    let wrong = match &outcome.verdict {
        Verdict::Pass | Verdict::Warn(_) => return outcome,
        Verdict::Skip(_) | Verdict::Error(_) if stage < Stage::Order => return outcome,
        Verdict::Skip(_) | Verdict::Error(_) => BTreeSet::new(),
        Verdict::Fail(finding) => wrong_events(finding),
    };
    let ground = before.iter().find(|earlier| {
        let Verdict::Fail(finding) = &earlier.verdict else {
            return false;
        };
        let is_same = || !wrong.is_disjoint(&wrong_events(finding));
        earlier.case.stage < stage && (stage >= Stage::Order || is_same())
    });
    if let Some(Outcome { case, .. }) = ground {
        let (number, id) = (case.stage.number(), &case.id);
        outcome.verdict = Verdict::Skip(format!("stands on stage {number}, where {id} fails"));
    }
    outcome
}

/// What did not come, and what came instead, by its rule in the grammar; an error by its code.
fn wrong_events(finding: &Finding) -> BTreeSet<String> {
    let got: Vec<&[u8]> = finding.got.split(|&octet| octet == b'\n').collect();
    let came = got.first().and_then(|line| kind(line));
    let expected = finding
        .expected
        .trim_end_matches(" and the end of the stream");
    let missing = expected
        .lines()
        .filter(|line| !got.contains(&line.as_bytes()));
    let missing = missing.map(|line| kind(line.as_bytes()).unwrap_or_else(|| line.to_owned()));
    // A PONG proves that nothing else came: what came is wrong, and not the PONG.
    let missing = missing.filter(|kind| kind != "pong" || came.is_none());
    missing.chain(came.clone()).collect()
}

fn kind(event: &[u8]) -> Option<String> {
    if let Some(error) = event.strip_prefix(b"ERROR ") {
        let code = error.split(|&octet| octet == b':').next();
        return code.map(|code| String::from_utf8_lossy(code).into_owned());
    }
    let derivation = Oracle::parlour().event(event)?;
    Some(derivation.rule.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Case, Fault};

    fn outcome(stage: Stage, expected: &str, got: &str) -> Outcome {
        let finding = Finding {
            clause: "CONN-4".into(),
            sentence: String::new(),
            fault: Fault::WrongAnswer,
            expected: expected.into(),
            got: got.into(),
            differs_at: None,
            exchange: Vec::new(),
            hint: None,
            process: None,
        };
        let case = Case {
            id: format!("{stage:?}"),
            clauses: vec!["CONN-4".into()],
            stage,
        };
        let verdict = Verdict::Fail(Box::new(finding));
        let took = Duration::ZERO;
        Outcome {
            case,
            verdict,
            took,
        }
    }

    fn is_failure(before: &Outcome, outcome: &Outcome) -> bool {
        let settled = settled(std::slice::from_ref(before), outcome.clone());
        matches!(settled.verdict, Verdict::Fail(_))
    }

    #[test]
    fn what_was_wrong_in_an_earlier_stage_is_told_there_alone() {
        let close = outcome(Stage::ListAndQuit, "close", "");
        assert!(!is_failure(
            &close,
            &outcome(Stage::Framing, "close", "ann: BCST hi")
        ));
        assert!(!is_failure(
            &close,
            &outcome(Stage::Errors, "PONG 1", "close")
        ));
        assert!(!is_failure(
            &close,
            &outcome(Stage::Load, "one order", "ann: BCST hi")
        ));
        let usage = outcome(Stage::Errors, "ERROR usage: …", "close");
        assert!(is_failure(
            &usage,
            &outcome(Stage::Framing, "ERROR not-utf8: …", "PONG 1")
        ));
        let proof = outcome(Stage::Private, "PONG 1", "ann: MESG bob hi");
        assert!(is_failure(
            &proof,
            &outcome(Stage::Framing, "PONG 2", "ERROR usage: …")
        ));
    }

    #[test]
    fn what_is_wrong_in_the_same_stage_is_told_too() {
        let first = outcome(Stage::Errors, "ERROR usage: …", "");
        assert!(is_failure(&first, &first));
        let earlier = outcome(Stage::Join, "ERROR usage: …", "");
        assert!(!is_failure(&earlier, &first));
        assert!(is_failure(&first, &earlier), "the later is no ground");
    }
}
