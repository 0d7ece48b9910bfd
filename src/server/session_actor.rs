//! One connection as an actor: its lines to the room, the room's events to it. It decides nothing.
//!
//! Its handlers only change the state of its [`Wire`]. One future that never ends drives the wire;
//! actix polls it after each drain of the mailbox and whenever the socket is ready.

use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{self, Poll};

use actix::{Actor, ActorContext, ActorFuture, Addr, AsyncContext, Context, Handler};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OwnedSemaphorePermit;
use tracing::debug;

use super::message::{Deliver, Gone, HalfClosed, Heard, Lags};
use super::room_actor::RoomActor;
use super::wire::{Arrival, Dropped, Wire};
use crate::room::SessionId;

/// Carries between one socket and the room.
pub(super) struct SessionActor<S> {
    id: SessionId,
    room: Rc<Addr<RoomActor>>,
    wire: Wire<S>,
    peer: SocketAddr,
    dropped: Option<Dropped>,
    _place: OwnedSemaphorePermit,
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> SessionActor<S> {
    /// A session over `wire` that holds `place` for as long as it has the socket.
    pub(super) fn new(
        id: SessionId,
        room: Rc<Addr<RoomActor>>,
        wire: Wire<S>,
        peer: SocketAddr,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            id,
            room,
            wire,
            peer,
            dropped: None,
            _place: place,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Actor for SessionActor<S> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.spawn(Drive);
    }

    /// However the session ends, by a panic too, the room knows.
    fn stopped(&mut self, _: &mut Context<Self>) {
        debug!(peer = %self.peer, "a connection has ended");
        let dropped = self.dropped.take().map(|dropped| (self.peer, dropped));
        let id = self.id;
        self.room.do_send(Gone { id, dropped });
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
                Arrival::HalfClose => session.room.do_send(HalfClosed(session.id)),
                Arrival::Lags(lags) => session.room.do_send(Lags {
                    id: session.id,
                    lags,
                }),
                Arrival::Gone(dropped) => {
                    session.dropped = dropped;
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
            Deliver::Octets(chunk) => self.wire.push(chunk),
            Deliver::Taken(told) => self.wire.taken(told),
            Deliver::Close(close) => self.wire.close(close),
        }
    }
}
