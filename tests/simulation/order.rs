//! The one order of the room, as eve was told it, and the members at each point of it.

use parlour::protocol::Event;

use super::driver::Run;
use super::peer::{Asked, Peer};

/// What all members are told, in order.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) events: Vec<Event>,
    /// The members before the event of the same index, in the order of joining; one entry more than
    /// events.
    pub(crate) rosters: Vec<Vec<String>>,
}

impl Order {
    /// Derives the order from what eve was told, and checks that the room may be in each state.
    /// Each exact spelling of a name belongs to one peer, but counts as the same name as others'
    /// spellings (NAME-4).
    pub(crate) fn of(told: &[Event], run: &Run) -> Result<Self, String> {
        let peers = &run.peers;
        let of_the_room = |event: &&Event| {
            matches!(
                event,
                Event::Joined(_) | Event::Left(_) | Event::Broadcast { .. }
            )
        };
        let events: Vec<_> = told.iter().filter(of_the_room).cloned().collect();
        let mut roster: Vec<String> = Vec::new();
        let mut rosters = vec![Vec::new()];
        let mut said = vec![0; peers.len()];
        for event in &events {
            let wrong = |why: &str| Err(format!("{event} — {why}, in the room are {roster:?}"));
            match event {
                Event::Joined(name) => {
                    let joins = peers.iter().find(|peer| peer.name == name.as_str());
                    let joins = joins.ok_or("a member who is none of the peers")?;
                    if is_full_for(run, &roster, joins) {
                        return wrong("JOIN-3, the room is full");
                    }
                    if present(&roster, name.as_str()).is_some() {
                        return wrong("JOIN-2, the name is taken");
                    }
                    roster.push(name.to_string());
                }
                Event::Left(name) => match roster.iter().position(|seated| seated == name.as_str())
                {
                    None => return wrong("QUIT-1, nobody left"),
                    Some(at) => drop(roster.remove(at)),
                },
                Event::Broadcast { from, text } => {
                    if !roster.iter().any(|seated| seated == from.as_str()) {
                        return wrong("BCST-1, its sender is not here");
                    }
                    let sender = peers.iter().position(|peer| peer.name == from.as_str());
                    let sender = sender.ok_or("a sender who is none of the peers")?;
                    let mut texts = peers[sender].asked.iter().enumerate().skip(said[sender]);
                    let found = texts.find(
                        |(_, asked)| matches!(asked, Asked::Bcst(sent) if sent == text.as_str()),
                    );
                    match found {
                        None => return wrong("ORDER-2, not sent, doubled or out of order"),
                        Some((at, _)) => said[sender] = at + 1,
                    }
                }
                Event::Greeting
                | Event::Private { .. }
                | Event::Online(_)
                | Event::Pong(_)
                | Event::Help(_)
                | Event::Full
                | Event::Error { .. }
                | Event::ShuttingDown
                | Event::Close => return wrong("no event of the room"),
            }
            rosters.push(roster.clone());
        }
        Ok(Self { events, rosters })
    }

    /// The index at which this name, as written, joins.
    pub(crate) fn joining(&self, name: &str) -> Option<usize> {
        let joins =
            |event: &Event| matches!(event, Event::Joined(joined) if joined.as_str() == name);
        self.events.iter().position(joins)
    }

    /// The index at which it leaves.
    pub(crate) fn leaving(&self, name: &str) -> Option<usize> {
        let leaves = |event: &Event| matches!(event, Event::Left(left) if left.as_str() == name);
        self.events.iter().position(leaves)
    }

    /// The first point from `from` on at which the room is as required.
    pub(crate) fn point(&self, from: usize, fits: impl Fn(&[String]) -> bool) -> Option<usize> {
        (from..self.rosters.len()).find(|&at| fits(&self.rosters[at]))
    }
}

/// Whether the room has no seat for the peer while these are its members (JOIN-3).
pub(crate) fn is_full_for(run: &Run, roster: &[String], peer: &Peer) -> bool {
    let limits = run.config.limits;
    let is_neighbour = |other: &&Peer| other.ip == peer.ip && roster.contains(&other.name);
    let neighbours = run.peers.iter().filter(is_neighbour).count();
    roster.len() >= limits.capacity
        || (!peer.ip.is_loopback() && neighbours >= limits.seats_per_address)
}

/// The member with the same name (NAME-4; the names of the simulation differ in their capitals
/// alone).
pub(crate) fn present<'a>(roster: &'a [String], name: &str) -> Option<&'a str> {
    let same = |seated: &&String| seated.eq_ignore_ascii_case(name);
    roster.iter().find(same).map(String::as_str)
}
