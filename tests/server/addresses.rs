//! The limits for one address, seen by peers with different addresses: the tests run themselves
//! once more in a network namespace, where the documentation addresses are on the loopback device.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::{Duration, Instant};

use parlour_testkit::{Peer, Server, program};

use crate::{SERVER, limits::FULL};

/// Set when the test runs in its namespace.
const INSIDE: &str = "TEST_IN_NAMESPACE";

/// Adds the addresses, and executes the rest of the command line.
const SET_UP: &str = "ip link set lo up &&
    for n in 1 2 3; do ip address add 192.0.2.$n/32 dev lo || exit; done &&
    exec \"$@\"";

/// Whether the test continues here; if not, it has run in a namespace, or can't.
fn is_inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let unshare = |program: &str| {
        let mut command = Command::new("unshare");
        command.args(["-rn", "sh", "-c", program, "sh"]);
        command
    };
    if !unshare("ip link set lo up")
        .status()
        .is_ok_and(|status| status.success())
    {
        println!("SKIPPED: {test}: no network namespace can be had (unshare -rn, ip)");
        return false;
    }
    let program = std::env::current_exe().expect("this test");
    let mut again = unshare(SET_UP);
    again.arg(program).args(["--exact", test, "--nocapture"]);
    let status = again.env(INSIDE, "1").status().expect("unshare runs");
    assert!(status.success(), "{test}, in its namespace");
    false
}

fn open(options: &[&str]) -> Server {
    let mut command = program(SERVER);
    command.arg("0.0.0.0:0").args(options);
    Server::spawn(command)
}

fn here(n: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, n).into()
}

/// A connection from this address to the server's first address.
fn connect(from: IpAddr, server: SocketAddr) -> Peer {
    Peer::from(from, SocketAddr::new(here(1), server.port()))
}

/// CONN-3, JOIN-3, SEC-5
///
/// > CONN-3: A server holds a limited number of connections (`max-connections`), and of one address
/// > a limited number (`connections-per-address`).
///
/// > JOIN-3: nor more of one address than `seats-per-address`.
#[test]
fn an_address_has_its_seats_and_connections_and_leaves_the_others_theirs() {
    if !is_inside(
        "addresses::an_address_has_its_seats_and_connections_and_leaves_the_others_theirs",
    ) {
        return;
    }
    let server = open(&["--seats-per-address", "2", "--connections-per-address", "3"]);
    let [mut ann, bob] =
        ["ann", "bob"].map(|name| connect(here(2), server.addr).greeted().joined(name));
    let mut third = connect(here(2), server.addr).greeted();
    third.send("JOIN cyd\n");
    assert_eq!(third.line(), FULL);
    let refused = connect(here(2), server.addr);
    assert_eq!(refused.rest(), format!("{FULL}\nclose"));

    let elsewhere = connect(here(3), server.addr).greeted().joined("dan");
    let own = |n: usize| {
        let from = Ipv4Addr::LOCALHOST.into();
        Peer::from(from, server.addr)
            .greeted()
            .joined(&format!("own{n}"))
    };
    let of_the_machine: Vec<_> = (0..5).map(own).collect();

    drop(bob);
    ann.lines_until("bob has left the chat");
    third.send("JOIN cyd\n");
    assert_eq!(third.line(), "SERVER: cyd joined the chat!");
    drop((ann, elsewhere, of_the_machine));
}

/// FAIR-3
#[test]
fn connections_that_come_too_fast_from_an_address_are_heard_later() {
    if !is_inside("addresses::connections_that_come_too_fast_from_an_address_are_heard_later") {
        return;
    }
    let server = open(&["--talk-rate", "2048", "--talk-burst", "4096"]);
    let begun = Instant::now();
    let mut peers = [(); 4].map(|()| connect(here(2), server.addr).greeted());
    for peer in &mut peers {
        peer.send("PING 1\n");
    }
    let answered = peers.each_mut().map(|peer| {
        assert_eq!(peer.line(), "PONG 1");
        begun.elapsed()
    });
    // A burst of two, then one a second.
    assert!(answered[2] >= Duration::from_millis(900), "{answered:?}");
    assert!(answered[3] >= Duration::from_millis(1900), "{answered:?}");
}
