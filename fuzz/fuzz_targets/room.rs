//! Whatever the inputs of a room and their order, the guarantees of sections 6 and 7 hold.
//!
//! Each line of the data is one input: an octet for the session, then `+` to connect it, `-` for a
//! half-close, `!` for a lost connection, `~` for the join timeout, or else the octets that it
//! sends.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::fuzz_target;
use parlour::protocol::{Event, parse_line};
use parlour::room::{Audience, Input, Limits, Outbox, Room, SessionId};

const LIMITS: Limits = Limits::by_count(3, 5);

fuzz_target!(|data: &[u8]| {
    let mut room = Room::new(LIMITS);
    let mut out = Outbox::new();
    let mut seen = Seen::default();
    for line in data.split(|&octet| octet == b'\n') {
        let Some((&session, line)) = line.split_first() else {
            continue;
        };
        let input = match line {
            b"+" => Some(Input::Connect(None)),
            b"-" => Some(Input::HalfClose),
            b"!" => Some(Input::Lost),
            b"~" => Some(Input::JoinTimeout),
            line => parse_line(line).map(Input::Line),
        };
        let Some(input) = input else {
            continue;
        };
        let before = room.clone();
        room.handle(SessionId(u64::from(session % 8)), input, &mut out);
        seen.judge(&before, &room, &mut out);
    }
    let before = room.clone();
    room.shut_down(&mut out);
    seen.judge(&before, &room, &mut out);
    assert_eq!(room, Room::new(LIMITS), "nobody is left (SHUT-1)");
});

/// What the room has delivered so far.
#[derive(Default)]
struct Seen {
    /// The events for the whole room.
    log: Vec<Event>,
    /// How many of them preceded each member's join; its own join comes next.
    joined_at: BTreeMap<SessionId, usize>,
}

impl Seen {
    /// Checks one step.
    fn judge(&mut self, before: &Room, room: &Room, out: &mut Outbox) {
        let members: BTreeSet<SessionId> = (0..8)
            .map(SessionId)
            .filter(|&id| room.is_member(id))
            .collect();
        let names: Vec<_> = room.roster().names().collect();
        assert!(
            members.len() <= LIMITS.capacity,
            "the room is overfull (JOIN-3)"
        );
        assert_eq!(members.len(), names.len(), "a member is who has a name");
        for (i, name) in names.iter().enumerate() {
            let same = |other: &&&_| name.key().is_same(&parlour::protocol::UserName::key(other));
            assert_eq!(
                names[i + 1..].iter().find(same),
                None,
                "a name is taken twice (JOIN-2)"
            );
        }
        let mut closed = BTreeSet::new();
        for tell in out.drain() {
            let of_room = matches!(
                tell.event,
                Event::Joined(_) | Event::Left(_) | Event::Broadcast { .. }
            );
            match tell.to {
                Audience::Members => {
                    assert!(of_room, "all are told what is for one: {:?}", tell.event);
                    for &id in members.iter().filter(|&&id| !before.is_member(id)) {
                        self.joined_at.insert(id, self.log.len());
                    }
                    self.log.push(tell.event);
                }
                Audience::One(id) => {
                    assert!(
                        !of_room,
                        "one is told what is for all (ORDER-1): {:?}",
                        tell.event
                    );
                    assert!(
                        !closed.contains(&id),
                        "told after close (CONN-4): {:?}",
                        tell.event
                    );
                    let known = before.session(id).or(room.session(id)).is_some();
                    assert!(
                        known || matches!(tell.event, Event::Full | Event::Close),
                        "STATE-3"
                    );
                    if matches!(tell.event, Event::Close) {
                        closed.insert(id);
                        assert_eq!(room.session(id), None, "closed is for good (STATE-3)");
                    }
                    if matches!(
                        tell.event,
                        Event::Error { .. } | Event::Private { .. } | Event::Pong(_)
                    ) {
                        assert_eq!(before, room, "an answer changes nothing (ERR-1, MESG-2)");
                    }
                }
            }
        }
        self.joined_at.retain(|id, _| members.contains(id));
        for id in members {
            let own = self.log.get(self.joined_at[&id]);
            let is_own = matches!(
                (own, room.session(id)),
                (Some(Event::Joined(name)), Some(parlour::room::Session::Member(own)))
                    if name == own
            );
            assert!(
                is_own,
                "the first that a member is told is its own joining (ORDER-2)"
            );
        }
    }
}
