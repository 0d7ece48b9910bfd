//! Findings: what was wrong, so that somebody can fix it: the clause, its text, the traffic, and
//! the usual cause.

use std::time::Duration;

use parlour_spec::{Document, Oracle};

use super::fixture::Fixture;
use crate::case::ServerCase;
use crate::failure::Violation;
use crate::outcome::{Expected, Fault, Finding};

/// The finding for a violation in this case.
pub(super) fn of(entry: &ServerCase, fixture: &mut Fixture, violation: Violation) -> Finding {
    let patience = match violation.fault {
        Fault::Crash | Fault::Refused => Duration::from_millis(300),
        Fault::WrongAnswer | Fault::Hang => Duration::ZERO,
    };
    let process = fixture.server.process.as_mut();
    let (ended, stderr) = process.map_or((None, Vec::new()), |process| {
        let ended = process.ends_within(patience);
        (ended, process.stderr())
    });
    let guess =
        guess(&violation).or_else(|| incidental(&violation.expected, fixture.hint.is_some()));
    let hint = if ended.is_some() {
        Some(PROCESS_ENDED)
    } else if thread_died(&violation, &stderr) {
        Some(THREAD_DIED)
    } else {
        violation.hint.or_else(|| guess.and_then(|(_, hint)| hint))
    };
    let hint = hint.map(str::to_owned).or_else(|| fixture.hint.take());
    let clause = violation
        .clause
        .or_else(|| guess.and_then(|(clause, _)| clause));
    let clause = clause.unwrap_or(&entry.case.clauses[0]).to_owned();
    Finding {
        sentence: Document::parlour().clause(&clause).text.clone(),
        clause,
        fault: violation.fault,
        expected: violation.expected,
        who: fixture.awaiting.take(),
        got: violation.got,
        differs_at: violation.differs_at,
        exchange: fixture.recording.exchange(),
        hint,
        process: ended,
        stderr,
    }
}

const PROCESS_ENDED: &str = "The process itself has ended, as above; whatever happens on one \
                             connection must not end the others.";
const THREAD_DIED: &str =
    "What stands on the standard error may have ended the thread that should go on here.";

/// Whether the output on standard error explains that nothing arrived.
fn thread_died(violation: &Violation, stderr: &[u8]) -> bool {
    let has = |what: &[u8]| stderr.windows(what.len()).any(|window| window == what);
    violation.fault != Fault::WrongAnswer && (has(b"Traceback (most recent") || has(b"panicked at"))
}

/// The violated clause, if it is not the case's main one, and the usual cause.
type Guess = (Option<&'static str>, Option<&'static str>);

/// For a step that is incidental to the case, and so has no hint: the clause of the expected event.
fn incidental(expected: &Expected, has_hint: bool) -> Option<Guess> {
    const GREET: &str = "Send the greeting as soon as a connection is accepted, with its LF, \
                         before anything is read.";
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

/// Whether nothing can follow what has arrived.
fn is_at_the_end(violation: &Violation) -> bool {
    violation.fault == Fault::Crash || matches!(violation.expected, Expected::End(_))
}

/// What the octets themselves show.
fn guess(violation: &Violation) -> Option<Guess> {
    let (expected, got) = (violation.expected.octets(), violation.got.as_slice());
    let text = expected.strip_suffix(b"\n").unwrap_or(expected);
    let with = |end: &[u8]| [text, end].concat();
    let guess = match violation.fault {
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
            if is_at_the_end(violation)
                && !got.is_empty()
                && got != text
                && text.starts_with(got) =>
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
            if matches!(violation.expected, Expected::Octets(_))
                && got.starts_with(text)
                && got.len() > text.len()
                && got.trim_ascii_end().ends_with(b"close") =>
        {
            (
                Some("LINE-1"),
                Some(
                    "`close` is glued to the line before it: each event ends with a newline \
                     (LINE-1).",
                ),
            )
        }
        Fault::WrongAnswer | Fault::Crash if text == b"close" && got.is_empty() => (
            Some("CONN-4"),
            Some(
                "The stream ended, and no `close` came before: send it, end your side, and read \
                 until the peer ends its own (CONN-4).",
            ),
        ),
        Fault::Refused => (
            None,
            Some(
                "It takes no more connections: has it ended, or does it accept nobody while it is \
                 busy with somebody else?",
            ),
        ),
        Fault::WrongAnswer | Fault::Hang | Fault::Crash => return None,
    };
    Some(guess)
}
