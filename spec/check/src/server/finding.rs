//! What was wrong, said so that somebody can mend it: the clause, its words, what went to and fro, and the usual cause.

use std::time::Duration;

use parlour_spec::{Document, Oracle};

use super::scene::Scene;
use crate::case::Entry;
use crate::outcome::{Expected, Fault, Finding};
use crate::trouble::Wrong;

/// The finding that `wrong` is in this case.
pub(super) fn of(entry: &Entry, scene: &mut Scene, wrong: Wrong) -> Finding {
    let patience = match wrong.fault {
        Fault::Crash | Fault::Refused => Duration::from_millis(300),
        Fault::WrongAnswer | Fault::Hang => Duration::ZERO,
    };
    let process = scene.host.process.as_mut();
    let (ended, stderr) = process.map_or((None, Vec::new()), |process| {
        let ended = process.ends_within(patience);
        (ended, process.complaint())
    });
    let guess = guess(&wrong).or_else(|| by_the_way(&wrong.expected, scene.hint.is_some()));
    let hint = if ended.is_some() {
        Some(ENDED)
    } else if died(&wrong, &stderr) {
        Some(DIED)
    } else {
        wrong.hint.or_else(|| guess.and_then(|(_, hint)| hint))
    };
    let hint = hint.map(str::to_owned).or_else(|| scene.hint.take());
    let clause = wrong
        .clause
        .or_else(|| guess.and_then(|(clause, _)| clause));
    let clause = clause.unwrap_or(&entry.case.clauses[0]).to_owned();
    Finding {
        sentence: Document::parlour().clause(&clause).text.clone(),
        clause,
        fault: wrong.fault,
        expected: wrong.expected,
        who: scene.awaited.take(),
        got: wrong.got,
        differs_at: wrong.differs_at,
        exchange: scene.tape.exchange(),
        hint,
        process: ended,
        stderr,
    }
}

const ENDED: &str = "The process itself has ended, as above; whatever happens on one connection must not end the others.";
const DIED: &str =
    "What stands on the standard error may have ended the thread that should go on here.";

/// Whether what stands on standard error explains that nothing came.
fn died(wrong: &Wrong, stderr: &[u8]) -> bool {
    let has = |what: &[u8]| stderr.windows(what.len()).any(|window| window == what);
    wrong.fault != Fault::WrongAnswer && (has(b"Traceback (most recent") || has(b"panicked at"))
}

/// A clause that is broken, if it is not the one that the case is for, and the usual cause.
type Guess = (Option<&'static str>, Option<&'static str>);

/// Of a step that the case is not about, for then it has no hint: the clause of the event that should have come.
fn by_the_way(expected: &Expected, has_hint: bool) -> Option<Guess> {
    const GREET: &str = "Send the greeting as soon as a connection is accepted, with its LF, before anything is read.";
    let event = Oracle::parlour().event(expected.octets().trim_ascii_end())?;
    let guess = match &*event.rule {
        "greeting" => (Some("CONN-2"), Some(GREET)),
        _ if has_hint => return None,
        "joined" => (Some("JOIN-1"), None),
        "left" => (Some("QUIT-2"), None),
        "broadcast" => (Some("BCST-1"), None),
        "private" => (Some("MESG-1"), None),
        "online" => (Some("LIST-1"), None),
        "close" => (Some("CONN-4"), None),
        _ => return None,
    };
    Some(guess)
}

/// Whether nothing can follow what has come.
fn is_at_the_end(wrong: &Wrong) -> bool {
    wrong.fault == Fault::Crash || matches!(wrong.expected, Expected::End(_))
}

/// As far as the octets show it.
fn guess(wrong: &Wrong) -> Option<Guess> {
    let (expected, got) = (wrong.expected.octets(), wrong.got.as_slice());
    let text = expected.strip_suffix(b"\n").unwrap_or(expected);
    let with = |end: &[u8]| [text, end].concat();
    let guess = match wrong.fault {
        Fault::WrongAnswer
            if text.ends_with(b"close") && expected == text && got == with(b"\n") =>
        {
            (
                Some("LINE-9"),
                Some("No LF has come on this connection: `close` has none either (LINE-9)."),
            )
        }
        Fault::Hang | Fault::Crash | Fault::WrongAnswer
            if !got.is_empty() && got == text && got != expected =>
        {
            (
                Some("LINE-1"),
                Some("The text came, and no LF after it: each event ends with a newline (LINE-1)."),
            )
        }
        Fault::Crash | Fault::WrongAnswer
            if is_at_the_end(wrong) && !got.is_empty() && got != text && text.starts_with(got) =>
        {
            (
                Some("LINE-1"),
                Some(
                    "The stream ended in the middle of a line, which is no event then (LINE-10): \
                     write what you began to its LF before you close.",
                ),
            )
        }
        Fault::WrongAnswer if !text.is_empty() && got == with(b"\r\n") => (
            Some("LINE-1"),
            Some("The line ends with CR LF; each event ends with a single LF (LINE-1)."),
        ),
        Fault::WrongAnswer | Fault::Crash
            if matches!(wrong.expected, Expected::Octets(_))
                && got.starts_with(text)
                && got.len() > text.len()
                && got.trim_ascii_end().ends_with(b"close") =>
        {
            (
                Some("LINE-1"),
                Some(
                    "`close` is glued to the line before it: each event ends with a newline (LINE-1).",
                ),
            )
        }
        Fault::WrongAnswer | Fault::Crash if text == b"close" && got.is_empty() => (
            Some("CONN-4"),
            Some(
                "The stream ended, and no `close` came before: send it, end your side, and read until the peer ends its own (CONN-4).",
            ),
        ),
        Fault::Refused => (
            None,
            Some(
                "It takes no more connections: has it ended, or does it accept nobody while it is busy with somebody else?",
            ),
        ),
        Fault::WrongAnswer | Fault::Hang | Fault::Crash => return None,
    };
    Some(guess)
}
