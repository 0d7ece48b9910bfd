//! The original's clients: one bare command in each `send`, never a newline, one `recv` for each
//! answer.

use parlour_testkit::{GREETING, Peer, Server};

use crate::start;

/// Milliseconds: long enough that two writes separated by them arrive as two reads, however busy
/// the machine is.
const QUIET: &str = "400";

fn quiet(quiet_ms: &str) -> Server {
    start(&["--quiet-ms", quiet_ms])
}

/// LINE-8, LINE-9
///
/// > LINE-9: On a connection on which no LF had come when its session was closed, `close` is sent
/// > without its LF and in a write of its own, with at least the quiet time between it and what was
/// > sent before,
#[test]
fn a_client_that_never_sends_a_newline_is_served_command_by_command() {
    let server = quiet(QUIET);
    let mut dani = Peer::connect(server.addr);
    assert_eq!(dani.recv(), format!("{GREETING}\n"));
    dani.send("JOIN dani");
    assert_eq!(dani.recv(), "SERVER: dani joined the chat!\n");
    let mut drew = Peer::connect(server.addr);
    assert_eq!(drew.recv(), format!("{GREETING}\n"));
    drew.send("JOIN drew");
    assert_eq!(drew.recv(), "SERVER: drew joined the chat!\n");
    assert_eq!(dani.recv(), "SERVER: drew joined the chat!\n");
    dani.send("BCST hello, everyone!");
    assert_eq!(dani.recv(), "dani: BCST hello, everyone!\n");
    assert_eq!(drew.recv(), "dani: BCST hello, everyone!\n");
    dani.send("MESG drew hi, drew");
    assert_eq!(drew.recv(), "dani: MESG drew hi, drew\n");
    dani.send("LIST");
    assert_eq!(dani.recv(), "Online: dani, drew\n");
    dani.send("LIST dani");
    assert_eq!(dani.recv(), "Online: dani, drew\n");
    drew.send("QUIT");
    assert_eq!(drew.recv(), "close");
    assert_eq!(drew.recv(), "");
    assert_eq!(dani.recv(), "drew has left the chat\n");
}

/// LINE-9
#[test]
fn close_comes_alone_when_the_server_stops() {
    let server = quiet(QUIET);
    let mut peer = Peer::connect(server.addr);
    assert_eq!(peer.recv(), format!("{GREETING}\n"));
    server.terminate();
    assert_eq!(peer.recv(), "SERVER: shutting down\n");
    assert_eq!(peer.recv(), "close");
    assert_eq!(peer.recv(), "");
}

/// LINE-9, JOIN-5
#[test]
fn close_comes_alone_to_a_visitor_who_does_not_join() {
    let server = start(&["--quiet-ms", QUIET, "--join-timeout", "0.001"]);
    let mut peer = Peer::connect(server.addr);
    assert_eq!(peer.recv(), format!("{GREETING}\n"));
    assert_eq!(peer.recv(), "close");
    assert_eq!(peer.recv(), "");
}

/// LINE-9, CONN-3
#[test]
fn close_comes_alone_to_a_connection_too_many() {
    let server = start(&["--quiet-ms", QUIET, "--max-connections", "1"]);
    let _visitor = Peer::visitor(server.addr);
    let mut peer = Peer::connect(server.addr);
    assert_eq!(peer.recv(), "Sorry the chat is full, please try later\n");
    assert_eq!(peer.recv(), "close");
    assert_eq!(peer.recv(), "");
}

/// LINE-8
///
/// > LINE-8: On a connection on which no LF has ever come, octets that have lain unfinished for the
/// > quiet time (`quiet-ms`),
#[test]
fn what_comes_character_by_character_within_the_quiet_time_is_one_line() {
    let server = quiet("2000");
    let mut peer = Peer::connect(server.addr).greeted();
    for character in "JOIN dani".chars() {
        peer.send(character.to_string());
    }
    assert_eq!(peer.recv(), "SERVER: dani joined the chat!\n");
}

/// LINE-8
///
/// > LINE-8: and octets that are unfinished when the peer half-closes, are a line, as if an LF had
/// > followed.
#[test]
fn what_is_left_at_the_half_close_is_a_line() {
    let server = start(&["--quiet-ms", "1000000", "--drain", "0"]);
    let mut peer = Peer::connect(server.addr).greeted();
    peer.send("PING 1");
    peer.half_close();
    assert_eq!(peer.line(), "PONG 1");
}

/// LINE-8, LINE-9
///
/// > LINE-8: From the first LF on only LF ends a line there, and what is unfinished at the
/// > half-close is dropped.
#[test]
fn from_the_first_newline_on_only_newlines_end_a_line() {
    let server = quiet("1");
    let mut peer = Peer::visitor(server.addr);
    peer.send("PING 1\nPING");
    assert_eq!(peer.line(), "PONG 1");
    // The quiet time is over before the second of these is connected: together the connections take
    // longer than a millisecond.
    for _ in 0..50 {
        Peer::visitor(server.addr).sync();
    }
    peer.send(" 2\nPING 3");
    peer.half_close();
    assert_eq!(peer.rest(), "PONG 2\nclose\n");
}

/// LINE-8, LINE-9
///
/// > LINE-8: With a quiet time of 0 this rule does not hold for any connection.
///
/// > LINE-9: With a quiet time of 0 this rule does not hold for any connection.
#[test]
fn without_a_quiet_time_only_newlines_end_a_line() {
    let server = quiet("0");
    let mut peer = Peer::visitor(server.addr);
    peer.send("PING");
    Peer::visitor(server.addr).sync();
    peer.send(" 1\n");
    assert_eq!(peer.line(), "PONG 1");
    let mut leftover = Peer::visitor(server.addr);
    leftover.send("PING 2");
    leftover.half_close();
    assert_eq!(leftover.rest(), "close\n");
}
