//! What it means: the room as a deterministic state machine (spec sections 5 to 7).
//!
//! [`Room::handle`] is the state table of the spec, one arm for each row. There is no clock, no IO
//! and no actor here: the same inputs in the same order give the same outbox, whatever drives it.

mod addresses;
mod outbox;
mod roster;

use std::collections::BTreeMap;

pub use addresses::PeerAddress;
pub use outbox::{Audience, Outbox, Tell};
pub use roster::{NoSeat, Roster};

use self::addresses::Addresses;
use crate::protocol::{Command, Event, Line, Names, Refusal, UserName, Verb};

/// Identifies the session of a connection. The server assigns it, and never the same to two open
/// connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// The state of a session. One that the room does not know is New or Closed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Session {
    /// Connected, and not joined.
    Visitor,
    /// Joined under this name.
    Member(UserName),
}

/// What happens to a session: the inputs of the state table, except the shutdown, which happens to
/// all at once ([`Room::shut_down`]).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The peer has connected. Its connection counts as one of this address, if there is one.
    Connect(Option<PeerAddress>),
    /// The peer has sent a line.
    Line(Line),
    /// The peer has ended its side, and all its lines have been handled (CONN-5).
    HalfClose,
    /// The connection was reset, or its peer has fallen behind (CONN-6).
    Lost,
    /// The time in which a visitor must join is over (JOIN-5).
    JoinTimeout,
}

/// How a step has changed [`Audience::Members`]: only the session of the step itself can enter or
/// leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The session is a member from this step on, and this step tells it of its own joining.
    Joined,
    /// The session is no longer a member.
    Left,
}

/// How many sessions and members the room takes (spec section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// The most members (JOIN-3).
    pub capacity: usize,
    /// The most sessions (CONN-3).
    pub max_connections: usize,
    /// The most members of one address (JOIN-3).
    pub seats_per_address: usize,
    /// The most sessions of one address (CONN-3).
    pub connections_per_address: usize,
}

impl Limits {
    /// Limits in all, and none for each address.
    pub const fn by_count(capacity: usize, max_connections: usize) -> Self {
        Self {
            capacity,
            max_connections,
            seats_per_address: usize::MAX,
            connections_per_address: usize::MAX,
        }
    }
}

impl Default for Limits {
    /// The defaults of the spec.
    fn default() -> Self {
        Self {
            capacity: 10,
            max_connections: 1024,
            seats_per_address: 64,
            connections_per_address: 128,
        }
    }
}

/// The whole state: who is connected, and who sits under which name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Room {
    max_connections: usize,
    sessions: BTreeMap<SessionId, Session>,
    addresses: Addresses,
    roster: Roster,
}

impl Room {
    /// An empty room.
    pub fn new(limits: Limits) -> Self {
        Self {
            max_connections: limits.max_connections,
            sessions: BTreeMap::new(),
            addresses: Addresses::new(addresses::Limits {
                connections: limits.connections_per_address,
                seats: limits.seats_per_address,
            }),
            roster: Roster::new(limits.capacity),
        }
    }

    /// Does what the state table says for `input` to the session `id`, and adds to `out` who is
    /// told what. Returns whether the session has become a member, or is no longer one.
    ///
    /// Every input has its arm, in every state (STATE-2). The room knows no session that is Closed,
    /// and ignores its inputs (STATE-3).
    pub fn handle(&mut self, id: SessionId, input: Input, out: &mut Outbox) -> Option<Change> {
        use Session::{Member, Visitor};
        match (self.sessions.get(&id).cloned(), input) {
            (None, Input::Connect(address)) => self.connect(id, address, out),
            (Some(Visitor | Member(_)), Input::Connect(_)) => {}
            (None, Input::Line(_) | Input::HalfClose | Input::Lost | Input::JoinTimeout) => {}

            (Some(Visitor), Input::Line(Ok(Command::Join(name)))) => {
                return self.join(id, name, out);
            }
            (
                Some(Visitor),
                Input::Line(Ok(Command::Bcst(_) | Command::Mesg { .. } | Command::List)),
            ) => out.tell(id, Refusal::NotJoined),

            (Some(Member(_)), Input::Line(Ok(Command::Join(_)))) => {
                out.tell(id, Refusal::AlreadyJoined);
            }
            (Some(Member(from)), Input::Line(Ok(Command::Bcst(text)))) => {
                out.tell_members(Event::Broadcast { from, text });
            }
            (Some(Member(from)), Input::Line(Ok(Command::Mesg { to, text }))) => {
                match self.roster.addressee(&to) {
                    Some((addressee, to)) => out.tell(addressee, Event::Private { from, to, text }),
                    None => out.tell(id, Refusal::NoSuchUser),
                }
            }
            (Some(Member(_)), Input::Line(Ok(Command::List))) => out.tell(id, self.online()),

            (Some(Visitor | Member(_)), Input::Line(Ok(Command::Help))) => {
                for verb in Verb::ALL {
                    out.tell(id, Event::help(verb));
                }
            }
            (Some(Visitor | Member(_)), Input::Line(Ok(Command::Ping(word)))) => {
                out.tell(id, Event::Pong(word));
            }
            (Some(Visitor | Member(_)), Input::Line(Err(malformed))) => out.tell(id, malformed),

            (Some(Visitor | Member(_)), Input::Line(Ok(Command::Quit)) | Input::HalfClose)
            | (Some(Visitor), Input::JoinTimeout) => {
                out.tell(id, Event::Close);
                return self.leave(id, out);
            }
            (Some(Visitor | Member(_)), Input::Lost) => return self.leave(id, out),
            (Some(Member(_)), Input::JoinTimeout) => {}
        }
        None
    }

    /// The row *shutdown*, for every session: all are told, and none is left (SHUT-1). Returns the
    /// sessions that are no longer members.
    pub fn shut_down(&mut self, out: &mut Outbox) -> Vec<SessionId> {
        let members = self.roster.sessions().collect();
        for id in std::mem::take(&mut self.sessions).into_keys() {
            out.tell(id, Event::ShuttingDown);
            out.tell(id, Event::Close);
        }
        self.addresses.clear();
        self.roster.clear();
        members
    }

    /// The state of the session `id`; `None` before it connects and after it has closed.
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    /// Whether the session `id` is in the audience [`Audience::Members`].
    pub fn is_member(&self, id: SessionId) -> bool {
        matches!(self.sessions.get(&id), Some(Session::Member(_)))
    }

    /// The members, with their names.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// CONN-2, CONN-3
    fn connect(&mut self, id: SessionId, address: Option<PeerAddress>, out: &mut Outbox) {
        if self.sessions.len() < self.max_connections && self.addresses.enter(id, address) {
            self.sessions.insert(id, Session::Visitor);
            out.tell(id, Event::Greeting);
        } else {
            out.tell(id, Event::Full);
            out.tell(id, Event::Close);
        }
    }

    /// JOIN-1 to JOIN-4
    fn join(&mut self, id: SessionId, name: UserName, out: &mut Outbox) -> Option<Change> {
        if !self.addresses.has_seat_for(id) {
            out.tell(id, Event::Full);
            return None;
        }
        match self.roster.seat(id, &name) {
            Ok(()) => {
                self.addresses.seat(id);
                self.sessions.insert(id, Session::Member(name.clone()));
                out.tell_members(Event::Joined(name));
                return Some(Change::Joined);
            }
            Err(NoSeat::Full) => out.tell(id, Event::Full),
            Err(NoSeat::Taken) => out.tell(id, Refusal::NameTaken),
        }
        None
    }

    /// LIST-1
    fn online(&self) -> Event {
        let names = Names::new(self.roster.names().cloned().collect());
        Event::Online(names.expect("a member asks"))
    }

    /// QUIT-1, QUIT-2
    fn leave(&mut self, id: SessionId, out: &mut Outbox) -> Option<Change> {
        let session = self.sessions.remove(&id);
        self.addresses
            .leave(id, matches!(session, Some(Session::Member(_))));
        let Some(Session::Member(name)) = session else {
            return None;
        };
        self.roster.vacate(id, &name);
        out.tell_members(Event::Left(name));
        Some(Change::Left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits::by_count(1, 2);
    const ANN: SessionId = SessionId(1);
    const VISITOR: SessionId = SessionId(2);

    /// A member and a visitor.
    fn room() -> Room {
        let name = UserName::new("ann").expect("a name");
        let mut room = Room::new(LIMITS);
        let mut out = Outbox::new();
        room.handle(ANN, Input::Connect(None), &mut out);
        room.handle(ANN, Input::Line(Ok(Command::Join(name))), &mut out);
        room.handle(VISITOR, Input::Connect(None), &mut out);
        assert!(room.is_member(ANN) && room.session(VISITOR) == Some(&Session::Visitor));
        room
    }

    /// STATE-2
    #[test]
    fn a_session_that_is_connected_is_not_connected_again() {
        for id in [ANN, VISITOR] {
            let (mut connected, mut out) = (room(), Outbox::new());
            connected.handle(id, Input::Connect(None), &mut out);
            assert_eq!(connected, room());
            assert_eq!(out, Outbox::new());
        }
    }

    /// SHUT-1
    #[test]
    fn a_room_that_was_shut_down_is_like_a_new_one() {
        let mut room = room();
        room.shut_down(&mut Outbox::new());
        assert_eq!(room, Room::new(LIMITS));
    }
}
