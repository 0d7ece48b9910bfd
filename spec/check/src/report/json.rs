//! The report for programs, as `report.schema.json` beside this crate describes it.

use serde_json::{Value, json};

use crate::outcome::{Finding, Outcome, Run};
use crate::report::labels;
use crate::report::quoted::quoted;
use crate::report::tally::Tally;

/// Renders `run` as JSON.
pub(super) fn json(run: &Run) -> String {
    let stages = run.stages().map(|(stage, outcomes)| {
        json!({
            "stage": stage.name(),
            "number": stage.number(),
            "title": labels::title(stage),
            "summary": Tally::of(outcomes),
        })
    });
    let report = json!({
        "version": 1,
        "tool": {"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")},
        "target": run.target,
        "profile": labels::profile(run.profile),
        // Many JSON readers keep only 53 bits of a number.
        "seed": run.seed.to_string(),
        "complete": run.complete,
        "summary": Tally::of(&run.outcomes),
        "stages": stages.collect::<Vec<_>>(),
        "outcomes": run.outcomes.iter().map(outcome).collect::<Vec<_>>(),
    });
    format!("{report:#}\n")
}

fn outcome(outcome: &Outcome) -> Value {
    let mut value = json!({
        "id": outcome.case.id,
        "clauses": outcome.case.clauses,
        "stage": outcome.case.stage.name(),
        "verdict": labels::verdict(&outcome.verdict),
        "took_ms": millis(outcome.took),
    });
    if let Some(reason) = labels::reason(outcome) {
        value["reason"] = json!(reason);
    }
    if let Some(found) = labels::finding(outcome) {
        value["finding"] = finding(found);
    }
    value
}

fn finding(finding: &Finding) -> Value {
    let exchange = finding.exchange.iter().map(|one| {
        json!({
            "at_ms": millis(one.at),
            "who": one.who,
            "way": one.way,
            "octets": octets(&one.octets),
            "left_out": one.left_out,
        })
    });
    json!({
        "clause": finding.clause,
        "sentence": finding.sentence,
        "fault": finding.fault,
        "expected": labels::expected(&finding.expected),
        "who": finding.who,
        "got": octets(&finding.got),
        "differs_at": finding.differs_at,
        "exchange": exchange.collect::<Vec<_>>(),
        "hint": finding.hint,
        "process": finding.process,
        "stderr": octets(&finding.stderr),
    })
}

/// Octets, quoted for people and in hexadecimal for programs.
fn octets(octets: &[u8]) -> Value {
    let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    json!({"quoted": quoted(octets), "hex": hex})
}

fn millis(time: std::time::Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}
