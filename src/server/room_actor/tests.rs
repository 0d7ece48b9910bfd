//! Batches, acks and their order, as a session is sent them.

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::rc::Rc;

use tokio::task::LocalSet;
use tokio_util::sync::CancellationToken;

use super::super::message::Deliver;
use super::*;
use crate::protocol::parse_line;

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

/// A room with two members, and what each of their sessions is sent after they have joined.
async fn room_of_two() -> (actix::Addr<RoomActor>, [Rc<RefCell<String>>; 2]) {
    let alive = CancellationToken::new().drop_guard();
    let room = RoomActor::new(&Config::default(), Console::silent(), alive).start();
    let received = [Rc::default(), Rc::default()];
    for (id, received) in (1..).zip(&received) {
        let id = SessionId(id);
        room.do_send(Connect {
            id,
            peer: (Ipv4Addr::LOCALHOST, 1).into(),
            session: Recorder(Rc::clone(received)).start().recipient(),
        });
    }
    room.do_send(lines_from(1, "JOIN ann"));
    room.do_send(lines_from(2, "JOIN bob"));
    acked(&received[1], 1).await;
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
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    LocalSet::new().block_on(&runtime.expect("a runtime"), test)
}

/// ORDER-3, ORDER-4: within one batch and across two, the answer comes after the broadcast that
/// was handled before it, and the ack after both.
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
