//! Linearizability of the running server: sixty clients talk over real sockets at once, and one
//! order of the specification's room must explain every line that each of them read (spec sections
//! 5 to 7). Once a fault is planted in that record, no order may explain it.

mod fault;
mod workload;

use std::sync::LazyLock;
use std::time::Instant;

use fault::Fault;
use parlour_spec::linearizability::{self, Handled};
use parlour_spec::{Document, Input, Oracle, Random, ReferenceModel, Trace};
use parlour_testkit::Server;
use workload::Behaviour;

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
///
/// > ORDER-1: All members are told the events of the room, which the table below names, in one and
/// > the same order.
#[test]
fn one_order_of_the_room_explains_what_sixty_clients_read() {
    let trace = trace();
    let begun = Instant::now();
    let rules = rules();
    let analysis = linearizability::check(&rules, &trace);
    println!(
        "{} lines read, judged in {:.1?} and {} steps",
        analysis.lines,
        begun.elapsed(),
        analysis.steps
    );
    let order = analysis.verdict.unwrap_or_else(|why| panic!("{why}"));
    // Those that read nothing are reset last of all, unless they fall behind.
    let by = |handled: &Handled<'_>, behaviour| {
        let number = trace.connections[handled.connection].name.parse();
        Behaviour::of(number.expect("the names are numbers")) == behaviour
    };
    let quit =
        |handled: &Handled<'_>| by(handled, Behaviour::Quits) && handled.input == Input::Quit;
    let last_quit = order.iter().rposition(quit).expect("some quit");
    let lost = order[..last_quit]
        .iter()
        .filter(|handled| handled.input == Input::Lost);
    let fell_behind = lost.filter(|handled| by(handled, Behaviour::ReadsNothing));
    assert!(fell_behind.count() > 0, "nobody fell behind");
}

/// ORDER-1 to ORDER-4, MESG-2
#[test]
fn no_fault_in_what_sixty_clients_read_is_explained() {
    let (rules, good) = (rules(), trace());
    let mut random = Random::new(7);
    let begun = Instant::now();
    for planted in 0..FAULTS {
        let fault = Fault::random(&good, &mut random, planted);
        let analysis = linearizability::check(&rules, &fault.plant(&good));
        let why = analysis.verdict.err();
        let why = why.unwrap_or_else(|| panic!("goes unnoticed: {}", fault.place()));
        assert!(!why.gave_up, "given up: {}", fault.place());
    }
    println!("{FAULTS} faults refuted in {:.1?}", begun.elapsed());
}
