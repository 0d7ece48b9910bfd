//! The room, explored: every run of it with a few connections under a network, of any length (spec sections 5 to 8).
//!
//! [`Network`](network::Network) says what can happen, [`explore`] lets all of it happen. What is bounded is what is on its way,
//! not how much is said, so the space closes over runs of every length, and a connection that has ended may come back.
//!
//! What this does not prove: it has two or three connections, one or two lines on their way from each, a handful of lines to
//! say, and send queues of two or three lines. HELP is left to the table's test, as seven lines fit into none of these. Names
//! are few. States are told apart by 64 bits. The network is a model, and so are the actors: that they keep each
//! connection's order and lose nothing is for the tests of the running server.
//!
//! Every run plays the everyday worlds. `PARLOUR_DEEP=1 cargo test --release --test model -- --nocapture` adds the deep ones and
//! prints what was explored.

#[path = "model/faults.rs"]
mod faults;
#[path = "model/network.rs"]
mod network;
mod room;

use std::time::Instant;

use faults::Fault;
use network::{Bounds, Network};
use parlour_spec::explore;

/// More than any of these worlds has.
const MOST: usize = 20_000_000;

/// Two connections, and room for both: what they say to each other.
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
};

/// Two connections, one seat, and whole lines of thought on their way.
const SEAT: Bounds = Bounds {
    capacity: 1,
    max_connections: 2,
    up: 2,
    down: 2,
    says: &[&["JOIN ann", "BCST x", "QUIT"], &["JOIN ann", "JOIN bob", "PING 1"]],
    stops: false,
};

/// Three connections, and the server takes two.
const DOOR: Bounds = Bounds {
    capacity: 2,
    max_connections: 2,
    up: 1,
    down: 2,
    says: &[&["JOIN ann", "BCST x"], &["JOIN bob", "QUIT"], &["JOIN ann", "LIST"]],
    stops: true,
};

/// Three connections, two seats, names that collide.
const TRIO: Bounds = Bounds {
    capacity: 2,
    max_connections: 3,
    up: 1,
    down: 2,
    says: &[
        &["JOIN ann", "MESG bob x", "QUIT"],
        &["JOIN bob", "BCST x", "LIST"],
        &["JOIN Ann", "MESG ann x", "what"],
    ],
    stops: true,
};

/// Explores a world, and says what was there.
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

#[test]
fn try_all() {
    let which = std::env::var("WORLD").unwrap_or_default();
    for (name, bounds) in [("PAIR", PAIR), ("SEAT", SEAT), ("DOOR", DOOR), ("TRIO", TRIO)] {
        if which.contains(name) {
            explored(name, bounds);
        }
    }
}
