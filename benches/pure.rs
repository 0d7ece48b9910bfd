//! The cost of the parts without sockets: reading a line, a step of the room, writing an event, all
//! three in a row, and splicing the shared part of a batch with a member's private part.

// Private to the server, and compiled here once more rather than made public.
#[expect(dead_code, reason = "a part of it is for the server alone")]
#[path = "../src/server/batch.rs"]
mod batch;
#[expect(
    dead_code,
    unused_imports,
    reason = "what it sends is for the server alone"
)]
#[path = "../src/server/send_queue.rs"]
mod send_queue;

use std::hint::black_box;

use bytes::BytesMut;
use criterion::{BatchSize, Criterion, Throughput};
use parlour::protocol::{Event, ServerCodec, Text, UserName, parse_line};
use parlour::room::{Input, Limits, Outbox, Room, SessionId};
use parlour::{protocol, room};
use tokio_util::codec::Decoder;

use self::batch::Batch;

const MAX_LINE: usize = 4096;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    parse(&mut criterion);
    step(&mut criterion);
    encode(&mut criterion);
    all(&mut criterion);
    splice(&mut criterion);
    criterion.final_summary();
}

/// A line of each kind that costs something to read.
fn parse(criterion: &mut Criterion) {
    let text = "x".repeat(64);
    let mut group = criterion.benchmark_group("parse");
    for (name, line) in [
        ("bcst", format!("BCST {text}")),
        ("bcst, not ASCII", format!("BCST {}", "ж".repeat(32))),
        ("mesg", format!("MESG dani {text}")),
        ("join", "JOIN dani".to_owned()),
        ("unknown command", text),
    ] {
        group.throughput(Throughput::Bytes(line.len() as u64));
        group.bench_function(name, |bench| {
            bench.iter(|| parse_line(black_box(line.as_bytes())))
        });
    }
    group.finish();
}

/// One input, in rooms of different sizes.
fn step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("step");
    for members in [10, 1000] {
        let mut room = room_of(members);
        let mut outbox = Outbox::new();
        let bcst = parse_line(format!("BCST {}", "x".repeat(64)).as_bytes()).expect("a line");
        group.bench_function(format!("bcst among {members}"), |bench| {
            let input = || Input::Line(bcst.clone());
            bench.iter_batched(
                input,
                |input| {
                    room.handle(SessionId(1), input, &mut outbox);
                    outbox.drain().count()
                },
                BatchSize::SmallInput,
            );
        });
        let guest = SessionId(members + 1);
        let join = parse_line(b"JOIN guest").expect("a line");
        group.bench_function(
            format!("connect, join and leave among {members}"),
            |bench| {
                bench.iter(|| {
                    room.handle(guest, Input::Connect(None), &mut outbox);
                    room.handle(guest, Input::Line(join.clone()), &mut outbox);
                    room.handle(guest, Input::Lost, &mut outbox);
                    outbox.drain().count()
                });
            },
        );
    }
    group.finish();
}

fn encode(criterion: &mut Criterion) {
    let event = broadcast();
    let mut out = BytesMut::new();
    criterion.bench_function("encode broadcast", |bench| {
        bench.iter(|| {
            out.clear();
            event.encode(black_box(&mut out));
        });
    });
}

/// The lines of one read from a fast talker, from octets to octets.
fn all(criterion: &mut Criterion) {
    const LINES: usize = 128;
    let read = format!("BCST {}\n", "x".repeat(64)).repeat(LINES);
    let (mut room, mut outbox, mut out) = (room_of(100), Outbox::new(), BytesMut::new());
    let mut group = criterion.benchmark_group("octets to octets");
    group.throughput(Throughput::Elements(LINES as u64));
    group.bench_function("a read of 128 lines", |bench| {
        bench.iter(|| {
            let mut codec = ServerCodec::new(MAX_LINE, true);
            let mut input = BytesMut::from(black_box(read.as_str()));
            out.clear();
            while let Ok(Some(line)) = codec.decode(&mut input) {
                room.handle(SessionId(1), Input::Line(line), &mut outbox);
                outbox.drain().for_each(|tell| tell.event.encode(&mut out));
            }
            out.len()
        });
    });
    group.finish();
}

/// Batches of 128 broadcasts. The cost of a member with nothing private is not included, because it
/// gets the chunk as it is.
fn splice(criterion: &mut Criterion) {
    const BROADCASTS: usize = 128;
    let (broadcast, private) = (broadcast(), private());
    let mut group = criterion.benchmark_group("splice");
    group.throughput(Throughput::Elements(BROADCASTS as u64));
    for (name, addressees, every) in [
        ("nothing", 0, 1),
        ("one private line", 1, BROADCASTS),
        ("a private line after each broadcast, to one", 1, 1),
        (
            "a private line after each broadcast, to each of 100",
            100,
            1,
        ),
    ] {
        let mut batch = Batch::default();
        group.bench_function(name, |bench| {
            bench.iter(|| {
                for n in 1..=BROADCASTS {
                    batch.tell_members(black_box(&broadcast));
                    if n % every == 0 {
                        (0..addressees).for_each(|id| batch.tell(SessionId(id), true, &private));
                    }
                }
                batch.end()
            });
        });
    }
    group.finish();
}

fn broadcast() -> Event {
    Event::Broadcast {
        from: UserName::new("dani").expect("a name"),
        text: Text::new(&"x".repeat(64)).expect("a text"),
    }
}

fn private() -> Event {
    Event::Private {
        from: UserName::new("dani").expect("a name"),
        to: UserName::new("drew").expect("a name"),
        text: Text::new(&"x".repeat(64)).expect("a text"),
    }
}

fn room_of(members: u64) -> Room {
    let limits = Limits::by_count(2000, 2000);
    let (mut room, mut outbox) = (Room::new(limits), Outbox::new());
    for id in 1..=members {
        let join = parse_line(format!("JOIN m{id}").as_bytes()).expect("a line");
        room.handle(SessionId(id), Input::Connect(None), &mut outbox);
        room.handle(SessionId(id), Input::Line(join), &mut outbox);
    }
    outbox.drain().count();
    room
}
