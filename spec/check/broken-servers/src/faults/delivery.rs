//! What is said reaches the wrong ones, or in the wrong words (BCST, MESG, ADDR).

use crate::behaviour::Behaviour;
use crate::grammar;
use crate::grammar::{Command, Line};
use crate::room::{Effect, Id, Input, Room, Tell, line};

/// Who says something to all is not told.
pub(crate) struct BroadcastMissedByItsSender;

impl Behaviour for BroadcastMissedByItsSender {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let is_broadcast = matches!(input, Input::Line(Ok(Command::Bcst(_))));
        let mut told = room.handle(from, input);
        told.retain(|tell| !(is_broadcast && room.name_of(from).is_some() && tell.to == from));
        told
    }
}

/// Every connection is told, joined or not.
pub(crate) struct BroadcastToldToVisitors;

impl Behaviour for BroadcastToldToVisitors {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let is_broadcast = matches!(input, Input::Line(Ok(Command::Bcst(_))));
        let mut told = room.handle(from, input);
        if let Some(first) = told.first().cloned().filter(|_| is_broadcast)
            && room.name_of(from).is_some()
        {
            let visitors = room.visitors.iter();
            told.extend(visitors.map(|&to| Tell {
                to,
                ..first.clone()
            }));
        }
        told
    }
}

/// Who has not joined is heard, as a visitor.
pub(crate) struct VisitorMayBroadcast;

impl Behaviour for VisitorMayBroadcast {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        match input {
            Input::Line(Ok(Command::Bcst(text))) if room.visitors.contains(&from) => {
                room.tell_all(&format!("visitor: BCST {text}"))
            }
            input => room.handle(from, input),
        }
    }
}

/// The spaces at the end of a text are lost.
pub(crate) struct TextTrimmed;

impl Behaviour for TextTrimmed {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        let said = grammar::read(line);
        said.map(|line| match line {
            Ok(Command::Bcst(text)) => Ok(Command::Bcst(text.trim_end().into())),
            other => other,
        })
    }
}

/// The words of a text are put together again with one space each.
pub(crate) struct SpacesInATextSquashed;

impl Behaviour for SpacesInATextSquashed {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        let said = grammar::read(line);
        said.map(|line| match line {
            Ok(Command::Mesg(to, text)) => {
                let words: Vec<_> = text
                    .split_inclusive(' ')
                    .filter(|word| *word != " ")
                    .collect();
                Ok(Command::Mesg(to, words.concat()))
            }
            other => other,
        })
    }
}

/// A private line is told to all.
pub(crate) struct PrivateLeaked;

impl Behaviour for PrivateLeaked {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let is_private = matches!(input, Input::Line(Ok(Command::Mesg(..))));
        let told = room.handle(from, input);
        match private(&told).filter(|_| is_private) {
            Some((_, text)) => room.tell_all(&text),
            None => told,
        }
    }
}

/// A private line is told to its sender too.
pub(crate) struct PrivateEchoed;

impl Behaviour for PrivateEchoed {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let is_private = matches!(input, Input::Line(Ok(Command::Mesg(..))));
        let mut told = room.handle(from, input);
        if let Some((to, text)) = private(&told).filter(|_| is_private)
            && to != from
        {
            told.push(line(from, text));
        }
        told
    }
}

/// A private line to nobody is dropped, and its sender never knows.
pub(crate) struct MesgToNobodyIsSilent;

impl Behaviour for MesgToNobodyIsSilent {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        match input {
            Input::Line(Ok(Command::Mesg(to, _)))
                if room.name_of(from).is_some() && room.addressee(&to).is_none() =>
            {
                Vec::new()
            }
            input => room.handle(from, input),
        }
    }
}

/// An addressee is found only as its name is written.
pub(crate) struct AddresseeFoundExactly;

impl Behaviour for AddresseeFoundExactly {
    fn handle(&mut self, room: &mut Room, from: Id, mut input: Input) -> Vec<Tell> {
        if let Input::Line(Ok(Command::Mesg(to, _))) = &mut input
            && !room.members.iter().any(|member| member.name == *to)
        {
            // A name that nobody has.
            to.insert_str(0, "no-");
        }
        room.handle(from, input)
    }
}

/// An addressee is shown as the sender wrote it.
pub(crate) struct AddresseeShownAsTyped;

impl Behaviour for AddresseeShownAsTyped {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        match (room.name_of(from), &input) {
            (Some(name), Input::Line(Ok(Command::Mesg(to, text)))) => match room.addressee(to) {
                Some(member) => vec![line(member.id, format!("{name}: MESG {to} {text}"))],
                None => room.handle(from, input),
            },
            _ => room.handle(from, input),
        }
    }
}

/// The private line among what a MESG made the room tell.
fn private(told: &[Tell]) -> Option<(Id, String)> {
    told.iter().find_map(|tell| match &tell.effect {
        Effect::Line(line) if !line.starts_with("ERROR ") => Some((tell.to, line.clone())),
        Effect::Line(_) | Effect::Close | Effect::Cut => None,
    })
}
