//! A seat in the room: given, not there, or refused under this name.

use super::moment::Moment;
use super::say::sends;
use super::state::{Deed, Face, Link, OWN_LIST};
use super::tame::tame;
use crate::client::session::JoinRefusal;
use crate::protocol::{Command, UserName};

/// Said of a room without a seat.
pub(super) const FULL: &str = "the room is full, please try later";

impl Face {
    /// The room has admitted us, perhaps again.
    pub(super) fn admitted(&mut self, name: UserName, now: Moment) -> Vec<Deed> {
        self.link = Link::Up;
        self.member = true;
        self.full = false;
        self.refused = None;
        match self.lost_at.take() {
            Some(at) if self.was_member => {
                let gone = now.since.saturating_sub(at).as_secs();
                self.notice(now, &format!("back in the room as {name} after {gone} s"));
            }
            _ => self.notice(
                now,
                &format!("you are in the room as {name}, /help tells what you can do"),
            ),
        }
        self.name = Some(name);
        let mut deeds = vec![Deed::Send(Command::List, Some(OWN_LIST))];
        if !std::mem::replace(&mut self.was_member, true) {
            // What was typed before there was a room to hear it.
            deeds.extend(sends(self.outgoing.again()));
        }
        deeds
    }

    /// The name is fine, and waits for a seat.
    pub(super) fn no_seat(&mut self) {
        self.full = true;
        self.refused = Some(FULL.to_owned());
    }

    /// Asks for the seat that there was not.
    pub(super) fn asks_again(&mut self) -> Vec<Deed> {
        if !std::mem::take(&mut self.full) {
            return Vec::new();
        }
        self.refused = None;
        let join = self.name.clone().map(Command::Join);
        join.map(|join| Deed::Send(join, None))
            .into_iter()
            .collect()
    }

    /// The name has to be asked for, and what was being typed has to wait.
    pub(super) fn turned_away(&mut self, name: &UserName, why: &JoinRefusal) {
        self.refused = Some(tame(&format!("{name}: {why}")));
        self.name = None;
        self.before_paste = None;
        self.search = None;
        let draft = std::mem::take(&mut self.input);
        self.draft = Some(draft);
    }
}
