//! The report for a terminal: the cases stage by stage, the findings in full, and a summary per
//! stage.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::outcome::{Outcome, Profile, Run, Stage, Verdict};
use crate::report::detail::{Role, detail};
use crate::report::labels;
use crate::report::quoted::plain;
use crate::report::tally::Tally;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// The widths, in columns, of the cases' names and their clauses.
const ID: usize = 48;
const CLAUSES: usize = 18;

/// Renders `run` for people, with colours; `anstream` strips them where they are not wanted.
pub fn table(run: &Run) -> String {
    let mut live = Live::default();
    let outcomes = run.outcomes.iter().map(|outcome| live.outcome(outcome));
    heading(&run.target, run.profile, run.seed) + &outcomes.collect::<String>() + &closing(run)
}

/// The heading, before the first case.
pub fn heading(target: &str, profile: Profile, seed: u64) -> String {
    let (target, profile) = (plain(target), labels::profile(profile));
    format!("{target}: --profile {profile} --seed {seed}\n")
}

/// The lines of a run in progress.
#[derive(Debug, Default)]
pub struct Live {
    /// The stage whose heading was shown last.
    stage: Option<Stage>,
}

impl Live {
    /// The line of the next outcome, after the heading of its stage.
    pub fn outcome(&mut self, outcome: &Outcome) -> String {
        let stage = outcome.case.stage;
        let mut out = String::new();
        if self.stage.replace(stage) != Some(stage) {
            let (number, title) = (stage.number(), labels::title(stage));
            out += &format!("\n{BOLD}{number} {title}{BOLD:#}\n");
        }
        let (style, word) = (style(&outcome.verdict), labels::verdict(&outcome.verdict));
        let took = match labels::reason(outcome) {
            Some(reason) => plain(reason),
            None => format!("{:>9}", labels::lasted(outcome.took)),
        };
        let (name, cited) = (&outcome.case.id, labels::clauses(outcome));
        out + &format!(
            "  {style}{word:5}{style:#} {name:ID$} {DIM}{cited:CLAUSES$} {took}{DIM:#}\n"
        )
    }
}

/// The end of the report, after the last case: each finding in full, and a summary per stage.
pub fn closing(run: &Run) -> String {
    let mut out = String::new();
    let mut put = |line: String| writeln!(out, "{}", line.trim_end()).expect("a string takes all");
    for outcome in &run.outcomes {
        let Some(finding) = labels::finding(outcome) else {
            continue;
        };
        let (style, word) = (style(&outcome.verdict), labels::verdict(&outcome.verdict));
        put(format!(
            "\n{style}{word}{style:#} {BOLD}{}{BOLD:#}",
            outcome.case.id
        ));
        for (role, line) in detail(finding) {
            let style = coloured(role);
            put(format!("{style}{line}{style:#}"));
        }
    }

    let columns = Tally::default()
        .counts()
        .map(|(word, _)| format!("{word:>6}"))
        .concat();
    put(format!("\n{BOLD}{:<19}{columns}{BOLD:#}", "stage"));
    for (stage, outcomes) in run.stages() {
        let name = format!("{} {}", stage.number(), labels::title(stage));
        put(row(&name, Tally::of(outcomes)));
    }
    put(row("all", Tally::of(&run.outcomes)));
    if !run.complete {
        put(format!("{RED}The run was interrupted.{RED:#}"));
    }
    out
}

fn row(name: &str, tally: Tally) -> String {
    let styles = [GREEN, YELLOW, RED, RED, DIM];
    let counts = tally.counts().into_iter().zip(styles);
    let counts = counts.map(|((_, count), style)| match count {
        0 => format!("{DIM}{:>6}{DIM:#}", "."),
        count => format!("{style}{count:>6}{style:#}"),
    });
    format!("{name:<19}{}", counts.collect::<String>())
}

fn style(verdict: &Verdict) -> Style {
    match verdict {
        Verdict::Pass => GREEN,
        Verdict::Warn(_) => YELLOW,
        Verdict::Fail(_) | Verdict::Error(_) => RED,
        Verdict::Skip(_) => DIM,
    }
}

fn coloured(role: Role) -> Style {
    match role {
        Role::Clause => BOLD,
        Role::Fault | Role::Got | Role::Caret => RED,
        Role::Sent => CYAN,
        Role::Received => Style::new(),
        Role::Note => DIM,
        Role::Expected => GREEN,
        Role::Hint => YELLOW,
    }
}
