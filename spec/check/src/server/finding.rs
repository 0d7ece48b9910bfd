//! What was wrong, said so that somebody can mend it: the clause, its words, what went to and fro, and the usual cause.

use std::time::Duration;

use parlour_spec::{Document, Oracle};

use super::scene::Scene;
use crate::case::Entry;
use crate::outcome::{Fault, Finding};
use crate::trouble::Wrong;

/// The finding that `wrong` is in this case.
pub(super) fn of(entry: &Entry, scene: &mut Scene, wrong: Wrong) -> Finding {
    let patience = match wrong.fault {
        Fault::Crash | Fault::Refused => Duration::from_millis(300),
        Fault::WrongAnswer | Fault::Hang => Duration::ZERO,
    };
    let begun = before(&wrong.expected);
    let hint = begun
        .map(|(_, hint)| hint.to_owned())
        .or_else(|| entry.head.hint.clone());
    let hint = wrong
        .hint
        .or_else(|| guess(&wrong))
        .map(str::to_owned)
        .or(hint);
    let clause = wrong.clause.or_else(|| begun.map(|(clause, _)| clause));
    let clause = clause.unwrap_or(&entry.case.clauses[0]).to_owned();
    Finding {
        sentence: Document::parlour().clause(&clause).text.clone(),
        clause,
        fault: wrong.fault,
        expected: wrong.expected,
        got: wrong.got,
        differs_at: wrong.differs_at,
        exchange: scene.tape.exchange(),
        hint,
        process: scene
            .host
            .process
            .as_mut()
            .and_then(|process| process.ends_within(patience)),
    }
}

/// The clause of what every case begins with, whatever the case is for, and the usual cause.
fn before(expected: &str) -> Option<(&'static str, &'static str)> {
    let event = Oracle::parlour().event(expected.as_bytes())?;
    let hint = "Send the greeting as soon as a connection is accepted, with its LF, before anything is read.";
    (&*event.rule == "greeting").then_some(("CONN-2", hint))
}

/// The usual cause, as far as the octets show it.
fn guess(wrong: &Wrong) -> Option<&'static str> {
    let (expected, got) = (wrong.expected.as_bytes(), wrong.got.as_slice());
    let hint = match wrong.fault {
        Fault::Hang if !got.is_empty() && got == expected => {
            "The text came, and no LF after it: each event ends with a newline (LINE-1)."
        }
        Fault::WrongAnswer if got.strip_suffix(b"\r") == Some(expected) => {
            "The line ends with CR LF; each event ends with a single LF (LINE-1)."
        }
        Fault::WrongAnswer | Fault::Crash
            if !expected.is_empty()
                && got.len() > 5
                && got.ends_with(b"close")
                && wrong.differs_at != Some(0) =>
        {
            "`close` is glued to the line before it: each event ends with a newline (LINE-1)."
        }
        Fault::WrongAnswer if got.starts_with(expected) && !expected.is_empty() => {
            "The right text came, with something glued to it: a missing newline, or two commands of one read taken for one."
        }
        Fault::Refused => "It has ended, or accepts nobody while it is busy with somebody else.",
        Fault::WrongAnswer | Fault::Hang | Fault::Crash => return None,
    };
    Some(hint)
}
