//! The output of `listen --json`: one object per event, in a format that only ever grows.

use std::io;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use crate::client::Disconnect;
use crate::protocol::{Event, ServerLine, UserName, is_char};

/// The version of the format. It changes when a field is removed or changes its meaning, not when
/// one is added.
const VERSION: u8 = 1;

/// What happened, and when.
#[derive(Serialize)]
struct Record<'a> {
    v: u8,
    #[serde(flatten)]
    kind: RecordKind<'a>,
    at: String,
}

/// An [`Event`] under its name in spec section 3.3, a line that is not an event, or a lost
/// connection.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum RecordKind<'a> {
    Greeting,
    Joined {
        name: &'a str,
    },
    Left {
        name: &'a str,
    },
    Broadcast {
        from: &'a str,
        text: &'a str,
    },
    Private {
        from: &'a str,
        to: &'a str,
        text: &'a str,
    },
    Online {
        names: Vec<&'a str>,
    },
    Pong {
        word: &'a str,
    },
    #[serde(rename = "help-line")]
    Help {
        text: &'a str,
    },
    Full,
    Error {
        code: &'a str,
        text: &'a str,
    },
    ShuttingDown,
    Close,
    Unreadable {
        line: String,
    },
    Lost {
        why: String,
    },
}

impl<'a> From<&'a ServerLine> for RecordKind<'a> {
    fn from(line: &'a ServerLine) -> Self {
        let event = match line {
            Ok(event) => event,
            Err(unknown) => {
                let line = unknown.to_string();
                return Self::Unreadable { line };
            }
        };
        match event {
            Event::Greeting => Self::Greeting,
            Event::Joined(name) => Self::Joined {
                name: name.as_str(),
            },
            Event::Left(name) => Self::Left {
                name: name.as_str(),
            },
            Event::Broadcast { from, text } => Self::Broadcast {
                from: from.as_str(),
                text: text.as_str(),
            },
            Event::Private { from, to, text } => Self::Private {
                from: from.as_str(),
                to: to.as_str(),
                text: text.as_str(),
            },
            Event::Online(names) => Self::Online {
                names: names.as_slice().iter().map(UserName::as_str).collect(),
            },
            Event::Pong(word) => Self::Pong {
                word: word.as_str(),
            },
            Event::Help(text) => Self::Help {
                text: text.as_str(),
            },
            Event::Full => Self::Full,
            Event::Error { code, text } => Self::Error {
                code: code.as_str(),
                text: text.as_str(),
            },
            Event::ShuttingDown => Self::ShuttingDown,
            Event::Close => Self::Close,
        }
    }
}

impl From<&Disconnect> for RecordKind<'_> {
    fn from(why: &Disconnect) -> Self {
        let why = why.reason();
        Self::Lost { why }
    }
}

/// The object on one line, without characters that a terminal would act on (SEC-2).
pub(super) fn json(kind: RecordKind<'_>, at: Timestamp) -> String {
    let record = Record {
        v: VERSION,
        kind,
        at: format!("{at:.3}"),
    };
    let mut json = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut json, EscapingFormatter);
    let written = record.serialize(&mut serializer);
    written.expect("a Vec grows as needed and the keys are strings");
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// Escapes the characters that JSON allows and LINE-4 forbids: DEL, C1, the line and paragraph
/// separators, and the bidirectional overrides.
struct EscapingFormatter;

impl Formatter for EscapingFormatter {
    fn write_string_fragment<W>(&mut self, to: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        for part in fragment.split_inclusive(|c| !is_char(c)) {
            let unsafe_char = part.chars().next_back().filter(|&c| !is_char(c));
            let plain = part.len() - unsafe_char.map_or(0, char::len_utf8);
            CompactFormatter.write_string_fragment(to, &part[..plain])?;
            if let Some(c) = unsafe_char {
                write!(to, "\\u{:04x}", u32::from(c))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{UnknownLine, parse_event};

    fn object(line: &str) -> String {
        let line =
            parse_event(line.as_bytes()).ok_or_else(|| UnknownLine::NotAnEvent(line.to_owned()));
        let at = Timestamp::from_millisecond(1_234).unwrap();
        let json = json((&line).into(), at);
        let start = json.strip_prefix(r#"{"v":1,"event":"#).unwrap();
        let end = start.strip_suffix(r#","at":"1970-01-01T00:00:01.234Z"}"#);
        end.unwrap().to_owned()
    }

    #[test]
    fn every_event_has_its_object() {
        for (line, expected) in [
            (
                "Enter JOIN followed by your username: JOIN username",
                r#""greeting""#,
            ),
            ("SERVER: ann joined the chat!", r#""joined","name":"ann""#),
            ("ann has left the chat", r#""left","name":"ann""#),
            (
                r#"ann: BCST "hi" \ 	李"#,
                r#""broadcast","from":"ann","text":"\"hi\" \\ \t李""#,
            ),
            (
                "ann: MESG bob hi",
                r#""private","from":"ann","to":"bob","text":"hi""#,
            ),
            ("Online: ann, bob", r#""online","names":["ann","bob"]"#),
            ("PONG 42", r#""pong","word":"42""#),
            ("HELP LIST", r#""help-line","text":"LIST""#),
            ("Sorry the chat is full, please try later", r#""full""#),
            (
                "ERROR usage: LIST",
                r#""error","code":"usage","text":"LIST""#,
            ),
            ("SERVER: shutting down", r#""shutting-down""#),
            ("close", r#""close""#),
        ] {
            assert_eq!(object(line), expected, "{line}");
        }
    }

    /// GRAM-6, SEC-2
    #[test]
    fn unknown_lines_are_escaped_in_their_object() {
        let line = "ann: BCST \u{1b}[2J\u{9b}\u{7f}\u{2028}\u{2029}\u{202e}\u{2066}";
        let json = object(line);
        let expected =
            r#""unreadable","line":"ann: BCST \u001b[2J\u009b\u007f\u2028\u2029\u202e\u2066""#;
        assert_eq!(json, expected);
        let read: serde_json::Value =
            serde_json::from_str(&format!("{{\"event\":{json}}}")).unwrap();
        assert_eq!(read["line"], line);
    }
}
