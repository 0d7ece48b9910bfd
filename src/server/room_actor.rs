//! The room as an actor: a message in, [`Room::handle`], deliveries out. It decides nothing.
//!
//! All that is in its mailbox at once is one *turn*. What the turn tells goes out when the mailbox is drained, one chunk a
//! member. A turn that has grown to [`TURN_OCTETS`] takes no more lines: their sessions keep them for the next one.

use std::collections::BTreeMap;

use actix::{Actor, AsyncContext, Context, Handler, Recipient};
use tokio_util::sync::DropGuard;

use super::broadcast::{Splice, Turn};
use super::console::Console;
use super::message::{Connect, Deliver, Flush, Happened, Heard, Lines, Shutdown};
use crate::protocol::Event;
use crate::room::{Audience, Input, Limits, Outbox, Room, SessionId, Tell};

/// The most octets that a turn tells, each event counted once, before it takes no more lines.
const TURN_OCTETS: usize = 256 << 10;

/// Carries the one [`Room`].
pub(super) struct RoomActor {
    room: Room,
    outbox: Outbox,
    turn: Turn,
    /// Whose lines this turn has taken, and those for which it had no more room.
    heard: Vec<(SessionId, Lines)>,
    flush_is_due: bool,
    sessions: BTreeMap<SessionId, Recipient<Deliver>>,
    console: Console,
    /// Dropped with the actor: how others learn that the room is gone.
    _alive: DropGuard,
}

impl RoomActor {
    pub(super) fn new(limits: Limits, console: Console, alive: DropGuard) -> Self {
        Self {
            room: Room::new(limits),
            outbox: Outbox::new(),
            turn: Turn::default(),
            heard: Vec::new(),
            flush_is_due: false,
            sessions: BTreeMap::new(),
            console,
            _alive: alive,
        }
    }

    fn step(&mut self, id: SessionId, input: Input) {
        let was_member = self.room.is_member(id);
        self.room.handle(id, input, &mut self.outbox);
        match (was_member, self.room.is_member(id)) {
            (false, true) => self.turn.enter(id),
            (true, false) => self.turn.leave(id),
            (false, false) | (true, true) => {}
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

    fn flush_soon(&mut self, ctx: &mut Context<Self>) {
        if !self.flush_is_due {
            self.flush_is_due = true;
            ctx.notify(Flush);
        }
    }

    fn deliver(&self, id: SessionId, deliver: Deliver) {
        if let Some(session) = self.sessions.get(&id) {
            session.do_send(deliver);
        }
    }
}

impl Actor for RoomActor {
    type Context = Context<Self>;
}

impl Handler<Connect> for RoomActor {
    type Result = ();

    fn handle(&mut self, connect: Connect, ctx: &mut Context<Self>) {
        self.console.connected(&connect.peer);
        self.sessions.insert(connect.id, connect.session);
        self.step(connect.id, Input::Connect);
        self.flush_soon(ctx);
    }
}

impl Handler<Heard> for RoomActor {
    type Result = ();

    fn handle(&mut self, Heard { from, mut lines }: Heard, ctx: &mut Context<Self>) {
        while self.turn.len() < TURN_OCTETS
            && let Some(line) = lines.pop_front()
        {
            self.step(from, Input::Line(line));
        }
        self.heard.push((from, lines));
        self.flush_soon(ctx);
    }
}

impl Handler<Happened> for RoomActor {
    type Result = ();

    fn handle(&mut self, Happened { to, input }: Happened, ctx: &mut Context<Self>) {
        if input == Input::Lost {
            self.sessions.remove(&to);
        }
        self.step(to, input);
        self.flush_soon(ctx);
    }
}

impl Handler<Shutdown> for RoomActor {
    type Result = ();

    fn handle(&mut self, _: Shutdown, ctx: &mut Context<Self>) {
        for id in self.room.roster().sessions() {
            self.turn.leave(id);
        }
        self.room.shut_down(&mut self.outbox);
        self.tell();
        self.flush_soon(ctx);
    }
}

impl Handler<Flush> for RoomActor {
    type Result = ();

    fn handle(&mut self, _: Flush, _: &mut Context<Self>) {
        self.flush_is_due = false;
        let (chunk, splices) = self.turn.end();
        if !chunk.is_empty() {
            let spliced = |id: &SessionId| splices.binary_search_by_key(id, |s| s.id).is_ok();
            for id in self.room.roster().sessions().filter(|id| !spliced(id)) {
                self.deliver(id, Deliver::Octets(chunk.clone()));
            }
        }
        for Splice { id, octets, closes } in splices {
            for octets in octets {
                self.deliver(id, Deliver::Octets(octets));
            }
            if closes {
                self.deliver(id, Deliver::Close);
                self.sessions.remove(&id);
            }
        }
        for (from, lines) in std::mem::take(&mut self.heard) {
            self.deliver(from, Deliver::Taken(lines));
        }
    }
}

#[cfg(test)]
mod tests {
    use actix::Message;

    use super::*;
    use crate::server::{Config, RoomDied, Server};

    /// A fault in the room.
    #[derive(Message)]
    #[rtype(result = "()")]
    struct Fault;

    impl Handler<Fault> for RoomActor {
        type Result = ();

        fn handle(&mut self, _: Fault, _: &mut Context<Self>) {
            panic!("a fault, as the test wants it");
        }
    }

    #[test]
    fn a_room_that_panics_is_known_to_have_died() {
        actix_rt::System::new().block_on(async {
            let server = Server::start(Config::default(), Console::silent());
            server.room.do_send(Fault);
            server.room.do_send(Fault);
            assert_eq!(server.died().await, RoomDied);
            assert_eq!(server.shut_down().await, Err(RoomDied));
        });
    }
}
