//! Markdown, for a comment or a build's summary.
//!
//! All text that a stranger can influence is in code spans or blocks, whose fence is longer than
//! any run of backticks in it: there it can't become a link, markup, a mention or HTML.

use std::fmt::Write;

use crate::outcome::Run;
use crate::report::quoted::plain;
use crate::report::tally::Tally;
use crate::report::{detail, labels};

/// Renders `run` as Markdown.
pub(super) fn markdown(run: &Run) -> String {
    let mut out = String::new();
    let mut put = |line: &str| writeln!(out, "{line}").expect("a string takes all");
    put(&format!("# parlour-check: {}\n", verdict(run)));
    let (target, profile) = (span(&run.target), labels::profile(run.profile));
    put(&format!("{target}, profile {profile}, seed {}\n", run.seed));

    put("| stage | pass | warn | fail | error | skip |\n|---|--:|--:|--:|--:|--:|");
    let row = |name: &str, tally: Tally| {
        let counts = tally.counts().map(|(_, count)| format!(" {count} |"));
        format!("| {name} |{}", counts.concat())
    };
    for (stage, outcomes) in run.stages() {
        let name = format!("{} {}", stage.number(), labels::title(stage));
        put(&row(&name, Tally::of(outcomes)));
    }
    put(&row("**all**", Tally::of(&run.outcomes)));

    for outcome in &run.outcomes {
        let Some(finding) = labels::finding(outcome) else {
            continue;
        };
        let word = labels::verdict(&outcome.verdict);
        put(&format!(
            "\n## {word}: {}, {}\n",
            span(&outcome.case.id),
            span(&labels::clauses(outcome))
        ));
        put(&block(&detail::text(finding)));
    }

    put("\n## All cases\n\n| verdict | case | clauses | |\n|---|---|---|---|");
    for outcome in &run.outcomes {
        let word = labels::verdict(&outcome.verdict);
        let (case, clauses) = (cell(&outcome.case.id), cell(&labels::clauses(outcome)));
        let note = labels::reason(outcome).map_or_else(|| labels::lasted(outcome.took), cell);
        put(&format!("| {word} | {case} | {clauses} | {note} |"));
    }
    out
}

fn verdict(run: &Run) -> String {
    let counts = Tally::of(&run.outcomes).counts();
    let counts = counts.iter().filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    let interrupted = if run.complete { "" } else { ", interrupted" };
    match counts.is_empty() {
        true => format!("nothing was run{interrupted}"),
        false => counts.join(", ") + interrupted,
    }
}

/// A code span.
fn span(text: &str) -> String {
    let text = plain(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    match text.trim().is_empty() {
        true => String::new(),
        // Markdown strips one space on each side.
        false => format!("{fence} {text} {fence}"),
    }
}

/// A code span in a table, where `|` is parsed before code.
fn cell(text: &str) -> String {
    // A backslash before the `|` would undo its escape.
    span(&text.replace("\\|", "\\ |")).replace('|', "\\|")
}

fn block(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{text}\n{fence}")
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|char| char != '`').map(str::len);
    runs.max().unwrap_or(0)
}
