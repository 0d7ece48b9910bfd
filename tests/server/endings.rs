//! The ways in which a peer can end its connection, beside those of `spec/vectors`.

use parlour_testkit::Peer;

use crate::start;

/// CONN-4, CONN-5
#[test]
fn a_burst_that_ends_with_quit_is_answered_in_full() {
    let server = start(&[]);
    for _ in 0..50 {
        let mut peer = Peer::visitor(server.addr);
        peer.send("PING 1\nQUIT\nPING 2\n");
        assert_eq!(peer.rest(), "PONG 1\nclose\n");
    }
}

/// CONN-6, QUIT-2
///
/// > CONN-6: The talk that the server had read of it by then is still handled,
#[test]
fn what_had_come_before_a_reset_is_handled() {
    let server = start(&[]);
    let mut ann = Peer::member(server.addr, "ann");
    for n in 0..50 {
        // Nothing is read, so closing the socket resets the connection.
        let mut bot = Peer::connect(server.addr);
        bot.send(format!("JOIN bot{n}\nBCST done\n"));
        drop(bot);
        assert_eq!(ann.line(), format!("SERVER: bot{n} joined the chat!"));
        assert_eq!(ann.line(), format!("bot{n}: BCST done"));
        assert_eq!(ann.line(), format!("bot{n} has left the chat"));
    }
}

/// CONN-4
///
/// > CONN-4: The server then ends its side of the stream, and discards what still arrives until the
/// > peer ends its own side
#[test]
fn what_comes_after_quit_is_discarded_and_the_last_lines_arrive() {
    let server = start(&[]);
    for _ in 0..20 {
        let mut peer = Peer::visitor(server.addr);
        let flood = "PING 1\n".repeat(20_000);
        peer.send(format!("HELP\nQUIT\n{flood}"));
        peer.half_close();
        let rest = peer.rest();
        assert_eq!(rest.lines().count(), 8);
        assert!(rest.ends_with("\nclose\n"), "{rest}");
    }
}

/// CONN-4, SEC-3
///
/// > CONN-4: or a short time has passed.
#[test]
fn a_peer_that_never_hangs_up_gives_its_place_back() {
    let server = start(&["--max-connections", "1"]);
    let staying: Vec<Peer> = (0..300)
        .map(|_| {
            let mut peer = Peer::visitor(server.addr);
            peer.send("QUIT\n");
            assert_eq!(peer.line(), "close");
            peer
        })
        .collect();
    assert_eq!(staying.len(), 300);
}
