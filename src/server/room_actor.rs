//! The room as an actor: a message in, [`Room::handle`], deliveries out. It decides nothing.
//!
//! It handles inputs one at a time, each of them whole (STATE-1), and the lines of a connection in
//! their order (ORDER-3). Inputs that arrive at about the same time form one *batch*; what the
//! batch tells is delivered at its end, one chunk to each member. The [`Scheduler`] says whose
//! input is next, and which waits for a later batch.
//!
//! The message handlers only change the actor's state. One future that never ends does the rest:
//! actix polls it whenever it has drained the mailbox.

use std::pin::Pin;
use std::task::{self, Poll, ready};

use actix::{Actor, ActorFuture, AsyncContext, Context, Handler};
use tokio::task::yield_now;
use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use super::batch::{Batch, CloseReason};
use super::config::Config;
use super::console::Console;
use super::deadline_timer::DeadlineTimer;
use super::delivery::Delivery;
use super::drop_log::DropLog;
use super::join_deadlines::JoinDeadlines;
use super::message::{Connect, Disconnected, HalfClosed, LagChanged, LinesReceived, Shutdown};
use super::recipients::Recipients;
use super::scheduler::{Cost, Scheduler};
use crate::protocol::Event;
use crate::room::{Audience, Change, Input, Outbox, PeerAddress, Room, Session, SessionId, Tell};

/// A batch that has told more octets than this, each event counted once, takes no more input.
const BATCH_OCTETS: usize = 256 << 10;

/// The most inputs of a batch: many of them may tell little, but the other sessions wait for them
/// too.
const BATCH_INPUTS: usize = 4096;

/// Carries the one [`Room`].
pub(super) struct RoomActor {
    room: Room,
    outbox: Outbox,
    batch: Batch,
    /// [`BATCH_OCTETS`], but at most a quarter of `send-queue`, so that a session lags (SLOW-5)
    /// before its queue is full.
    batch_octets: usize,
    batch_is_open: bool,
    scheduler: Scheduler,
    recipients: Recipients,
    join_deadlines: JoinDeadlines,
    console: Console,
    drop_log: DropLog,
    /// Dropped with the actor, which tells the server that the room has died.
    _alive: DropGuard,
}

impl RoomActor {
    pub(super) fn new(config: &Config, console: Console, alive: DropGuard) -> Self {
        let now = Instant::now();
        Self {
            room: Room::new(config.limits),
            outbox: Outbox::new(),
            batch: Batch::default(),
            batch_octets: BATCH_OCTETS.min(config.send_queue / 4),
            batch_is_open: false,
            scheduler: Scheduler::new(config.talk_pace(), now),
            recipients: Recipients::default(),
            join_deadlines: JoinDeadlines::new(config.join_timeout),
            console,
            drop_log: DropLog::new(now),
            _alive: alive,
        }
    }

    /// Handles one input; returns what it cost.
    fn step(&mut self, id: SessionId, input: Input) -> Cost {
        let close = match input {
            Input::Connect(_) => CloseReason::Refused,
            Input::Line(_) | Input::HalfClose | Input::Lost | Input::JoinTimeout => {
                CloseReason::Ended
            }
        };
        self.batch_is_open = true;
        match self.room.handle(id, input, &mut self.outbox) {
            Some(Change::Joined) => {
                self.join_deadlines.cancel(id);
                self.scheduler.joined(id);
                self.batch.enter(id);
            }
            Some(Change::Left) => self.batch.leave(id),
            None => {}
        }
        self.tell(Some(id), close)
    }

    /// Adds the outbox to the batch. `by` is the session whose input caused it.
    fn tell(&mut self, by: Option<SessionId>, close: CloseReason) -> Cost {
        let mut cost = Cost::default();
        for Tell { to, event } in self.outbox.drain() {
            let before = self.batch.len();
            match (to, &event) {
                (Audience::One(id), Event::Close) => self.batch.close(id, close),
                (Audience::One(id), _) => self.batch.tell(id, self.room.is_member(id), &event),
                (Audience::Members, _) => {
                    self.console.show(&event);
                    self.batch.tell_members(&event);
                }
            }
            let octets = self.batch.len() - before;
            cost.total += octets;
            if by.map(Audience::One) != Some(to) {
                cost.to_others += octets;
            }
        }
        cost
    }

    /// JOIN-5
    fn expire_joins(&mut self) {
        while let Some(id) = self.join_deadlines.pop_expired() {
            self.step(id, Input::JoinTimeout);
        }
    }

    /// Takes input until the batch is full and ends it. The delivery then carries what it told, and
    /// an ack to each session whose lines were all handled.
    fn end_batch(&mut self) -> Delivery {
        let now = Instant::now();
        for _ in 0..BATCH_INPUTS {
            if self.batch.len() > self.batch_octets {
                break;
            }
            let Some((id, input)) = self.scheduler.next(now) else {
                break;
            };
            let is_lost = input == Input::Lost;
            let cost = self.step(id, input);
            self.scheduler.charge(cost, now);
            if is_lost {
                self.forget(id);
            }
        }
        self.batch_is_open = self.scheduler.is_ready(now);
        let members = self.room.roster().sessions();
        Delivery::new(members, self.batch.end(), self.scheduler.take_done())
    }

    /// When there is something to do even if no message comes.
    fn deadline(&self) -> Option<Instant> {
        let talk = self.scheduler.deadline();
        self.join_deadlines.next().into_iter().chain(talk).min()
    }

    /// The session has ended.
    fn forget(&mut self, id: SessionId) {
        self.recipients.remove(id);
        self.scheduler.forget(id);
        self.join_deadlines.cancel(id);
    }
}

impl Actor for RoomActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.spawn(Driver {
            timer: DeadlineTimer::default(),
            phase: Phase::Idle,
        });
    }
}

/// Ends the batches of the room, and the sessions of visitors that did not join in time.
struct Driver {
    timer: DeadlineTimer,
    phase: Phase,
}

/// What has become of the batch.
enum Phase {
    /// There is no batch, or it has only just begun.
    Idle,
    /// The tasks that are ready now run first: the input they bring joins this batch.
    Coalescing(Pin<Box<dyn Future<Output = ()>>>),
    /// The batch has ended, and is being delivered.
    Delivering(Delivery),
}

impl ActorFuture<RoomActor> for Driver {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        room: &mut RoomActor,
        _: &mut Context<RoomActor>,
        task: &mut task::Context<'_>,
    ) -> Poll<()> {
        let Self { timer, phase } = self.get_mut();
        loop {
            room.expire_joins();
            room.batch_is_open |= room.scheduler.is_ready(Instant::now());
            while room.batch_is_open || !matches!(phase, Phase::Idle) {
                *phase = match phase {
                    Phase::Idle => Phase::Coalescing(Box::pin(yield_now())),
                    Phase::Coalescing(others) => {
                        ready!(others.as_mut().poll(task));
                        Phase::Delivering(room.end_batch())
                    }
                    Phase::Delivering(delivery) => {
                        let closed = ready!(delivery.poll(&mut room.recipients, task));
                        closed.into_iter().for_each(|id| room.forget(id));
                        Phase::Idle
                    }
                };
            }
            ready!(timer.poll(task, room.deadline()));
        }
    }
}

impl Handler<Connect> for RoomActor {
    type Result = ();

    fn handle(&mut self, connect: Connect, _: &mut Context<Self>) {
        self.console.connected(&connect.peer);
        self.recipients.insert(connect.id, connect.session);
        self.join_deadlines.start(connect.id);
        let address = PeerAddress::of(connect.peer.ip());
        self.step(connect.id, Input::Connect(address));
    }
}

impl Handler<LinesReceived> for RoomActor {
    type Result = ();

    fn handle(&mut self, LinesReceived { from, lines }: LinesReceived, _: &mut Context<Self>) {
        self.scheduler.push(from, lines);
    }
}

impl Handler<HalfClosed> for RoomActor {
    type Result = ();

    fn handle(&mut self, HalfClosed(id): HalfClosed, _: &mut Context<Self>) {
        self.step(id, Input::HalfClose);
    }
}

impl Handler<LagChanged> for RoomActor {
    type Result = ();

    fn handle(&mut self, LagChanged { id, is_lagging }: LagChanged, _: &mut Context<Self>) {
        let is_member = self.room.is_member(id);
        self.scheduler.set_lagging(id, is_lagging, is_member);
    }
}

impl Handler<Disconnected> for RoomActor {
    type Result = ();

    fn handle(&mut self, Disconnected { id, dropped }: Disconnected, _: &mut Context<Self>) {
        if let Some((peer, dropped)) = dropped {
            let name = match self.room.session(id) {
                Some(Session::Member(name)) => Some(name),
                Some(Session::Visitor) | None => None,
            };
            self.drop_log.say(name, peer, dropped, Instant::now());
        }
        if !self.scheduler.push_lost(id) {
            self.step(id, Input::Lost);
            self.forget(id);
        }
    }
}

impl Handler<Shutdown> for RoomActor {
    type Result = ();

    fn handle(&mut self, _: Shutdown, _: &mut Context<Self>) {
        self.batch_is_open = true;
        for id in self.room.shut_down(&mut self.outbox) {
            self.batch.leave(id);
        }
        self.tell(None, CloseReason::Ended);
    }
}

/// To the room: panic.
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
mod tests;
