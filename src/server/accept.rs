//! Where connections come from: a listening socket, and an accept loop that survives its errors.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::yield_now;
use tokio::time::sleep;
use tracing::{debug, warn};

use super::Server;
use super::socket::Socket;

/// The most connections that may wait to be accepted. With 1,024, ten thousand that come at once
/// take seconds of retries.
const BACKLOG: u32 = 4096;

/// How long accepting pauses when the process has no descriptor or memory left for one more
/// connection.
const RETRY_DELAY: Duration = Duration::from_millis(200);

/// The receive buffer of a connection, in octets; the system doubles it.
const RECEIVE_BUFFER: u32 = 128 << 10;

/// Listens on `address`; port 0 stands for any free port. To be called within a tokio runtime.
///
/// # Errors
/// Those of the system, such as that the address is in use or not this machine's.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    // Each connection inherits it.
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Brings every connection to `server`, as long as there are permits.
pub(super) async fn accept(listener: &TcpListener, server: &Server) -> Infallible {
    let next = async || {
        let (stream, peer) = listener.accept().await?;
        Ok((Socket::new(stream, server.limits.stall_timeout), peer))
    };
    accept_each(next, server).await
}

async fn accept_each<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    mut next: impl AsyncFnMut() -> io::Result<(S, SocketAddr)>,
    server: &Server,
) -> Infallible {
    let mut is_out_of_resources = false;
    loop {
        let permit = server.permit().await;
        match next().await {
            Ok((socket, peer)) => {
                is_out_of_resources = false;
                server.admit(socket, peer, permit);
                // The sessions run first: thousands of connections may be waiting to be accepted.
                yield_now().await;
            }
            Err(error) if concerns_one_connection(&error) => {
                debug!(%error, "a connection was not accepted");
            }
            Err(error) => {
                if !is_out_of_resources {
                    warn!(%error, "no connection can be accepted now, those that are there go on");
                }
                is_out_of_resources = true;
                sleep(RETRY_DELAY).await;
            }
        }
    }
}

/// Whether the error concerns that connection alone, so that the next may be accepted at once.
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted
    )
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::future::pending;
    use std::net::{Ipv4Addr, TcpStream};

    use tokio::io::duplex;
    use tokio::task::LocalSet;
    use tokio::time::{Instant, timeout};

    use super::*;
    use crate::server::tests::logged_by;
    use crate::server::{Config, Console};

    /// FAIR-1: between two connections the sessions run, however many connections come at once.
    #[test]
    fn connections_that_come_at_once_are_accepted_one_by_one() {
        const CONNECTIONS: u64 = 100;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        LocalSet::new().block_on(&runtime.expect("a runtime"), async {
            let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
            let address = listener.local_addr().expect("bound");
            let connect = |_| TcpStream::connect(address).expect("it listens");
            let _peers: Vec<_> = (0..CONNECTIONS).map(connect).collect();
            let server = Server::start(Config::default(), Console::silent());
            let all_are_there = async {
                let mut before = 0;
                while before < CONNECTIONS {
                    let now = server.last_id.get();
                    assert!(now - before <= 1, "{} at once", now - before);
                    before = now;
                    yield_now().await;
                }
            };
            tokio::select! {
                biased;
                never = accept(&listener, &server) => match never {},
                () = all_are_there => {}
            }
        });
    }

    /// CONN-3: while resources lack, accepting is tried five times a second, and the log says so
    /// once; what concerns one connection is neither waited for nor warned of.
    #[test]
    fn a_lack_of_resources_is_told_once_and_waited_for() {
        let log = logged_by(|| {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_time().start_paused(true).build();
            LocalSet::new().block_on(&runtime.expect("a runtime"), async {
                let server = Server::start(Config::default(), Console::silent());
                let lack = Some(io::ErrorKind::OutOfMemory);
                let aborted = Some(io::ErrorKind::ConnectionAborted);
                let mut outcomes =
                    VecDeque::from([lack, lack, None, aborted, lack, lack, lack, None]);
                let begun = Instant::now();
                let mut accepted = Vec::new();
                let next = async || match outcomes.pop_front() {
                    Some(Some(error)) => Err(error.into()),
                    Some(None) => {
                        let (peer, socket) = duplex(1000);
                        accepted.push((peer, begun.elapsed()));
                        Ok((socket, (Ipv4Addr::LOCALHOST, 1).into()))
                    }
                    None => pending().await,
                };
                let all = timeout(Duration::from_secs(60), accept_each(next, &server));
                all.await.expect_err("it goes on for ever");
                let after: Vec<_> = accepted.iter().map(|(_, after)| *after).collect();
                assert_eq!(after, [2 * RETRY_DELAY, 5 * RETRY_DELAY]);
            });
        });
        let warnings = log.matches("no connection can be accepted").count();
        assert_eq!(warnings, 2);
    }
}
