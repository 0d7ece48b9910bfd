//! Linearizability of the running server: sixty clients talk over real sockets at once, and one
//! order of the specification's room must explain every line that each of them read (spec sections
//! 5 to 7). Once a fault is planted in that record, no order may explain it.

#[path = "linearizability/fault.rs"]
mod fault;
mod stage;
#[path = "linearizability/workload.rs"]
mod workload;

use std::sync::LazyLock;
use std::time::Instant;

use fault::Fault;
use parlour::room;
use parlour::server::Config;
use parlour_spec::{Document, Oracle, Random, ReferenceModel, Trace, linearizability};
use stage::on_sockets::RunningServer;
use stage::script::Limits;

const CLIENTS: usize = 60;

/// How many lines each client sends.
const COMMANDS: usize = 340;

const FAULTS: usize = 24;

const LIMITS: room::Limits = room::Limits::by_count(CLIENTS - 4, CLIENTS + 4);

/// What all clients sent and read.
static RECORD: LazyLock<String> = LazyLock::new(|| {
    let config = Config {
        limits: LIMITS,
        send_queue: 64 << 10,
        talk_rate: 0,
        ..Config::from(Limits::default())
    };
    // The kernel's own buffers would hold everything that the server sends here.
    let server = RunningServer::start_with(config, |listener| {
        let set = listener.set_send_buffer_size(4096);
        set.expect("a socket has next to no buffer if it likes");
    });
    let begun = Instant::now();
    let record = workload::record(server.address, [CLIENTS, LIMITS.capacity], COMMANDS);
    println!("met for {:.1?}", begun.elapsed());
    server.stop();
    record
});

fn trace() -> Trace {
    Trace::read(&RECORD, Oracle::parlour()).expect("the record is well formed")
}

fn rules() -> ReferenceModel {
    let document = Document::parlour();
    ReferenceModel::of(&document, LIMITS.capacity, LIMITS.max_connections)
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
