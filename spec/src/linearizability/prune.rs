//! Pruning of the search: what is decided for every order, and what makes no difference to any
//! (partial-order reduction).

use super::search::Search;
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

    /// Whether `c` may be the one that joins now: a connection outside the room that will still
    /// read of a joining under this name needs another connection that joins so later.
    pub(super) fn may_join(&self, room: &ReferenceRoom, c: usize, name: &str) -> bool {
        let others = || (0..self.trace.connections.len()).filter(|&d| d != c);
        let later = others().filter(|&d| self.may_join_as(d, name)).count();
        let demand = |d| self.index.reads_of_joining(d, name, self.current.read[d]);
        let mut outside = others().filter(|&d| !room.is_member(d as Conn));
        outside.all(|d| demand(d) <= later)
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

    /// Whether this MESG, which finds its addressee now, could find nobody later, when `c` reads
    /// that answer: before the answer, `c` reads that the addressee has left.
    fn may_be_refused(&self, c: usize, input: &Input) -> bool {
        let Some((_, addressee)) = self.current.room.addressee(input) else {
            return false;
        };
        let read = self.current.read[c];
        let answers = &self.index.answers[c];
        let next = answers.partition_point(|&at| at < read);
        let refusal = self
            .model
            .cell(self.model.member_state(), Class::MesgNobody)
            .and_then(|row| row.told.first());
        let (Some(&at), Some(refusal)) = (answers.get(next), refusal) else {
            return false;
        };
        let answer = &self.trace.connections[c].read[at];
        answer.is(&refusal.rule)
            && answer.part("code", 0) == refusal.code.as_deref()
            && self
                .index
                .reads_of_leaving(c, addressee.as_str(), [read, at])
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
