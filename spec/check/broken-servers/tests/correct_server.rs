//! The correct server over raw sockets, so that its correctness does not rest on the check alone.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parlour_spec::Document;
use parlour_spec::script::{Action, Script};
use parlour_testkit::{GREETING, Peer, Server, program};

fn start() -> Server {
    let mut command = program(env!("CARGO_BIN_EXE_broken"));
    command.args(["correct", "0"]);
    Server::spawn(command)
}

/// The conversations of section 11, except for the free text of errors.
#[test]
fn the_reference_server_has_the_conversations_of_the_document() {
    let document = Document::parlour();
    let conversations: Vec<_> = document.blocks("conversation").collect();
    assert_eq!(conversations.len(), 2);
    for conversation in conversations {
        let server = start();
        let mut peers = BTreeMap::new();
        for step in Script::read(conversation).expect("a script").steps {
            let connect = || Peer::connect(server.addr);
            let peer = peers.entry(step.who.clone()).or_insert_with(connect);
            if let Action::SendLine(line) = &step.action {
                peer.send([line, b"\n".as_slice()].concat());
            } else {
                assert_eq!(without_words(&peer.line()), without_words(step.text()));
            }
        }
    }
}

/// An event; of an error only the code.
fn without_words(event: &str) -> &str {
    match event
        .strip_prefix("ERROR ")
        .and_then(|error| error.split_once(':'))
    {
        Some((code, _)) => code,
        None => event,
    }
}

/// CONN-5, LINE-7, ORDER-3
#[test]
fn the_reference_server_takes_a_burst_and_a_half_close() {
    let server = start();
    let mut ann = Peer::connect(server.addr);
    ann.send("JOIN ann\r\nMESG ann hi\nBCST \u{e9}\nPING 1\n\nQUI");
    ann.half_close();
    let told = format!(
        "{GREETING}\nSERVER: ann joined the chat!\nann: MESG ann hi\nann: BCST \u{e9}\nPONG \
         1\nclose\n"
    );
    assert_eq!(ann.rest(), told);
}

/// LINE-8, LINE-9
#[test]
fn the_reference_server_serves_who_sends_no_newline() {
    let server = start();
    let mut ann = Peer::connect(server.addr);
    ann.hears(GREETING);
    ann.send("JOIN ann");
    ann.hears("SERVER: ann joined the chat!");
    let asked = Instant::now();
    ann.send("QUIT");
    assert_eq!(ann.rest(), "close");
    assert!(
        asked.elapsed() >= Duration::from_millis(100),
        "two quiet times"
    );
}

/// LINE-2
#[test]
fn the_reference_server_counts_octets() {
    let server = start();
    let mut ann = Peer::connect(server.addr);
    ann.send(format!("PING {}\n", "x".repeat(4096 - 6)));
    ann.hears(GREETING);
    assert!(ann.line().starts_with("PONG xxx"));
    ann.send("x".repeat(4096));
    assert!(ann.line().starts_with("ERROR line-too-long: "));
    ann.send("xxx\nPING 1\n");
    ann.hears("PONG 1");
}

/// SLOW-1, CONN-6, QUIT-2
#[test]
fn the_reference_server_drops_who_does_not_read() {
    let server = start();
    let (mut ann, mut slow) = (Peer::connect(server.addr), Peer::connect(server.addr));
    ann.send("JOIN ann\n");
    ann.hears(GREETING);
    ann.hears("SERVER: ann joined the chat!");
    slow.send("JOIN slow\n");
    ann.hears("SERVER: slow joined the chat!");
    let text = "x".repeat(4000);
    for _ in 0..20_000 {
        ann.send(format!("BCST {text}\n"));
        if ann.line() == "slow has left the chat" {
            return;
        }
    }
    panic!("who does not read is a member for good");
}
