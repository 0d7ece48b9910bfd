//! The steps that the room can take now. A step is possible if each line it sends is the next
//! unread line of its receiver.

use std::rc::Rc;

use super::search::Search;
use crate::{Audience, Conn, End, ExpectedDelivery, Input, ReadLine, ReferenceRoom};

/// A step of the room.
pub(super) struct Step {
    pub(super) trigger: Trigger,
    pub(super) by: usize,
    /// The room after the step, if it changes; once the step is taken, the room before it.
    pub(super) room: Option<Rc<ReferenceRoom>>,
    /// The connections that read its lines, once for each line.
    pub(super) readers: Vec<Conn>,
}

/// What causes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    /// The room handles the connection's next input; the first is that it connects.
    NextInput,
    JoinTimeout,
    Lost,
    Shutdown,
}

/// Whether the next input of a connection can be handled now.
pub(super) enum Possible {
    /// It can, and no alternative needs to be tried.
    Forced(Step),
    /// It can.
    Free(Step),
    /// It can't before this connection has read another line.
    After(usize),
    /// It can't before the connection itself has read another line, or the room has changed.
    Not,
}

impl<'a> Search<'a> {
    /// What can be done for `c` without loss: its next answer, or its end while it is a visitor,
    /// which nobody else sees.
    pub(super) fn forced(&self, c: usize) -> Possible {
        if self.is_about_to_join(c) {
            return Possible::Not;
        }
        let answer = self.answer(c);
        if !matches!(answer, Possible::Not) || !self.all_fit {
            return answer;
        }
        let ends = [Trigger::NextInput, Trigger::JoinTimeout];
        let end = ends.into_iter().find_map(|trigger| self.change(trigger, c));
        let is_alone = |step: &Step| {
            let room = step.room.as_ref().expect("it changes the room");
            !step.readers.is_empty() && room.members().len() == self.current.room.members().len()
        };
        let is_visitor = !self.current.room.is_member(c as Conn);
        let end = end.filter(|step| is_visitor && is_alone(step));
        end.map_or(answer, Possible::Forced)
    }

    /// All steps that can be taken when none is forced.
    ///
    /// While a member has an event of the room to read next, members come and go only with that
    /// event.
    pub(super) fn choices(&self) -> Vec<Step> {
        let all = 0..self.trace.connections.len();
        let foretold = self.foretold();
        let by = match foretold.filter(|_| self.all_fit) {
            Some(line) => self.causes(line),
            None => all.clone().collect(),
        };
        let mut steps = Vec::new();
        for &c in &by {
            match self.answer(c) {
                Possible::Forced(step) | Possible::Free(step) => steps.push(step),
                Possible::After(_) | Possible::Not => {
                    steps.extend(self.change(Trigger::NextInput, c));
                }
            }
            let happen = [Trigger::JoinTimeout, Trigger::Lost];
            steps.extend(happen.iter().filter_map(|&trigger| self.change(trigger, c)));
        }
        if foretold.is_none() {
            steps.extend(all.clone().find_map(|c| self.change(Trigger::Shutdown, c)));
        }
        if steps.len() > 1 {
            steps.retain(|step| {
                let room = step.room.as_ref();
                let name = room.and_then(|room| Some((room, room.written(step.by as Conn)?)));
                name.is_none_or(|(room, name)| self.may_join(room, step.by, name))
            });
        }
        steps
    }

    /// The event of the room that some member reads next, and all members with it.
    fn foretold(&self) -> Option<&'a ReadLine> {
        let next = |id: Conn| self.next_line(id as usize);
        let mut next = self.current.room.members().filter_map(next);
        next.find(|line| self.index.is_of_the_room(line))
    }

    /// The connections that can have caused this event of the room, and those whose next answer
    /// nobody reads.
    fn causes(&self, event: &ReadLine) -> Vec<usize> {
        let name = event.part("username", 0).unwrap_or_default();
        let joins = self.index.joins.get(name).into_iter().flatten();
        let room = &self.current.room;
        let members = room.members().zip(room.names());
        let member = members.filter(|&(_, member)| member == name);
        let mut by: Vec<usize> = joins.map(|&(c, _)| c).collect();
        by.extend(member.map(|(id, _)| id as usize));
        by.extend(&self.undecided);
        by.sort_unstable();
        by.dedup();
        by
    }

    /// Whether the next line of `c` is that it has joined.
    fn is_about_to_join(&self, c: usize) -> bool {
        self.index.joined[c] == Some(self.current.read[c])
    }

    /// Whether the next input of `c` can be handled, and leaves all sessions' states as they are
    /// (or is the connect).
    pub(super) fn answer(&self, c: usize) -> Possible {
        let Some(input) = self.input(Trigger::NextInput, c) else {
            return Possible::Not;
        };
        let connects = *input == Input::Connect;
        let (room, deliveries) = if connects {
            let mut room = (*self.current.room).clone();
            let deliveries = self.model.step(&mut room, c as Conn, input);
            (Some(Rc::new(room)), deliveries)
        } else {
            let Some(deliveries) = self.model.answer(&self.current.room, c as Conn, input) else {
                return Possible::Not;
            };
            (None, deliveries)
        };
        let readers = match self.readers(&self.current.room, &deliveries) {
            Ok(readers) => readers,
            Err(reader) => return Possible::After(reader),
        };
        let is_forced = if connects {
            self.all_fit
        } else {
            !readers.is_empty() || self.is_independent(c, input, &deliveries)
        };
        let step = Step {
            trigger: Trigger::NextInput,
            by: c,
            room,
            readers,
        };
        match is_forced {
            true => Possible::Forced(step),
            false => Possible::Free(step),
        }
    }

    /// The step that moves a session to another state, if it is possible.
    fn change(&self, trigger: Trigger, c: usize) -> Option<Step> {
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
        let readers = self.readers(&room, &deliveries).ok()?;
        let (by, room) = (c, Some(Rc::new(room)));
        Some(Step {
            trigger,
            by,
            room,
            readers,
        })
    }

    /// The input that this trigger has for `c`, if it has one.
    fn input(&self, trigger: Trigger, c: usize) -> Option<&'a Input> {
        let connection = &self.trace.connections[c];
        let next = self.next_line(c);
        if self.current.lost[c] {
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
        // Most lines that a member reads before its own broadcast are those of others.
        let is_other_text = |next: &ReadLine| {
            let is_broadcast = matches!(input, Input::Bcst(_)) && next.is("broadcast");
            is_broadcast && next.part("text", 0) != Some(input.text())
        };
        let is_its_text = !next.is_some_and(is_other_text);
        let matters = match trigger {
            Trigger::NextInput | Trigger::Shutdown => true,
            // That a visitor has gone matters only where this makes room for another connection.
            Trigger::JoinTimeout => row.next != row.state && (next.is_some() || !self.all_fit),
            Trigger::Lost => self.current.room.is_member(c as Conn) || !self.all_fit,
        };
        (is_owed && is_its_text && matters).then_some(input)
    }

    /// The connections whose next unread lines these are, or one that has another next line.
    fn readers(
        &self,
        room: &ReferenceRoom,
        deliveries: &[ExpectedDelivery],
    ) -> Result<Vec<Conn>, usize> {
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
                        Ok(())
                    }
                    // The line had not arrived, or the record ends before it.
                    None if connection.end != End::Closed => Ok(()),
                    Some(_) | None => Err(id as usize),
                }
            };
            match *to {
                Audience::One(id) => one(id)?,
                Audience::MembersBut(but) => {
                    room.members().filter(|&id| id != but).try_for_each(one)?;
                }
            }
        }
        Ok(readers)
    }
}
