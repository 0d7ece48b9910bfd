//! The driver over real sockets: the program on its own port, and a blocking socket for each peer.
//!
//! After each step every socket reads what the server has to send for it, so that the next step
//! comes after it in the room's order too. A deadline ends every wait; nothing else depends on the
//! time.

use std::collections::BTreeMap;

use parlour_spec::script::{Action, Inside, Need};
use parlour_testkit::{Peer, Server};

use super::transcript::{Scene, Transcript};

/// Plays the script that produced this transcript, on a server with these limits. Panics if a
/// socket reads anything else, or more.
pub(crate) fn play(needs: &[Need], foretold: &Transcript) {
    let limits = needs.iter().filter(|need| !need.any);
    let mut options: Vec<_> = limits
        .map(|need| format!("--{}={}", need.limit, need.value))
        .collect();
    options.push("--drain=100".to_owned());
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let server = Server::start(env!("CARGO_BIN_EXE_parlour-server"), &options);
    let mut peers = BTreeMap::new();
    let mut closed = Vec::new();
    for scene in foretold.scenes.iter().chain(&foretold.epilogue) {
        let who = scene.step.who.as_str();
        let mut send = |octets: &[u8]| {
            let peer: &mut Peer = peers.get_mut(who).expect("it has connected");
            let sent = peer.try_send(octets);
            assert!(sent.is_ok() || closed.contains(&who), "{who}: {sent:?}");
        };
        match &scene.step.action {
            Action::SendLine(line) => send(&[line, b"\n".as_slice()].concat()),
            Action::SendSegments(segments) => segments.iter().for_each(|octets| send(octets)),
            Action::HalfClose if closed.contains(&who) => {}
            Action::HalfClose => peers[who].half_close(),
            Action::Reset => peers.remove(who).expect("it was connected").reset(),
            Action::Inside(Inside::Connect) => {
                peers.insert(who, Peer::connect(server.addr));
            }
            Action::Inside(Inside::Shutdown) => server.terminate(),
            // The server waits, and what it then tells is awaited below.
            Action::Inside(Inside::Quiet | Inside::JoinTimeout) => {}
            Action::ExpectLine(_) | Action::ExpectEnd(_) | Action::ExpectNoMore => {}
        }
        for told in &scene.told {
            let peer = peers.get_mut(told.who.as_str());
            let peer = peer.expect("nothing is told before connecting");
            let read = peer.octets(told.octets.len());
            assert!(
                read == told.octets,
                "after `{}`: foretold `{told}`, read `{}`",
                scene.step.source,
                read.escape_ascii()
            );
            if told.line() == "close" {
                closed.push(&told.who);
                let more = peer.octets(1);
                assert!(more.is_empty(), "{told} is followed by {more:?}"); // CONN-4
            }
        }
    }
    drop(peers);
    let stops = |scene: &Scene| scene.step.action == Action::Inside(Inside::Shutdown);
    if !foretold.scenes.iter().any(stops) {
        server.terminate();
    }
    assert_eq!(server.ended().code(), Some(0));
}
