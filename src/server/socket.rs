//! A TCP socket that sends at once, buffers little in the kernel, and notices a dead link.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tracing::debug;

/// After how long a silence the system probes the peer, how often it does, and how many probes may
/// stay unanswered (CONN-7).
const KEEPALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_secs(30))
    .with_interval(Duration::from_secs(10))
    .with_retries(3);

/// How long a peer may acknowledge nothing of what it was sent (CONN-7), unless `stall-timeout` is
/// longer, or zero.
const USER_TIMEOUT: Duration = Duration::from_secs(60);

/// The system takes no more output of a connection while this many octets lie unsent in its buffer
/// (SLOW-2).
const NOTSENT_LOWAT: u32 = 32 << 10;

/// The socket of one peer.
///
/// The system's timeout for a dead link (`TCP_USER_TIMEOUT`) would also end a connection whose
/// peer's receive window is full, however steadily the peer reads. So it is switched off while the
/// socket takes no more output, when SLOW-2 limits the wait, and for [`USER_TIMEOUT`] after.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    /// The system's timeout for a dead link; `None`: no timeout.
    timeout: Option<Duration>,
    /// When the socket last took no more output, if the timeout is off since then.
    full_at: Option<Instant>,
}

impl Socket {
    /// A socket whose peer may take nothing for `stall_timeout`; zero: for ever.
    pub(super) fn new(stream: TcpStream, stall_timeout: Duration) -> Self {
        let timeout = stall_timeout.max(USER_TIMEOUT);
        let socket = Self {
            stream,
            timeout: Some(timeout).filter(|_| !stall_timeout.is_zero()),
            full_at: None,
        };
        if let Err(error) = socket.set_options() {
            debug!(%error, "a connection ended before it began");
        }
        socket
    }

    fn set_options(&self) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        let socket = SockRef::from(&self.stream);
        socket.set_tcp_keepalive(&KEEPALIVE)?;
        #[cfg(target_os = "linux")]
        socket.set_tcp_notsent_lowat(NOTSENT_LOWAT)?;
        self.set_timeout(self.timeout)
    }

    fn set_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        SockRef::from(&self.stream).set_tcp_user_timeout(timeout)?;
        Ok(())
    }

    /// A write has just been tried; `is_full` says that the socket took no more output.
    fn record_write(&mut self, is_full: bool) -> io::Result<()> {
        if is_full {
            if self.full_at.replace(Instant::now()).is_none() {
                self.set_timeout(None)?;
            }
        } else if self.full_at.is_some_and(|at| at.elapsed() >= USER_TIMEOUT) {
            self.full_at = None;
            self.set_timeout(self.timeout)?;
        }
        Ok(())
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.record_write(written.is_pending())?;
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.record_write(written.is_pending())?;
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use rustix::net::sockopt::{tcp_keepcnt, tcp_keepidle, tcp_keepintvl, tcp_user_timeout};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::{advance, pause};

    use super::*;

    async fn pair(stall_timeout: Duration) -> (TcpStream, Socket) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (peer, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, _) = accepted.expect("a connection");
        (
            peer.expect("it listens"),
            Socket::new(stream, stall_timeout),
        )
    }

    fn timeout_of(socket: &Socket) -> u32 {
        tcp_user_timeout(&socket.stream).expect("an option")
    }

    /// CONN-7, SLOW-2
    ///
    /// > CONN-7: Over TCP a dead link is lost too, about a minute after it died, whether anything
    /// > is said on it or not:
    ///
    /// > CONN-7: or answers none of three probes, 10 s apart, after 30 s of silence.
    #[tokio::test]
    async fn a_connection_sends_without_delay_and_asks_a_silent_peer_whether_it_is_there() {
        let (_peer, socket) = pair(Duration::from_secs(60)).await;
        let stream = &socket.stream;
        assert!(stream.nodelay().expect("an option"));
        assert!(SockRef::from(stream).keepalive().expect("an option"));
        let time = |seconds| Ok(Duration::from_secs(seconds));
        assert_eq!(tcp_keepidle(stream), time(30));
        assert_eq!(tcp_keepintvl(stream), time(10));
        assert_eq!(tcp_keepcnt(stream), Ok(3));
        let unsent = SockRef::from(stream).tcp_notsent_lowat();
        assert_eq!(unsent.expect("an option"), NOTSENT_LOWAT);
    }

    /// CONN-7, SLOW-2: a peer that reads as late as it may is not taken for dead.
    ///
    /// > CONN-7: a peer that acknowledges nothing of what it was sent for 60 s, or for
    /// > `stall-timeout` if that is longer,
    #[tokio::test]
    async fn a_peer_may_acknowledge_nothing_for_as_long_as_it_may_take_nothing() {
        for (stall, timeout) in [(1, 60_000), (60, 60_000), (300, 300_000), (0, 0)] {
            let (_peer, socket) = pair(Duration::from_secs(stall)).await;
            assert_eq!(timeout_of(&socket), timeout);
        }
    }

    /// SLOW-2: a peer that is slow to read is left to `stall-timeout`, not to the system.
    ///
    /// > CONN-7: A peer that has room for no more is not dead but slow (SLOW-2).
    #[tokio::test]
    async fn a_peer_whose_buffers_are_full_is_not_taken_for_dead() {
        let (mut peer, mut socket) = pair(Duration::from_secs(60)).await;
        let chunk = vec![b'x'; 64 << 10];
        let mut sent = 0;
        while let Ok(written) = std::future::poll_fn(|cx| {
            let written = Pin::new(&mut socket).poll_write(cx, &chunk);
            Poll::Ready(match written {
                Poll::Ready(written) => Ok(written.expect("a write")),
                Poll::Pending => Err(()),
            })
        })
        .await
        {
            sent += written;
        }
        assert_eq!(timeout_of(&socket), 0);
        let mut read = vec![0; sent];
        peer.read_exact(&mut read).await.expect("it is there");
        pause();
        advance(USER_TIMEOUT - Duration::from_secs(1)).await;
        socket.write_all(b"x").await.expect("a write");
        assert_eq!(timeout_of(&socket), 0);
        advance(Duration::from_secs(2)).await;
        socket.write_all(b"x").await.expect("a write");
        assert_eq!(timeout_of(&socket), 60_000);
    }
}
