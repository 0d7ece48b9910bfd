//! Batches, acks and their order, as a session is sent them.

use std::cell::RefCell;
use std::fmt::Display;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::LocalSet;
use tokio_util::sync::CancellationToken;

use super::super::delivery::MEMBERS_PER_POLL;
use super::super::message::Deliver;
use super::*;
use crate::protocol::parse_line;
use actix::{Addr, MessageResult};

/// Records what a session is sent.
struct Recorder(Rc<RefCell<String>>);

impl Actor for Recorder {
    type Context = Context<Self>;
}

impl Handler<Deliver> for Recorder {
    type Result = ();

    fn handle(&mut self, deliver: Deliver, _: &mut Context<Self>) {
        self.0.borrow_mut().push_str(&match deliver {
            Deliver::Chunk(octets) => String::from_utf8_lossy(&octets).into_owned(),
            Deliver::Ack(octets) => format!("[ack, {octets} octets]\n"),
            Deliver::Close(close) => format!("[close: {close:?}]\n"),
        });
    }
}

/// A room with two members, `ann` and `bob`, and what each of their sessions is sent after they
/// have joined.
async fn room_of_two() -> (Addr<RoomActor>, [Rc<RefCell<String>>; 2]) {
    room_of(["ann", "bob"], Config::default()).await
}

async fn room_of<const N: usize>(
    names: [impl Display; N],
    mut config: Config,
) -> (Addr<RoomActor>, [Rc<RefCell<String>>; N]) {
    config.limits.capacity = N + 1;
    let alive = CancellationToken::new().drop_guard();
    let room = RoomActor::new(&config, Console::silent(), alive).start();
    let received = [(); N].map(|()| Rc::default());
    for (id, received) in (1..).zip(&received) {
        let id = SessionId(id);
        room.do_send(Connect {
            id,
            peer: (Ipv4Addr::LOCALHOST, 1).into(),
            session: Recorder(Rc::clone(received)).start().recipient(),
        });
    }
    for (id, name) in (1..).zip(names) {
        room.do_send(lines_from(id, &format!("JOIN {name}")));
    }
    acked(&received[N - 1], 1).await;
    for received in &received {
        received.borrow_mut().clear();
    }
    (room, received)
}

/// Waits for the session's `nth` ack.
async fn acked(received: &RefCell<String>, nth: usize) {
    for _ in 0..1000 {
        if received.borrow().matches("[ack").count() >= nth {
            return;
        }
        yield_now().await;
    }
    panic!("no ack, but: {}", received.borrow());
}

fn lines_from(from: u64, lines: &str) -> LinesReceived {
    let lines = lines.lines().filter_map(|line| parse_line(line.as_bytes()));
    LinesReceived {
        from: SessionId(from),
        lines: lines.collect(),
    }
}

fn play<F: Future>(test: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    LocalSet::new().block_on(&runtime.expect("a runtime"), test)
}

/// ORDER-3, ORDER-4: within one batch and across two, the answer comes after the broadcast that
/// was handled before it, and the ack after both.
///
/// > ORDER-4: Answers, private lines and the events of the room keep one order on each connection:
/// > the one in which the room handled their causes.
#[test]
fn an_answer_does_not_overtake_a_broadcast() {
    play(async {
        let (room, received) = room_of_two().await;
        room.do_send(lines_from(1, "PING 0"));
        acked(&received[0], 1).await;
        received[0].borrow_mut().clear();
        room.do_send(lines_from(2, "BCST 1"));
        room.do_send(lines_from(1, "PING a\nMESG bob psst\nPING b"));
        acked(&received[1], 1).await;
        room.do_send(lines_from(2, "BCST 2"));
        acked(&received[1], 2).await;
        room.do_send(lines_from(1, "PING c"));
        acked(&received[0], 2).await;
        let ann = [
            "bob: BCST 1",
            "PONG a",
            "PONG b",
            "[ack, 33 octets]",
            "bob: BCST 2",
            "PONG c",
            "[ack, 7 octets]",
        ];
        assert_eq!(received[0].borrow().lines().collect::<Vec<_>>(), ann);
        let bob = [
            "bob: BCST 1",
            "ann: MESG bob psst",
            "[ack, 12 octets]",
            "bob: BCST 2",
            "[ack, 12 octets]",
        ];
        assert_eq!(received[1].borrow().lines().collect::<Vec<_>>(), bob);
    });
}

/// STATE-1, FAIR-1: a full batch leaves the lines it has not taken to the next batches, and
/// other sessions' lines are taken in between.
#[test]
fn many_lines_of_one_session_take_many_batches_and_hold_nobody_up() {
    play(async {
        let (room, received) = room_of_two().await;
        room.do_send(lines_from(1, &"HELP\n".repeat(5000)));
        room.do_send(lines_from(2, "PING a"));
        acked(&received[1], 1).await;
        let told = received[0].borrow().len();
        assert!(
            (BATCH_OCTETS..BATCH_OCTETS + 4096).contains(&told),
            "{told}"
        );
        acked(&received[0], 1).await;
        let received = received[0].borrow();
        let (lines, ack) = received.split_once("[ack, ").expect("it is there");
        let help = crate::protocol::Verb::ALL.len();
        assert_eq!(lines.lines().count(), 5000 * help);
        assert_eq!(ack, format!("{} octets]\n", lines.len()));
    });
}

/// STATE-1, FAIR-1: a batch is also full when it has many inputs that tell little.
#[test]
fn a_batch_takes_so_many_inputs_and_no_more() {
    play(async {
        let (room, received) = room_of_two().await;
        room.do_send(lines_from(1, &"PING a\n".repeat(2 * BATCH_INPUTS)));
        room.do_send(lines_from(2, "PING b"));
        acked(&received[1], 1).await;
        assert_eq!(received[0].borrow().lines().count(), BATCH_INPUTS - 1);
        acked(&received[0], 1).await;
        let pongs = received[0].borrow().matches("PONG a\n").count();
        assert_eq!(pongs, 2 * BATCH_INPUTS);
    });
}

/// SLOW-5: a batch tells a member no more than makes it lag, and it is not lost at once.
#[test]
fn a_batch_is_at_most_a_quarter_of_the_send_queue_and_one_event() {
    play(async {
        let config = Config {
            send_queue: 8000,
            ..Config::default()
        };
        let (room, received) = room_of(["ann", "bob"], config).await;
        room.do_send(lines_from(1, &"LIST\n".repeat(1000)));
        room.do_send(lines_from(2, "PING a"));
        acked(&received[1], 1).await;
        let told = received[0].borrow().len();
        assert!((1980..2020).contains(&told), "{told}");
    });
}

/// SLOW-5: a visitor that lags lags as a member too.
#[test]
fn talk_is_paced_from_the_join_of_a_visitor_that_lags() {
    play(async {
        let config = Config::default();
        let (talk, pace) = (256 << 10, config.talk_pace());
        let (room, [ann, bob]) = room_of(["ann", "bob"], config).await;
        let lags = |is_lagging| LagChanged {
            id: SessionId(3),
            is_lagging,
        };
        room.do_send(Connect {
            id: SessionId(3),
            peer: (Ipv4Addr::LOCALHOST, 1).into(),
            session: Recorder(bob).start().recipient(),
        });
        room.do_send(lags(true));
        room.do_send(lines_from(3, "JOIN cyd"));
        let line = format!("BCST {}\n", "x".repeat(1000));
        room.do_send(lines_from(1, &line.repeat(talk / line.len())));
        let seconds = talk as u64 / pace;
        tokio::time::sleep(Duration::from_secs(seconds) / 2).await;
        assert!(!ann.borrow().contains("[ack"), "it is not paced");
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        assert!(ann.borrow().contains("[ack"), "it is not taken");
    });
}

/// ORDER-2: however many members there are, a batch reaches the last of them too.
#[test]
fn all_members_are_told() {
    play(async {
        const MEMBERS: usize = 2 * MEMBERS_PER_POLL + 1;
        let names: [String; MEMBERS] = std::array::from_fn(|n| format!("p{n}"));
        let (room, received) = room_of(names, Config::default()).await;
        room.do_send(lines_from(1, "BCST 1"));
        acked(&received[0], 1).await;
        assert!(
            received
                .iter()
                .all(|told| told.borrow().starts_with("p0: BCST 1\n"))
        );
    });
}

/// SHUT-1: what the room had told in the same batch comes before.
#[test]
fn a_shutdown_cuts_nothing_off() {
    play(async {
        let (room, [ann, _]) = room_of_two().await;
        room.do_send(HalfClosed(SessionId(2)));
        room.do_send(Shutdown);
        holds(&room, [0; 3], "a shutdown").await;
        let told = "bob has left the chat\nSERVER: shutting down\n[close: Ended]\n";
        assert_eq!(*ann.borrow(), told);
    });
}

/// To the room: of how many sessions does it hold a recipient, a start tag, a join deadline?
#[derive(actix::Message)]
#[rtype(result = "[usize; 3]")]
struct Held;

impl Handler<Held> for RoomActor {
    type Result = MessageResult<Held>;

    fn handle(&mut self, _: Held, _: &mut Context<Self>) -> MessageResult<Held> {
        MessageResult([
            self.recipients.0.len(),
            self.scheduler.tags.len(),
            self.join_deadlines.deadlines.len(),
        ])
    }
}

async fn holds(room: &Addr<RoomActor>, expected: [usize; 3], after: &str) {
    let mut held = [0; 3];
    for _ in 0..1000 {
        held = room.send(Held).await.expect("the room lives");
        if held == expected {
            return;
        }
    }
    panic!("after {after}: {held:?} instead of {expected:?}");
}

/// SEC-3: the room forgets a session that it has closed and one that was lost, whatever it has said
/// or left unsaid.
#[test]
fn nothing_is_kept_of_a_session_that_has_ended() {
    play(async {
        let (room, [_, received]) = room_of_two().await;
        holds(&room, [2, 2, 0], "two JOINs").await;
        let disconnected = |id| Disconnected {
            id: SessionId(id),
            dropped: None,
        };
        let visitor = || {
            room.do_send(Connect {
                id: SessionId(3),
                peer: (Ipv4Addr::LOCALHOST, 1).into(),
                session: Recorder(Rc::clone(&received)).start().recipient(),
            });
            disconnected(3)
        };
        let lost = visitor();
        holds(&room, [3, 2, 1], "a connect").await;
        room.do_send(lost);
        holds(&room, [2, 2, 0], "a visitor's loss").await;
        let lost = visitor();
        room.do_send(lines_from(3, "PING 1\nJOIN cyd"));
        room.do_send(lost);
        holds(&room, [2, 2, 0], "a loss with lines that wait").await;
        let lost = visitor();
        room.do_send(lines_from(3, "QUIT"));
        holds(&room, [2, 2, 0], "a visitor's QUIT").await;
        let is_last = received.borrow().ends_with("[close: Ended]\n");
        assert!(is_last, "{}", received.borrow());
        room.do_send(lines_from(3, "PING late"));
        holds(&room, [2, 3, 0], "a line that comes too late").await;
        room.do_send(lost);
        holds(&room, [2, 2, 0], "its end").await;
        visitor();
        holds(&room, [3, 2, 1], "a connect").await;
        tokio::time::advance(Config::default().join_timeout).await;
        holds(&room, [2, 2, 0], "the join timeout").await;
        room.do_send(disconnected(1));
        holds(&room, [1, 1, 0], "a member's loss").await;
        room.do_send(HalfClosed(SessionId(2)));
        holds(&room, [0, 0, 0], "a member's half-close").await;
    });
}
