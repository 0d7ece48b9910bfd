//! Wrong lists, and wrong ends of a session (LIST, QUIT, CONN-4 to CONN-6).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::behaviour::Behaviour;
use crate::grammar::{self, Command, Line};
use crate::room::{Effect, Id, Input, Room, Tell, error, line, same};

/// Names are listed in alphabetical order.
pub(crate) struct ListSorted;

impl Behaviour for ListSorted {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let is_list = matches!(input, Input::Line(Ok(Command::List)));
        if is_list && room.name_of(from).is_some() {
            let mut names: Vec<_> = room.members.iter().map(|member| &*member.name).collect();
            names.sort_unstable();
            return vec![line(from, format!("Online: {}", names.join(", ")))];
        }
        room.handle(from, input)
    }
}

/// The list is updated when somebody joins, but not when somebody leaves.
#[derive(Default)]
pub(crate) struct ListStale {
    online: String,
}

impl Behaviour for ListStale {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let is_list = matches!(input, Input::Line(Ok(Command::List)));
        let members = room.members.len();
        let mut told = room.handle(from, input);
        if room.members.len() > members {
            self.online = room.online();
        }
        if is_list && room.name_of(from).is_some() {
            told = vec![line(from, &*self.online)];
        }
        told
    }
}

/// LIST allows nothing after it.
pub(crate) struct ListTakesNothingAfterIt;

impl Behaviour for ListTakesNothingAfterIt {
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        grammar::read(line).map(|said| match said {
            Ok(Command::List) if line.len() > "LIST".len() => Err("usage"),
            said => said,
        })
    }
}

/// A name becomes free only a moment after its owner's leaving is announced.
#[derive(Default)]
pub(crate) struct NameFreedTooLate {
    left: BTreeMap<String, Instant>,
}

impl Behaviour for NameFreedTooLate {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        self.left
            .retain(|_, left| left.elapsed() < Duration::from_millis(200));
        if let Input::Line(Ok(Command::Join(name))) = &input
            && room.visitors.contains(&from)
            && self.left.keys().any(|left| same(left, name))
        {
            return error(from, "name-taken");
        }
        let name = room.name_of(from);
        let told = room.handle(from, input);
        if room.name_of(from).is_none() {
            self.left.extend(name.map(|name| (name, Instant::now())));
        }
        told
    }
}

/// A connection ends without `close`.
pub(crate) struct CloseMissing;

impl Behaviour for CloseMissing {
    fn closing_octets(&mut self, _: bool) -> Vec<u8> {
        Vec::new()
    }
}

/// `close` has no LF.
pub(crate) struct CloseWithoutItsEnd;

impl Behaviour for CloseWithoutItsEnd {
    fn closing_octets(&mut self, _: bool) -> Vec<u8> {
        b"close".to_vec()
    }
}

/// The connection ends in the middle of `close`.
pub(crate) struct CloseCutOff;

impl Behaviour for CloseCutOff {
    fn closing_octets(&mut self, _: bool) -> Vec<u8> {
        b"clos".to_vec()
    }
}

/// A line follows `close`.
pub(crate) struct SomethingAfterClose;

impl Behaviour for SomethingAfterClose {
    fn closing_octets(&mut self, is_undelimited: bool) -> Vec<u8> {
        if is_undelimited {
            b"close".to_vec()
        } else {
            b"close\nbye\n".to_vec()
        }
    }
}

/// A leaving is sent to the leaver too.
pub(crate) struct LeftToldToLeaver;

impl Behaviour for LeftToldToLeaver {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let name = room.name_of(from);
        let mut told = room.handle(from, input);
        if let Some(name) = name.filter(|_| room.name_of(from).is_none()) {
            told.insert(0, line(from, format!("{name} has left the chat")));
        }
        told
    }
}

/// A member whose connection is lost stays for ever.
pub(crate) struct GhostAfterAReset;

impl Behaviour for GhostAfterAReset {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        match input {
            Input::Lost => Vec::new(),
            input => room.handle(from, input),
        }
    }
}

/// A member that half-closes stays for ever.
pub(crate) struct GhostAfterAHalfClose;

impl Behaviour for GhostAfterAHalfClose {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        match input {
            Input::HalfClose if room.name_of(from).is_some() => {
                let effect = Effect::Close;
                if let Some(member) = room.members.iter_mut().find(|member| member.id == from) {
                    member.id = Id::MAX - from;
                }
                vec![Tell { to: from, effect }]
            }
            input => room.handle(from, input),
        }
    }
}

/// A half-close is treated as a lost connection.
pub(crate) struct HalfCloseCutsOff;

impl Behaviour for HalfCloseCutsOff {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        match input {
            Input::HalfClose => {
                let effect = Effect::Cut;
                vec![Tell { to: from, effect }]
            }
            input => room.handle(from, input),
        }
    }
}

/// A lost member's leaving is not announced.
pub(crate) struct ResetNotAnnounced;

impl Behaviour for ResetNotAnnounced {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let is_lost = matches!(input, Input::Lost);
        let told = room.handle(from, input);
        if is_lost { Vec::new() } else { told }
    }
}

/// A leaving is announced at QUIT, and again when the thread ends.
pub(crate) struct LeavingAnnouncedTwice;

impl Behaviour for LeavingAnnouncedTwice {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let is_quit = input == Input::Line(Ok(Command::Quit));
        let name = room.name_of(from);
        let mut told = room.handle(from, input);
        if let Some(name) = name.filter(|_| is_quit) {
            told.extend(room.tell_all(&format!("{name} has left the chat")));
        }
        told
    }
}
