//! A member that stops reading: only that member suffers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use std::net::SocketAddr;

use parlour_testkit::Peer;

use crate::start;

/// The most that is said before the slow reader is dropped: more than any system's buffers hold.
const MOST_LINES: usize = 60_000;

/// SLOW-1, SEC-3, ORDER-1, ORDER-2
#[test]
fn nine_lose_nothing_by_a_tenth_who_stops_reading_and_is_dropped() {
    let server = start(&["--talk-rate", "0", "--send-queue", "262144"]);
    let slow = Peer::narrow(server.addr).greeted().joined("slow");
    let mut readers: Vec<Peer> = Vec::new();
    for n in 0..9 {
        readers.push(Peer::member(server.addr, &format!("p{n}")));
        for earlier in &mut readers[..n] {
            assert_eq!(earlier.line(), format!("SERVER: p{n} joined the chat!"));
        }
    }
    let before = server.peak();
    let is_dropped = Arc::new(AtomicBool::new(false));
    let mut speaker = readers[0].twin();
    let readers: Vec<_> = readers
        .into_iter()
        .map(|mut reader| {
            let is_dropped = Arc::clone(&is_dropped);
            thread::spawn(move || {
                let mut next = 0;
                loop {
                    let line = reader.line();
                    if line == "slow has left the chat" {
                        is_dropped.store(true, Ordering::SeqCst);
                    } else if line == "p0: BCST the end" {
                        break next;
                    } else {
                        let told = line.strip_prefix("p0: BCST ").expect("a broadcast");
                        assert!(told.starts_with(&format!("{next} ")), "{next}: {told}");
                        next += 1;
                    }
                }
            })
        })
        .collect();
    let padding = ".".repeat(1000);
    let mut said = 0;
    while !is_dropped.load(Ordering::SeqCst) && said < MOST_LINES {
        speaker.send(format!("BCST {said} {padding}\n"));
        said += 1;
    }
    for _ in 0..100 {
        speaker.send(format!("BCST {said} {padding}\n"));
        said += 1;
    }
    speaker.send("BCST the end\n");
    for reader in readers {
        assert_eq!(reader.join().expect("no panic"), said);
    }
    assert!(is_dropped.load(Ordering::SeqCst), "the slow one is dropped");
    let dropped = server.log_line("dropped: more waited for it than --send-queue");
    let peer = format!("name=slow peer={} octets=", slow.address());
    assert!(dropped.contains(&peer), "{dropped}");
    let grown = server.peak() - before;
    assert!(grown < 16 << 10, "the server has grown by {grown} KiB");
}

/// Says lines in the room, and reads them all, until `slow` has left.
fn talk_until_slow_has_left(server: SocketAddr) {
    let mut ann = Peer::member(server, "ann");
    let burst = format!("BCST {}\n", ".".repeat(4000)).repeat(20);
    for _ in 0..MOST_LINES / 80 {
        ann.send(&burst);
        if ann
            .sync()
            .iter()
            .any(|line| line == "slow has left the chat")
        {
            return;
        }
    }
    panic!("the slow one is never dropped");
}

/// SLOW-2
///
/// > SLOW-2: So has a peer that takes nothing of what waits for it for `stall-timeout`. What its
/// > end of the connection has acknowledged is taken; over TCP the server lets few unsent octets
/// > lie in its own buffers, so that it sees even a little. An end whose buffer was full may
/// > acknowledge nothing more before the peer has read most of that buffer.
#[test]
fn a_member_that_takes_nothing_for_the_stall_timeout_is_dropped() {
    let server = start(&[
        "--talk-rate=0",
        "--send-queue=1000000000",
        "--stall-timeout=0.2",
    ]);
    let slow = Peer::narrow(server.addr).greeted().joined("slow");
    talk_until_slow_has_left(server.addr);
    drop(slow);
}

/// SLOW-2, SEC-3
#[test]
fn a_visitor_that_does_not_read_its_answers_is_dropped_and_its_place_is_free() {
    let server = start(&["--max-connections", "1", "--stall-timeout", "0.2"]);
    let mut flooder = Peer::narrow(server.addr).greeted();
    let burst = "HELP\n".repeat(10_000);
    while flooder.try_send(&burst).is_ok() {}
    let mut next = Peer::connect(server.addr).greeted();
    assert_eq!(next.sync(), [""; 0]);
}

/// SLOW-1
#[test]
fn a_reader_that_is_only_slow_and_within_the_bound_loses_nothing() {
    let server = start(&["--talk-rate", "0", "--send-queue", "67108864"]);
    let mut slow = Peer::narrow(server.addr).greeted().joined("slow");
    let mut ann = Peer::member(server.addr, "ann");
    let padding = ".".repeat(1000);
    for n in 0..10_000 {
        ann.send(format!("BCST {n} {padding}\n"));
        assert_eq!(ann.line(), format!("ann: BCST {n} {padding}"));
    }
    assert_eq!(slow.line(), "SERVER: ann joined the chat!");
    for n in 0..10_000 {
        assert_eq!(slow.line(), format!("ann: BCST {n} {padding}"));
    }
}
