//! A peer that sends very many commands and does not read.

use std::thread;

use parlour_testkit::Peer;

use crate::start;

const QUESTIONS: usize = 100_000;

/// ORDER-3, SLOW-3, SEC-3
///
/// > ORDER-3: The answers to a connection's commands come in the order of the commands, also when
/// > they are pipelined.
#[test]
fn a_flood_of_questions_delays_nobody_costs_nothing_and_is_answered_in_order() {
    let server = start(&["--talk-rate", "0"]);
    let mut ann = Peer::member(server.addr, "ann");
    let mut bob = Peer::member(server.addr, "bob");
    assert_eq!(ann.line(), "SERVER: bob joined the chat!");
    let mut flooder = Peer::narrow(server.addr).greeted().joined("flo");
    for peer in [&mut ann, &mut bob] {
        assert_eq!(peer.line(), "SERVER: flo joined the chat!");
    }
    let before = server.peak();
    let mut asking = flooder.twin();
    let asking = thread::spawn(move || {
        for n in 0..QUESTIONS {
            asking.send(format!("PING {n}\nLIST\nHELP\n"));
        }
        asking.half_close();
    });
    for n in 0..300 {
        ann.send(format!("MESG bob {n}\n"));
        assert_eq!(bob.line(), format!("ann: MESG bob {n}"));
        bob.send(format!("MESG ann {n}\n"));
        assert_eq!(ann.line(), format!("bob: MESG ann {n}"));
    }
    let grown = server.peak() - before;
    for n in 0..QUESTIONS {
        assert_eq!(flooder.line(), format!("PONG {n}"));
        assert_eq!(flooder.line(), "Online: ann, bob, flo");
        for _ in 0..7 {
            let line = flooder.line();
            assert!(line.starts_with("HELP "), "{line}");
        }
    }
    assert_eq!(flooder.line(), "close");
    asking.join().expect("no panic");
    assert!(grown < 16 << 10, "the server has grown by {grown} KiB");
}
