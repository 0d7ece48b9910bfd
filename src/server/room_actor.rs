//! The room as an actor: a message in, [`Room::handle`], deliveries out. It decides nothing.
//!
//! Inputs are handled one at a time, each of them whole (STATE-1), and the lines of a connection in their order (ORDER-3). What
//! comes at about the same time is one *turn*, and what the turn tells goes out at its end, one chunk a member. A turn that has
//! grown to [`TURN_OCTETS`] takes no more lines: their sessions keep them for the next one.
//!
//! Its handlers only change its state. One future that never ends drives it: actix polls it after each drain of the mailbox.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{self, Poll, ready};
use std::time::Duration;

use actix::{Actor, ActorFuture, AsyncContext, Context, Handler, Recipient};
use tokio::task::yield_now;
use tokio_util::sync::DropGuard;

use super::alarm::Alarm;
use super::broadcast::Turn;
use super::console::Console;
use super::delivery::Delivery;
use super::message::{Connect, Deliver, Happened, Heard, Lines, Shutdown};
use super::visitors::Visitors;
use crate::protocol::Event;
use crate::room::{Audience, Change, Input, Limits, Outbox, Room, SessionId, Tell};

/// The most octets that a turn tells, each event counted once, before it takes no more lines.
const TURN_OCTETS: usize = 256 << 10;

/// Carries the one [`Room`].
pub(super) struct RoomActor {
    room: Room,
    outbox: Outbox,
    turn: Turn,
    /// Whose lines this turn has taken, and those for which it had no more room.
    heard: Vec<(SessionId, Lines)>,
    turn_is_begun: bool,
    sessions: BTreeMap<SessionId, Recipient<Deliver>>,
    visitors: Visitors,
    console: Console,
    /// Dropped with the actor: how others learn that the room is gone.
    _alive: DropGuard,
}

impl RoomActor {
    pub(super) fn new(
        limits: Limits,
        join_timeout: Duration,
        console: Console,
        alive: DropGuard,
    ) -> Self {
        Self {
            room: Room::new(limits),
            outbox: Outbox::new(),
            turn: Turn::default(),
            heard: Vec::new(),
            turn_is_begun: false,
            sessions: BTreeMap::new(),
            visitors: Visitors::new(join_timeout),
            console,
            _alive: alive,
        }
    }

    fn step(&mut self, id: SessionId, input: Input) {
        self.turn_is_begun = true;
        match self.room.handle(id, input, &mut self.outbox) {
            Some(Change::Joined) => {
                self.visitors.leave(id);
                self.turn.enter(id);
            }
            Some(Change::Left) => self.turn.leave(id),
            None => {}
        }
        self.tell();
    }

    fn tell(&mut self) {
        for Tell { to, event } in self.outbox.drain() {
            match (to, &event) {
                (Audience::One(id), Event::Close) => self.turn.close(id),
                (Audience::One(id), _) => self.turn.tell(id, self.room.is_member(id), &event),
                (Audience::Members, _) => {
                    self.console.show(&event);
                    self.turn.tell_members(&event);
                }
            }
        }
    }

    /// JOIN-5
    fn close_overdue(&mut self) {
        while let Some(id) = self.visitors.pop_overdue() {
            self.step(id, Input::JoinTimeout);
        }
    }

    /// Everyone is to be sent what the turn told them, and who spoke in it may go on.
    fn end_turn(&mut self) -> Delivery {
        self.turn_is_begun = false;
        let members = self.room.roster().sessions();
        Delivery::new(members, self.turn.end(), std::mem::take(&mut self.heard))
    }

    /// Sends the session what comes next for it, if it is there.
    pub(super) fn deliver(&self, id: SessionId, deliver: Deliver) {
        if let Some(session) = self.sessions.get(&id) {
            session.do_send(deliver);
        }
    }

    /// The session is not there any more.
    pub(super) fn forget(&mut self, id: SessionId) {
        self.sessions.remove(&id);
        self.visitors.leave(id);
    }
}

impl Actor for RoomActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.spawn(Drive {
            alarm: Alarm::default(),
            phase: Phase::Rest,
        });
    }
}

/// Ends the turns of the room, and the time of its visitors to join.
struct Drive {
    alarm: Alarm,
    phase: Phase,
}

/// How far a turn has come.
enum Phase {
    /// There is none, or one that has yet to wait.
    Rest,
    /// It waits for all who have something to say by now: what they say is of this turn too.
    OthersFirst(Pin<Box<dyn Future<Output = ()>>>),
    /// It has ended.
    Delivery(Delivery),
}

impl ActorFuture<RoomActor> for Drive {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        room: &mut RoomActor,
        _: &mut Context<RoomActor>,
        task: &mut task::Context<'_>,
    ) -> Poll<()> {
        let Self { alarm, phase } = self.get_mut();
        loop {
            room.close_overdue();
            while room.turn_is_begun || !matches!(phase, Phase::Rest) {
                *phase = match phase {
                    Phase::Rest => Phase::OthersFirst(Box::pin(yield_now())),
                    Phase::OthersFirst(they_speak) => {
                        ready!(they_speak.as_mut().poll(task));
                        Phase::Delivery(room.end_turn())
                    }
                    Phase::Delivery(delivery) => {
                        ready!(delivery.poll(room, task));
                        Phase::Rest
                    }
                };
            }
            ready!(alarm.poll(task, room.visitors.deadline()));
        }
    }
}

impl Handler<Connect> for RoomActor {
    type Result = ();

    fn handle(&mut self, connect: Connect, _: &mut Context<Self>) {
        self.console.connected(&connect.peer);
        self.sessions.insert(connect.id, connect.session);
        self.visitors.enter(connect.id);
        self.step(connect.id, Input::Connect);
    }
}

impl Handler<Heard> for RoomActor {
    type Result = ();

    fn handle(&mut self, Heard { from, mut lines }: Heard, _: &mut Context<Self>) {
        while self.turn.len() < TURN_OCTETS
            && let Some(line) = lines.pop_front()
        {
            self.step(from, Input::Line(line));
        }
        self.turn_is_begun = true;
        self.heard.push((from, lines));
    }
}

impl Handler<Happened> for RoomActor {
    type Result = ();

    fn handle(&mut self, Happened { to, input }: Happened, _: &mut Context<Self>) {
        if input == Input::Lost {
            self.forget(to);
        }
        self.step(to, input);
    }
}

impl Handler<Shutdown> for RoomActor {
    type Result = ();

    fn handle(&mut self, _: Shutdown, _: &mut Context<Self>) {
        for id in self.room.roster().sessions() {
            self.turn.leave(id);
        }
        self.turn_is_begun = true;
        self.room.shut_down(&mut self.outbox);
        self.tell();
    }
}

/// To the room: a fault.
#[cfg(test)]
#[derive(actix::Message)]
#[rtype(result = "()")]
pub(super) struct Panic;

#[cfg(test)]
impl Handler<Panic> for RoomActor {
    type Result = ();

    fn handle(&mut self, _: Panic, _: &mut Context<Self>) {
        panic!("a fault in the room, for a test");
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use tokio::task::LocalSet;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::protocol::parse_line;

    /// Keeps what a session is sent.
    struct Keeper(Rc<RefCell<String>>);

    impl Actor for Keeper {
        type Context = Context<Self>;
    }

    impl Handler<Deliver> for Keeper {
        type Result = ();

        fn handle(&mut self, deliver: Deliver, _: &mut Context<Self>) {
            self.0.borrow_mut().push_str(&match deliver {
                Deliver::Octets(octets) => String::from_utf8_lossy(&octets).into_owned(),
                Deliver::Taken(untaken) => format!("[taken but for {}]\n", untaken.len()),
                Deliver::Close => "[close]\n".to_owned(),
            });
        }
    }

    /// A room with two members, and what each of their sessions is sent from then on.
    async fn room_of_two() -> (actix::Addr<RoomActor>, [Rc<RefCell<String>>; 2]) {
        let limits = Limits {
            capacity: 2,
            max_connections: 2,
        };
        let alive = CancellationToken::new().drop_guard();
        let room = RoomActor::new(limits, Duration::ZERO, Console::silent(), alive).start();
        let kept = [Rc::default(), Rc::default()];
        for (id, kept) in (1..).zip(&kept) {
            let id = SessionId(id);
            room.do_send(Connect {
                id,
                peer: String::new(),
                session: Keeper(Rc::clone(kept)).start().recipient(),
            });
        }
        room.do_send(heard(1, "JOIN ann"));
        room.do_send(heard(2, "JOIN bob"));
        taken(&kept[1], 1).await;
        for kept in &kept {
            kept.borrow_mut().clear();
        }
        (room, kept)
    }

    /// Waits until the session may go on for the `nth` time.
    async fn taken(kept: &RefCell<String>, nth: usize) {
        for _ in 0..1000 {
            if kept.borrow().matches("[taken").count() >= nth {
                return;
            }
            yield_now().await;
        }
        panic!("not taken, but: {}", kept.borrow());
    }

    fn heard(from: u64, lines: &str) -> Heard {
        let lines = lines.lines().filter_map(|line| parse_line(line.as_bytes()));
        Heard {
            from: SessionId(from),
            lines: lines.collect(),
        }
    }

    fn play<F: Future>(test: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        LocalSet::new().block_on(&runtime.expect("a runtime"), test)
    }

    /// ORDER-3, ORDER-4: in one turn and over two, the answer comes after the broadcast that was handled before it, and the
    /// leave to go on after both.
    #[test]
    fn an_answer_does_not_overtake_a_broadcast() {
        play(async {
            let (room, kept) = room_of_two().await;
            room.do_send(heard(2, "BCST 1"));
            room.do_send(heard(1, "PING a\nMESG bob psst\nPING b"));
            room.do_send(heard(2, "BCST 2"));
            taken(&kept[1], 2).await;
            room.do_send(heard(2, "BCST 3"));
            taken(&kept[1], 3).await;
            room.do_send(heard(1, "PING c"));
            taken(&kept[0], 2).await;
            let ann = [
                "bob: BCST 1",
                "PONG a",
                "PONG b",
                "bob: BCST 2",
                "[taken but for 0]",
                "bob: BCST 3",
                "PONG c",
                "[taken but for 0]",
            ];
            assert_eq!(kept[0].borrow().lines().collect::<Vec<_>>(), ann);
            let bob = [
                "bob: BCST 1",
                "ann: MESG bob psst",
                "bob: BCST 2",
                "[taken but for 0]",
                "[taken but for 0]",
                "bob: BCST 3",
                "[taken but for 0]",
            ];
            assert_eq!(kept[1].borrow().lines().collect::<Vec<_>>(), bob);
        });
    }

    /// STATE-1: a turn that is full takes no more lines, and gives back those that it has not taken.
    #[test]
    fn a_full_turn_gives_back_the_lines_it_has_not_taken() {
        play(async {
            let (room, kept) = room_of_two().await;
            room.do_send(heard(1, &"HELP\n".repeat(5000)));
            taken(&kept[0], 1).await;
            let kept = kept[0].borrow();
            let (told, untaken) = kept.split_once("[taken but for ").expect("it is there");
            let untaken: usize = untaken.trim_end_matches("]\n").parse().expect("a number");
            let help = crate::protocol::Verb::ALL.len();
            assert_eq!(told.lines().count(), (5000 - untaken) * help);
            assert!((TURN_OCTETS..TURN_OCTETS + 4096).contains(&told.len()));
        });
    }
}
