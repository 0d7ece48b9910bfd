//! Pruning of the search: what is decided for every order, and what makes no difference to any
//! (partial-order reduction).

use super::search::Search;
use super::step::Trigger;
use crate::{Audience, Class, Conn, End, ExpectedDelivery, Input, ReadLine, ReferenceRoom};

impl<'a> Search<'a> {
    /// Whether it makes no difference when the room handles this input, which changes nothing and
    /// sends no line that anybody reads.
    ///
    /// A visitor's input has the same answer for as long as it is a visitor, except a JOIN that may
    /// succeed. A member's input is answered to itself alone, except a MESG: that could be handled
    /// after its addressee has come, or gone.
    pub(super) fn is_independent(
        &self,
        c: usize,
        input: &Input,
        deliveries: &[ExpectedDelivery],
    ) -> bool {
        match input {
            Input::Join(_) => {
                let state = self.model.state(&self.current.room, c as Conn);
                let cells = input
                    .classes()
                    .iter()
                    .map(|&class| self.model.cell(state, class));
                cells
                    .flatten()
                    .all(|row| row.next == row.state && row.others.is_empty())
            }
            Input::Mesg(_, text) => {
                let Some(name) = self.current.room.written(c as Conn) else {
                    return true;
                };
                !self.may_be_refused(c, input) && self.unread_privates(name, text) == 0
            }
            Input::Connect
            | Input::Bcst(_)
            | Input::List
            | Input::Quit
            | Input::Help
            | Input::Ping(_)
            | Input::Malformed(_)
            | Input::HalfClose
            | Input::Lost
            | Input::JoinTimeout
            | Input::Shutdown => deliveries
                .iter()
                .all(|delivery| delivery.to == Audience::One(c as Conn)),
        }
    }

    /// Whether this joining or leaving, which somebody reads of, is the room's next change in every
    /// order, and whether all that could be done before it may as well be done after it.
    ///
    /// A connection that reads of it has no other line to read before, so nobody joins or leaves
    /// before. All that could come before are answers that nobody reads and that depend on the
    /// members: those to a JOIN or a MESG.
    pub(super) fn must_be_next(&self, trigger: Trigger, c: usize) -> bool {
        let mut others = (0..self.trace.connections.len()).filter(|&d| d != c);
        if trigger == Trigger::Shutdown {
            return false;
        }
        if !self.current.room.is_member(c as Conn) {
            let joining = self.index.joined[c].map(|at| &*self.trace.connections[c].read[at]);
            let Some((joining, name)) =
                joining.and_then(|line| Some((line, line.part("username", 0)?)))
            else {
                return false;
            };
            // Another connection must read of it: otherwise nothing says when it happened.
            let reads = |d: usize| {
                self.current.room.is_member(d as Conn)
                    && self
                        .next_line(d)
                        .is_some_and(|next| next.line == joining.line)
            };
            if others.clone().any(|d| self.may_join_as(d, name)) || !others.clone().any(reads) {
                return false;
            }
        }
        let may_say_more = trigger == Trigger::Lost && self.may_defer(c);
        !may_say_more && !others.any(|d| self.may_defer(d))
    }

    /// Whether the next input of `d` could be answered now, unread by anybody, and be answered
    /// differently later.
    fn may_defer(&self, d: usize) -> bool {
        let id = d as Conn;
        match self.input(Trigger::NextInput, d) {
            Some(Input::Join(_)) => self.is_blind(d) && !self.current.room.is_member(id),
            Some(Input::Mesg(..)) => self.answer(d).is_some(),
            _ => false,
        }
    }

    /// Whether `c` may be the connection that joins now under this name; `room` is the room after
    /// that.
    ///
    /// A connection outside the room that will still read of a joining of this name needs another
    /// connection that joins so later. A connection in the room reads the same room lines as `c`
    /// from now on, until one of the two reads no more.
    pub(super) fn may_join(&self, room: &ReferenceRoom, c: usize, name: &str) -> bool {
        let others = || (0..self.trace.connections.len()).filter(|&d| d != c);
        let supply = others().filter(|&d| self.may_join_as(d, name)).count();
        let demand = |d| self.index.reads_of_joining(d, name, self.current.read[d]);
        let room_lines = |d: usize| {
            let lines = &self.index.room_lines[d];
            let from = lines.partition_point(|&(at, _)| at < self.current.read[d]);
            lines[from..].iter().map(|(_, line)| &*line.line)
        };
        let mut outside = others().filter(|&d| !room.is_member(d as Conn));
        outside.all(|d| demand(d) <= supply)
            && room.members().all(|d| {
                let mut pairs = room_lines(d as usize).zip(room_lines(c));
                pairs.all(|(one, other)| one == other)
            })
    }

    /// Whether `d` has not joined yet, and may still join under this name.
    fn may_join_as(&self, d: usize, name: &str) -> bool {
        let connection = &self.trace.connections[d];
        if let Some(at) = self.index.joined[d] {
            return at >= self.current.read[d]
                && connection.read[at].part("username", 0) == Some(name);
        }
        let is_out = !self.current.room.is_member(d as Conn) && !self.current.lost[d];
        let asks = |joins: &Vec<_>| {
            let mut joins = joins.iter();
            joins.any(|&(by, n)| by == d && n + 1 >= self.current.handled[d])
        };
        connection.end != End::Closed && is_out && self.index.joins.get(name).is_some_and(asks)
    }

    /// Whether nobody would see anything that `c`, a visitor with nothing more to read, could still
    /// do. Then the search leaves it alone for as long as some member has lines to read.
    pub(super) fn is_idle(&self, c: usize) -> bool {
        let visits = self.current.handled[c] > 0 && !self.current.room.is_member(c as Conn);
        if !self.all_fit || !visits || self.next_line(c).is_some() {
            return false;
        }
        let mut members = self.current.room.members();
        let is_seen = members.any(|d| self.next_line(d as usize).is_some());
        let is_read_of = |name: &str| {
            let mut all = 0..self.trace.connections.len();
            all.any(|d| self.index.reads_of_joining(d, name, self.current.read[d]) > 0)
        };
        let said = &self.trace.connections[c].sent[self.current.handled[c] - 1..];
        let joins = |said: &Input| matches!(said, Input::Join(name) if is_read_of(name.as_str()));
        is_seen && !said.iter().any(|(said, _)| joins(said))
    }

    /// Whether this MESG, which finds its addressee now, could find nobody later, when `c` reads
    /// that answer: before the answer, `c` reads that the addressee has left.
    fn may_be_refused(&self, c: usize, input: &Input) -> bool {
        let Some((_, addressee)) = self.current.room.addressee(input) else {
            return false;
        };
        let read = self.current.read[c];
        let answers = &self.index.answers[c];
        let next = answers.partition_point(|&(at, _)| at < read);
        let refusal = self
            .model
            .cell(self.model.member_state(), Class::MesgNobody)
            .and_then(|row| row.told.first());
        let (Some(&(at, answer)), Some(refusal)) = (answers.get(next), refusal) else {
            return false;
        };
        let leavings = self.index.leavings[c].get(addressee.as_str());
        answer.is(&refusal.rule)
            && answer.part("code", 0) == refusal.code.as_deref()
            && leavings
                .is_some_and(|leavings| leavings.iter().any(|left| (read..at).contains(left)))
    }

    /// Whether this MESG must reach an addressee who reads it: there are at most as many unhandled
    /// MESGs with this text as unread lines with it.
    pub(super) fn must_be_read(&self, c: usize, input: &Input) -> bool {
        let (Input::Mesg(_, text), Some(name)) = (input, self.current.room.written(c as Conn))
        else {
            return false;
        };
        let unread_privates = self.unread_privates(name, text);
        let said = self.index.mesgs[&**text].iter();
        let unsaid = said.filter(|&&(d, n)| n + 1 >= self.current.handled[d]);
        unread_privates > 0 && unsaid.count() <= unread_privates
    }

    /// The number of private lines with this sender and text that are still unread.
    fn unread_privates(&self, sender: &str, text: &str) -> usize {
        let lines = self.index.privates.get(&[sender, text]);
        lines.map_or(0, |lines| {
            let unread_privates = lines.iter().filter(|&&(d, at)| at >= self.current.read[d]);
            unread_privates.count()
        })
    }

    /// The next line that `c` reads.
    pub(super) fn next_line(&self, c: usize) -> Option<&'a ReadLine> {
        let line = self.trace.connections[c].read.get(self.current.read[c]);
        line.map(|line| &**line)
    }

    /// Whether `c` reads nothing more but may still be sent lines.
    pub(super) fn is_blind(&self, c: usize) -> bool {
        self.trace.connections[c].end != End::Closed && self.next_line(c).is_none()
    }
}
