//! The details of a finding, line by line: the clause, the traffic, what was expected and what was
//! read.

use crate::outcome::{Exchanged, Finding, Way};
use crate::report::labels;
use crate::report::quoted::{excerpt, plain};

/// Maximum number of exchanges shown; of more, the last ones.
const SHOWN: usize = 40;
/// Maximum width, in columns, to which connections' names are aligned.
const NAME: usize = 12;

/// The role of a line, which determines its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Clause,
    Fault,
    Sent,
    Received,
    Note,
    Expected,
    Got,
    Caret,
    Hint,
}

/// The lines of a finding, none of which contains anything that controls a terminal.
pub(super) fn detail(finding: &Finding) -> Vec<(Role, String)> {
    let sentence = plain(&finding.sentence);
    let awaited = match &finding.who {
        Some(who) => format!(", on the connection of {}", plain(who)),
        None => String::new(),
    };
    let mut lines = vec![
        (Role::Clause, format!("{}. {sentence}", finding.clause)),
        (
            Role::Fault,
            format!("  {}{awaited}", labels::fault(finding.fault)),
        ),
    ];
    let left_out = finding.exchange.len().saturating_sub(SHOWN);
    if left_out > 0 {
        lines.push((Role::Note, format!("  … {left_out} earlier ones left out")));
    }
    let names = finding.exchange.iter().map(|one| one.who.chars().count());
    let widest = names.max().unwrap_or(0).min(NAME);
    let shown = &finding.exchange[left_out..];
    lines.extend(shown.iter().map(|one| exchanged(one, widest)));

    lines.push((
        Role::Expected,
        format!(
            "  expected  {}",
            plain(&labels::expected_at(&finding.expected, finding.differs_at))
        ),
    ));
    let label = "  got       ";
    if finding.got.is_empty() {
        lines.push((Role::Got, format!("{label}nothing")));
    } else {
        let (shown, column) = excerpt(&finding.got, 0, finding.differs_at);
        lines.push((Role::Got, format!("{label}{shown}")));
        let caret = |column| format!("{}^", " ".repeat(label.len() + column));
        lines.extend(column.map(|column| (Role::Caret, caret(column))));
    }
    let ended = finding
        .process
        .iter()
        .map(|ended| format!("  process   {}", plain(ended)));
    lines.extend(ended.map(|ended| (Role::Note, ended)));
    lines.extend(stderr_lines(&finding.stderr).map(|line| (Role::Note, line)));
    let hint = |hint: &String| (Role::Hint, format!("  hint      {}", plain(hint)));
    lines.extend(finding.hint.iter().map(hint));
    lines
}

/// The last lines of standard error.
fn stderr_lines(stderr: &[u8]) -> impl Iterator<Item = String> {
    const LINES: usize = 20;
    let text = String::from_utf8_lossy(stderr.trim_ascii_end());
    let lines: Vec<String> = text.lines().map(plain).collect();
    let left_out = lines.len().saturating_sub(LINES);
    let labels = std::iter::once("stderr").chain(std::iter::repeat(""));
    let lines: Vec<String> = { labels }
        .zip(&lines[left_out..])
        .map(|(label, line)| format!("  {label:8}  {line}"))
        .collect();
    lines.into_iter()
}

/// The lines of a finding as text.
pub(super) fn text(finding: &Finding) -> String {
    let lines = detail(finding).into_iter().map(|(_, line)| line);
    lines.collect::<Vec<_>>().join("\n")
}

/// One exchange in a line: time, connection, direction, octets.
fn exchanged(one: &Exchanged, widest: usize) -> (Role, String) {
    let (role, way) = match one.way {
        Way::Sent => (Role::Sent, format!("sent {}", octets(one))),
        Way::Read => (Role::Received, format!("read {}", octets(one))),
        Way::Ended => (Role::Note, "the stream was ended".to_owned()),
        Way::Reset => (Role::Note, "the connection was reset".to_owned()),
    };
    let at = one.at.as_secs_f64() * 1e3;
    (
        role,
        format!("  {at:9.1} ms  {:widest$} {way}", plain(&one.who)),
    )
}

fn octets(one: &Exchanged) -> String {
    excerpt(&one.octets, one.left_out, None).0
}
