//! ORDER-1 and ORDER-2 where everybody speaks at once: given everything that one member was told
//! from first to last, the other members must have been told what the table of section 7 promises
//! them.

use std::collections::BTreeSet;
use std::thread;

use parlour_spec::{Document, Oracle, StateTable};
use parlour_testkit::{Peer, Server};

const GUESTS: usize = 12;
const LINES: usize = 30;

/// What section 7 promises about the events of the room.
struct Promise {
    events: BTreeSet<String>,
    own_joining: bool,
    own_leaving: bool,
    times: usize,
}

impl Promise {
    fn read() -> Self {
        let document = Document::parlour();
        let [row] = &document.table("events of the room").rows[..] else {
            panic!("one row says it all");
        };
        let is_told = |cell: &str| {
            let is =
                [", which it is told", ", which it is not told"].map(|end| cell.ends_with(end));
            assert!(is[0] || is[1], "neither told nor not told: {cell}");
            is[0]
        };
        Self {
            events: row[0].split(", ").map(str::to_owned).collect(),
            own_joining: is_told(&row[1]),
            own_leaving: is_told(&row[2]),
            times: row[3].parse().expect("a number of times"),
        }
    }

    /// What the member with these `joined` and `left` events is promised.
    fn to_one_of(&self, room: &[String], joining: &str, leaving: &str) -> Option<Vec<String>> {
        let at = |wanted: &str| room.iter().position(|event| event == wanted);
        let from = at(joining)? + usize::from(!self.own_joining);
        let until = at(leaving)? + usize::from(self.own_leaving);
        let kept = room[from..until].iter().filter(|line| {
            let event = Oracle::parlour().event(line.as_bytes());
            event.is_some_and(|event| self.events.contains(&*event.rule))
        });
        let repeated = kept.flat_map(|line| std::iter::repeat_n(line.clone(), self.times));
        Some(repeated.collect())
    }
}

/// ORDER-1: the events of the room are those that the tables of section 5 send to everyone else.
#[test]
fn the_events_of_the_room_are_those_that_all_others_are_told() {
    let table = StateTable::of(&Document::parlour());
    let of_all = table.rows().iter().filter(|row| !row.addressee_alone);
    let told = of_all.flat_map(|row| &row.others);
    let told: BTreeSet<String> = told.map(|told| told.rule.clone()).collect();
    assert_eq!(Promise::read().events, told);
}

/// ORDER-1, ORDER-2, JOIN-1, QUIT-2
#[test]
fn everyone_is_told_the_room_as_it_is_from_joining_to_leaving() {
    let promise = Promise::read();
    let capacity = format!("--capacity={}", GUESTS + 1);
    let server = Server::start(env!("CARGO_BIN_EXE_parlour-server"), &[&capacity]);
    let mut host = Peer::member(server.addr, "host");
    let guests: Vec<_> = (0..GUESTS).map(|_| Peer::visitor(server.addr)).collect();
    thread::scope(|scope| {
        let visits = guests.into_iter().enumerate();
        let visits: Vec<_> = visits
            .map(|(guest, socket)| scope.spawn(move || visit(socket, guest)))
            .collect();
        let mut left = 0;
        let mut room = Vec::new();
        while left < GUESTS {
            let event = host.line();
            left += usize::from(event.ends_with(" has left the chat"));
            room.push(event);
        }
        for (guest, visit) in visits.into_iter().enumerate() {
            let told = visit.join().expect("a visit ends in order");
            let joining = format!("SERVER: guest{guest} joined the chat!");
            let leaving = format!("guest{guest} has left the chat");
            let promised = promise.to_one_of(&room, &joining, &leaving);
            let promised = promised.expect("a guest comes and goes before the host's eyes");
            assert_eq!(told, promised, "guest {guest}");
        }
        assert_eq!(room.len(), GUESTS * (LINES + 2));
    });
    drop(host);
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
}

/// Joins, speaks and leaves, in three segments; returns what it was told between the greeting and
/// `close`.
fn visit(mut peer: Peer, guest: usize) -> Vec<String> {
    peer.send(format!("JOIN guest{guest}\nBCST 0\n"));
    let said: String = (1..LINES).map(|n| format!("BCST {n}\n")).collect();
    peer.send(said);
    peer.send("QUIT\n");
    let mut told = Vec::new();
    loop {
        match peer.line() {
            close if close == "close" => return told,
            event => told.push(event),
        }
    }
}
