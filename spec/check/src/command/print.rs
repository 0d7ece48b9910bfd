//! Outcomes as plain lines.

use std::io::{self, Write};

use parlour_check::octets::Quoted;
use parlour_check::outcome::{Finding, Outcome, Run, Verdict, Way};

/// One outcome.
pub(crate) fn outcome(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let verdict = match &outcome.verdict {
        Verdict::Pass => "pass",
        Verdict::Warn(_) => "warn",
        Verdict::Fail(_) => "FAIL",
        Verdict::Skip(_) => "skip",
        Verdict::Error(_) => "ERROR",
    };
    let case = &outcome.case;
    writeln!(
        out,
        "{verdict:5} {} {} ({}) {:.0?}",
        case.stage.number(),
        case.id,
        case.clauses.join(", "),
        outcome.took
    )?;
    match &outcome.verdict {
        Verdict::Pass => Ok(()),
        Verdict::Skip(why) | Verdict::Error(why) => {
            writeln!(out, "      {}", Quoted(why.as_bytes()))
        }
        Verdict::Warn(found) | Verdict::Fail(found) => finding(out, found),
    }
}

fn finding(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    writeln!(out, "      {}: {}", finding.clause, finding.sentence)?;
    for exchanged in &finding.exchange {
        let way = match exchanged.way {
            Way::Sent => "→",
            Way::Read => "←",
            Way::Ended => "← the stream ends",
            Way::Reset => "the connection is reset",
        };
        writeln!(
            out,
            "      {:9.3?} {} {way} {}",
            exchanged.at,
            exchanged.who,
            Quoted(&exchanged.octets)
        )?;
    }
    writeln!(
        out,
        "      {:?}: expected {}",
        finding.fault,
        Quoted(finding.expected.as_bytes())
    )?;
    writeln!(out, "      got {}", Quoted(&finding.got))?;
    if let Some(hint) = &finding.hint {
        writeln!(out, "      hint: {hint}")?;
    }
    if let Some(process) = &finding.process {
        writeln!(out, "      the server: {process}")?;
    }
    Ok(())
}

/// How many ended how.
pub(crate) fn summary(out: &mut impl Write, run: &Run) -> io::Result<()> {
    let mut counts = [0; 5];
    for outcome in &run.outcomes {
        counts[match outcome.verdict {
            Verdict::Pass => 0,
            Verdict::Fail(_) => 1,
            Verdict::Warn(_) => 2,
            Verdict::Skip(_) => 3,
            Verdict::Error(_) => 4,
        }] += 1;
    }
    let [passed, failed, warned, skipped, errors] = counts;
    let interrupted = if run.complete { "" } else { ", interrupted" };
    writeln!(
        out,
        "{passed} passed, {failed} failed, {warned} warned of, {skipped} skipped, {errors} could not be tried{interrupted}"
    )
}
