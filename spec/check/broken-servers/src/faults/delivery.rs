//! Messages that reach the wrong clients, or in the wrong words (BCST, MESG, ADDR).

use crate::behaviour::Behaviour;
use crate::grammar;
use crate::grammar::{Command, Line};
use crate::room::{Effect, Id, Input, Room, Tell, line};

/// A broadcast is not sent to its sender.
pub(crate) struct BroadcastMissedByItsSender;

impl Behaviour for BroadcastMissedByItsSender {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let is_broadcast = matches!(input, Input::Line(Ok(Command::Bcst(_))));
        let mut told = room.handle(from, input);
        told.retain(|tell| !(is_broadcast && room.name_of(from).is_some() && tell.to == from));
        told
    }
}

/// A broadcast is sent to visitors too.
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

/// A visitor can broadcast.
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

/// Spaces at the end of a text are lost.
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

/// Runs of spaces in a text become one space.
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

/// A private line is sent to everyone.
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

/// A private line is sent to its sender too.
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

/// A private line to nobody is silently dropped.
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

/// An addressee is found only by the exact spelling of its name.
pub(crate) struct AddresseeFoundExactly;

impl Behaviour for AddresseeFoundExactly {
    fn handle(&mut self, room: &mut Room, from: Id, mut input: Input) -> Vec<Tell> {
        if let Input::Line(Ok(Command::Mesg(to, _))) = &mut input
            && !room.members.iter().any(|member| member.name == *to)
        {
            // No member has such a name.
            to.insert_str(0, "no-");
        }
        room.handle(from, input)
    }
}

/// An addressee is shown as the sender spelled it.
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

/// The private line among what the room sends for a MESG.
fn private(told: &[Tell]) -> Option<(Id, String)> {
    told.iter().find_map(|tell| match &tell.effect {
        Effect::Line(line) if !line.starts_with("ERROR ") => Some((tell.to, line.clone())),
        Effect::Line(_) | Effect::Close | Effect::Cut => None,
    })
}
