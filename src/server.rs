//! Who carries it: actors between the sockets and the room.
//!
//! [`run`] accepts connections and serves them until it is told to stop. [`Server`] does the same
//! without a listener, for any kind of stream. Both must run within a tokio
//! [`LocalSet`](tokio::task::LocalSet) or an actix system.

mod accept;
mod batch;
mod config;
mod connection;
mod connection_rate_limiter;
mod console;
mod deadline_timer;
mod delivery;
mod drop_log;
mod join_deadlines;
mod message;
mod non_blocking_writer;
mod recipients;
mod room_actor;
mod scheduler;
mod send_memory;
mod send_queue;
mod session_actor;
mod socket;
mod token_bucket;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use actix::{Actor, Addr};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Duration, Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use accept::bind;
pub use config::Config;
pub use console::Console;
pub use non_blocking_writer::NonBlockingWriter;

use self::connection::{Connection, ConnectionLimits};
use self::connection_rate_limiter::ConnectionRateLimiter;
use self::message::{Connect, Shutdown};
use self::room_actor::RoomActor;
use self::session_actor::SessionActor;
use crate::room::{PeerAddress, SessionId};

/// The most connections beyond `max-connections` that may be ending: refused by CONN-3, or waiting
/// for their peers to hang up.
const ENDING_CONNECTIONS: usize = 256;

/// Serves the connections that `listener` accepts, until `shutdown` is ready and the last
/// deliveries are made (SHUT-1).
///
/// # Errors
/// [`RoomDied`]: all connections have been cut.
pub async fn run(
    listener: TcpListener,
    config: Config,
    console: Console,
    shutdown: impl Future<Output = ()>,
) -> Result<(), RoomDied> {
    if let Ok(address) = listener.local_addr() {
        console.listening(address.port());
    }
    serve(listener, Server::start(config, console), shutdown).await
}

/// The room and its sessions, over streams from any source.
#[derive(Debug)]
pub struct Server {
    /// Shared by all sessions: each actor address takes two allocations.
    room: Rc<Addr<RoomActor>>,
    room_died: CancellationToken,
    limits: Rc<ConnectionLimits>,
    connection_rate_limiter: RefCell<ConnectionRateLimiter>,
    /// One permit for each connection that there may be.
    permits: Arc<Semaphore>,
    all_permits: u32,
    last_id: Cell<u64>,
    drain: Duration,
}

/// The right to one more connection, given back when that connection has ended.
#[derive(Debug)]
pub struct Permit(OwnedSemaphorePermit);

impl Server {
    /// Opens an empty room.
    pub fn start(config: Config, console: Console) -> Self {
        let permits = config
            .limits
            .max_connections
            .saturating_add(ENDING_CONNECTIONS);
        let all_permits = u32::try_from(permits).unwrap_or(u32::MAX);
        let room_died = CancellationToken::new();
        let alive = room_died.clone().drop_guard();
        Self {
            room: Rc::new(RoomActor::new(&config, console, alive).start()),
            room_died,
            permits: Arc::new(Semaphore::new(all_permits as usize)),
            all_permits,
            last_id: Cell::new(0),
            drain: config.drain - config.flush_budget(),
            connection_rate_limiter: RefCell::new(ConnectionRateLimiter::new(config.talk_limit())),
            limits: Rc::new(config.into()),
        }
    }

    /// Waits until there may be one more connection.
    pub async fn permit(&self) -> Permit {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        Permit(permit.expect("the semaphore is never closed"))
    }

    /// Serves `peer`, which is at the other end of `socket`, until the connection has ended.
    pub fn admit<S>(&self, socket: S, peer: SocketAddr, permit: Permit)
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        self.last_id.set(self.last_id.get() + 1);
        let id = SessionId(self.last_id.get());
        let address = PeerAddress::of(peer.ip());
        let limiter = &self.connection_rate_limiter;
        let throttled_until = limiter.borrow_mut().charge(address, Instant::now());
        let connection = Connection::new(socket, Rc::clone(&self.limits), throttled_until);
        let session = SessionActor::new(id, Rc::clone(&self.room), connection, peer, permit.0);
        self.room.do_send(Connect {
            id,
            peer,
            session: session.start().recipient(),
        });
    }

    /// Waits until the room has died, which happens only if it panics.
    pub async fn died(&self) -> RoomDied {
        self.room_died.cancelled().await;
        RoomDied
    }

    /// Tells everyone that the server is shutting down, and waits until all connections have ended
    /// (SHUT-1), for at most the drain time less its [flush budget](Config::flush_budget).
    ///
    /// # Errors
    /// [`RoomDied`], if the room died meanwhile.
    pub async fn shut_down(self) -> Result<(), RoomDied> {
        let here = self.all_permits as usize - self.permits.available_permits();
        info!(connections = here, "shutting down");
        self.room.do_send(Shutdown);
        let all_ended = timeout(self.drain, self.permits.acquire_many(self.all_permits));
        tokio::select! {
            biased;
            died = self.died() => return Err(died),
            ended = all_ended => if ended.is_err() {
                let left = self.all_permits as usize - self.permits.available_permits();
                warn!(connections = left, "the drain time is over, connections are cut");
            }
        }
        Ok(())
    }
}

/// The room has panicked: all connections are cut, and the server must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the room has died of a fault in the server")]
pub struct RoomDied;

async fn serve(
    listener: TcpListener,
    server: Server,
    shutdown: impl Future<Output = ()>,
) -> Result<(), RoomDied> {
    tokio::select! {
        biased;
        died = server.died() => return Err(died),
        () = shutdown => {}
        never = accept::accept(&listener, &server) => match never {},
    }
    drop(listener);
    server.shut_down().await
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::io;
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt, duplex};
    use tokio::task::LocalSet;

    use super::room_actor::Panic;
    use super::*;

    /// What `test` logs, which has to fit into a pipe.
    pub(super) fn logged_by(test: impl FnOnce()) -> String {
        let (reader, writer) = io::pipe().expect("a pipe");
        let log = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(Arc::new(writer));
        tracing::subscriber::with_default(log.finish(), test);
        io::read_to_string(reader).expect("UTF-8")
    }

    fn within_a_server<F: Future>(test: impl FnOnce(Server) -> F) -> F::Output {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build();
        let runtime = runtime.expect("a runtime");
        let test = async { test(Server::start(Config::default(), Console::silent())).await };
        LocalSet::new().block_on(&runtime, test)
    }

    /// The listening server ends with the error for which the program has an exit code, and does
    /// not go on without a room.
    #[test]
    fn a_panic_in_the_room_stops_the_server() {
        within_a_server(|server| async {
            let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a port");
            server.room.do_send(Panic);
            let ended = serve(listener, server, pending()).await;
            assert_eq!(ended, Err(RoomDied));
        });
    }

    /// SHUT-1: there is no connection left to wait for.
    #[test]
    fn a_panic_in_the_room_ends_a_shutdown_at_once() {
        within_a_server(|server| async {
            let (mut peer, socket) = duplex(1000);
            let permit = server.permit().await;
            server.admit(socket, (Ipv4Addr::LOCALHOST, 1).into(), permit);
            peer.read_u8().await.expect("the greeting");
            server.room.do_send(Panic);
            let begun = Instant::now();
            assert_eq!(server.shut_down().await, Err(RoomDied));
            assert_eq!(begun.elapsed(), Duration::ZERO);
        });
    }

    /// SHUT-1: what is left of the drain time is for the console and the log.
    #[test]
    fn a_peer_that_takes_nothing_holds_a_shutdown_up_for_nine_tenths_of_the_drain_time() {
        within_a_server(|server| async {
            let (_peer, socket) = duplex(1);
            let permit = server.permit().await;
            server.admit(socket, (Ipv4Addr::LOCALHOST, 1).into(), permit);
            let begun = Instant::now();
            assert_eq!(server.shut_down().await, Ok(()));
            assert_eq!(begun.elapsed(), Config::default().drain * 9 / 10);
        });
    }
}
