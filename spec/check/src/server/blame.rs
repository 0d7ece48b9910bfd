//! Which failures only follow from another: one fault is reported once, in the stage where it
//! belongs.
//!
//! Each stage relies on those before it. Where an event was wrong in an earlier stage, a later case
//! that finds it wrong again shows nothing new, and is skipped with that reason. A case that judges
//! everything it read at once relies on all the events listed for it. Every case is played all the
//! same, unless the server has greeted nobody.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parlour_spec::Oracle;
use parlour_spec::script::{Action, Step};

use crate::case::{Play, ServerCase};
use crate::outcome::{Expected, Finding, Outcome, Stage, Verdict};

/// Whether the server greets anybody, as far as is known.
#[derive(Default)]
pub(super) struct Greeted {
    has: AtomicBool,
    has_not: AtomicBool,
}

impl Greeted {
    pub(super) fn record(&self, outcome: &Outcome) {
        match &outcome.verdict {
            Verdict::Pass | Verdict::Warn(_) => self.has.store(true, Ordering::Relaxed),
            Verdict::Fail(finding) if wrong_events(finding, BTreeSet::new).contains("greeting") => {
                self.has_not.store(true, Ordering::Relaxed);
            }
            Verdict::Fail(_) => self.has.store(true, Ordering::Relaxed),
            Verdict::Skip(_) | Verdict::Error(_) => {}
        }
    }

    /// Whether a case of this stage can't even begin.
    pub(super) fn greets_nobody(&self, stage: Stage) -> bool {
        let [has, has_not] = [&self.has, &self.has_not].map(|it| it.load(Ordering::Relaxed));
        stage > Stage::Join && has_not && !has
    }
}

/// The outcome of a case that was not played because the server greets nobody; [`attributed`]
/// replaces its empty reason.
pub(super) fn unplayed(entry: &ServerCase) -> Outcome {
    Outcome {
        case: entry.case.clone(),
        verdict: Verdict::Skip(String::new()),
        took: Duration::ZERO,
    }
}

/// The outcome, given those `before` it in the order of the stages: a failure that follows from an
/// earlier one becomes a skip. `relies_on` has the events of each case by its index, up to this
/// case.
pub(super) fn attributed(
    before: &[Outcome],
    relies_on: impl Fn(usize) -> BTreeSet<String>,
    mut outcome: Outcome,
) -> Outcome {
    let wrong = match &outcome.verdict {
        Verdict::Pass | Verdict::Warn(_) => return outcome,
        Verdict::Skip(why) if why.is_empty() => BTreeSet::from(["greeting".to_owned()]),
        Verdict::Skip(_) => return outcome,
        Verdict::Error(_) if outcome.case.stage < Stage::Order => return outcome,
        Verdict::Error(_) => relies_on(before.len()),
        Verdict::Fail(finding) => {
            let all = || relies_on(before.len());
            let mut wrong = wrong_events(finding, all);
            // Where much is sent at once, the first wrong line need not be the awaited one.
            if outcome.case.stage >= Stage::Order {
                wrong.extend(all());
            }
            wrong
        }
    };
    let is_cause = |(n, earlier): &(usize, &Outcome)| match &earlier.verdict {
        Verdict::Fail(finding) if earlier.case.stage < outcome.case.stage => {
            !wrong.is_disjoint(&wrong_events(finding, || relies_on(*n)))
        }
        Verdict::Fail(_)
        | Verdict::Pass
        | Verdict::Warn(_)
        | Verdict::Skip(_)
        | Verdict::Error(_) => false,
    };
    if let Some((_, cause)) = before.iter().enumerate().find(is_cause)
        && let Verdict::Fail(finding) = &cause.verdict
    {
        let (clause, number, id) = (&finding.clause, cause.case.stage.number(), &cause.case.id);
        let why = format!("can't be judged while {clause} is broken: {id} fails in stage {number}");
        outcome.verdict = Verdict::Skip(why);
    }
    outcome
}

/// The events that a case relies on, by their rules in the grammar; an error by its code.
pub(super) fn relies_on(entry: &ServerCase) -> BTreeSet<String> {
    match &entry.play {
        Play::Coded(coded) => coded
            .relies_on
            .iter()
            .map(|&kind| kind.to_owned())
            .collect(),
        Play::Script(script) => {
            let awaited = |step: &Step| match &step.action {
                Action::ExpectLine(event) => kind(event),
                Action::ExpectEnd(_) => Some("close".to_owned()),
                Action::SendLine(_)
                | Action::SendSegments(_)
                | Action::HalfClose
                | Action::Reset
                | Action::ExpectNoMore
                | Action::Inside(_) => None,
            };
            script.steps.iter().filter_map(awaited).collect()
        }
    }
}

/// The event that is missing and the event that arrived instead; where no single event was
/// expected, all that the case relies on.
fn wrong_events(finding: &Finding, relies_on: impl Fn() -> BTreeSet<String>) -> BTreeSet<String> {
    let lines = |octets: &[u8]| -> Vec<Vec<u8>> {
        let lines = octets.split(|&octet| octet == b'\n');
        { lines }
            .filter(|line| !line.is_empty())
            .map(<[u8]>::to_vec)
            .collect()
    };
    let got = lines(&finding.got);
    let Expected::Words(_) = &finding.expected else {
        let expected = lines(finding.expected.octets());
        let same = { expected.iter() }
            .zip(&got)
            .take_while(|(one, other)| one == other);
        let same = same.count();
        let came = got.get(same).and_then(|line| kind(line));
        let is_proof = finding.expected.octets().starts_with(b"PONG silence-");
        // A sentinel PING: the line that arrived is wrong, and not the PONG.
        let missing = match expected.get(same).or_else(|| expected.last()) {
            Some(_) if is_proof && came.is_some() => None,
            Some(line) => kind(line),
            None => Some("close".to_owned()),
        };
        return missing.into_iter().chain(came).collect();
    };
    let came = got.first().and_then(|line| kind(line));
    relies_on().into_iter().chain(came).collect()
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
            expected: Expected::Octets(expected.into()),
            who: None,
            got: got.into(),
            differs_at: None,
            exchange: Vec::new(),
            hint: None,
            process: None,
            stderr: Vec::new(),
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

    fn relies_on(_: usize) -> BTreeSet<String> {
        BTreeSet::from(["broadcast".to_owned()])
    }

    fn is_failure(before: &Outcome, outcome: &Outcome) -> bool {
        let attributed = attributed(std::slice::from_ref(before), relies_on, outcome.clone());
        matches!(attributed.verdict, Verdict::Fail(_))
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
            &outcome(Stage::Errors, "PONG silence-1", "close")
        ));
        let usage = outcome(Stage::Errors, "ERROR usage: …", "close");
        assert!(is_failure(
            &usage,
            &outcome(Stage::Framing, "ERROR not-utf8: …", "PONG silence-1")
        ));
        let proof = outcome(Stage::Private, "PONG silence-1", "ann: MESG bob hi");
        assert!(is_failure(
            &proof,
            &outcome(Stage::Framing, "PONG silence-2", "ERROR usage: …")
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

    /// A case that judges everything at once relies on its own events, and on no others.
    #[test]
    fn what_judges_everything_at_once_is_skipped_for_what_it_is_made_of_alone() {
        let mut record = outcome(Stage::Load, "", "");
        let Verdict::Fail(finding) = &mut record.verdict else {
            unreachable!("it is a failure")
        };
        finding.expected = Expected::words("an order that explains every line");
        let usage = outcome(Stage::Errors, "ERROR usage: ", "");
        assert!(is_failure(&usage, &record));
        let broadcast = outcome(Stage::Broadcast, "ann: BCST hi", "");
        let attributed = attributed(&[usage, broadcast], relies_on, record);
        let Verdict::Skip(why) = attributed.verdict else {
            panic!("{attributed:?}")
        };
        assert_eq!(
            why,
            "can't be judged while CONN-4 is broken: Broadcast fails in stage 2"
        );
    }
}
