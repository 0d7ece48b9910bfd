//! What stages, verdicts and faults are called in reports.

use std::time::Duration;

use crate::outcome::{Expected, Fault, Finding, Outcome, Profile, Stage, Verdict};
use crate::report::quoted::{excerpt, quoted};

/// As a person reads it.
pub(super) fn title(stage: Stage) -> &'static str {
    match stage {
        Stage::Join => "connect and join",
        Stage::Broadcast => "broadcast",
        Stage::Private => "private",
        Stage::ListAndQuit => "list and quit",
        Stage::Errors => "errors",
        Stage::Framing => "framing",
        Stage::Order => "order",
        Stage::Load => "load",
    }
}

/// As an option takes it.
pub(super) fn profile(profile: Profile) -> &'static str {
    match profile {
        Profile::Seed => "seed",
        Profile::Full => "full",
    }
}

/// In one word.
pub(super) fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Warn(_) => "warn",
        Verdict::Fail(_) => "fail",
        Verdict::Skip(_) => "skip",
        Verdict::Error(_) => "error",
    }
}

/// As a person reads it.
pub(super) fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::WrongAnswer => "wrong answer",
        Fault::Hang => "hang: nothing came in time",
        Fault::Crash => "crash: it ended what it should not have",
        Fault::Refused => "refused: it took no connection",
    }
}

/// What should have come, octets quoted like those that came.
pub(super) fn expected(expected: &Expected) -> String {
    around(expected, quoted(expected.octets()))
}

/// The same in a line, from about where what came differs from it.
pub(super) fn expected_at(expected: &Expected, mark: Option<usize>) -> String {
    around(expected, excerpt(expected.octets(), 0, mark).0)
}

fn around(expected: &Expected, quoted: String) -> String {
    match expected {
        Expected::Words(words) => words.clone(),
        Expected::Octets(_) => quoted,
        Expected::Beginning(_) => format!("{quoted} and a text"),
        Expected::End(rest) if rest.is_empty() => "the end of the stream".to_owned(),
        Expected::End(_) => format!("{quoted} and the end of the stream"),
    }
}

/// What was found, if something was.
pub(super) fn finding(outcome: &Outcome) -> Option<&Finding> {
    match &outcome.verdict {
        Verdict::Warn(finding) | Verdict::Fail(finding) => Some(finding),
        Verdict::Pass | Verdict::Skip(_) | Verdict::Error(_) => None,
    }
}

/// Why it was not tried, if it was not.
pub(super) fn reason(outcome: &Outcome) -> Option<&str> {
    match &outcome.verdict {
        Verdict::Skip(reason) | Verdict::Error(reason) => Some(reason),
        Verdict::Pass | Verdict::Warn(_) | Verdict::Fail(_) => None,
    }
}

/// The clause and what is wrong with it, in a line.
pub(super) fn headline(finding: &Finding) -> String {
    format!("{}: {}", finding.clause, fault(finding.fault))
}

/// `JOIN-2, STATE-2`
pub(super) fn clauses(outcome: &Outcome) -> String {
    outcome.case.clauses.join(", ")
}

/// In milliseconds or, from ten of them, seconds.
pub(super) fn lasted(took: Duration) -> String {
    if took < Duration::from_secs(10) {
        format!("{:.1} ms", took.as_secs_f64() * 1e3)
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}
