//! Turns and rates (spec section 8.1), on a clock that the test moves.

use std::net::Ipv4Addr;

use parlour::room::Limits;
use parlour::server::{Config, Console, Server};
use tokio::task::yield_now;
use tokio::time::{Duration, Instant, advance};

use super::driver::on_a_paused_clock;
use super::peer::{Peer, settle};
use super::pipe::pipe;
use super::streams::{connect, read, settled};

/// The capacity of every pipe, so that the server reads no more at once.
const READ: usize = 100;

const RATE: usize = 1000;
const BURST: usize = 5000;

/// One tick of the clock.
const TICK: Duration = Duration::from_millis(20);

fn slow_talk() -> Config {
    Config {
        talk_rate: RATE as u64,
        talk_burst: BURST as u64,
        ..Config::default()
    }
}

/// FAIR-2: three times the burst is answered in full, each octet when it is due, and no other
/// member waits.
///
/// > FAIR-2: For its rate alone no line is refused and no connection ended: what comes too fast is
/// > taken later. A session may say `talk-rate` octets a second, and `talk-burst` at once after a
/// > silence.
#[test]
fn who_says_more_than_the_burst_is_answered_at_the_rate() {
    on_a_paused_clock(async {
        let server = Server::start(slow_talk(), Console::silent());
        let mut ann = connect(&server, |socket| socket, READ).await;
        let mut bob = connect(&server, |socket| socket, READ).await;
        settled([&mut ann, &mut bob]).await;
        let greeting = ann.read.len();
        let begun = Instant::now();
        let lines: String = (0..3 * BURST / 10)
            .map(|n| format!("PING {n:04}\n"))
            .collect();
        assert_eq!(lines.len(), 3 * BURST);
        ann.say(lines.as_bytes(), None, b"");
        loop {
            settled([&mut ann, &mut bob]).await;
            let answered = ann.read.len() - greeting;
            let allowed = BURST + RATE * begun.elapsed().as_millis() as usize / 1000;
            let (least, most) = (allowed.min(lines.len()), allowed + READ);
            assert!(
                (least..=most).contains(&answered),
                "{answered} octets are answered after {:?}, {allowed} may be",
                begun.elapsed()
            );
            if answered == lines.len() {
                break;
            }
            bob.say(b"PING bob\n", None, b"");
            bob.read.clear();
            settled([&mut ann, &mut bob]).await;
            assert_eq!(read(&bob), ["PONG bob"]);
            advance(TICK).await;
        }
        assert_eq!(begun.elapsed().as_secs(), 9);
        let answers = read(&ann).into_iter().skip(1).map(str::to_owned);
        assert!(answers.eq((0..3 * BURST / 10).map(|n| format!("PONG {n:04}"))));
    });
}

/// FAIR-2: lines that are ignored (LINE-5) or skipped (LINE-2) cost their octets, a short line with
/// a long answer costs the answer's octets, and after a silence a burst is available again.
///
/// > FAIR-2: Lines count with their own octets, ignored and skipped ones too, or with those of the
/// > events that they make the room tell, each event counted once, whichever are more.
#[test]
fn whatever_comes_counts_as_said() {
    let blank = "\n".repeat(8000);
    let long = format!("{}\n", "x".repeat(7999));
    // 271 octets each.
    let help = "HELP\n".repeat(8000 / 271);
    for said in [blank, long, help] {
        on_a_paused_clock(async {
            let server = Server::start(slow_talk(), Console::silent());
            // Two HELP lines are read at once.
            let mut ann = connect(&server, |socket| socket, READ / 10).await;
            for _ in 0..2 {
                settled([&mut ann]).await;
                ann.read.clear();
                ann.say(said.as_bytes(), None, b"PING on\n");
                let pong = b"PONG on\n";
                ticks_until(&mut ann, pong, (8000 - BURST) * 1000 / RATE).await;
                advance(Duration::from_secs((BURST / RATE) as u64)).await;
            }
        });
    }
}

/// Waits until what `peer` has read ends with this text, which must take about this many
/// milliseconds.
async fn ticks_until(peer: &mut Peer, end: &[u8], millis: usize) {
    let begun = Instant::now();
    loop {
        settled([peer]).await;
        if peer.read.ends_with(end) {
            break;
        }
        assert!(begun.elapsed().as_secs() < 60, "it is never answered");
        advance(TICK).await;
    }
    let took = begun.elapsed().as_millis() as usize;
    let give = 500;
    assert!(
        took.abs_diff(millis) <= give,
        "it took {took} ms for {millis} ms"
    );
}

/// FAIR-1: a thousand visitors send HELP without pause. Whatever a member says, after a silence or
/// at once, is in the next batch, so that the others are first told what was already on its way,
/// then the open batch, then that one.
#[test]
fn a_thousand_who_flood_delay_a_line_by_a_batch_or_two() {
    const VISITORS: usize = 1000;
    const HOLDS: usize = 1 << 16;
    const BATCH: usize = 256 << 10;
    /// One HELP is answered with 271 octets, and a quantum ends with the answer that uses it up.
    const ROUND: usize = VISITORS * (1024 + 271);
    on_a_paused_clock(async {
        let server = Server::start(Config::default(), Console::silent());
        let mut ann = connect(&server, |socket| socket, HOLDS).await;
        ann.say(b"JOIN ann\n", None, b"");
        settled([&mut ann]).await;
        let mut visitors = Vec::new();
        for _ in 0..VISITORS {
            visitors.push(connect(&server, |socket| socket, HOLDS).await);
        }
        let help = "HELP\n".repeat(200);
        for visitor in &mut visitors {
            visitor.say(help.as_bytes(), None, b"");
        }
        let mut told = 0;
        let mut pump = |ann: &mut Peer| {
            ann.pump(&mut |_, _| {});
            for visitor in &mut visitors {
                while visitor.pump(&mut |_, _| {}) {}
                told += std::mem::take(&mut visitor.read).len();
            }
            told
        };
        for silence in [ROUND, 0, 0, ROUND, 0] {
            let last = pump(&mut ann);
            while pump(&mut ann) < last + silence {
                yield_now().await;
            }
            ann.read.clear();
            ann.say(b"PING on\n", None, b"");
            let begun = pump(&mut ann);
            while !ann.read.ends_with(b"PONG on\n") {
                yield_now().await;
                let others = pump(&mut ann) - begun;
                assert!(
                    others <= 4 * BATCH,
                    "{others} octets are told to others first"
                );
            }
        }
        assert!(told < VISITORS * 200 * 271 / 2, "they flood no more");
    });
}

/// FAIR-3: as many connections are accepted at once as the burst pays for, and one more whenever
/// the rate has paid for it; none is refused.
///
/// > FAIR-3: A connection counts with 2048 octets, for a joining and a leaving, against such a rate
/// > and burst of its address. Where those are used up, the first line of the connection is taken
/// > later.
#[test]
fn the_first_line_of_one_connection_too_many_at_once_is_taken_later() {
    const AT_ONCE: usize = 128;
    let config = Config {
        limits: Limits::by_count(10, 1024),
        ..Config::default()
    };
    // 2,048 octets at 65,536 a second.
    let each = Duration::from_micros(31_250);
    for (ip, is_counted) in [([192, 0, 2, 1], true), ([127, 0, 0, 1], false)] {
        on_a_paused_clock(async {
            let server = Server::start(config.clone(), Console::silent());
            let begun = Instant::now();
            let mut peers = Vec::new();
            for number in 0..AT_ONCE + 3 {
                let (near, far) = pipe(1000);
                let peer = (Ipv4Addr::from(ip), number as u16).into();
                server.admit(far, peer, server.permit().await);
                let mut peer = Peer::new(String::new(), near, 1024, false);
                peer.say(b"PING on\n", None, b"");
                peers.push(peer);
            }
            let mut answered = Vec::new();
            while answered.len() < peers.len() {
                settle(|| {
                    let pump = |peer: &mut Peer| peer.pump(&mut |_, _| {});
                    peers.iter_mut().map(pump).fold(false, |all, one| all | one)
                })
                .await;
                let pongs = peers
                    .iter()
                    .filter(|peer| read(peer).ends_with(&["PONG on"]));
                answered.resize(pongs.count(), begun.elapsed());
                assert!(begun.elapsed().as_secs() < 60, "some are never answered");
                advance(Duration::from_millis(1)).await;
            }
            let later = (1..).map(|n| if is_counted { each * n } else { Duration::ZERO });
            let due = [Duration::ZERO; AT_ONCE].into_iter().chain(later);
            for (number, (answered, due)) in answered.into_iter().zip(due).enumerate() {
                let late = answered.checked_sub(due);
                assert!(
                    late.is_some_and(|late| late <= Duration::from_millis(3)),
                    "{number}: answered after {answered:?}, due after {due:?}"
                );
            }
        });
    }
}
