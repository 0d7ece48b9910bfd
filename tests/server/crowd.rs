//! Many at once.

use std::io::Write as _;
use std::thread;

use std::net::SocketAddr;

use parlour_testkit::{GREETING, Peer};

use crate::{limits::FULL, start};

/// The number of idle members, and of talking members.
const IDLE: usize = 10_000;
const PEOPLE: usize = 1000;

/// The files that both crowds have open here.
const FILES: usize = IDLE + PEOPLE;

/// The most other files that are open here.
const OTHER_FILES: u64 = 800;

/// ORDER-1, ORDER-2, JOIN-3
#[test]
fn a_thousand_who_join_talk_and_leave_see_one_order() {
    let people = affordable(PEOPLE);
    let server = start(&[
        &format!("--capacity={}", people + 1),
        &format!("--max-connections={}", people + 1),
        "--send-queue=67108864",
    ]);
    let witness = Peer::member(server.addr, "witness");
    let order = thread::spawn(move || witness.rest());
    let address = server.addr;
    let names: Vec<usize> = (0..people).collect();
    let joined = in_groups(names, |names| join(address, names));
    let seen = in_groups(joined, talk_and_leave);
    server.terminate();
    let order = order.join().expect("no panic");
    assert_eq!(order.lines().count(), 3 * people + 2);
    assert_eq!(seen.len(), people);
    for (n, seen) in seen {
        let joined = order.find(seen.lines().next().expect("joined"));
        let left = order.find(&format!("p{n} has left the chat"));
        let order = &order[joined.expect("announced")..left.expect("announced")];
        assert!(order == seen, "p{n} has seen another order");
    }
}

/// A member's number, its connection, and what it has been told since its JOIN.
type Member = (usize, Peer, Vec<String>);

/// Lets eight threads do this, each for a part of them.
fn in_groups<T: Send, U: Send>(mut all: Vec<T>, act: impl Fn(Vec<T>) -> Vec<U> + Sync) -> Vec<U> {
    let act = &act;
    thread::scope(|scope| {
        let size = all.len().div_ceil(8);
        let mut groups = Vec::new();
        while !all.is_empty() {
            let group = all.split_off(all.len().saturating_sub(size));
            groups.push(scope.spawn(move || act(group)));
        }
        let groups = groups.into_iter();
        groups
            .flat_map(|group| group.join().expect("no panic"))
            .collect()
    })
}

fn join(server: SocketAddr, numbers: Vec<usize>) -> Vec<Member> {
    let numbers = numbers.into_iter();
    let mut members: Vec<Member> = numbers
        .map(|n| (n, Peer::visitor(server), Vec::new()))
        .collect();
    for (n, peer, _) in &mut members {
        peer.send(format!("JOIN p{n}\n"));
    }
    for (n, peer, seen) in &mut members {
        seen.extend(peer.lines_until(&format!(" p{n} joined the chat!")));
    }
    members
}

/// Returns what each member was told from its join to its leaving.
fn talk_and_leave(mut members: Vec<Member>) -> Vec<(usize, String)> {
    for (n, peer, _) in &mut members {
        peer.send(format!("BCST I am p{n}\n"));
    }
    for (n, peer, seen) in &mut members {
        seen.extend(peer.lines_until(&format!("p{n}: BCST I am p{n}")));
    }
    for (_, peer, _) in &mut members {
        peer.send("QUIT\n");
    }
    let members = members.into_iter().map(|(n, peer, seen)| {
        let seen: String = seen.into_iter().map(|line| line + "\n").collect();
        let rest = peer.rest();
        (n, seen + rest.strip_suffix("close\n").expect("closed"))
    });
    members.collect()
}

/// CONN-3, SEC-5: all from one address.
#[test]
fn ten_thousand_idle_visitors_are_held() {
    let count = affordable(IDLE);
    let limit = (count + 1).to_string();
    let options = ["--max-connections", &limit, "--join-timeout", "0"];
    let server = start(&options);
    let mut first = Peer::visitor(server.addr);
    let before = server.resident();
    let mut visitors: Vec<Peer> = (0..count).map(|_| Peer::connect(server.addr)).collect();
    for visitor in &mut visitors {
        assert_eq!(visitor.line(), GREETING);
    }
    let each = (server.resident() - before) as f64 / count as f64;
    println!("{count} idle visitors: {each:.2} KiB each");
    assert!(each < 8.0, "an idle visitor costs {each} KiB");
    assert_eq!(Peer::connect(server.addr).line(), FULL);
    assert_eq!(first.sync(), [""; 0]);
    assert_eq!(visitors[count - 1].sync(), [""; 0]);
    server.terminate();
    drop(visitors);
    assert_eq!(first.rest(), "SERVER: shutting down\nclose\n");
    assert_eq!(server.ended().code(), Some(0));
}

/// Reduces `wanted` to what the system's limit on open files allows, and prints a message if that
/// is fewer.
fn affordable(wanted: usize) -> usize {
    let limit = rlimit::increase_nofile_limit(u64::MAX).expect("a limit");
    let files = usize::try_from(limit.saturating_sub(OTHER_FILES))
        .unwrap_or(FILES)
        .min(FILES);
    let affordable = (wanted * files / FILES).clamp(1, wanted);
    if affordable < wanted {
        // Not by a macro: the output of those is captured when a test passes.
        let _unread = writeln!(
            std::io::stderr(),
            "ONLY {affordable} OF {wanted}, as the system allows {limit} open files"
        );
    }
    affordable
}
