//! How many connections and members there may be, and which come first.

use std::sync::{Arc, Barrier};
use std::thread;

use std::net::SocketAddr;

use parlour_testkit::Peer;

use crate::start;

pub(crate) const FULL: &str = "Sorry the chat is full, please try later";

/// CONN-3, CONN-4
///
/// > CONN-3: On a connection beyond either the server tells `full`, then `close`, and handles
/// > nothing that comes;
#[test]
fn a_connection_too_many_is_told_so_and_closed() {
    let server = start(&["--max-connections", "2", "--quiet-ms", "0"]);
    let mut first = Peer::visitor(server.addr);
    let _second = Peer::member(server.addr, "ann");
    for _ in 0..20 {
        let mut third = Peer::connect(server.addr);
        third.send("JOIN bob\n");
        third.half_close();
        assert_eq!(third.rest(), format!("{FULL}\nclose\n"));
    }
    first.send("QUIT\n");
    assert_eq!(first.line(), "close");
    let _fits_again = Peer::member(server.addr, "bob");
}

/// JOIN-5
///
/// > JOIN-5: A visitor that has not joined within the join timeout (`join-timeout`) of its
/// > connecting is closed.
#[test]
fn a_visitor_has_the_join_timeout_to_join_and_a_member_all_the_time() {
    let server = start(&["--join-timeout", "3"]);
    let mut member = Peer::member(server.addr, "ann");
    let mut visitor = Peer::visitor(server.addr);
    visitor.send("PING 1\n");
    assert_eq!(visitor.rest(), "PONG 1\nclose\n");
    assert_eq!(member.sync(), [""; 0]);
}

/// JOIN-5
#[test]
fn without_a_join_timeout_a_visitor_can_stay() {
    let server = start(&["--join-timeout", "0"]);
    let mut visitor = Peer::visitor(server.addr);
    Peer::visitor(server.addr).sync();
    assert_eq!(visitor.sync(), [""; 0]);
}

/// Lets one peer for each name join, all at once; returns each peer's answer to its JOIN, and keeps
/// the peers connected.
fn race(server: SocketAddr, names: Vec<String>) -> Vec<(String, Peer)> {
    let start = Arc::new(Barrier::new(names.len()));
    let racers: Vec<_> = names
        .into_iter()
        .map(|name| {
            let start = Arc::clone(&start);
            let mut peer = Peer::visitor(server);
            thread::spawn(move || {
                start.wait();
                peer.send(format!("JOIN {name}\nPING done\n"));
                let told = peer.lines_until("PONG done");
                let own = told.into_iter().find(|line| {
                    !line.ends_with("joined the chat!") || line.contains(&format!(" {name} "))
                });
                (own.expect("an answer"), peer)
            })
        })
        .collect();
    let racers = racers.into_iter();
    racers
        .map(|racer| racer.join().expect("no panic"))
        .collect()
}

/// JOIN-3
///
/// > JOIN-3: The room never has more members than its capacity (`capacity`),
#[test]
fn of_eleven_people_ten_get_the_ten_seats() {
    for _ in 0..10 {
        let server = start(&[]);
        let told = race(server.addr, (0..11).map(|n| format!("p{n}")).collect());
        let (refused, joined): (Vec<_>, Vec<_>) = told.iter().partition(|(told, _)| told == FULL);
        assert_eq!((refused.len(), joined.len()), (1, 10));
        assert!(
            joined
                .iter()
                .all(|(told, _)| told.ends_with(" joined the chat!"))
        );
    }
}

/// JOIN-2
///
/// > JOIN-2: A name belongs to at most one member at a time: no two members have the same name
/// > (NAME-4).
#[test]
fn of_twenty_people_one_gets_the_name() {
    for _ in 0..10 {
        let server = start(&["--capacity", "20"]);
        let mut told = race(server.addr, vec!["ann".to_owned(); 20]);
        // The refused ones are told nothing about the room; the one that joined has the name.
        let joined = |(told, _): &&(String, Peer)| told == "SERVER: ann joined the chat!";
        let taken = |(told, _): &&(String, Peer)| told.starts_with("ERROR name-taken: ");
        assert_eq!(told.iter().filter(joined).count(), 1);
        assert_eq!(told.iter().filter(taken).count(), 19);
        let (_, one) = &mut told[0];
        one.send("LIST\n");
        let answer = one.line();
        assert!(
            answer == "Online: ann" || answer.starts_with("ERROR not-joined: "),
            "{answer}"
        );
    }
}
