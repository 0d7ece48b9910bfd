//! The labels of stages, verdicts and faults in reports.

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

/// As the option's value.
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

/// What was expected, with its octets quoted.
pub(super) fn expected(expected: &Expected) -> String {
    around(expected, quoted(expected.octets()))
}

/// The same in one line, as an excerpt around the octet at index `mark`.
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

/// The finding, if there is one.
pub(super) fn finding(outcome: &Outcome) -> Option<&Finding> {
    match &outcome.verdict {
        Verdict::Warn(finding) | Verdict::Fail(finding) => Some(finding),
        Verdict::Pass | Verdict::Skip(_) | Verdict::Error(_) => None,
    }
}

/// Why the case was not tried, if it was not.
pub(super) fn reason(outcome: &Outcome) -> Option<&str> {
    match &outcome.verdict {
        Verdict::Skip(reason) | Verdict::Error(reason) => Some(reason),
        Verdict::Pass | Verdict::Warn(_) | Verdict::Fail(_) => None,
    }
}

/// The clause and the fault, in one line.
pub(super) fn headline(finding: &Finding) -> String {
    format!("{}: {}", finding.clause, fault(finding.fault))
}

/// `JOIN-2, STATE-2`
pub(super) fn clauses(outcome: &Outcome) -> String {
    outcome.case.clauses.join(", ")
}

/// In milliseconds, or in seconds from ten seconds on.
pub(super) fn lasted(took: Duration) -> String {
    if took < Duration::from_secs(10) {
        format!("{:.1} ms", took.as_secs_f64() * 1e3)
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}
