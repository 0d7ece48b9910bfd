//! One connection over a stream in memory, on a paused clock: a deadline that is not set shows as a
//! wait of a minute.

use std::future::poll_fn;
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadBuf, duplex};
use tokio::time::timeout;

use super::incoming::{LINES_PER_MESSAGE, READ_OCTETS, READS_PER_POLL};
use super::*;
use crate::protocol::{Malformed, parse_line};

const QUIET: Duration = Duration::from_millis(50);

fn limits() -> ConnectionLimits {
    ConnectionLimits {
        max_line: 4096,
        quiet: Duration::ZERO,
        pause: Duration::ZERO,
        send_queue: 1 << 20,
        send_memory: Rc::new(SendMemory::new(1 << 20)),
        stall_timeout: Duration::ZERO,
        talk_limit: None,
    }
}

/// A peer, and its connection, each direction of which holds this many octets.
fn connection(
    holds: usize,
    limits: ConnectionLimits,
    throttled_until: Option<Instant>,
) -> (DuplexStream, Connection<DuplexStream>) {
    let (peer, socket) = duplex(holds);
    let connection = Connection::new(socket, Rc::new(limits), throttled_until);
    (peer, connection)
}

fn octets(count: usize) -> Chunk {
    Chunk::Own(vec![b'x'; count].into())
}

/// Runs `test` on a paused clock, and fails if a connection loops for ever and so lets no timer
/// expire.
fn terminates<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    let (done, ended) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(test());
        drop(done);
    });
    let ended = ended.recv_timeout(Duration::from_secs(60));
    assert_eq!(
        ended,
        Err(RecvTimeoutError::Disconnected),
        "it loops for ever"
    );
    thread.join().expect("no panic");
}

fn lines(lines: &str) -> ConnectionEvent {
    let lines = lines.lines().filter_map(|line| parse_line(line.as_bytes()));
    ConnectionEvent::Lines(lines.collect())
}

/// The end that the server brings about itself.
fn end_after(elapsed: Duration) -> (ConnectionEvent, Duration) {
    (ConnectionEvent::Disconnected(None), elapsed)
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// The next event, and how long it took to come.
    async fn next(&mut self) -> (ConnectionEvent, Duration) {
        let begun = Instant::now();
        let event = self.within(Duration::from_secs(60)).await;
        (event.expect("an event"), begun.elapsed())
    }

    /// The next event, if one comes within `limit`.
    async fn within(&mut self, limit: Duration) -> Option<ConnectionEvent> {
        timeout(limit, poll_fn(|cx| self.poll(cx))).await.ok()
    }
}

/// SEC-3, ORDER-3: short lines take many times their octets in memory, so the lines of one read
/// come in portions.
#[test]
fn the_lines_of_one_read_come_a_portion_at_a_time_and_all_before_the_end() {
    terminates(|| async {
        let (mut peer, mut connection) = connection(READ_OCTETS, limits(), None);
        let sent: String = (0..9_000).map(|n| format!("PING {n}\n\n")).collect();
        let sent = &sent[..READ_OCTETS];
        peer.write_all(sent.as_bytes()).await.expect("it is taken");
        drop(peer);
        let mut came = Lines::new();
        while let (ConnectionEvent::Lines(lines), _) = connection.next().await {
            let count = lines.len();
            assert!((1..=LINES_PER_MESSAGE).contains(&count), "{count}");
            came.extend(lines);
            connection.acked(0);
        }
        let whole = sent.rsplit_once('\n').expect("many lines").0;
        let expected = whole.lines().filter_map(|line| parse_line(line.as_bytes()));
        assert!(came.into_iter().eq(expected));
    });
}

/// CONN-4, STATE-3: what was read before `close` and not handed over is not handed over after it,
/// and nothing keeps what comes after it from being discarded at once.
#[test]
fn after_close_nothing_is_for_the_room_and_all_is_discarded_at_once() {
    terminates(|| async {
        let throttled = Some(Instant::now() + Duration::from_secs(60));
        for (state, throttled_until) in
            [("read", None), ("handed over", None), ("unread", throttled)]
        {
            let (mut peer, mut connection) = connection(1 << 20, limits(), throttled_until);
            let blank = "\n".repeat((READS_PER_POLL - 1) * READ_OCTETS);
            let sent = format!("{blank}PING 1\nPING");
            peer.write_all(sent.as_bytes()).await.expect("it is taken");
            let first = poll_fn(|cx| Poll::Ready(connection.poll(cx))).await;
            assert!(first.is_pending());
            if state == "handed over" {
                let event = connection.next().await.0;
                assert!(matches!(event, ConnectionEvent::Lines(_)), "{event:?}");
            }
            connection.close(CloseReason::Ended);
            peer.write_all(b" 2\n").await.expect("it is taken");
            peer.shutdown().await.expect("its side ends");
            let end = end_after(Duration::ZERO);
            assert_eq!(connection.next().await, end, "{state}");
        }
    });
}

/// LINE-8: while the room has lines of the connection, nothing is read, so no silence is known.
#[test]
fn a_slow_room_does_not_end_a_line() {
    terminates(|| async {
        let limits = ConnectionLimits {
            quiet: QUIET,
            max_line: 64,
            ..limits()
        };
        let (mut peer, mut connection) = connection(1000, limits, None);
        peer.write_all(&[b'x'; 64]).await.expect("it is taken");
        let too_long = ConnectionEvent::Lines([Err(Malformed::LineTooLong)].into());
        assert_eq!(connection.next().await.0, too_long);
        peer.write_all(b" its end").await.expect("it is taken");
        assert_eq!(connection.within(2 * QUIET).await, None);
        connection.acked(0);
        assert_eq!(connection.within(2 * QUIET).await, None);
        peer.write_all(b"PING 1").await.expect("it is taken");
        let ping = lines("PING 1");
        assert_eq!(connection.next().await, (ping, QUIET));
    });
}

/// FAIR-1: however much comes, others run in between, and the rest is read at once.
#[test]
fn what_is_more_than_one_poll_reads_does_not_wait_for_more() {
    terminates(|| async {
        let (mut peer, mut connection) = connection(1 << 20, limits(), None);
        let sent = "\n".repeat(READS_PER_POLL * READ_OCTETS) + "PING 1\n";
        peer.write_all(sent.as_bytes()).await.expect("it is taken");
        let first = poll_fn(|cx| Poll::Ready(connection.poll(cx))).await;
        assert!(first.is_pending());
        let ping = lines("PING 1");
        assert_eq!(connection.next().await, (ping, Duration::ZERO));
    });
}

/// CONN-6: the one read more is not put off; the talk of it is handled, and nothing else.
#[test]
fn what_a_lost_peer_had_sent_is_read_at_once_however_much_it_had_said() {
    terminates(|| async {
        let throttled_until = Some(Instant::now() + Duration::from_secs(30));
        let (mut peer, mut connection) = connection(READ_OCTETS, limits(), throttled_until);
        let sent = "LIST\nBCST x\nPING 1\nx\n".repeat(LINES_PER_MESSAGE + 1);
        peer.write_all(sent.as_bytes()).await.expect("it is taken");
        drop(peer);
        connection.push(octets(1));
        for count in [LINES_PER_MESSAGE, 1] {
            let talk = lines(&"BCST x\n".repeat(count));
            assert_eq!(connection.next().await, (talk, Duration::ZERO));
            connection.acked(0);
        }
        assert_eq!(connection.next().await, end_after(Duration::ZERO));
    });
}

/// FAIR-2: a LIST is paid for before the next line, and so is a line that no LF has ended.
#[test]
fn a_session_pays_for_its_last_lines_before_it_says_more() {
    terminates(|| async {
        let second = Duration::from_secs(1);
        let limits = ConnectionLimits {
            quiet: QUIET,
            talk_limit: Rate::new(2, 4),
            ..limits()
        };
        let (mut peer, mut connection) = connection(1000, limits, None);
        peer.write_all(b"PING 1").await.expect("it is taken");
        assert_eq!(connection.next().await, (lines("PING 1"), QUIET));
        connection.acked(5);
        peer.write_all(b"LIST\nPING 2\n")
            .await
            .expect("it is taken");
        assert_eq!(connection.next().await, (lines("LIST"), second));
        connection.acked(25);
        assert_eq!(connection.next().await, (lines("PING 2"), second * 25 / 2));
    });
}

/// LINE-8, SLOW-3: while output waits nothing is read, so no silence is known.
#[test]
fn output_that_waits_does_not_end_a_line() {
    terminates(|| async {
        let limits = ConnectionLimits {
            quiet: QUIET,
            ..limits()
        };
        let (mut peer, mut connection) = connection(10, limits, None);
        peer.write_all(b"PI").await.expect("it is taken");
        assert_eq!(connection.within(QUIET / 2).await, None);
        connection.push(octets(20));
        peer.write_all(b"NG 1").await.expect("it is taken");
        assert_eq!(connection.within(2 * QUIET).await, None);
        peer.read_exact(&mut [0; 10]).await.expect("it is there");
        assert_eq!(connection.next().await, (lines("PING 1"), QUIET));
    });
}

/// CONN-4, CONN-3: `close` is the last event, and the peer has some time to end its side.
#[test]
fn after_close_nothing_is_sent_and_the_peer_is_not_waited_for_long() {
    terminates(|| async {
        let lingers = [(CloseReason::Ended, 2000), (CloseReason::Refused, 100)];
        for (reason, millis) in lingers {
            let (mut peer, mut connection) = connection(1000, limits(), None);
            connection.close(reason);
            connection.push(octets(1));
            let end = end_after(Duration::from_millis(millis));
            assert_eq!(connection.next().await, end);
            let mut told = String::new();
            peer.read_to_string(&mut told).await.expect("UTF-8");
            assert_eq!(told, "close\n");
        }
    });
}

/// SLOW-1
#[test]
fn a_peer_has_fallen_behind_with_one_octet_more_than_the_send_queue() {
    terminates(|| async {
        let limits = ConnectionLimits {
            send_queue: 100,
            ..limits()
        };
        let (_peer, mut connection) = connection(10, limits, None);
        connection.push(octets(110));
        assert_eq!(connection.next().await.0, ConnectionEvent::LagChanged(true));
        assert_eq!(connection.within(QUIET).await, None);
        connection.push(octets(1));
        let (reason, octets) = (DropReason::FellBehind, 101);
        let dropped = ConnectionEvent::Disconnected(Some(Dropped { reason, octets }));
        assert_eq!(connection.next().await, (dropped, Duration::ZERO));
    });
}

/// SLOW-5: with one octet more than a quarter of the send queue, until there is an eighth.
#[test]
fn a_peer_lags_between_two_watermarks() {
    terminates(|| async {
        let limits = ConnectionLimits {
            send_queue: 80,
            ..limits()
        };
        let (mut peer, mut connection) = connection(10, limits, None);
        let lags = |lags| (ConnectionEvent::LagChanged(lags), Duration::ZERO);
        connection.push(octets(30));
        assert_eq!(connection.within(QUIET).await, None);
        connection.push(octets(1));
        assert_eq!(connection.next().await, lags(true));
        peer.read_exact(&mut [0; 10]).await.expect("it is there");
        assert_eq!(connection.within(QUIET).await, None);
        peer.read_exact(&mut [0; 1]).await.expect("it is there");
        assert_eq!(connection.next().await, lags(false));
    });
}

/// SLOW-6: what is queued counts at once, and no longer when it is written.
#[test]
fn the_send_memory_is_what_waits_in_all_queues() {
    terminates(|| async {
        let send_memory = Rc::new(SendMemory::new(1000));
        let limits = || ConnectionLimits {
            send_memory: Rc::clone(&send_memory),
            ..limits()
        };
        let (mut reader, mut one) = connection(1000, limits(), None);
        one.push(octets(410));
        let (_peer, mut other) = connection(10, limits(), None);
        other.push(octets(310));
        let dropped = ConnectionEvent::Disconnected(Some(Dropped {
            reason: DropReason::NoMemoryLeft,
            octets: 300,
        }));
        assert_eq!(other.next().await.0, dropped);
        drop(other);
        let mut read = [0; 410];
        let (_, event) = tokio::join!(reader.read_exact(&mut read), one.within(QUIET));
        assert_eq!(event, None);
        let (_peer, mut other) = connection(10, limits(), None);
        other.push(octets(310));
        assert_eq!(other.within(QUIET).await, None);
    });
}

/// CONN-7: the log says that the link was dead, and not only that a write failed.
#[test]
fn a_write_that_the_system_gives_up_says_that_the_link_is_dead() {
    /// A socket over a dead link.
    struct Dead;

    impl AsyncRead for Dead {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Dead {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    terminates(|| async {
        let mut connection = Connection::new(Dead, Rc::new(limits()), None);
        connection.push(octets(7));
        let (reason, octets) = (DropReason::LinkDead, 7);
        let dropped = ConnectionEvent::Disconnected(Some(Dropped { reason, octets }));
        assert_eq!(connection.next().await, (dropped, Duration::ZERO));
    });
}

/// SLOW-2, CONN-4: a peer cannot hold its connection open by taking nothing at its end.
#[test]
fn a_peer_that_takes_nothing_is_dropped_in_time_also_after_close() {
    terminates(|| async {
        let stall_timeout = Duration::from_secs(10);
        for (queued, is_undelimited) in [(10, false), (50, false), (50, true)] {
            let quiet = if is_undelimited {
                QUIET
            } else {
                Duration::ZERO
            };
            let limits = ConnectionLimits {
                stall_timeout,
                quiet,
                ..limits()
            };
            let (_peer, mut connection) = connection(10, limits, None);
            connection.push(octets(queued));
            connection.close(CloseReason::Ended);
            let (event, elapsed) = connection.next().await;
            let is_stalled = |dropped: Dropped| dropped.reason == DropReason::Stalled;
            assert!(
                matches!(event, ConnectionEvent::Disconnected(Some(d)) if is_stalled(d)),
                "{queued}: {event:?}"
            );
            assert_eq!(elapsed, stall_timeout);
        }
    });
}
