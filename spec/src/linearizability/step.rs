//! The steps that the room can take now. A step is possible if each line it sends is the next
//! unread line of its receiver.

use std::rc::Rc;

use super::search::Search;
use crate::{Audience, Conn, End, ExpectedDelivery, Input, ReferenceRoom};

/// A step of the room. `room` is the room after the step; once the step is taken, it holds the one
/// before.
pub(super) struct Step {
    pub(super) trigger: Trigger,
    pub(super) by: usize,
    pub(super) room: Rc<ReferenceRoom>,
    /// The connections that read its lines, once for each line.
    pub(super) readers: Vec<Conn>,
    /// No alternative needs to be tried.
    pub(super) forced: bool,
    /// The number of the next alternative to try.
    pub(super) next_candidate: usize,
}

/// What causes a step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    /// The room handles the connection's next input; the first is that it connects.
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
    /// The step that handles the next input of `c`, if it is possible and leaves all sessions'
    /// states as they are (or is the connect).
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

    /// The step that moves a session to another state, if it is possible.
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

    /// The input that this trigger has for `c`, if it has one.
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
            // An input of a closed session has no effect.
            return None;
        }
        let row = self.model.row(&self.current.room, c as Conn, input);
        let reads = |rule: &str| next.is_none_or(|next| next.is(rule));
        let is_owed = row.told.first().is_none_or(|told| reads(&told.rule));
        let matters = match trigger {
            Trigger::NextInput | Trigger::Shutdown => true,
            // That a visitor has gone matters only where this makes room for another connection.
            Trigger::JoinTimeout => row.next != row.state && (next.is_some() || !self.all_fit),
            Trigger::Lost => self.current.room.is_member(c as Conn) || !self.all_fit,
        };
        (is_owed && matters).then_some(input)
    }

    /// The connections whose next unread lines these are; `None` if one has another next line.
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
                    // The line had not arrived, or the record ends before it.
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
