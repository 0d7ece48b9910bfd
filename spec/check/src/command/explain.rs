//! `--explain`: a clause's own words, why it matters, and the octets that will be sent.

use std::io::Write;

use parlour_check::case::Entry;
use parlour_check::coverage::{Coverage, coverage};
use parlour_spec::Document;

/// Explains a clause, with its cases, or a case.
pub(crate) fn explain(out: &mut impl Write, what: &str) -> Result<(), String> {
    let document = Document::parlour();
    let clause = document
        .clauses
        .iter()
        .find(|clause| clause.id.eq_ignore_ascii_case(what));
    let cases: Vec<&Entry> = Entry::all()
        .iter()
        .filter(|entry| entry.is_called(what))
        .collect();
    if clause.is_none() && cases.is_empty() {
        return Err(format!("no clause and no case is {what}: see --list"));
    }
    let mut text = String::new();
    if let Some(clause) = clause {
        text += &format!("{} ({})\n  {}\n", clause.id, clause.section, clause.text);
        for (id, how) in coverage() {
            if let Coverage::NotFromOutside(why) = how
                && id == clause.id
            {
                text += &format!("  Not from outside: {why}\n");
            }
        }
    }
    for entry in cases {
        let Entry { case, head, .. } = entry;
        text += &format!(
            "\n{} (stage {}; {})\n  {}\n",
            case.id,
            case.stage.number(),
            case.clauses.join(", "),
            head.why
        );
        for need in &head.needs {
            let value = if need.any {
                "other than 0".to_owned()
            } else {
                need.value.to_string()
            };
            text += &format!("  Needs a server whose {} is {value}.\n", need.limit);
        }
        text.extend(entry.script().iter().map(|line| format!("    {line}\n")));
    }
    // Whoever does not read to the end has read what he wanted.
    let _unread = out.write_all(text.as_bytes());
    Ok(())
}
