//! `--explain`: a clause's own words, why it matters, and what is sent or what a client is seen to do.

use std::io::Write;

use parlour_check::asked::Choice;
use parlour_check::case::Entry;
use parlour_check::client::{self, Coded};
use parlour_check::coverage::{Coverage, coverage};
use parlour_spec::Document;

/// Explains a clause or a case as a server is held to it.
pub(crate) fn server(out: &mut impl Write, what: &str) -> Result<(), String> {
    explain(out, what, not_from_outside, Entry::all(), of_server)
}

/// Explains a clause or a case as a client is held to it.
pub(crate) fn client(out: &mut impl Write, what: &str) -> Result<(), String> {
    let none = |_: &str| Some("No client is held to it.".to_owned());
    explain(out, what, none, client::all(), of_client)
}

fn explain<T: Choice>(
    out: &mut impl Write,
    what: &str,
    why_not: impl Fn(&str) -> Option<String>,
    all: &[T],
    of: impl Fn(&T) -> String,
) -> Result<(), String> {
    let clauses = Document::parlour().clauses.into_iter();
    let clause = { clauses }.find(|clause| clause.id.eq_ignore_ascii_case(what));
    let cases: Vec<String> = all
        .iter()
        .filter(|case| case.is_called(what))
        .map(of)
        .collect();
    let mut text = match &clause {
        Some(clause) => format!("{} ({})\n  {}\n", clause.id, clause.section, clause.text),
        None if cases.is_empty() => {
            return Err(format!("no clause and no case is {what}: see --list"));
        }
        None => String::new(),
    };
    if let (Some(clause), []) = (clause, cases.as_slice())
        && let Some(why) = why_not(&clause.id)
    {
        text += &format!("  {why}\n");
    }
    text.extend(cases);
    // Whoever does not read to the end has read what he wanted.
    let _unread = out.write_all(text.as_bytes());
    Ok(())
}

/// Why no case for a server can show the clause.
fn not_from_outside(clause: &str) -> Option<String> {
    coverage().into_iter().find_map(|(id, how)| match how {
        Coverage::NotFromOutside(why) if id == clause => Some(format!("Not from outside: {why}")),
        Coverage::NotFromOutside(_) | Coverage::Cases(_) => None,
    })
}

fn of_server(entry: &Entry) -> String {
    let Entry { case, head, .. } = entry;
    let (id, number, clauses) = (&case.id, case.stage.number(), case.clauses.join(", "));
    let mut text = format!("\n{id} (stage {number}; {clauses})\n  {}\n", head.why);
    for need in &head.needs {
        let value = if need.any {
            "other than 0".to_owned()
        } else {
            need.value.to_string()
        };
        text += &format!("  Needs a server whose {} is {value}.\n", need.limit);
    }
    text.extend(entry.script().iter().map(|line| format!("    {line}\n")));
    text
}

fn of_client(case: &Coded) -> String {
    let (id, number, clauses) = (case.id(), case.stage().number(), case.clauses());
    let mut text = format!("\n{id} (stage {number}; {clauses})\n  {}\n", case.why());
    if case.is_advice() {
        text += "  The specification advises it: without it there is a warning.\n";
    }
    if case.looks() {
        text += "  What the client shows, or whether it runs, is seen with --spawn alone.\n";
    }
    text + &format!("  Where it fails: {}\n", case.hint())
}
