//! The steps that the room can take now: possible is one whose lines are the next unread ones of all who are told.

use std::rc::Rc;

use super::search::Search;
use crate::{Audience, Conn, End, ExpectedDelivery, Input, ReferenceRoom};

/// A step of the room. Its room is the one after it, and once it is taken, the one before.
pub(super) struct Step {
    pub(super) trigger: Trigger,
    pub(super) by: usize,
    pub(super) room: Rc<ReferenceRoom>,
    /// Who reads a line for it, each as often as it reads one.
    pub(super) readers: Vec<Conn>,
    /// There is no point in trying another in its place.
    pub(super) forced: bool,
    /// The number of what is tried next in its place.
    pub(super) next_candidate: usize,
}

/// What a connection can do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    /// The next that it said is handled; at first, that it connects.
    NextInput,
    JoinTimeout,
    Lost,
    Shutdown,
}

impl Step {
    fn new(
        trigger: Trigger,
        by: usize,
        room: Rc<ReferenceRoom>,
        readers: Vec<Conn>,
        forced: bool,
    ) -> Self {
        let next_candidate = 0;
        Self {
            trigger,
            by,
            room,
            readers,
            forced,
            next_candidate,
        }
    }
}

impl<'a> Search<'a> {
    /// The next that `c` said, or that it connects, if that is possible and leaves the others as they are.
    pub(super) fn answer(&self, c: usize) -> Option<Step> {
        let input = self.input(Trigger::NextInput, c)?;
        let mut room = Rc::clone(&self.current.room);
        let connects = *input == Input::Connect;
        let deliveries = if connects {
            self.model.step(Rc::make_mut(&mut room), c as Conn, input)
        } else {
            self.model.answer(&room, c as Conn, input)?
        };
        let readers = self.readers(&room, &deliveries)?;
        let is_read = !readers.is_empty() && room.addressee(input).is_some();
        if !is_read && self.must_be_read(c, input) {
            return None;
        }
        let forced = if connects {
            self.all_fit
        } else {
            !readers.is_empty() || self.is_independent(c, input, &deliveries)
        };
        Some(Step::new(Trigger::NextInput, c, room, readers, forced))
    }

    /// What takes a session of the room to another state, if that is possible.
    pub(super) fn change(&self, trigger: Trigger, c: usize) -> Option<Step> {
        let input = self.input(trigger, c)?;
        let row = self.model.row(&self.current.room, c as Conn, input);
        if row.next == row.state || *input == Input::Connect {
            return None;
        }
        let mut room = (*self.current.room).clone();
        let of = match trigger {
            Trigger::Shutdown => room.sessions().collect(),
            Trigger::NextInput | Trigger::JoinTimeout | Trigger::Lost => vec![c as Conn],
        };
        let of = of.into_iter();
        let deliveries: Vec<ExpectedDelivery> = of
            .flat_map(|id| self.model.step(&mut room, id, input))
            .collect();
        if let Some(name) = room.written(c as Conn)
            && !self.may_join(&room, c, name)
        {
            return None;
        }
        let readers = self.readers(&room, &deliveries)?;
        let forced = self.all_fit && !readers.is_empty() && self.must_be_next(trigger, c);
        Some(Step::new(trigger, c, Rc::new(room), readers, forced))
    }

    /// What would happen, if it can.
    pub(super) fn input(&self, trigger: Trigger, c: usize) -> Option<&'a Input> {
        let connection = &self.trace.connections[c];
        let next = self.next_line(c);
        if self.current.lost[c] || self.is_idle(c) {
            return None;
        }
        let input = match trigger {
            Trigger::NextInput if self.current.handled[c] == 0 => {
                // SHUT-1
                (!self.current.stopped).then_some(&Input::Connect)
            }
            Trigger::NextInput => {
                let (said, after) = connection.sent.get(self.current.handled[c] - 1)?;
                (*after <= self.current.read[c]).then_some(said)
            }
            Trigger::Lost => {
                let may = connection.end == End::Lost && next.is_none();
                may.then_some(&Input::Lost)
            }
            Trigger::JoinTimeout => Some(&Input::JoinTimeout),
            Trigger::Shutdown => {
                let may = !self.current.stopped && next.is_some();
                may.then_some(&Input::Shutdown)
            }
        }?;
        if !self.current.room.has_session(c as Conn) && *input != Input::Connect {
            // What comes to a closed session means nothing.
            return None;
        }
        let row = self.model.row(&self.current.room, c as Conn, input);
        let reads = |rule: &str| next.is_none_or(|next| next.is(rule));
        let is_owed = row.told.first().is_none_or(|told| reads(&told.rule));
        let matters = match trigger {
            Trigger::NextInput | Trigger::Shutdown => true,
            // That a visitor has gone matters only where it makes room for another connection.
            Trigger::JoinTimeout => row.next != row.state && (next.is_some() || !self.all_fit),
            Trigger::Lost => self.current.room.is_member(c as Conn) || !self.all_fit,
        };
        (is_owed && matters).then_some(input)
    }

    /// Whose next unread lines these are; `None` if they are not.
    pub(super) fn readers(
        &self,
        room: &ReferenceRoom,
        deliveries: &[ExpectedDelivery],
    ) -> Option<Vec<Conn>> {
        let mut readers = Vec::new();
        for ExpectedDelivery { to, line } in deliveries {
            let before = readers.len();
            let mut one = |id: Conn| {
                let connection = &self.trace.connections[id as usize];
                let more = readers[..before].iter().filter(|&&reader| reader == id);
                let next = self.current.read[id as usize] + more.count();
                match connection.read.get(next) {
                    Some(next) if line.matches(&next.line) => {
                        readers.push(id);
                        true
                    }
                    Some(_) => false,
                    // What it was told has not come, or was not waited for.
                    None => connection.end != End::Closed,
                }
            };
            let good = match *to {
                Audience::One(id) => one(id),
                Audience::MembersBut(but) => room.members().all(|id| id == but || one(id)),
            };
            if !good {
                return None;
            }
        }
        Some(readers)
    }
}
