//! The running server, judged: sixty clients talk over real sockets at once, and one order of the specification's room must explain
//! every line that each of them read (spec sections 5 to 7).
//!
//! Some end with QUIT, some end their side, some are reset with unread lines, some read nothing until the others are done.

mod stage;

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use parlour_spec::{Document, Oracle, Random, Rules, Trace, judge};
use socket2::SockRef;
use stage::on_sockets::{DEADLINE, RunningServer};
use stage::script::Limits;

const CLIENTS: usize = 60;
const COMMANDS: usize = 340;

/// How a client behaves at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Quits,
    HalfCloses,
    /// After it has read so many lines.
    IsReset(usize),
    ReadsLate,
}

/// ORDER-1 to ORDER-4, STATE-1, STATE-3, CONN-4, CONN-5, JOIN-2, LIST-1, MESG-2, QUIT-2
#[test]
fn one_order_of_the_room_explains_what_sixty_clients_read() {
    let limits = Limits {
        capacity: CLIENTS - 4,
        max_connections: CLIENTS + 4,
        ..Limits::default()
    };
    let server = RunningServer::start(limits);
    let (begin, done) = (Barrier::new(CLIENTS), Barrier::new(CLIENTS));
    let begun = Instant::now();
    let record: String = thread::scope(|scope| {
        let client = |n: usize| {
            let (begin, done, address) = (&begin, &done, server.address);
            let socket = TcpStream::connect(address).expect("the server accepts");
            scope.spawn(move || visit(n, socket, begin, done))
        };
        let clients: Vec<_> = (0..CLIENTS).map(client).collect();
        let ended = clients.into_iter().map(|client| client.join());
        ended
            .map(|record| record.expect("a visit ends in order"))
            .collect()
    });
    let took = begun.elapsed();
    server.stop();

    let trace = Trace::read(&record, Oracle::parlour()).expect("the record is well formed");
    let rules = Rules::of(
        &Document::parlour(),
        limits.capacity,
        limits.max_connections,
    );
    let begun = Instant::now();
    let verdict = judge(&rules, &trace);
    let commands: usize = trace
        .connections
        .iter()
        .map(|connection| connection.said.len())
        .sum();
    println!(
        "{commands} commands, {} lines read in {took:.1?}, judged in {:.1?} and {} steps",
        verdict.lines,
        begun.elapsed(),
        verdict.steps
    );
    assert!(!verdict.gave_up, "the search was given up");
    assert_eq!(
        verdict.unexplained, None,
        "explained {} of {}",
        verdict.explained, verdict.lines
    );
}

/// One client's record.
fn visit(n: usize, socket: TcpStream, begin: &Barrier, done: &Barrier) -> String {
    let manner = match n % 10 {
        7 => Manner::HalfCloses,
        8 => Manner::IsReset(200 + n),
        9 => Manner::ReadsLate,
        _ => Manner::Quits,
    };
    let mut timeout = DEADLINE;
    if let Manner::IsReset(_) = manner {
        timeout = Duration::from_secs(2);
    }
    socket
        .set_read_timeout(Some(timeout))
        .expect("sockets have timeouts");
    let record = Arc::new(Mutex::new(String::new()));
    let note = |line: &str| {
        let mut record = record.lock().expect("nobody panics");
        record.push_str(line);
        record.push('\n');
    };
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            if manner == Manner::ReadsLate {
                done.wait();
            }
            let most = if let Manner::IsReset(lines) = manner {
                lines
            } else {
                usize::MAX
            };
            for line in BufReader::new(&socket)
                .lines()
                .take(most)
                .map_while(Result::ok)
            {
                note(&format!("S {n}: {line}"));
            }
            if !matches!(manner, Manner::IsReset(_)) {
                note(&format!("X {n}"));
            }
            if manner != Manner::ReadsLate {
                done.wait();
            }
        });
        let mut random = Random::new(n as u64);
        // The first is there before the others, and its record says in which order they come.
        if n > 0 {
            begin.wait();
        }
        for i in 0..COMMANDS {
            if (n, i) == (0, 1) {
                begin.wait();
            }
            let line = command(&mut random, n, i);
            note(&format!("C {n}: {line}"));
            if (&socket).write_all(format!("{line}\n").as_bytes()).is_err() {
                break;
            }
        }
        match manner {
            Manner::Quits | Manner::ReadsLate => {
                note(&format!("C {n}: QUIT"));
                (&socket).write_all(b"QUIT\n").expect("the server takes it");
            }
            Manner::HalfCloses => {
                note(&format!("H {n}"));
                socket
                    .shutdown(Shutdown::Write)
                    .expect("the socket is open");
            }
            Manner::IsReset(_) => {}
        }
        reader.join().expect("reading does not panic");
    });
    if let Manner::IsReset(_) = manner {
        note(&format!("R {n}"));
        let linger = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
        linger.expect("sockets linger");
    }
    drop(socket);
    Arc::try_unwrap(record)
        .expect("both threads are done")
        .into_inner()
        .expect("nobody panics")
}

fn command(random: &mut Random, n: usize, i: usize) -> String {
    match random.below(16) {
        _ if i == 0 => format!("JOIN u{n}"),
        0 => format!("JOIN U{}", random.below(CLIENTS)),
        1..3 => "LIST".to_owned(),
        3..6 => format!("MESG u{} {n} tells {i}", random.below(CLIENTS)),
        6 => format!("PING {i}"),
        7 => "HELP".to_owned(),
        8 => "anyone?".to_owned(),
        _ => format!("BCST {n} says {i}"),
    }
}
