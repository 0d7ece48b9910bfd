//! The room as an actor: a message in, [`Room::handle`], deliveries out. It decides nothing.
//!
//! Inputs are handled one at a time, each of them whole (STATE-1), and the lines of a connection in
//! their order (ORDER-3). What comes at about the same time is one *turn*, and what the turn tells
//! goes out at its end, one chunk a member. Whose input is next, and which waits for another turn,
//! the [`Scheduler`] says.
//!
//! Its handlers only change its state. One future that never ends drives it: actix polls it after
//! each drain of the mailbox.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{self, Poll, ready};

use actix::{Actor, ActorFuture, AsyncContext, Context, Handler, Recipient};
use tokio::task::yield_now;
use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use super::alarm::Alarm;
use super::broadcast::{Close, Turn};
use super::config::Config;
use super::console::Console;
use super::delivery::Delivery;
use super::drop_log::DropLog;
use super::message::{Connect, Deliver, Gone, HalfClosed, Heard, Lags, Shutdown};
use super::scheduler::{Octets, Scheduler};
use super::visitors::Visitors;
use crate::protocol::Event;
use crate::room::{Audience, Change, Input, Outbox, PeerAddress, Room, Session, SessionId, Tell};

/// How many octets a turn tells, each event counted once, before it takes no more input.
const TURN_OCTETS: usize = 256 << 10;

/// How many inputs a turn takes at most: many tell little, and others wait for them too.
const TURN_INPUTS: usize = 4096;

/// Carries the one [`Room`].
pub(super) struct RoomActor {
    room: Room,
    outbox: Outbox,
    turn: Turn,
    /// At most a quarter of the send queue, so that a session lags before it has fallen behind
    /// (SLOW-5).
    turn_octets: usize,
    turn_is_begun: bool,
    scheduler: Scheduler,
    sessions: BTreeMap<SessionId, Recipient<Deliver>>,
    visitors: Visitors,
    console: Console,
    drop_log: DropLog,
    /// Dropped with the actor: how others learn that the room is gone.
    _alive: DropGuard,
}

impl RoomActor {
    pub(super) fn new(config: &Config, console: Console, alive: DropGuard) -> Self {
        let now = Instant::now();
        Self {
            room: Room::new(config.limits),
            outbox: Outbox::new(),
            turn: Turn::default(),
            turn_octets: TURN_OCTETS.min(config.send_queue / 4),
            turn_is_begun: false,
            scheduler: Scheduler::new(config.pace(), now),
            sessions: BTreeMap::new(),
            visitors: Visitors::new(config.join_timeout),
            console,
            drop_log: DropLog::new(now),
            _alive: alive,
        }
    }

    fn step(&mut self, id: SessionId, input: Input) -> Octets {
        let close = match input {
            Input::Connect(_) => Close::Refused,
            Input::Line(_) | Input::HalfClose | Input::Lost | Input::JoinTimeout => Close::Ended,
        };
        self.turn_is_begun = true;
        match self.room.handle(id, input, &mut self.outbox) {
            Some(Change::Joined) => {
                self.visitors.leave(id);
                self.scheduler.joined(id);
                self.turn.enter(id);
            }
            Some(Change::Left) => self.turn.leave(id),
            None => {}
        }
        self.tell(Some(id), close)
    }

    /// Tells what the outbox has; `by` is the session whose input it comes of.
    fn tell(&mut self, by: Option<SessionId>, close: Close) -> Octets {
        let mut told = Octets::default();
        for Tell { to, event } in self.outbox.drain() {
            let before = self.turn.len();
            match (to, &event) {
                (Audience::One(id), Event::Close) => self.turn.close(id, close),
                (Audience::One(id), _) => self.turn.tell(id, self.room.is_member(id), &event),
                (Audience::Members, _) => {
                    self.console.show(&event);
                    self.turn.tell_members(&event);
                }
            }
            let octets = self.turn.len() - before;
            told.in_all += octets;
            if by.map(Audience::One) != Some(to) {
                told.to_others += octets;
            }
        }
        told
    }

    /// JOIN-5
    fn close_overdue(&mut self) {
        while let Some(id) = self.visitors.pop_overdue() {
            self.step(id, Input::JoinTimeout);
        }
    }

    /// Takes input until the turn is full; then everyone is to be sent what it told, and those
    /// whose lines are taken may go on.
    fn end_turn(&mut self) -> Delivery {
        let now = Instant::now();
        for _ in 0..TURN_INPUTS {
            if self.turn.len() > self.turn_octets {
                break;
            }
            let Some((id, input)) = self.scheduler.next(now) else {
                break;
            };
            let is_lost = input == Input::Lost;
            let told = self.step(id, input);
            self.scheduler.told(told, now);
            if is_lost {
                self.forget(id);
            }
        }
        self.turn_is_begun = self.scheduler.is_ready(now);
        let members = self.room.roster().sessions();
        Delivery::new(members, self.turn.end(), self.scheduler.take_done())
    }

    /// When something is to be done without a message.
    fn deadline(&self) -> Option<Instant> {
        let talk = self.scheduler.deadline();
        self.visitors.deadline().into_iter().chain(talk).min()
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
        self.scheduler.forget(id);
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
            room.turn_is_begun |= room.scheduler.is_ready(Instant::now());
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
            ready!(alarm.poll(task, room.deadline()));
        }
    }
}

impl Handler<Connect> for RoomActor {
    type Result = ();

    fn handle(&mut self, connect: Connect, _: &mut Context<Self>) {
        self.console.connected(&connect.peer);
        self.sessions.insert(connect.id, connect.session);
        self.visitors.enter(connect.id);
        let address = PeerAddress::of(connect.peer.ip());
        self.step(connect.id, Input::Connect(address));
    }
}

impl Handler<Heard> for RoomActor {
    type Result = ();

    fn handle(&mut self, Heard { from, lines }: Heard, _: &mut Context<Self>) {
        self.scheduler.push(from, lines);
    }
}

impl Handler<HalfClosed> for RoomActor {
    type Result = ();

    fn handle(&mut self, HalfClosed(id): HalfClosed, _: &mut Context<Self>) {
        self.step(id, Input::HalfClose);
    }
}

impl Handler<Lags> for RoomActor {
    type Result = ();

    fn handle(&mut self, Lags { id, lags }: Lags, _: &mut Context<Self>) {
        let is_member = self.room.is_member(id);
        self.scheduler.set_lagging(id, lags, is_member);
    }
}

impl Handler<Gone> for RoomActor {
    type Result = ();

    fn handle(&mut self, Gone { id, dropped }: Gone, _: &mut Context<Self>) {
        if let Some((peer, dropped)) = dropped {
            let name = match self.room.session(id) {
                Some(Session::Member(name)) => Some(name),
                Some(Session::Visitor) | None => None,
            };
            self.drop_log.say(name, peer, dropped, Instant::now());
        }
        self.sessions.remove(&id);
        if !self.scheduler.push_lost(id) {
            self.step(id, Input::Lost);
            self.forget(id);
        }
    }
}

impl Handler<Shutdown> for RoomActor {
    type Result = ();

    fn handle(&mut self, _: Shutdown, _: &mut Context<Self>) {
        for id in self.room.roster().sessions() {
            self.turn.leave(id);
        }
        self.turn_is_begun = true;
        self.scheduler.clear();
        self.room.shut_down(&mut self.outbox);
        self.tell(None, Close::Ended);
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
    use std::net::Ipv4Addr;
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
                Deliver::Taken(told) => format!("[taken, {told} octets told]\n"),
                Deliver::Close(close) => format!("[close: {close:?}]\n"),
            });
        }
    }

    /// A room with two members, and what each of their sessions is sent from then on.
    async fn room_of_two() -> (actix::Addr<RoomActor>, [Rc<RefCell<String>>; 2]) {
        let alive = CancellationToken::new().drop_guard();
        let room = RoomActor::new(&Config::default(), Console::silent(), alive).start();
        let kept = [Rc::default(), Rc::default()];
        for (id, kept) in (1..).zip(&kept) {
            let id = SessionId(id);
            room.do_send(Connect {
                id,
                peer: (Ipv4Addr::LOCALHOST, 1).into(),
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

    /// ORDER-3, ORDER-4: in one turn and over two, the answer comes after the broadcast that was
    /// handled before it, and the leave to go on after both.
    #[test]
    fn an_answer_does_not_overtake_a_broadcast() {
        play(async {
            let (room, kept) = room_of_two().await;
            room.do_send(heard(1, "PING 0"));
            taken(&kept[0], 1).await;
            kept[0].borrow_mut().clear();
            room.do_send(heard(2, "BCST 1"));
            room.do_send(heard(1, "PING a\nMESG bob psst\nPING b"));
            taken(&kept[1], 1).await;
            room.do_send(heard(2, "BCST 2"));
            taken(&kept[1], 2).await;
            room.do_send(heard(1, "PING c"));
            taken(&kept[0], 2).await;
            let ann = [
                "bob: BCST 1",
                "PONG a",
                "PONG b",
                "[taken, 33 octets told]",
                "bob: BCST 2",
                "PONG c",
                "[taken, 7 octets told]",
            ];
            assert_eq!(kept[0].borrow().lines().collect::<Vec<_>>(), ann);
            let bob = [
                "bob: BCST 1",
                "ann: MESG bob psst",
                "[taken, 12 octets told]",
                "bob: BCST 2",
                "[taken, 12 octets told]",
            ];
            assert_eq!(kept[1].borrow().lines().collect::<Vec<_>>(), bob);
        });
    }

    /// STATE-1, FAIR-1: a turn that is full leaves what it has not taken to the next ones, and
    /// takes others' lines meanwhile.
    #[test]
    fn a_long_batch_takes_many_turns_and_holds_nobody_up() {
        play(async {
            let (room, kept) = room_of_two().await;
            room.do_send(heard(1, &"HELP\n".repeat(5000)));
            room.do_send(heard(2, "PING a"));
            taken(&kept[1], 1).await;
            let told = kept[0].borrow().len();
            assert!((TURN_OCTETS..TURN_OCTETS + 4096).contains(&told), "{told}");
            taken(&kept[0], 1).await;
            let kept = kept[0].borrow();
            let (told, taken) = kept.split_once("[taken, ").expect("it is there");
            let help = crate::protocol::Verb::ALL.len();
            assert_eq!(told.lines().count(), 5000 * help);
            assert_eq!(taken, format!("{} octets told]\n", told.len()));
        });
    }

    /// STATE-1, FAIR-1: so does one whose inputs are many and tell little.
    #[test]
    fn a_turn_takes_so_many_inputs_and_no_more() {
        play(async {
            let (room, kept) = room_of_two().await;
            room.do_send(heard(1, &"PING a\n".repeat(2 * TURN_INPUTS)));
            room.do_send(heard(2, "PING b"));
            taken(&kept[1], 1).await;
            assert_eq!(kept[0].borrow().lines().count(), TURN_INPUTS - 1);
            taken(&kept[0], 1).await;
            let pongs = kept[0].borrow().matches("PONG a\n").count();
            assert_eq!(pongs, 2 * TURN_INPUTS);
        });
    }
}
