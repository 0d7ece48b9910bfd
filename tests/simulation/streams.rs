//! Streams that seeds do not produce: one that panics, one that never pauses, one that falls behind
//! at the wrong moment.

use std::future::ready;
use std::io;
use std::net::Ipv4Addr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use parlour::room::Limits;
use parlour::server::{Config, Console, Server};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::cooperative;
use tokio::task::{spawn_local, yield_now};
use tokio::time::{Duration, advance, sleep};

use super::driver::on_a_paused_clock;
use super::peer::{Peer, settle};
use super::pipe::{Socket, pipe};

/// A stream that brings this octet without end; it yields to other tasks when its budget is used
/// up.
struct Endless(Socket, u8);

/// A stream that panics once it has read anything.
struct Faulty(Socket);

/// QUIT-2: the fault affects its own connection only; the others are told that it has left, and are
/// still served.
#[test]
fn a_panic_in_a_session_is_announced_as_a_leaving() {
    on_a_paused_clock(async {
        let server = Server::start(Config::default(), Console::silent());
        let mut ann = connect(&server, |socket| socket, 1000).await;
        let mut bob = connect(&server, Faulty, 1000).await;
        ann.say(b"JOIN ann\n", None, b"");
        settled([&mut ann, &mut bob]).await;
        bob.say(b"JOIN bob\n", None, b"");
        settled([&mut ann, &mut bob]).await;
        bob.say(b"BCST a fault\n", None, b"");
        settled([&mut ann, &mut bob]).await;
        ann.say(b"PING on\n", None, b"");
        settled([&mut ann, &mut bob]).await;
        assert_eq!(
            read(&ann)[1..],
            [
                "SERVER: ann joined the chat!",
                "SERVER: bob joined the chat!",
                "bob has left the chat",
                "PONG on"
            ]
        );
        assert!(bob.at_end && !bob.is_held());
    });
}

/// JOIN-5, CONN-4: no deadline waits for a peer that never pauses.
#[test]
fn a_peer_that_never_pauses_is_closed_in_time_all_the_same() {
    on_a_paused_clock(async {
        let server = Server::start(Config::default(), Console::silent());
        let endless = |octet| move |socket| Endless(socket, octet);
        let mut blank = connect(&server, endless(b'\n'), 1000).await;
        let mut long = connect(&server, endless(b'x'), 1000).await;
        for _ in 0..70 {
            advance(Duration::from_secs(1)).await;
            for _ in 0..10 {
                blank.pump(&mut |_, _| {});
                long.pump(&mut |_, _| {});
                yield_now().await;
            }
        }
        for peer in [blank, long] {
            assert_eq!(read(&peer).last(), Some(&"close"), "JOIN-5");
            assert!(!peer.is_held(), "CONN-4: it is waited for without end");
        }
    });
}

/// LINE-8: octets that have arrived and are not read yet are not silence.
#[test]
fn a_deadline_does_not_end_the_line_of_a_peer_that_is_behind() {
    on_a_paused_clock(async {
        let config = Config {
            join_timeout: Duration::from_millis(200),
            ..Config::default()
        };
        let server = Server::start(config, Console::silent());
        let mut ann = connect(&server, |socket| socket, 20).await;
        let mut bob = connect(&server, |socket| socket, 1000).await;
        ann.say(b"JOIN ann", None, b"");
        bob.say(b"JOIN bob\n", None, b"");
        settled([&mut ann, &mut bob]).await;
        sleep(Duration::from_millis(60)).await;
        ann.say(b"PING o", None, b"");
        settled([&mut ann, &mut bob]).await;
        ann.stall(true);
        bob.say(b"BCST that is more than the pipe of ann holds\n", None, b"");
        settled([&mut ann, &mut bob]).await;
        ann.say(b"ne", None, b"");
        settled([&mut ann, &mut bob]).await;
        // The join timeout passes, for a session that joined long ago.
        sleep(Duration::from_millis(200)).await;
        ann.stall(false);
        settled([&mut ann, &mut bob]).await;
        sleep(Duration::from_millis(60)).await;
        settled([&mut ann, &mut bob]).await;
        assert_eq!(read(&ann).last(), Some(&"PONG one"), "{:#?}", read(&ann));
    });
}

/// SLOW-1, SLOW-2, CONN-6: a peer that is behind is lost when it has read nothing for too long, not
/// before; or at once when too much waits for it.
///
/// > CONN-6: A connection that is reset, on which writing fails, or whose peer has fallen behind
/// > (SLOW-1, SLOW-2) is *lost*.
///
/// > SLOW-1: A peer for which more than `send-queue` octets wait, beyond what its connection's own
/// > buffers hold, has fallen behind: its connection is lost.
#[test]
fn a_peer_that_has_fallen_behind_is_lost() {
    on_a_paused_clock(async {
        let config = Config {
            send_queue: 200,
            stall_timeout: Duration::from_secs(1),
            ..Config::default()
        };
        let server = Server::start(config, Console::silent());
        let mut bob = connect(&server, |socket| socket, 1000).await;
        bob.say(b"JOIN bob\n", None, b"");
        settled([&mut bob]).await;
        let mut left = 0;
        for (octets, takes_some) in [(50, true), (50, false), (300, false)] {
            let mut ann = connect(&server, |socket| socket, 20).await;
            ann.say(b"JOIN ann\n", None, b"");
            settled([&mut ann, &mut bob]).await;
            ann.stall(true);
            let line = format!("BCST {}\n", "x".repeat(octets));
            bob.say(line.as_bytes(), None, b"");
            settled([&mut ann, &mut bob]).await;
            if octets < 200 {
                sleep(Duration::from_millis(900)).await;
                ann.stall(!takes_some);
                ann.pump(&mut |_, _| {});
                ann.stall(true);
                sleep(Duration::from_millis(200)).await;
            }
            settled([&mut ann, &mut bob]).await;
            left += usize::from(!takes_some);
            let told = read(&bob);
            let seen = told
                .iter()
                .filter(|line| **line == "ann has left the chat")
                .count();
            assert_eq!(seen, left, "{octets} octets, takes some: {takes_some}");
            if takes_some {
                ann.drop_pipe(true);
                settled([&mut bob]).await;
                left += 1;
            }
        }
    });
}

/// CONN-6: of the octets that a lost peer has sent and the server has not read, the server still
/// handles one read.
///
/// > CONN-6: and so is that of one read more, up to a QUIT, but nothing else.
#[test]
fn a_peer_that_is_gone_is_read_once_more() {
    let one_read = (16 << 10) / 10;
    assert!((1..=one_read).contains(&said_by_a_peer_that_is_gone(None)));
    assert_eq!(said_by_a_peer_that_is_gone(Some(100)), 100);
}

/// How many lines of a lost member are told, if it sends QUIT after this number of them.
fn said_by_a_peer_that_is_gone(quit: Option<usize>) -> usize {
    const HOLDS: usize = 100_000;
    on_a_paused_clock(async {
        let server = Server::start(Config::default(), Console::silent());
        let mut ann = connect(&server, |socket| socket, HOLDS).await;
        let mut bob = connect(&server, |socket| socket, HOLDS).await;
        ann.say(b"JOIN ann\n", None, b"");
        bob.say(b"JOIN bob\n", None, b"");
        settled([&mut ann, &mut bob]).await;
        // While output for it waits, the server does not read from it (SLOW-3).
        ann.stall(true);
        let line = format!("BCST {}\n", "x".repeat(4000));
        bob.say(line.repeat(HOLDS / 4000 + 1).as_bytes(), None, b"");
        settled([&mut ann, &mut bob]).await;
        let quit = |n| if Some(n) == quit { "QUIT\n" } else { "" };
        let line = |n| format!("{}BCST {n:04}\n", quit(n));
        let lines: String = (0..9000).map(line).collect();
        ann.say(lines.as_bytes(), None, b"");
        settled([&mut ann, &mut bob]).await;
        ann.drop_pipe(false);
        bob.read.clear();
        settled([&mut bob]).await;
        let told = read(&bob);
        let (left, said) = told.split_last().expect("it has left");
        assert_eq!(*left, "ann has left the chat");
        let in_order = (0..).map(|n| format!("ann: BCST {n:04}"));
        assert!(said.iter().copied().eq(in_order.take(said.len())));
        said.len()
    })
}

/// CONN-3: a refused connection ends after a tenth of a second, whatever its peer does.
///
/// > CONN-3: it waits a tenth of a second there, and no longer, for the peer to end its side.
#[test]
fn a_refused_connection_is_not_waited_for() {
    on_a_paused_clock(async {
        let config = Config {
            limits: Limits::by_count(1, 1),
            quiet: Duration::ZERO,
            ..Config::default()
        };
        let server = Server::start(config, Console::silent());
        let mut ann = connect(&server, |socket| socket, 1000).await;
        let mut bob = connect(&server, |socket| socket, 1000).await;
        settled([&mut ann, &mut bob]).await;
        assert_eq!(read(&bob)[1..], ["close"]);
        assert!(bob.at_end && bob.is_held());
        advance(Duration::from_millis(101)).await;
        settled([&mut ann]).await;
        assert!(!bob.is_held(), "it is waited for");
        ann.say(b"QUIT\n", None, b"");
        settled([&mut ann]).await;
        advance(Duration::from_millis(101)).await;
        settled([&mut ann]).await;
        assert!(ann.at_end && ann.is_held(), "CONN-4: it is not waited for");
    });
}

/// STATE-1, ORDER-3: lines that do not fit one batch of the room are handled in the next ones.
#[test]
fn more_lines_than_a_batch_holds_are_all_answered_in_order() {
    on_a_paused_clock(async {
        let config = Config {
            talk_rate: 0,
            ..Config::default()
        };
        let server = Server::start(config, Console::silent());
        let mut ann = connect(&server, |socket| socket, 1 << 20).await;
        let lines: String = (0..6000).map(|n| format!("HELP\nPING {n}\n")).collect();
        ann.say(lines.as_bytes(), None, b"");
        settled([&mut ann]).await;
        let told = read(&ann);
        let pongs = told.iter().filter_map(|line| line.strip_prefix("PONG "));
        assert!(pongs.eq((0..6000).map(|n| n.to_string())));
        assert_eq!(told.len(), 1 + 6000 * 8);
    });
}

/// LINE-9, SHUT-1, CONN-4: `close` comes alone and in time, however long the quiet time is.
///
/// > LINE-9: or half the drain time (`drain`) if that is shorter.
#[test]
fn a_drain_time_shorter_than_the_quiet_time_leaves_time_for_close() {
    on_a_paused_clock(async {
        let config = Config {
            drain: Duration::from_secs(1),
            quiet: Duration::from_secs(10),
            ..Config::default()
        };
        let server = Server::start(config, Console::silent());
        let mut ann = connect(&server, |socket| socket, 1000).await;
        settled([&mut ann]).await;
        let ended = spawn_local(server.shut_down());
        sleep(Duration::from_millis(499)).await;
        settled([&mut ann]).await;
        assert!(ann.read.ends_with(b"SERVER: shutting down\n"));
        sleep(Duration::from_millis(2)).await;
        settled([&mut ann]).await;
        assert!(ann.read.ends_with(b"SERVER: shutting down\nclose"));
        drop(ann);
        assert_eq!(ended.await.expect("no panic"), Ok(()));
    });
}

pub(crate) async fn connect<S>(
    server: &Server,
    over: impl FnOnce(Socket) -> S,
    holds: usize,
) -> Peer
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let (near, far) = pipe(holds);
    let peer = (Ipv4Addr::LOCALHOST, 1).into();
    server.admit(over(far), peer, server.permit().await);
    Peer::new(String::new(), near, 1024, false)
}

pub(crate) async fn settled<const N: usize>(mut peers: [&mut Peer; N]) {
    settle(|| {
        let pump = |peer: &mut &mut Peer| peer.pump(&mut |_, _| {});
        peers.iter_mut().map(pump).fold(false, |all, one| all | one)
    })
    .await;
}

pub(crate) fn read(peer: &Peer) -> Vec<&str> {
    let read = std::str::from_utf8(&peer.read);
    read.expect("UTF-8").lines().collect()
}

impl AsyncRead for Endless {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let turn = pin!(cooperative(ready(())));
        std::task::ready!(turn.poll(cx));
        buf.put_slice(&[self.1; 16]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Faulty {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.0).poll_read(cx, buf);
        assert!(!buf.filled().starts_with(b"BCST"), "a fault, for a test");
        read
    }
}

macro_rules! writes_to_its_socket {
    ($($stream:ty),*) => {$(
        impl AsyncWrite for $stream {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                octets: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.0).poll_write(cx, octets)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.0).poll_flush(cx)
            }

            fn poll_shutdown(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.0).poll_shutdown(cx)
            }
        }
    )*};
}

writes_to_its_socket!(Endless, Faulty);
