//! What a peer can make the server hold, whatever it does (SEC-3).

use super::peer::Peer;
use super::process::Process;

/// What all the rest of a test may cost, in KiB.
const ALLOWANCE: u64 = 16 << 10;

/// SEC-3, SLOW-1
#[test]
fn a_private_line_that_waits_holds_nothing_of_what_others_were_told() {
    let process = Process::start(&["--talk-rate", "0", "--send-queue", "100000000"]);
    let _deaf = Peer::narrow(process.port).greeted().joined("deaf");
    let mut ann = Peer::member(process.port, "ann");
    // More than the system takes for the one who does not read.
    let burst = format!("BCST {}\n", ".".repeat(4000)).repeat(20);
    for _ in 0..100 {
        ann.send(&burst);
        ann.sync();
    }
    let before = process.resident();
    let questions = "HELP\n".repeat(400);
    for _ in 0..100 {
        ann.send(format!("{questions}MESG deaf hi\n{questions}"));
        ann.sync();
    }
    let grown = process.resident().saturating_sub(before);
    assert!(grown < ALLOWANCE, "the server has grown by {grown} KiB");
}

/// SEC-3
#[test]
fn a_connection_that_was_busy_costs_no_more_than_one_that_never_was() {
    let process = Process::start(&["--talk-rate", "0"]);
    let mut visitors: Vec<Peer> = (0..30).map(|_| Peer::visitor(process.port)).collect();
    let burst = "x\n".repeat(32 << 10);
    let before = process.resident();
    for visitor in &mut visitors {
        let mut asking = visitor.twin();
        let burst = burst.clone();
        let asking = std::thread::spawn(move || asking.send(burst + "PING all\n"));
        visitor.lines_until("PONG all");
        asking.join().expect("no panic");
    }
    let grown = process.resident().saturating_sub(before);
    assert!(grown < ALLOWANCE, "the server has grown by {grown} KiB");
}
