//! One connection as an actor: its lines to the room, the room's events to it. It decides nothing.
//!
//! Its handlers only change the state of its [`Wire`]. One future that never ends drives the wire; actix polls it after each
//! drain of the mailbox and whenever the socket is ready.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{self, Poll};

use actix::{Actor, ActorContext, ActorFuture, Addr, AsyncContext, Context, Handler};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OwnedSemaphorePermit;

use super::message::{Deliver, Happened, Heard};
use super::room_actor::RoomActor;
use super::wire::{Arrival, Bounds, Wire};
use crate::room::{Input, SessionId};

/// Carries between one socket and the room.
pub(super) struct SessionActor<S> {
    id: SessionId,
    room: Rc<Addr<RoomActor>>,
    wire: Wire<S>,
    _place: OwnedSemaphorePermit,
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> SessionActor<S> {
    /// A session that holds `place` for as long as it has the socket.
    pub(super) fn new(
        id: SessionId,
        room: Rc<Addr<RoomActor>>,
        socket: S,
        bounds: Rc<Bounds>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            id,
            room,
            wire: Wire::new(socket, bounds),
            _place: place,
        }
    }

    fn tell_room(&self, input: Input) {
        self.room.do_send(Happened { to: self.id, input });
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Actor for SessionActor<S> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.spawn(Drive);
    }

    /// However the session ends, by a panic too, the room knows.
    fn stopped(&mut self, _: &mut Context<Self>) {
        self.tell_room(Input::Lost);
    }
}

/// Drives the wire of its session.
struct Drive;

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> ActorFuture<SessionActor<S>> for Drive {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        session: &mut SessionActor<S>,
        ctx: &mut Context<SessionActor<S>>,
        task: &mut task::Context<'_>,
    ) -> Poll<()> {
        while let Poll::Ready(arrival) = session.wire.poll(task) {
            match arrival {
                Arrival::Lines(lines) => session.room.do_send(Heard {
                    from: session.id,
                    lines,
                }),
                Arrival::HalfClose => session.tell_room(Input::HalfClose),
                Arrival::Gone => {
                    ctx.stop();
                    return Poll::Ready(());
                }
            }
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Handler<Deliver> for SessionActor<S> {
    type Result = ();

    fn handle(&mut self, deliver: Deliver, _: &mut Context<Self>) {
        match deliver {
            Deliver::Octets(octets) => self.wire.push(octets),
            Deliver::Taken(untaken) => self.wire.taken(untaken),
            Deliver::Close => self.wire.close(),
        }
    }
}
