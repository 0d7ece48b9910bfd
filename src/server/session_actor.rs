//! One connection as an actor: its lines go to the room, the room's events to it. It decides
//! nothing.
//!
//! Its handler only changes the state of the [`Connection`]. One future that never ends drives the
//! connection: actix polls it whenever it has drained the mailbox, and when the socket is ready.

use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{self, Poll};

use actix::{Actor, ActorContext, ActorFuture, Addr, AsyncContext, Context, Handler};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OwnedSemaphorePermit;
use tracing::debug;

use super::connection::{Connection, ConnectionEvent, Dropped};
use super::message::{Deliver, Disconnected, HalfClosed, LagChanged, LinesReceived};
use super::room_actor::RoomActor;
use crate::room::SessionId;

/// Carries between one socket and the room.
pub(super) struct SessionActor<S> {
    id: SessionId,
    room: Rc<Addr<RoomActor>>,
    connection: Connection<S>,
    peer: SocketAddr,
    dropped: Option<Dropped>,
    _permit: OwnedSemaphorePermit,
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> SessionActor<S> {
    /// A session over `connection`. It holds `permit` for as long as it has the socket.
    pub(super) fn new(
        id: SessionId,
        room: Rc<Addr<RoomActor>>,
        connection: Connection<S>,
        peer: SocketAddr,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            id,
            room,
            connection,
            peer,
            dropped: None,
            _permit: permit,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Actor for SessionActor<S> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.spawn(Driver);
    }

    /// The room is told however the session ends, by a panic too.
    fn stopped(&mut self, _: &mut Context<Self>) {
        debug!(peer = %self.peer, "a connection has ended");
        let dropped = self.dropped.take().map(|dropped| (self.peer, dropped));
        let id = self.id;
        self.room.do_send(Disconnected { id, dropped });
    }
}

/// Drives the connection.
struct Driver;

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> ActorFuture<SessionActor<S>> for Driver {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        session: &mut SessionActor<S>,
        ctx: &mut Context<SessionActor<S>>,
        task: &mut task::Context<'_>,
    ) -> Poll<()> {
        while let Poll::Ready(event) = session.connection.poll(task) {
            match event {
                ConnectionEvent::Lines(lines) => session.room.do_send(LinesReceived {
                    from: session.id,
                    lines,
                }),
                ConnectionEvent::HalfClose => session.room.do_send(HalfClosed(session.id)),
                ConnectionEvent::LagChanged(is_lagging) => session.room.do_send(LagChanged {
                    id: session.id,
                    is_lagging,
                }),
                ConnectionEvent::Disconnected(dropped) => {
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
            Deliver::Chunk(chunk) => self.connection.push(chunk),
            Deliver::Ack(cost) => self.connection.acked(cost),
            Deliver::Close(close) => self.connection.close(close),
        }
    }
}
