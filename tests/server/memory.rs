//! How much memory a peer can make the server hold, whatever the peer does (SEC-3).

use parlour_testkit::Peer;

use crate::start;

/// The most memory that everything else in a test may cost, in KiB.
const ALLOWANCE: u64 = 16 << 10;

/// SEC-3, SLOW-1
#[test]
fn a_private_line_that_waits_holds_nothing_of_what_others_were_told() {
    let server = start(&["--talk-rate", "0", "--send-queue", "100000000"]);
    let _deaf = Peer::narrow(server.addr).greeted().joined("deaf");
    let mut ann = Peer::member(server.addr, "ann");
    // More than the system buffers for the peer that does not read.
    let burst = format!("BCST {}\n", ".".repeat(4000)).repeat(20);
    for _ in 0..100 {
        ann.send(&burst);
        ann.sync();
    }
    let before = server.resident();
    let questions = "HELP\n".repeat(400);
    for _ in 0..100 {
        ann.send(format!("{questions}MESG deaf hi\n{questions}"));
        ann.sync();
    }
    let grown = server.resident().saturating_sub(before);
    assert!(grown < ALLOWANCE, "the server has grown by {grown} KiB");
}

/// SEC-3
#[test]
fn a_connection_that_was_busy_costs_no_more_than_one_that_never_was() {
    let server = start(&["--talk-rate", "0"]);
    let mut visitors: Vec<Peer> = (0..30).map(|_| Peer::visitor(server.addr)).collect();
    let burst = "x\n".repeat(32 << 10);
    let before = server.resident();
    for visitor in &mut visitors {
        let mut asking = visitor.twin();
        let burst = burst.clone();
        let asking = std::thread::spawn(move || asking.send(burst + "PING all\n"));
        visitor.lines_until("PONG all");
        asking.join().expect("no panic");
    }
    let grown = server.resident().saturating_sub(before);
    assert!(grown < ALLOWANCE, "the server has grown by {grown} KiB");
}

/// The most that a connection may cost beside what waits for its peer, in KiB.
const CONNECTION: u64 = 64;

/// MEM-1, SLOW-6: when no memory is left for more, the connections with the most waiting output are
/// dropped.
///
/// > MEM-1: Whatever its peers do, Parlour's server takes at most 16 MiB of memory, and
/// > `send-memory`, twice `send-queue`, 64 KiB for each of `max-connections`, and 64 KiB for each
/// > of 256 connections that are ending. The buffers of the system are beside that.
#[test]
fn what_waits_for_all_together_is_bounded() {
    const DEAF: usize = 50;
    let options = [
        "--send-memory",
        "1048576",
        "--capacity",
        "51",
        "--talk-rate",
        "0",
    ];
    let server = start(&options);
    let deaf: Vec<_> = (0..DEAF)
        .map(|n| {
            Peer::narrow(server.addr)
                .greeted()
                .joined(&format!("deaf{n}"))
        })
        .collect();
    let mut ann = Peer::member(server.addr, "ann");
    let before = server.peak();
    let text = ".".repeat(900);
    for _ in 0..230 {
        let lines = (0..DEAF).map(|n| format!("MESG deaf{n} {text}\n"));
        ann.send(lines.collect::<String>());
        ann.sync();
    }
    let dropped = server.log_line("dropped: more waited for it than was left of --send-memory");
    assert!(dropped.contains("name=deaf"), "{dropped}");
    let grown = server.peak() - before;
    let most = 4 * 1024 + CONNECTION * DEAF as u64;
    assert!(grown < most, "the server has grown by {grown} KiB");
    drop(deaf);
}

/// MEM-1, SEC-3
///
/// > SEC-3: Everything that a peer can make a server hold is bounded: section 8.
#[test]
fn visitors_that_ask_and_do_not_read_cost_little_each() {
    const VISITORS: usize = 100;
    let big = format!("PING {}\n", "x".repeat(4000));
    let half = "x".repeat(4000);
    for asked in ["HELP\n", "x\n", "PING 1\n", "\n", &big, &half] {
        let server = start(&[]);
        let before = server.peak();
        let burst = asked.repeat((64 << 10) / asked.len());
        let mut visitors: Vec<_> = (0..VISITORS)
            .map(|_| Peer::narrow(server.addr).greeted())
            .collect();
        for visitor in &mut visitors {
            visitor.send(&burst);
        }
        // Answered in turn, after everything that was read from them before.
        Peer::visitor(server.addr).sync();
        let grown = server.peak() - before;
        let most = 4 * 1024 + CONNECTION * VISITORS as u64;
        let asked = &asked[..asked.len().min(6)];
        println!("{asked:?}: {grown} KiB");
        assert!(
            grown < most,
            "{asked:?}: the server has grown by {grown} KiB"
        );
    }
}
