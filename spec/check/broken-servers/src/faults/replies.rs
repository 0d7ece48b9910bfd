//! Wrong answers, or answers after which the connection is dead (ERR, HELP, PING, GRAM).

use std::collections::BTreeSet;

use crate::behaviour::Behaviour;
use crate::connection::Connection;
use crate::grammar::{self, Command, Line};
use crate::room::{Effect, Id, Input, Room, Tell, line};

/// `join` is not a command.
pub(crate) struct VerbsInCapitalsOnly;

impl Behaviour for VerbsInCapitalsOnly {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        let verb = line.split(|&octet| octet == b' ').next();
        let has_small = verb.is_some_and(|verb| verb.iter().any(u8::is_ascii_lowercase));
        grammar::read(line).map(|said| {
            if has_small && said.is_ok() {
                Err("unknown-command")
            } else {
                said
            }
        })
    }
}

/// A space after a name is refused as part of it.
pub(crate) struct SpacesKeptInName;

impl Behaviour for SpacesKeptInName {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        grammar::read(line).map(|said| match said {
            Ok(Command::Join(_)) if line.ends_with(b" ") => Err("name-invalid"),
            said => said,
        })
    }
}

/// A refused client is disconnected.
pub(crate) struct RefusalCloses;

impl Behaviour for RefusalCloses {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let mut told = room.handle(from, input);
        if is_refused(&told, "unknown-command") {
            told.extend(room.handle(from, Input::HalfClose));
        }
        told
    }
}

/// A refused client is never answered again.
#[derive(Default)]
pub(crate) struct RefusalHangs {
    hung: BTreeSet<Id>,
}

impl Behaviour for RefusalHangs {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        if self.hung.contains(&from) && matches!(input, Input::Line(_)) {
            return Vec::new();
        }
        let told = room.handle(from, input);
        if is_refused(&told, "usage") {
            self.hung.insert(from);
        }
        told
    }
}

/// An error has a number as its code.
pub(crate) struct UnknownCodes;

impl Behaviour for UnknownCodes {
    fn tell(&mut self, connection: &mut Connection, line: &str) {
        let line = line.replace("ERROR unknown-command:", "ERROR 400:");
        connection.push(format!("{line}\n").as_bytes());
    }
}

/// Errors are sent to everyone.
pub(crate) struct ErrorToldToAll;

impl Behaviour for ErrorToldToAll {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let mut told = room.handle(from, input);
        if is_refused(&told, "unknown-command")
            && let Some(first) = told.first().cloned()
        {
            let others = room.members.iter().filter(|member| member.id != from);
            told.extend(others.map(|other| Tell {
                to: other.id,
                ..first.clone()
            }));
        }
        told
    }
}

/// Escape sequences reach every terminal.
pub(crate) struct ControlCharactersLetThrough;

impl Behaviour for ControlCharactersLetThrough {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        let text = String::from_utf8_lossy(line);
        match (grammar::read(line), text.strip_prefix("BCST ")) {
            (Some(Err("control-character")), Some(text)) => Some(Ok(Command::Bcst(text.into()))),
            (said, _) => said,
        }
    }
}

/// Only the ASCII line separators are refused, not those of Unicode.
pub(crate) struct LineSeparatorsLetThrough;

impl Behaviour for LineSeparatorsLetThrough {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        let text = String::from_utf8_lossy(line);
        match text.strip_prefix("BCST ") {
            Some(text) if text.contains(['\u{2028}', '\u{2029}']) => {
                Some(Ok(Command::Bcst(text.into())))
            }
            _ => grammar::read(line),
        }
    }
}

/// Invalid UTF-8 throws an exception that nobody catches.
pub(crate) struct InvalidUtf8Kills;

impl Behaviour for InvalidUtf8Kills {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let is_invalid = input == Input::Line(Err("not-utf8"));
        if is_invalid {
            cut(from)
        } else {
            room.handle(from, input)
        }
    }
}

/// Takes the first word of an empty line, and crashes.
pub(crate) struct EmptyLineCrashes;

impl Behaviour for EmptyLineCrashes {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        if line.is_empty() {
            return Some(Err("crash"));
        }
        grammar::read(line)
    }

    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        if input == Input::Line(Err("crash")) {
            return cut(from);
        }
        room.handle(from, input)
    }
}

/// An empty line is answered.
pub(crate) struct EmptyLineAnswered;

impl Behaviour for EmptyLineAnswered {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        grammar::read(line).or(Some(Err("unknown-command")))
    }
}

/// The commands in alphabetical order.
pub(crate) struct HelpInAnotherOrder;

impl Behaviour for HelpInAnotherOrder {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let is_help = input == Input::Line(Ok(Command::Help));
        let mut told = room.handle(from, input);
        if is_help {
            told.sort_by_key(|tell| format!("{:?}", tell.effect));
        }
        told
    }
}

/// A PONG without its word.
pub(crate) struct PongWithoutItsWord;

impl Behaviour for PongWithoutItsWord {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        match input {
            Input::Line(Ok(Command::Ping(_))) => vec![line(from, "PONG")],
            input => room.handle(from, input),
        }
    }
}

/// A member can join again, under another name.
pub(crate) struct MemberJoinsAgain;

impl Behaviour for MemberJoinsAgain {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        match input {
            Input::Line(Ok(Command::Join(name))) if room.name_of(from).is_some() => {
                room.members.retain(|member| member.id != from);
                room.seat(from, name)
            }
            input => room.handle(from, input),
        }
    }
}

fn cut(to: Id) -> Vec<Tell> {
    let effect = Effect::Cut;
    vec![Tell { to, effect }]
}

fn is_refused(told: &[Tell], code: &str) -> bool {
    let refusal = format!("ERROR {code}:");
    told.iter()
        .any(|tell| matches!(&tell.effect, Effect::Line(line) if line.starts_with(&refusal)))
}
