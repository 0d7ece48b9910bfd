//! What is written on a connection that fails, and on the one after it.

use std::io;

use futures_util::FutureExt;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};

use super::*;
use crate::protocol::{Text, UserName, Word};

/// A stream that takes this many octets, and then fails to write; reading goes on.
struct Failing(DuplexStream, usize);

impl AsyncRead for Failing {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, octets)
    }
}

impl AsyncWrite for Failing {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let taken = octets.len().min(self.1);
        self.1 -= taken;
        Poll::Ready(match taken {
            0 => Err(io::ErrorKind::BrokenPipe.into()),
            taken => Ok(taken),
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn reconnecting() -> Reconnecting {
    let address = Address::new(None, None).expect("the default address");
    let name = UserName::new("dani").expect("a name");
    Reconnecting::new(address, Some(NamePolicy::Exact(name)))
}

/// The next connection succeeds, over this stream.
fn connects(room: &mut Reconnecting, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
    let connection = Connection::over(stream, super::super::MAX_LINE);
    assert!(matches!(room.connected(Ok(connection)), Update::Connected));
}

fn bcst(nth: usize) -> Command {
    Command::Bcst(Text::new(&format!("line {nth}")).expect("a text"))
}

fn ping(word: &str) -> Command {
    Command::Ping(Word::new(word).expect("a word"))
}

/// What can be read from the other end of a connection, after `room` has written what it can.
fn written(room: &mut Reconnecting, peer: &mut DuplexStream) -> String {
    let nothing = room.next().now_or_never();
    assert!(nothing.is_none(), "{nothing:?}");
    let mut octets = [0; 1 << 16];
    let read = peer.read(&mut octets).now_or_never();
    let len = read.expect("something was written").expect("no error");
    String::from_utf8_lossy(&octets[..len]).into_owned()
}

fn next(room: &mut Reconnecting) -> Update {
    let update = room.next().now_or_never();
    update.expect("it is ready").expect("it goes on")
}

#[tokio::test]
async fn what_waited_on_a_lost_connection_is_not_sent_on_the_next() {
    let mut room = reconnecting();
    let (stream, mut peer) = duplex(64);
    connects(&mut room, stream);
    // More than the connection takes, and more than its buffer holds.
    for nth in 0..1000 {
        assert_eq!(room.send(bcst(nth), None), Ok(()));
    }
    assert!(written(&mut room, &mut peer).starts_with("JOIN dani\nBCST line 0\n"));
    peer.shutdown().await.expect("it is open");
    assert!(matches!(next(&mut room), Update::Disconnected(..)));

    let (stream, mut peer) = duplex(1 << 16);
    connects(&mut room, stream);
    assert_eq!(room.send(ping("sentinel"), None), Ok(()));
    let sent = written(&mut room, &mut peer);
    assert_eq!(sent, "JOIN dani\nPING sentinel\n");
}

/// What came before is still read.
#[tokio::test]
async fn after_a_failed_write_nothing_more_is_taken() {
    let mut room = reconnecting();
    let (stream, mut peer) = duplex(64);
    connects(&mut room, Failing(stream, "JOIN dani\nBCST".len()));
    room.send(bcst(0), None).expect("there is a connection");
    room.send(bcst(1), None).expect("there is a connection");
    peer.write_all(b"drew: BCST hi\n")
        .await
        .expect("it is open");
    assert!(matches!(next(&mut room), Update::Line(Ok(_), _)));
    assert_eq!(room.send(bcst(2), None), Err(bcst(2)));
    peer.shutdown().await.expect("it is open");
    assert!(matches!(next(&mut room), Update::Disconnected(..)));

    let (stream, mut peer) = duplex(64);
    connects(&mut room, stream);
    assert_eq!(written(&mut room, &mut peer), "JOIN dani\n");
}

#[tokio::test]
async fn no_more_commands_are_taken_than_may_wait() {
    let mut room = reconnecting();
    let (stream, mut peer) = duplex(1 << 16);
    connects(&mut room, stream);
    assert_eq!(written(&mut room, &mut peer), "JOIN dani\n");
    for nth in 0..MAX_WAITING {
        assert_eq!(room.send(bcst(nth), None), Ok(()), "{nth}");
    }
    assert_eq!(room.send(Command::List, None), Err(Command::List));
    written(&mut room, &mut peer);
    assert_eq!(room.send(Command::List, None), Ok(()));
}
