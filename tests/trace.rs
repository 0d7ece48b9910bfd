//! Tests the linearizability checker: it explains every random run of the program's room, and no
//! run with a planted fault.
//!
//! The runs have sixty clients that speak without waiting, read late, half-close, fall behind and
//! are reset; names collide and the room is sometimes full. A fault is one line dropped, doubled,
//! swapped with the next, or moved to another connection.

mod room;

use std::collections::VecDeque;
use std::time::Instant;

use parlour::room::{Input, Limits, Outbox, Room};
use parlour_spec::linearizability::{self, Unexplained};
use parlour_spec::{Conn, Document, End, Oracle, Random, ReferenceModel, Trace};
use room::{Both, handle};

const CLIENTS: usize = 60;

/// A line of the record: its connection, and its content.
type Entry = (usize, String);

/// One end of a connection.
#[derive(Default)]
struct Peer {
    up: VecDeque<String>,
    down: VecDeque<String>,
    silent: bool,
    over: bool,
}

/// A run of the program's room, recorded.
fn record(seed: u64, limits: Limits, steps: usize) -> Vec<Entry> {
    let mut random = Random::new(seed);
    let mut room = Room::new(limits);
    let mut out = Outbox::new();
    let mut record = Vec::new();
    let mut peers: Vec<Peer> = (0..CLIENTS).map(|_| Peer::default()).collect();
    peers
        .iter_mut()
        .for_each(|peer| peer.up.push_back("connect".to_owned()));
    for step in 0..steps {
        let c = random.below(CLIENTS);
        let peer = &mut peers[c];
        match random.below(8) {
            0..3 if !peer.silent && peer.up.len() < 4 => {
                let line = line(&mut random, step);
                record.push((c, format!("C {c}: {line}")));
                peer.up.push_back(line);
            }
            3 if !peer.silent && random.below(400) == 0 => {
                peer.silent = true;
                if random.below(2) == 0 {
                    record.push((c, format!("H {c}")));
                    peer.up.push_back("half-close".to_owned());
                } else {
                    lose(c, peer, &mut record);
                }
            }
            4 => reads(c, peer, &mut record),
            _ => takes(c, &mut peers, &mut room, &mut out, &mut record),
        }
    }
    // Everything in transit arrives, and is read.
    while let Some(c) = peers.iter().position(|peer| !peer.up.is_empty()) {
        takes(c, &mut peers, &mut room, &mut out, &mut record);
    }
    for (c, peer) in peers.iter_mut().enumerate() {
        while !peer.down.is_empty() {
            reads(c, peer, &mut record);
        }
    }
    record
}

fn line(random: &mut Random, step: usize) -> String {
    let name = format!("u{}", random.below(CLIENTS + 5));
    match random.below(20) {
        0..6 => format!(
            "JOIN {}",
            if random.below(4) == 0 {
                name.to_uppercase()
            } else {
                name
            }
        ),
        6..11 => format!("BCST said at {step}"),
        11..14 => format!("MESG {name} told at {step}"),
        14..16 => "LIST".to_owned(),
        16 => format!("PING {step}"),
        17 => "HELP".to_owned(),
        18 => "who is here?".to_owned(),
        _ if random.below(40) == 0 => "QUIT".to_owned(),
        _ => "BCST again and again".to_owned(),
    }
}

/// The room takes the next input in transit from `c`.
fn takes(c: usize, peers: &mut [Peer], room: &mut Room, out: &mut Outbox, record: &mut Vec<Entry>) {
    let Some(line) = peers[c].up.pop_front() else {
        return;
    };
    let input = match line.as_str() {
        "connect" => Input::Connect(None),
        "half-close" => Input::HalfClose,
        "lost" => Input::Lost,
        line => Both::line(line).input.expect("it is no shutdown"),
    };
    for (id, event) in handle(room, c as Conn, input, out) {
        let peer = &mut peers[id as usize];
        if !peer.over {
            peer.down.push_back(event.to_string());
            // SLOW-1
            if peer.down.len() > 300 {
                lose(id as usize, peer, record);
            }
        }
    }
}

fn reads(c: usize, peer: &mut Peer, record: &mut Vec<Entry>) {
    for line in peer.down.drain(..) {
        record.push((c, format!("S {c}: {line}")));
        if line == "close" {
            record.push((c, format!("X {c}")));
            peer.silent = true;
        }
    }
}

fn lose(c: usize, peer: &mut Peer, record: &mut Vec<Entry>) {
    peer.down.clear();
    (peer.silent, peer.over) = (true, true);
    peer.up.push_back("lost".to_owned());
    record.push((c, format!("R {c}")));
}

/// The number of lines and of steps; or why no order explains the record.
fn verdict(record: &[Entry], limits: Limits) -> Result<[usize; 2], Unexplained> {
    let text: String = record.iter().map(|(_, line)| format!("{line}\n")).collect();
    let trace = Trace::read(&text, Oracle::parlour()).expect("the record is well formed");
    let rules = ReferenceModel::of(
        &Document::parlour(),
        limits.capacity,
        limits.max_connections,
    );
    let analysis = linearizability::check(&rules, &trace);
    analysis.verdict.map(|_| [analysis.lines, analysis.steps])
}

const ROOMY: Limits = Limits::by_count(64, 64);
const TIGHT: Limits = Limits::by_count(10, 64);

/// ORDER-1 to ORDER-4
#[test]
fn what_the_room_says_is_explained() {
    for (seed, limits) in (1..=4).flat_map(|seed| [(seed, ROOMY), (seed, TIGHT)]) {
        let record = record(seed, limits, 20_000);
        let of_clients = |(_, line): &&Entry| line.starts_with('C');
        let said = record.iter().filter(of_clients).count();
        let begun = Instant::now();
        let verdict = verdict(&record, limits);
        let [lines, steps] = verdict.unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        println!(
            "seed {seed}: {said} commands, {lines} lines read, {steps} steps, {:.2} s",
            begun.elapsed().as_secs_f64()
        );
        assert!(steps < 5 * said, "seed {seed}: the search wanders");
    }
}

/// ORDER-1 to ORDER-4
#[test]
fn no_fault_in_a_record_is_explained() {
    let good = record(5, ROOMY, 1_200);
    assert!(verdict(&good, ROOMY).is_ok());
    let mut random = Random::new(6);
    let mut planted = 0;
    while planted < 40 {
        let mut bad = good.clone();
        let at = random.below(bad.len());
        let (c, line) = bad[at].clone();
        let later: Vec<usize> = (at + 1..bad.len())
            .filter(|&i| bad[i].0 == c && bad[i].1.starts_with('S'))
            .collect();
        // The last line that an open or lost connection read may just as well have stayed unread.
        let (true, Some(&next)) = (line.starts_with('S'), later.first()) else {
            continue;
        };
        match planted % 4 {
            0 => drop(bad.remove(at)),
            1 => bad.insert(at + 1, bad[at].clone()),
            2 if all_hear(&bad, c, at, next) => bad.swap(at, next),
            3 => {
                let other = (c + 1 + random.below(CLIENTS - 1)) % CLIENTS;
                let (_, said) = line.split_once(": ").expect("a line");
                bad[at] = (other, format!("S {other}: {said}"));
            }
            _ => continue,
        }
        let fault = format!("fault {planted} at {at}: {line}");
        let why = verdict(&bad, ROOMY).expect_err(&fault);
        assert!(!why.gave_up, "{fault}: {why}");
        planted += 1;
    }
}

/// Whether another connection reads both lines as well: then their order does not depend on when
/// each was handled.
fn all_hear(record: &[Entry], c: usize, at: usize, next: usize) -> bool {
    let said = |i: usize| record[i].1.split_once(": ").expect("a line").1;
    let reads = |d: usize, line: &str| record.contains(&(d, format!("S {d}: {line}")));
    let unique = said(at).contains("said at") && said(next).contains("said at");
    unique && (0..CLIENTS).any(|d| d != c && reads(d, said(at)) && reads(d, said(next)))
}

/// The conversations of spec section 11 are written as records, and one room explains each.
#[test]
fn the_conversations_of_the_specification_are_explained() {
    let document = Document::parlour();
    let rules = ReferenceModel::of(&document, 10, 1024);
    for conversation in document.blocks("conversation") {
        let trace = Trace::read(conversation, Oracle::parlour()).expect(conversation);
        assert!(
            trace
                .connections
                .iter()
                .all(|connection| connection.end == End::Open)
        );
        let verdict = linearizability::check(&rules, &trace).verdict;
        verdict.unwrap_or_else(|why| panic!("{conversation}{why}"));
    }
}
