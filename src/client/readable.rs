//! What the server says, in words for a person.

use super::Safe;
use crate::protocol::{Event, ServerLine, UserName};

/// The line as the server sent it, escaped.
pub(super) fn verbatim(line: &ServerLine) -> String {
    let line = match line {
        Ok(event) => event.to_string(),
        Err(unknown) => unknown.to_string(),
    };
    Safe(&line).to_string()
}

/// The line in words for a person whose name in the room is `me`, escaped.
///
/// `None` for what they have typed themselves, and for `close`, as the program reports the end.
pub(super) fn readable(line: &ServerLine, me: Option<&UserName>) -> Option<String> {
    let is_me = |name: &UserName| me == Some(name);
    let words = match line {
        Ok(Event::Joined(name)) if is_me(name) => format!("you are in the room as {name}"),
        Ok(Event::Joined(name)) => format!("{name} joined"),
        Ok(Event::Left(name)) => format!("{name} left"),
        Ok(Event::Broadcast { from, .. } | Event::Private { from, .. }) if is_me(from) => {
            return None;
        }
        Ok(Event::Broadcast { from, text }) => format!("{from}: {text}"),
        Ok(Event::Private { from, text, .. }) => format!("[private] {from}: {text}"),
        Ok(Event::Online(names)) => format!("{} here: {names}", names.as_slice().len()),
        Ok(Event::Help(text)) => text.to_string(),
        Ok(Event::Full) => "the room is full, please try later".to_owned(),
        Ok(Event::Error { text, .. }) => format!("refused: {text}"),
        Ok(Event::ShuttingDown) => "the server is shutting down".to_owned(),
        Ok(Event::Close) => return None,
        Ok(event @ (Event::Greeting | Event::Pong(_))) => event.to_string(),
        Err(unknown) => format!("the server says: {unknown}"),
    };
    Some(Safe(&words).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{UnknownLine, parse_event};

    fn event(line: &str) -> ServerLine {
        let unknown = || UnknownLine::NotAnEvent(line.to_owned());
        parse_event(line.as_bytes()).ok_or_else(unknown)
    }

    #[test]
    fn a_person_reads_words_and_nothing_twice() {
        let me = UserName::new("dani").unwrap();
        for (line, words) in [
            (
                "SERVER: dani joined the chat!",
                "you are in the room as dani",
            ),
            ("SERVER: zed joined the chat!", "zed joined"),
            ("zed has left the chat", "zed left"),
            ("zed: BCST hi", "zed: hi"),
            ("dani: BCST hi", ""),
            ("zed: MESG dani hi", "[private] zed: hi"),
            ("dani: MESG dani hi", ""),
            ("Online: dani, zed", "2 here: dani, zed"),
            ("HELP LIST: who is here", "LIST: who is here"),
            ("ERROR no-such-user: nobody here", "refused: nobody here"),
            ("SERVER: shutting down", "the server is shutting down"),
            ("close", ""),
            ("PONG 42", "PONG 42"),
        ] {
            let shown = readable(&event(line), Some(&me)).unwrap_or_default();
            assert_eq!(shown, words, "{line}");
            assert_eq!(verbatim(&event(line)), line);
        }
    }

    /// GRAM-6, SEC-2
    #[test]
    fn unknown_lines_are_shown_and_escaped() {
        let line = event("zed: BCST \u{1b}[2J");
        assert_eq!(verbatim(&line), r"zed: BCST \u{1b}[2J");
        let shown = readable(&line, None);
        assert_eq!(
            shown.as_deref(),
            Some(r"the server says: zed: BCST \u{1b}[2J")
        );
    }
}
