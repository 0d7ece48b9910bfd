//! Linearizability of the running server: sixty clients talk over real sockets at once, and one
//! order of the specification's room must explain every line that each of them read (spec sections
//! 5 to 7). Once a fault is planted in that record, no order may explain it.

#[path = "linearizability/fault.rs"]
mod fault;
#[path = "linearizability/workload.rs"]
mod workload;

use std::sync::LazyLock;
use std::time::Instant;

use fault::Fault;
use parlour_spec::{Document, Oracle, Random, ReferenceModel, Trace, linearizability};
use parlour_testkit::Server;

const CLIENTS: usize = 60;

/// How many lines each client sends.
const COMMANDS: usize = 340;

const FAULTS: usize = 24;

const CAPACITY: usize = CLIENTS - 4;
const MAX_CONNECTIONS: usize = CLIENTS + 4;

/// What all clients sent and read.
static RECORD: LazyLock<String> = LazyLock::new(|| {
    let options = [
        format!("--capacity={CAPACITY}"),
        format!("--max-connections={MAX_CONNECTIONS}"),
        "--send-queue=65536".to_owned(),
        "--talk-rate=0".to_owned(),
    ];
    let server = env!("CARGO_BIN_EXE_parlour-server");
    let server = Server::start(server, &options.each_ref().map(String::as_str));
    let begun = Instant::now();
    let record = workload::record(server.addr, [CLIENTS, CAPACITY], COMMANDS);
    println!("met for {:.1?}", begun.elapsed());
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
    record
});

fn trace() -> Trace {
    Trace::read(&RECORD, Oracle::parlour()).expect("the record is well formed")
}

fn rules() -> ReferenceModel {
    let document = Document::parlour();
    ReferenceModel::of(&document, CAPACITY, MAX_CONNECTIONS)
}

/// ORDER-1 to ORDER-4, STATE-1, STATE-3, CONN-4, CONN-5, CONN-6, JOIN-2, LIST-1, MESG-2, QUIT-2,
/// SLOW-1
#[test]
fn one_order_of_the_room_explains_what_sixty_clients_read() {
    let trace = trace();
    let begun = Instant::now();
    let verdict = linearizability::check(&rules(), &trace);
    let said = trace
        .connections
        .iter()
        .map(|connection| connection.sent.len());
    println!(
        "{} commands, {} lines read, judged in {:.1?} and {} steps",
        said.sum::<usize>(),
        verdict.lines,
        begun.elapsed(),
        verdict.steps
    );
    let fell_behind = workload::fell_behind(&RECORD, CLIENTS);
    println!("{fell_behind} fell behind");
    assert!(fell_behind > 0, "nobody fell behind");
    assert!(!verdict.gave_up, "the search was given up");
    assert_eq!(
        verdict.unexplained, None,
        "explained {} of {}",
        verdict.explained, verdict.lines
    );
}

/// ORDER-1 to ORDER-4, MESG-2
#[test]
fn no_fault_in_what_sixty_clients_read_is_explained() {
    let (rules, good) = (rules(), trace());
    let mut random = Random::new(7);
    let begun = Instant::now();
    for planted in 0..FAULTS {
        let fault = Fault::random(&good, &mut random, planted);
        let verdict = linearizability::check(&rules, &fault.plant(&good));
        assert!(
            verdict.unexplained.is_some(),
            "goes unnoticed: {}",
            fault.place()
        );
        assert!(
            !verdict.gave_up,
            "the search was given up: {}",
            fault.place()
        );
    }
    println!("{FAULTS} faults refuted in {:.1?}", begun.elapsed());
}
