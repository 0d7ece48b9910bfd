//! TAP 14, the Test Anything Protocol, with YAML diagnostics. A warning is `ok`, with a note in its
//! diagnostics.

use std::fmt::Write;

use crate::outcome::{Outcome, Run, Verdict};
use crate::report::quoted::{plain, quoted};
use crate::report::{detail, labels};

/// Renders `run` as TAP.
pub(super) fn tap(run: &Run) -> String {
    let mut out = String::new();
    let mut put = |line: String| writeln!(out, "{line}").expect("a string takes all");
    put("TAP version 14".to_owned());
    put(match run.outcomes.len() {
        0 => "1..0 # nothing was run".to_owned(),
        count => format!("1..{count}"),
    });
    let (target, profile) = (plain(&run.target), labels::profile(run.profile));
    put(format!("# {target}, profile {profile}, seed {}", run.seed));
    for (number, outcome) in (1..).zip(&run.outcomes) {
        put(format!(
            "{} {number} - {}",
            status(outcome),
            described(outcome)
        ));
        for line in diagnostics(outcome) {
            put(format!("  {line}"));
        }
    }
    if !run.complete {
        put("Bail out! the run was interrupted".to_owned());
    }
    out
}

fn status(outcome: &Outcome) -> &'static str {
    match outcome.verdict {
        Verdict::Pass | Verdict::Warn(_) | Verdict::Skip(_) => "ok",
        Verdict::Fail(_) | Verdict::Error(_) => "not ok",
    }
}

fn described(outcome: &Outcome) -> String {
    let stage = outcome.case.stage.name();
    let description = format!(
        "{stage}: {} ({})",
        outcome.case.id,
        labels::clauses(outcome)
    );
    let description = escaped(&description);
    match &outcome.verdict {
        Verdict::Skip(reason) => format!("{description} # SKIP {}", escaped(reason)),
        Verdict::Pass | Verdict::Warn(_) | Verdict::Fail(_) | Verdict::Error(_) => description,
    }
}

/// The lines of the YAML block; none where there is nothing to say.
fn diagnostics(outcome: &Outcome) -> Vec<String> {
    let mut lines = vec!["---".to_owned()];
    match &outcome.verdict {
        Verdict::Pass | Verdict::Skip(_) => return Vec::new(),
        Verdict::Error(reason) => {
            lines.push(format!("message: {}", scalar(reason)));
            lines.push("severity: error".to_owned());
        }
        Verdict::Warn(finding) | Verdict::Fail(finding) => {
            lines.push(format!("message: {}", scalar(&labels::headline(finding))));
            lines.push(format!("severity: {}", labels::verdict(&outcome.verdict)));
            lines.push(format!("clause: {}", scalar(&finding.clause)));
            lines.push(format!("sentence: {}", scalar(&finding.sentence)));
            lines.push(format!(
                "expected: {}",
                scalar(&labels::expected(&finding.expected))
            ));
            lines.push(format!("got: {}", scalar(&quoted(&finding.got))));
            lines.extend(finding.differs_at.map(|at| format!("differs_at: {at}")));
            lines.extend(
                finding
                    .hint
                    .iter()
                    .map(|hint| format!("hint: {}", scalar(hint))),
            );
            lines.push("detail:".to_owned());
            let detail = detail::detail(finding).into_iter();
            lines.extend(detail.map(|(_, line)| format!("  - {}", scalar(&line))));
        }
    }
    lines.push(format!(
        "duration_ms: {:.3}",
        outcome.took.as_secs_f64() * 1e3
    ));
    lines.push("...".to_owned());
    lines
}

/// A scalar in double quotes: every JSON string is valid YAML.
fn scalar(text: &str) -> String {
    serde_json::Value::from(plain(text)).to_string()
}

/// A description or a reason, in which `\` and `#` are escaped.
fn escaped(text: &str) -> String {
    plain(text).replace('\\', "\\\\").replace('#', "\\#")
}
