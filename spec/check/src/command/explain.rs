//! `--explain`: the text of a clause, why it matters, and what is sent or what a client must do.

use std::io::Write;

use parlour_check::case::ServerCase;
use parlour_check::client;
use parlour_check::coverage::not_from_outside;
use parlour_check::run::Selectable;
use parlour_spec::Document;

const SERVER_MARKS: &str = "\
C sends a line with its LF, B and O octets (\\| and every octet begin a segment); \
S awaits a line, X the end of the stream;
H ends one's own side, R resets, P proves that nothing else came. \
All of it: spec/vectors/README.md";
const CLIENT_MARKS: &str = "\
S tells a line with its LF, B and O octets (\\| and every octet begin a segment); \
Q says close, E ends the stream, R resets;
T types a line, D ends what is typed; C awaits that command from the client, \
L its leaving, X its end of the stream, Z that of the
program; W gives it time to show something, V awaits that on its output, \
N looks that it was not shown, F for an LF.
$1 is a word that the seed chooses. All of it: spec/vectors/client/README.md";

/// Explains a clause or a case for servers.
pub(crate) fn server(out: &mut impl Write, what: &str) -> Result<(), String> {
    explain(
        out,
        what,
        SERVER_MARKS,
        not_from_outside,
        ServerCase::all(),
        of_server,
    )
}

/// Explains a clause or a case for clients.
pub(crate) fn client(out: &mut impl Write, what: &str) -> Result<(), String> {
    explain(
        out,
        what,
        CLIENT_MARKS,
        client::why_not,
        client::all(),
        of_client,
    )
}

fn explain<T: Selectable>(
    out: &mut impl Write,
    what: &str,
    marks: &str,
    why_not: impl Fn(&str) -> Option<String>,
    all: &[T],
    of: impl Fn(&T) -> String,
) -> Result<(), String> {
    let clauses = Document::parlour().clauses.into_iter();
    let clause = { clauses }.find(|clause| clause.id.eq_ignore_ascii_case(what));
    let cases: Vec<String> = all
        .iter()
        .filter(|case| case.is_named(what))
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
    if !cases.is_empty() {
        text.extend(cases);
        text += &format!("\n{marks}\n");
    }
    // A reader that closes the pipe early has read enough.
    let _unread = out.write_all(text.as_bytes());
    Ok(())
}

fn of_server(entry: &ServerCase) -> String {
    let ServerCase { case, head, .. } = entry;
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

fn of_client(entry: &client::ClientCase) -> String {
    let client::ClientCase {
        case, head, source, ..
    } = entry;
    let (id, number, clauses) = (&case.id, case.stage.number(), case.clauses.join(", "));
    let mut text = format!("\n{id} (stage {number}; {clauses})\n  {}\n", head.why);
    if head.should {
        text += "  The specification advises it: without it there is a warning.\n";
    }
    if entry.observes_process() {
        text += "  What the client shows, or whether it runs, is seen with --spawn alone.\n";
    }
    let lines = source.lines().map(|line| format!("    {line}\n"));
    text + &lines.collect::<String>()
}
