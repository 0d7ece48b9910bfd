//! What can be seen ahead of the search: what is true of every order, and what makes no difference to any.

use super::search::Search;
use super::step::Deed;
use crate::{AtomicRoom, Audience, Class, Conn, End, Happening, Heard, Owing};

impl<'a> Search<'a> {
    /// Whether it makes no difference when the room handles this, which leaves it as it is, and of which nobody reads anything.
    ///
    /// What a visitor says is answered in the same way as long as it is one, but for a JOIN that may let it in. What a member says is told to itself
    /// alone, or it is a MESG: that one could be handled when its addressee has come, or gone.
    pub(super) fn is_indifferent(&self, c: usize, input: &Happening, owing: &[Owing]) -> bool {
        match input {
            Happening::Join(_) => {
                let state = self.rules.state(&self.at.room, c as Conn);
                let cells = input
                    .classes()
                    .iter()
                    .map(|&class| self.rules.cell(state, class));
                cells
                    .flatten()
                    .all(|row| row.next == row.state && row.others.is_empty())
            }
            Happening::Mesg(_, text) => {
                let Some(name) = self.at.room.written(c as Conn) else {
                    return true;
                };
                !self.may_be_refused(c, input) && self.unread(name, text) == 0
            }
            Happening::Connect
            | Happening::Bcst(_)
            | Happening::List
            | Happening::Quit
            | Happening::Help
            | Happening::Ping(_)
            | Happening::Malformed(_)
            | Happening::HalfClose
            | Happening::Lost
            | Happening::JoinTimeout
            | Happening::Shutdown => owing
                .iter()
                .all(|owing| owing.to == Audience::One(c as Conn)),
        }
    }

    /// Whether this coming or going, which somebody reads of, is what the room does next in every order, and all that it could
    /// do before may as well be done after.
    ///
    /// Whoever reads of it reads nothing else before, so nobody comes or goes before. What could come before are answers that
    /// nobody reads, and that depend on who is in the room: to a JOIN or a MESG.
    pub(super) fn must_be_next(&self, deed: Deed, c: usize) -> bool {
        let mut others = (0..self.trace.connections.len()).filter(|&d| d != c);
        if deed == Deed::Stops {
            return false;
        }
        if !self.at.room.is_member(c as Conn) {
            let joining = self.glance.joined[c].map(|at| &*self.trace.connections[c].read[at]);
            let Some((joining, name)) =
                joining.and_then(|line| Some((line, line.part("username", 0)?)))
            else {
                return false;
            };
            // Somebody other than itself reads of it: else nobody could tell when it was.
            let reads = |d: usize| {
                self.at.room.is_member(d as Conn)
                    && self
                        .next_line(d)
                        .is_some_and(|next| next.line == joining.line)
            };
            if others.clone().any(|d| self.may_join_as(d, name)) || !others.clone().any(reads) {
                return false;
            }
        }
        let may_say_more = deed == Deed::IsLost && self.has_choice(c);
        !may_say_more && !others.any(|d| self.has_choice(d))
    }

    /// Whether `d` could be answered now so that nobody reads it, and otherwise later.
    fn has_choice(&self, d: usize) -> bool {
        let id = d as Conn;
        match self.input(Deed::Says, d) {
            Some(Happening::Join(_)) => self.is_blind(d) && !self.at.room.is_member(id),
            Some(Happening::Mesg(..)) => self.answer(d).is_some(),
            _ => false,
        }
    }

    /// Whether `c` may be the one that joins now under this name, `room` being what it is then.
    ///
    /// Whoever is not in the room but will read of a joining of this name needs another to join so after itself. And whoever is in
    /// it hears the same as `c` from now on, until one of the two reads no more.
    pub(super) fn may_join(&self, room: &AtomicRoom, c: usize, name: &str) -> bool {
        let others = || (0..self.trace.connections.len()).filter(|&d| d != c);
        let supply = others().filter(|&d| self.may_join_as(d, name)).count();
        let demand = |d| self.glance.reads_of_joining(d, name, self.at.read[d]);
        let heard = |d: usize| {
            let lines = &self.glance.heard[d];
            let from = lines.partition_point(|&(at, _)| at < self.at.read[d]);
            lines[from..].iter().map(|(_, heard)| &*heard.line)
        };
        let mut outside = others().filter(|&d| !room.is_member(d as Conn));
        outside.all(|d| demand(d) <= supply)
            && room.members().all(|d| {
                let mut pairs = heard(d as usize).zip(heard(c));
                pairs.all(|(one, other)| one == other)
            })
    }

    /// Whether `d` has not joined yet, and may do so under this name.
    fn may_join_as(&self, d: usize, name: &str) -> bool {
        let connection = &self.trace.connections[d];
        if let Some(at) = self.glance.joined[d] {
            return at >= self.at.read[d] && connection.read[at].part("username", 0) == Some(name);
        }
        let is_out = !self.at.room.is_member(d as Conn) && !self.at.lost[d];
        let asks = |joins: &Vec<_>| {
            let mut joins = joins.iter();
            joins.any(|&(by, n)| by == d && n + 1 >= self.at.handled[d])
        };
        connection.end != End::Closed && is_out && self.glance.joins.get(name).is_some_and(asks)
    }

    /// Whether all that `c`, a visitor that reads nothing more, could still do is done unseen: then it is left alone for as long
    /// as somebody sees the room.
    pub(super) fn is_idle(&self, c: usize) -> bool {
        let visits = self.at.handled[c] > 0 && !self.at.room.is_member(c as Conn);
        if !self.roomy || !visits || self.next_line(c).is_some() {
            return false;
        }
        let mut members = self.at.room.members();
        let is_seen = members.any(|d| self.next_line(d as usize).is_some());
        let is_heard_to_join = |name: &str| {
            let mut all = 0..self.trace.connections.len();
            all.any(|d| self.glance.reads_of_joining(d, name, self.at.read[d]) > 0)
        };
        let said = &self.trace.connections[c].said[self.at.handled[c] - 1..];
        let joins = |said: &Happening| matches!(said, Happening::Join(name) if is_heard_to_join(name.as_str()));
        is_seen && !said.iter().any(|(said, _)| joins(said))
    }

    /// Whether this MESG, which finds its addressee, could find nobody later, when `c` reads that: it reads before that its addressee
    /// has left.
    fn may_be_refused(&self, c: usize, input: &Happening) -> bool {
        let Some((_, addressee)) = self.at.room.addressee(input) else {
            return false;
        };
        let read = self.at.read[c];
        let answers = &self.glance.answers[c];
        let next = answers.partition_point(|&(at, _)| at < read);
        let refusal = self
            .rules
            .cell(self.rules.member_state(), Class::MesgNobody)
            .and_then(|row| row.told.first());
        let (Some(&(at, answer)), Some(refusal)) = (answers.get(next), refusal) else {
            return false;
        };
        let leavings = self.glance.leavings[c].get(addressee.as_str());
        answer.is(&refusal.rule)
            && answer.part("code", 0) == refusal.code.as_deref()
            && leavings
                .is_some_and(|leavings| leavings.iter().any(|left| (read..at).contains(left)))
    }

    /// Whether this MESG must find an addressee who reads it: not more of this text are still said than are still read.
    pub(super) fn must_be_read(&self, c: usize, input: &Happening) -> bool {
        let (Happening::Mesg(_, text), Some(name)) = (input, self.at.room.written(c as Conn))
        else {
            return false;
        };
        let unread = self.unread(name, text);
        let said = self.glance.mesgs[&**text].iter();
        let unsaid = said.filter(|&&(d, n)| n + 1 >= self.at.handled[d]);
        unread > 0 && unsaid.count() <= unread
    }

    /// As many private lines of this sender and text are still read.
    fn unread(&self, sender: &str, text: &str) -> usize {
        let lines = self.glance.privates.get(&[sender, text]);
        lines.map_or(0, |lines| {
            let unread = lines.iter().filter(|&&(d, at)| at >= self.at.read[d]);
            unread.count()
        })
    }

    /// The line that `c` reads next.
    pub(super) fn next_line(&self, c: usize) -> Option<&'a Heard> {
        let line = self.trace.connections[c].read.get(self.at.read[c]);
        line.map(|line| &**line)
    }

    /// Whether `c` reads nothing more, and may be told something all the same.
    pub(super) fn is_blind(&self, c: usize) -> bool {
        self.trace.connections[c].end != End::Closed && self.next_line(c).is_none()
    }
}
