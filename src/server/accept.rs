//! Where connections come from: a listening socket, and a loop that survives what accepting can
//! meet.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::sleep;
use tracing::{debug, warn};

use super::Server;

/// How many connections may wait to be accepted: with 1,024, ten thousand at once take seconds of
/// retries.
const BACKLOG: u32 = 4096;

/// How long accepting pauses when the process has no descriptor or memory left for one connection
/// more.
const BREATHER: Duration = Duration::from_millis(200);

/// How long a peer may be silent before the system asks whether it is there, how often it asks, and
/// how many questions may stay unanswered (CONN-7).
const KEEPALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_secs(30))
    .with_interval(Duration::from_secs(10))
    .with_retries(3);

/// How long a peer may acknowledge nothing of what it was sent (CONN-7).
const USER_TIMEOUT: Duration = Duration::from_secs(60);

/// How many octets lie unsent in the system's buffer of a connection before it takes no more
/// (SLOW-2).
const UNSENT: u32 = 32 << 10;

/// The receive buffer of a connection; the system doubles it.
const RECEIVED: u32 = 128 << 10;

/// Listens on `address`; port 0 is any that is free. To be called within a tokio runtime.
///
/// # Errors
/// What the system says, such as that the address is in use or not ours.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    // Each connection has it from the listener.
    socket.set_recv_buffer_size(RECEIVED)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Brings every connection to `server`, while there are places.
pub(super) async fn accept(listener: &TcpListener, server: &Server) -> Infallible {
    let mut is_starved = false;
    loop {
        let place = server.place().await;
        match next(listener).await {
            Ok((socket, peer)) => {
                is_starved = false;
                server.admit(socket, peer, place);
            }
            Err(error) if is_of_one_connection(&error) => {
                debug!(%error, "a connection was not accepted");
            }
            Err(error) => {
                if !is_starved {
                    warn!(%error, "no connection can be accepted now, those that are there go on");
                }
                is_starved = true;
                sleep(BREATHER).await;
            }
        }
    }
}

/// The next connection, prepared.
async fn next(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (socket, peer) = listener.accept().await?;
    if let Err(error) = prepare(&socket) {
        debug!(%peer, %error, "a connection ended before it began");
    }
    Ok((socket, peer))
}

fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let socket = SockRef::from(socket);
    socket.set_tcp_keepalive(&KEEPALIVE)?;
    #[cfg(target_os = "linux")]
    {
        socket.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
        socket.set_tcp_notsent_lowat(UNSENT)?;
    }
    Ok(())
}

/// Whether the next connection may well be accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted
    )
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use rustix::net::sockopt::{tcp_keepcnt, tcp_keepidle, tcp_keepintvl, tcp_user_timeout};

    use super::*;

    /// CONN-7
    #[tokio::test]
    async fn a_connection_sends_without_delay_and_asks_a_silent_peer_whether_it_is_there() {
        let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (peer, next) = tokio::join!(TcpStream::connect(address), next(&listener));
        let _peer = peer.expect("it listens");
        let (socket, _) = next.expect("a connection");
        assert!(socket.nodelay().expect("an option"));
        assert!(SockRef::from(&socket).keepalive().expect("an option"));
        let time = |seconds| Ok(Duration::from_secs(seconds));
        assert_eq!(tcp_keepidle(&socket), time(30));
        assert_eq!(tcp_keepintvl(&socket), time(10));
        assert_eq!(tcp_keepcnt(&socket), Ok(3));
        assert_eq!(tcp_user_timeout(&socket), Ok(60_000));
    }
}
