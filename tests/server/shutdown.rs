//! Signals, and the last deliveries.

use std::time::{Duration, Instant};

use parlour_testkit::{DEADLINE, Peer, Server, program};

use crate::{SERVER, start};

/// SHUT-1, CONN-4
fn everyone_is_told(server: Server, signal: fn(&Server)) {
    let mut member = Peer::member(server.addr, "ann");
    let mut visitor = Peer::visitor(server.addr);
    visitor.sync();
    member.send("BCST last words\n");
    assert_eq!(member.line(), "ann: BCST last words");
    signal(&server);
    assert_eq!(member.rest(), "SERVER: shutting down\nclose\n");
    assert_eq!(visitor.rest(), "SERVER: shutting down\nclose\n");
    assert_eq!(server.ended().code(), Some(0));
}

/// SHUT-1
#[test]
fn an_interrupt_ends_the_server_properly() {
    everyone_is_told(start(&[]), Server::interrupt);
}

/// SHUT-1
#[test]
fn a_termination_ends_the_server_properly() {
    everyone_is_told(start(&[]), Server::terminate);
}

/// SHUT-1
#[test]
fn a_quit_ends_the_server_properly() {
    everyone_is_told(start(&[]), Server::quit);
}

/// SHUT-1
#[test]
fn a_terminal_that_is_closed_ends_the_server_properly() {
    // The tests may run under nohup.
    let mut command = program("env");
    command.args(["--default-signal=HUP", SERVER, "0"]);
    everyone_is_told(Server::spawn(command), Server::hang_up);
}

#[test]
fn under_nohup_the_server_outlives_its_terminal() {
    let mut command = program("nohup");
    command.args([SERVER, "0"]);
    let server = Server::spawn(command);
    let mut ann = Peer::member(server.addr, "ann");
    server.hang_up();
    for _ in 0..10 {
        assert_eq!(ann.sync(), [""; 0]);
    }
    server.terminate();
    assert_eq!(ann.rest(), "SERVER: shutting down\nclose\n");
    assert_eq!(server.ended().code(), Some(0));
}

/// SHUT-1
#[test]
fn an_empty_server_ends_at_once() {
    let server = start(&["--drain", "1000"]);
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
}

/// The connections that the server closed hold its port for a while, but not against it.
#[test]
fn a_server_that_has_ended_can_be_started_again_at_once() {
    let server = start(&[]);
    let address = server.addr;
    let ann = Peer::member(address, "ann");
    server.terminate();
    assert_eq!(ann.rest(), "SERVER: shutting down\nclose\n");
    assert_eq!(server.ended().code(), Some(0));
    let mut command = program(SERVER);
    command.arg(address.to_string());
    assert_eq!(Server::spawn(command).addr, address);
}

/// SHUT-1, ORDER-1
///
/// > SHUT-1: What its room had handled until then is delivered before `shutting-down`, and `close`
/// > follows,
#[test]
fn what_was_accepted_is_delivered_to_everyone_before_the_end() {
    let server = start(&[]);
    let mut ann = Peer::member(server.addr, "ann");
    let bob = Peer::member(server.addr, "bob");
    assert_eq!(ann.line(), "SERVER: bob joined the chat!");
    ann.send((0..3000).map(|n| format!("BCST {n}\n")).collect::<String>());
    assert_eq!(ann.line(), "ann: BCST 0");
    server.terminate();
    let (ann, bob) = (ann.rest(), bob.rest());
    assert_eq!(bob, format!("ann: BCST 0\n{ann}"));
    let said = bob
        .strip_suffix("SERVER: shutting down\nclose\n")
        .expect("the end");
    for (n, line) in said.lines().enumerate() {
        assert_eq!(line, format!("ann: BCST {n}"));
    }
}

/// A server with a member that reads none of its waiting output.
fn held_up(options: &[&str]) -> (Server, Peer, Peer) {
    let server = start(&[&["--talk-rate", "0", "--send-queue", "100000000"], options].concat());
    let deaf = Peer::narrow(server.addr).greeted().joined("deaf");
    let mut ann = Peer::member(server.addr, "ann");
    let burst = format!("BCST {}\n", ".".repeat(4000)).repeat(20);
    for _ in 0..100 {
        ann.send(&burst);
        ann.sync();
    }
    (server, deaf, ann)
}

/// SHUT-1
///
/// > SHUT-1: within the drain time (`drain`).
#[test]
fn a_peer_that_does_not_read_holds_the_end_up_for_the_drain_time_at_most() {
    let (server, _deaf, ann) = held_up(&["--drain", "3"]);
    let told = Instant::now();
    server.terminate();
    assert_eq!(ann.rest(), "SERVER: shutting down\nclose\n");
    server.log_line("the drain time is over");
    assert!(
        told.elapsed() >= Duration::from_secs(2),
        "nearly all of the drain time is used"
    );
    assert_eq!(server.ended().code(), Some(0));
    assert!(told.elapsed() < DEADLINE / 2, "and no more");
}

/// SHUT-1
///
/// > SHUT-1: A server that is told to stop takes no more connections.
#[test]
fn while_the_server_ends_nobody_else_can_connect_and_a_second_signal_ends_it_at_once() {
    let (server, _deaf, ann) = held_up(&["--drain", "1000"]);
    server.interrupt();
    assert_eq!(ann.rest(), "SERVER: shutting down\nclose\n");
    assert!(Peer::try_connect(server.addr).is_err(), "nobody listens");
    server.terminate();
    assert_eq!(server.ended().code(), Some(130));
}

/// SHUT-1
///
/// The shell signals its jobs, and as it ends the system signals them once more.
#[test]
fn a_terminal_that_is_closed_does_not_shorten_the_drain_time() {
    let (server, _deaf, ann) = held_up(&["--drain", "3"]);
    server.interrupt();
    assert_eq!(ann.rest(), "SERVER: shutting down\nclose\n");
    server.hang_up();
    server.log_line("the drain time is over");
    assert_eq!(server.ended().code(), Some(0));
}
