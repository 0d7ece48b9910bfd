//! Many at once.

use std::sync::{Arc, Barrier};
use std::thread;

use super::peer::{GREETING, Peer};
use super::process::Process;
use super::room_host::RoomHost;

/// ORDER-1, ORDER-2, JOIN-3
#[test]
fn a_thousand_who_join_talk_and_leave_see_one_order() {
    const PEOPLE: usize = 1000;
    let mut host = RoomHost::start(|config| {
        config.limits.capacity = PEOPLE + 1;
        config.limits.max_connections = PEOPLE + 1;
        config.send_queue = 64 << 20;
    });
    descriptors(2 * PEOPLE + 100);
    let witness = Peer::member(host.port, "witness");
    let order = thread::spawn(move || witness.rest());
    let all_joined = Arc::new(Barrier::new(PEOPLE));
    let port = host.port;
    let people: Vec<_> = (0..PEOPLE)
        .map(|n| {
            let all_joined = Arc::clone(&all_joined);
            let person = move || {
                let mut peer = Peer::connect(port);
                peer.send(format!("JOIN p{n}\n"));
                let mut seen = peer.lines_until(&format!(" p{n} joined the chat!"));
                all_joined.wait();
                peer.send(format!("BCST I am p{n}\n"));
                seen.extend(peer.lines_until(&format!("p{n}: BCST I am p{n}")));
                peer.send("QUIT\n");
                let seen: String = seen.into_iter().map(|line| line + "\n").collect();
                seen + &peer.rest()
            };
            let thread = thread::Builder::new().stack_size(256 << 10);
            thread.spawn(person).expect("a thread")
        })
        .collect();
    let people: Vec<String> = people
        .into_iter()
        .map(|person| person.join().expect("no panic"))
        .collect();
    host.stop();
    let order = order.join().expect("no panic");
    assert_eq!(order.lines().count(), 3 * PEOPLE + 2);
    for (n, seen) in people.iter().enumerate() {
        let seen = seen
            .strip_prefix(&format!("{GREETING}\n"))
            .expect("greeted");
        let seen = seen.strip_suffix("close\n").expect("closed");
        let joined = order.find(seen.lines().next().expect("joined"));
        let left = order.find(&format!("p{n} has left the chat"));
        let order = &order[joined.expect("announced")..left.expect("announced")];
        assert!(order == seen, "p{n} has seen another order");
    }
}

/// CONN-3
fn idle(count: usize) {
    descriptors(count + 100);
    let count_and_some = (count + count / 5).to_string();
    let options = [
        "--max-connections",
        &count_and_some,
        "--capacity",
        &count_and_some,
        "--join-timeout",
        "0",
    ];
    let process = Process::start(&options);
    let before = process.resident();
    let mut visitors: Vec<Peer> = (0..count).map(|_| Peer::connect(process.port)).collect();
    for visitor in &mut visitors {
        assert_eq!(visitor.line(), GREETING);
    }
    let each = (process.resident() - before) as f64 / count as f64;
    println!("{count} idle visitors: {each:.2} KiB each");
    assert!(each < 8.0, "an idle visitor costs {each} KiB");
    let (first, last) = (0, count - 1);
    for n in [first, last] {
        assert_eq!(visitors[n].sync(), [""; 0]);
    }
    process.terminate();
    for visitor in visitors {
        drop(visitor);
    }
    assert_eq!(process.ended().code(), Some(0));
}

/// CONN-3
#[test]
fn a_thousand_idle_visitors_are_held() {
    idle(1000);
}

/// CONN-3
#[test]
#[ignore = "takes ten thousand file descriptors"]
fn ten_thousand_idle_visitors_are_held() {
    idle(10_000);
}

/// Makes sure that this process may have so many files open.
fn descriptors(count: usize) {
    let limit = rlimit::increase_nofile_limit(u64::MAX).expect("a limit");
    assert!(
        limit >= count as u64,
        "the system allows {limit} open files, this takes {count}"
    );
}
