//! Model checking of the room: every run with a few connections under a network, of any length
//! (spec sections 5 to 8).
//!
//! [`Network`](network::Network) says what can happen, and [`explore`] explores all of it. The
//! bounds apply to what is in transit, not to how much is said, so the state space covers runs of
//! every length, and a connection that has ended may come back.
//!
//! What this does not prove: it has two or three connections, one or two lines in transit from
//! each, a handful of different lines, and send queues of two or three lines. HELP is left to the
//! table's test, because its seven lines fit into none of these queues. There are few names. States
//! are distinguished by 64 bits. The network is a model, and so are the actors: the tests of the
//! running server check that they keep each connection's order and lose nothing.
//!
//! Every run explores the everyday worlds. `PARLOUR_DEEP=1 cargo test --release --test model --
//! --nocapture` adds the deep ones and prints what was explored.

mod clients;
mod faults;
mod interned;
mod network;
mod non_interference;
mod queue;
#[path = "../room/mod.rs"]
mod room;

use std::time::Instant;

use clients::Clients;
use faults::Fault;
use network::{Bounds, Lag, Neighbours, Network, Says};
use non_interference::NonInterference;
use parlour_spec::explore;

/// More states than any of these worlds has.
const MOST: usize = 20_000_000;

/// Two connections, with a seat for both: what they say to each other.
const PAIR: Bounds = Bounds {
    capacity: 2,
    max_connections: 2,
    up: 1,
    down: 3,
    says: &[
        &["JOIN ann", "BCST x", "MESG bob x", "LIST", "QUIT"],
        &["JOIN Ann", "JOIN bob", "MESG ANN y", "LIST"],
    ],
    stops: true,
    lag: None,
    neighbours: None,
};

/// The lines of [`PAIR`] in everyday runs.
const SMALL_TALK: Says = &[
    &["JOIN ann", "MESG bob x", "LIST"],
    &["JOIN Ann", "JOIN bob", "BCST x", "QUIT"],
];
const SMALL_SEAT: Says = &[&["JOIN ann", "QUIT"], &["JOIN ann", "PING 1"]];
const SMALL_TRIO: Says = &[&["JOIN ann", "MESG bob x"], &["JOIN bob"], &["JOIN Ann"]];
const SMALL_DOOR: Says = &[&["JOIN ann"], &["QUIT"], &["LIST"]];

/// Two connections, one seat, and whole sequences of lines in transit.
const SEAT: Bounds = Bounds {
    capacity: 1,
    max_connections: 2,
    up: 2,
    down: 2,
    says: &[
        &["JOIN ann", "BCST x", "QUIT"],
        &["JOIN ann", "JOIN bob", "PING 1"],
    ],
    stops: false,
    lag: None,
    neighbours: None,
};

/// Three connections, of which the server accepts two.
const DOOR: Bounds = Bounds {
    capacity: 2,
    max_connections: 2,
    up: 1,
    down: 2,
    says: &[
        &["JOIN ann", "BCST x"],
        &["JOIN bob", "QUIT"],
        &["JOIN ann", "LIST"],
    ],
    stops: true,
    lag: None,
    neighbours: None,
};

/// Three connections, two seats, colliding names.
const TRIO: Bounds = Bounds {
    capacity: 2,
    max_connections: 3,
    up: 1,
    down: 2,
    says: &[
        &["JOIN ann", "MESG bob x"],
        &["JOIN bob", "LIST"],
        &["JOIN Ann", "BCST x"],
    ],
    stops: false,
    lag: None,
    neighbours: None,
};

/// A slow reader, and a talker.
const LAG: Bounds = Bounds {
    capacity: 2,
    max_connections: 2,
    up: 1,
    down: 3,
    says: &[
        &["JOIN ann", "PING 1"],
        &["JOIN bob", "BCST x", "MESG ann x", "QUIT"],
    ],
    stops: true,
    lag: Some(Lag { above: 1, until: 0 }),
    neighbours: None,
};
const SMALL_LAG: Says = &[&["JOIN ann", "PING 1"], &["JOIN bob", "BCST x"]];

/// Three connections, two of them from one address, which has one seat.
const SEAT_OF_AN_ADDRESS: Bounds = Bounds {
    capacity: 3,
    max_connections: 4,
    up: 1,
    down: 2,
    says: &[
        &["JOIN ann", "QUIT"],
        &["JOIN bob", "JOIN ann"],
        &["JOIN cyd", "LIST"],
    ],
    stops: false,
    lag: None,
    neighbours: Some(Neighbours {
        of: &[1, 1, 2],
        seats: 1,
        connections: 2,
    }),
};
const SMALL_SEAT_OF_AN_ADDRESS: Says = &[&["JOIN ann"], &["JOIN bob"], &[]];

/// Three connections, two of them from one address, of which the server accepts one.
const DOOR_FOR_AN_ADDRESS: Bounds = Bounds {
    says: &[&["JOIN ann", "QUIT"], &["LIST"], &["JOIN ann"]],
    neighbours: Some(Neighbours {
        of: &[1, 1, 2],
        seats: 1,
        connections: 1,
    }),
    ..SEAT_OF_AN_ADDRESS
};
const SMALL_DOOR_FOR_AN_ADDRESS: Says = &[&["QUIT"], &["LIST"], &[]];

impl Bounds {
    /// A world that is explored in seconds in a debug build.
    fn smaller(self) -> Self {
        let says = match self.says {
            says if says == PAIR.says => SMALL_TALK,
            says if says == SEAT.says => SMALL_SEAT,
            says if says == LAG.says => SMALL_LAG,
            says if says == TRIO.says => SMALL_TRIO,
            says if says == SEAT_OF_AN_ADDRESS.says => SMALL_SEAT_OF_AN_ADDRESS,
            says if says == DOOR_FOR_AN_ADDRESS.says => SMALL_DOOR_FOR_AN_ADDRESS,
            _ => SMALL_DOOR,
        };
        // Only the pair needs to cover a stop.
        let stops = self.stops && self.max_connections == self.says.len() && self.lag.is_none();
        // Three who talk, with longer queues, would take minutes.
        Self {
            says,
            down: if says == SMALL_TRIO { 1 } else { 2 },
            up: 1,
            stops,
            ..self
        }
    }
}

/// Explores a world, and returns what was reached.
fn explored(name: &str, bounds: Bounds) -> Vec<&'static str> {
    let network = Network::new(bounds, None);
    let begun = Instant::now();
    let explored = explore(&network, MOST);
    println!(
        "{name}: {} states, {} steps, depth {}, {:.1} s; {bounds:?}",
        explored.states,
        explored.steps,
        explored.depth,
        begun.elapsed().as_secs_f64(),
    );
    if let Some(way) = explored.counterexample {
        panic!("{name}, in {} steps:\n{}", way.len() - 1, way.join("\n"));
    }
    println!("    {:?}", network.reached.borrow());
    network.reached.into_inner().into_keys().collect()
}

/// Every world must reach everything it can show: a world in which nobody is refused proves nothing
/// about refusals.
fn shows(reached: &[&str], wanted: &[&str]) {
    for what in wanted {
        assert!(reached.contains(what), "{what} never happened");
    }
}

fn deep() -> bool {
    std::env::var_os("PARLOUR_DEEP").is_some_and(|value| value == "1")
}

/// ORDER-1 to ORDER-4, STATE-1, STATE-3, CONN-4 to CONN-6, JOIN-1, BCST-1, MESG-1, LIST-1, QUIT-1,
/// QUIT-2, SLOW-1
#[test]
fn two_who_talk_read_what_they_are_owed_and_nothing_else() {
    let world = if deep() { PAIR } else { PAIR.smaller() };
    let reached = explored("two who talk", world);
    shows(
        &reached,
        &["joined", "left", "broadcast", "private", "online", "close"],
    );
    shows(
        &reached,
        &["name-taken", "not-joined", "already-joined", "no-such-user"],
    );
    shows(&reached, &["shutting-down", "fell behind", "was reset"]);
}

/// JOIN-2, JOIN-3, JOIN-4, ORDER-3, ERR-1
#[test]
fn two_who_want_one_seat_never_both_have_it() {
    let world = if deep() { SEAT } else { SEAT.smaller() };
    let reached = explored("one seat", world);
    shows(
        &reached,
        &["joined", "full", "pong", "close", "fell behind"],
    );
}

/// CONN-3, CONN-4, SHUT-1
#[test]
fn three_at_a_door_for_two_are_two_inside() {
    let world = if deep() { DOOR } else { DOOR.smaller() };
    let reached = explored("a door", world);
    shows(&reached, &["joined", "full", "close"]);
}

/// SLOW-5, ORDER-1 to ORDER-4: while a member lags, talk is paced and everything else proceeds, and
/// nothing waits for ever.
#[test]
fn those_who_wait_for_one_who_lags_do_not_wait_for_ever() {
    let world = if deep() { LAG } else { LAG.smaller() };
    let reached = explored("one who lags", world);
    shows(&reached, &["joined", "broadcast", "pong", "fell behind"]);
    shows(&reached, &["lags", "waits"]);
}

/// JOIN-3, SEC-5
///
/// > SEC-5: One address cannot fill the server or its room (CONN-3, JOIN-3), nor come and go
/// > without end (FAIR-3); a peer that has many addresses can.
#[test]
fn neighbours_who_want_one_seat_never_both_have_it() {
    let world = SEAT_OF_AN_ADDRESS;
    let world = if deep() { world } else { world.smaller() };
    let reached = explored("one seat of an address", world);
    shows(&reached, &["joined", "full", "close"]);
}

/// CONN-3, SEC-5
#[test]
fn neighbours_at_a_door_for_one_of_them_are_one_inside() {
    let world = DOOR_FOR_AN_ADDRESS;
    let world = if deep() { world } else { world.smaller() };
    let reached = explored("a door for one of an address", world);
    shows(&reached, &["full", "close", "not-joined"]);
}

/// JOIN-2, JOIN-3, MESG-2, ORDER-1, ORDER-2
#[test]
fn three_in_a_room_for_two_read_what_they_are_owed() {
    let world = if deep() { TRIO } else { TRIO.smaller() };
    let reached = explored("three in a room for two", world);
    shows(
        &reached,
        &["joined", "left", "full", "name-taken", "private"],
    );
}

/// MESG-2
///
/// > MESG-2: A `private` is told to its addressee and nobody else, and what others observe is the
/// > same as if it had not been sent, as long as its addressee does not fall behind. A sender
/// > learns whether there is such a member, and nothing more.
#[test]
fn a_private_word_changes_nothing_for_anyone_else() {
    let explored = explore(&NonInterference::new(None), MOST);
    println!(
        "a private word: {} states, {} steps",
        explored.states, explored.steps
    );
    assert!(explored.states > 40);
    assert_eq!(explored.counterexample, None);
    for fault in [Fault::PrivateLeaks, Fault::PrivateMovesSeat] {
        let found = explore(&NonInterference::new(Some(fault)), MOST).counterexample;
        assert!(found.is_some(), "{fault:?} goes unnoticed");
    }
}

/// JOIN-1, JOIN-4, CONN-3, CONN-4, SHUT-1, ORDER-3: whatever the room tells, a client knows whether
/// it is a member, what became of its commands, and why its connection ended.
#[test]
fn a_client_is_right_about_its_session() {
    for world in clients::WORLDS {
        let begun = Instant::now();
        let explored = explore(&Clients::new(world, None), MOST);
        println!(
            "clients: {} states, {} steps, {:.1} s; {world:?}",
            explored.states,
            explored.steps,
            begun.elapsed().as_secs_f64()
        );
        let way = explored.counterexample.unwrap_or_default();
        assert!(way.is_empty(), "{}", way.join("\n"));
        assert!(explored.states > 1_000);
    }
    for fault in clients::Fault::ALL {
        let found = clients::WORLDS
            .iter()
            .find_map(|&world| explore(&Clients::new(world, Some(fault)), MOST).counterexample);
        let way = found.unwrap_or_else(|| panic!("{fault:?} goes unnoticed"));
        println!("{fault:?}: {} steps: {}", way.len() - 1, way[way.len() - 1]);
    }
}

/// The model is not vacuous: every fault of a room, or of the queues behind it, is found in some
/// world.
#[test]
fn every_planted_fault_is_found() {
    all_are_found(&Fault::OF_TALK, &[SEAT, PAIR]);
    all_are_found(&Fault::OF_LAG, &[LAG]);
    let of_three = [
        Fault::OneSeatTooMany,
        Fault::TakenIsAdmitted,
        Fault::PrivateLeaks,
    ];
    all_are_found(&of_three, &[TRIO]);
    let of_addresses = [DOOR_FOR_AN_ADDRESS, SEAT_OF_AN_ADDRESS];
    all_are_found(&Fault::OF_NEIGHBOURS, &of_addresses);
}

fn all_are_found(faults: &[Fault], worlds: &[Bounds]) {
    for &fault in faults {
        let begun = Instant::now();
        let found = worlds.iter().find_map(|&world| {
            let network = Network::new(world.smaller(), Some(fault));
            explore(&network, MOST).counterexample
        });
        let way = found.unwrap_or_else(|| panic!("{fault:?} goes unnoticed"));
        let broken = way.last().expect("something is broken");
        println!(
            "{fault:?}: {} steps, {:.2} s: {broken}",
            way.len() - 1,
            begun.elapsed().as_secs_f64()
        );
    }
}
