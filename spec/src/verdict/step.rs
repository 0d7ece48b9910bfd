//! The steps that the room can take now: possible is one whose lines are the next unread ones of all who are told.

use std::rc::Rc;

use super::search::Search;
use crate::{AtomicRoom, Audience, Conn, End, Happening, Owing};

/// A step of the room. Its room is the one after it, and once it is taken, the one before.
pub(super) struct Step {
    pub(super) deed: Deed,
    pub(super) by: usize,
    pub(super) room: Rc<AtomicRoom>,
    /// Who reads a line for it, each as often as it reads one.
    pub(super) readers: Vec<Conn>,
    /// There is no point in trying another in its place.
    pub(super) alone: bool,
    /// The number of what is tried next in its place.
    pub(super) other: usize,
}

/// What a connection can do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// The next that it said is handled; at first, that it connects.
    Says,
    TimesOut,
    IsLost,
    Stops,
}

impl Step {
    fn new(deed: Deed, by: usize, room: Rc<AtomicRoom>, readers: Vec<Conn>, alone: bool) -> Self {
        let other = 0;
        Self {
            deed,
            by,
            room,
            readers,
            alone,
            other,
        }
    }
}

impl<'a> Search<'a> {
    /// The next that `c` said, or that it connects, if that is possible and leaves the others as they are.
    pub(super) fn answer(&self, c: usize) -> Option<Step> {
        let input = self.input(Deed::Says, c)?;
        let mut room = Rc::clone(&self.at.room);
        let connects = *input == Happening::Connect;
        let owing = if connects {
            self.rules.step(Rc::make_mut(&mut room), c as Conn, input)
        } else {
            self.rules.answer(&room, c as Conn, input)?
        };
        let readers = self.readers(&room, &owing)?;
        let is_read = !readers.is_empty() && room.addressee(input).is_some();
        if !is_read && self.must_be_read(c, input) {
            return None;
        }
        let alone = if connects {
            self.roomy
        } else {
            !readers.is_empty() || self.is_indifferent(c, input, &owing)
        };
        Some(Step::new(Deed::Says, c, room, readers, alone))
    }

    /// What takes a session of the room to another state, if that is possible.
    pub(super) fn change(&self, deed: Deed, c: usize) -> Option<Step> {
        let input = self.input(deed, c)?;
        let row = self.rules.row(&self.at.room, c as Conn, input);
        if row.next == row.state || *input == Happening::Connect {
            return None;
        }
        let mut room = (*self.at.room).clone();
        let of = match deed {
            Deed::Stops => room.sessions().collect(),
            Deed::Says | Deed::TimesOut | Deed::IsLost => vec![c as Conn],
        };
        let of = of.into_iter();
        let owing: Vec<Owing> = of
            .flat_map(|id| self.rules.step(&mut room, id, input))
            .collect();
        if let Some(name) = room.written(c as Conn)
            && !self.may_join(&room, c, name)
        {
            return None;
        }
        let readers = self.readers(&room, &owing)?;
        let alone = self.roomy && !readers.is_empty() && self.must_be_next(deed, c);
        Some(Step::new(deed, c, Rc::new(room), readers, alone))
    }

    /// What would happen, if it can.
    pub(super) fn input(&self, deed: Deed, c: usize) -> Option<&'a Happening> {
        let connection = &self.trace.connections[c];
        let next = self.next_line(c);
        if self.at.lost[c] || self.is_idle(c) {
            return None;
        }
        let input = match deed {
            Deed::Says if self.at.handled[c] == 0 => {
                // SHUT-1
                (!self.at.stopped).then_some(&Happening::Connect)
            }
            Deed::Says => {
                let (said, after) = connection.said.get(self.at.handled[c] - 1)?;
                (*after <= self.at.read[c]).then_some(said)
            }
            Deed::IsLost => {
                let may = connection.end == End::Lost && next.is_none();
                may.then_some(&Happening::Lost)
            }
            Deed::TimesOut => Some(&Happening::JoinTimeout),
            Deed::Stops => {
                let may = !self.at.stopped && next.is_some();
                may.then_some(&Happening::Shutdown)
            }
        }?;
        if !self.at.room.has_session(c as Conn) && *input != Happening::Connect {
            // What comes to a closed session means nothing.
            return None;
        }
        let row = self.rules.row(&self.at.room, c as Conn, input);
        let reads = |rule: &str| next.is_none_or(|next| next.is(rule));
        let is_owed = row.told.first().is_none_or(|told| reads(&told.rule));
        let matters = match deed {
            Deed::Says | Deed::Stops => true,
            // That a visitor has gone matters only where it makes room for another connection.
            Deed::TimesOut => row.next != row.state && (next.is_some() || !self.roomy),
            Deed::IsLost => self.at.room.is_member(c as Conn) || !self.roomy,
        };
        (is_owed && matters).then_some(input)
    }

    /// Whose next unread lines these are; `None` if they are not.
    pub(super) fn readers(&self, room: &AtomicRoom, owing: &[Owing]) -> Option<Vec<Conn>> {
        let mut readers = Vec::new();
        for Owing { to, line } in owing {
            let before = readers.len();
            let mut one = |id: Conn| {
                let connection = &self.trace.connections[id as usize];
                let more = readers[..before].iter().filter(|&&reader| reader == id);
                let next = self.at.read[id as usize] + more.count();
                match connection.read.get(next) {
                    Some(next) if line.explains(&next.line) => {
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
