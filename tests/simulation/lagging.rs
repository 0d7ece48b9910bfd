//! A slow reader and its cost for everyone else (spec section 8.2), on a clock that the test moves.

use parlour::server::{Config, Console, Server};
use tokio::time::{Duration, Instant, advance};

use super::driver::on_a_paused_clock;
use super::peer::{Peer, settle};
use super::streams::{connect, read};

/// One tick of the clock: as fine as the runtime's timers.
const TICK: Duration = Duration::from_millis(1);

/// The longest batch of the room is a quarter of this.
const SEND_QUEUE: usize = 512 << 10;

/// An eighth of the send queue a second.
const PACE: usize = 64 << 10;

const TALKERS: usize = 9;

/// A room in which nine members talk without pause, one says little, and one reads slowly.
struct Scene {
    server: Server,
    talkers: Vec<Peer>,
    quiet: Peer,
    slow: Peer,
    /// What the talkers say, over and over.
    line: String,
    /// The octets that the quiet member has been told.
    told: usize,
}

impl Scene {
    /// All have joined, and nothing is said yet.
    async fn new(text: usize, send_queue: usize) -> Self {
        let config = Config {
            limits: parlour::room::Limits::by_count(TALKERS + 2, 100),
            send_queue,
            talk_rate: 0,
            ..Config::default()
        };
        let server = Server::start(config, Console::silent());
        let mut talkers = Vec::new();
        for _ in 0..TALKERS {
            talkers.push(connect(&server, |socket| socket, 1 << 16).await);
        }
        let quiet = connect(&server, |socket| socket, 1 << 16).await;
        let slow = connect(&server, |socket| socket, 1000).await;
        let mut scene = Self {
            server,
            talkers,
            quiet,
            slow,
            line: format!("BCST {}\n", "x".repeat(text)),
            told: 0,
        };
        for (number, talker) in scene.talkers.iter_mut().enumerate() {
            talker.say(format!("JOIN t{number}\n").as_bytes(), None, b"");
        }
        scene.quiet.say(b"JOIN quiet\n", None, b"");
        scene.slow.say(b"JOIN slow\n", None, b"");
        scene.settled().await;
        scene.slow.stall(true);
        scene
    }

    async fn settled(&mut self) {
        settle(|| {
            let mut moved = false;
            for peer in &mut self.talkers {
                moved |= peer.pump(&mut |_, _| {});
                peer.read.clear();
            }
            let before = self.quiet.read.len();
            moved |= self.quiet.pump(&mut |_, _| {});
            self.told += self.quiet.read.len() - before;
            moved | self.slow.pump(&mut |_, _| {})
        })
        .await;
    }

    /// Everyone talks for a tick, and the slow member reads this many octets.
    async fn tick(&mut self, taken: usize) {
        for talker in &mut self.talkers {
            while talker.unsent() < 1 << 14 {
                talker.say(self.line.repeat(100).as_bytes(), None, b"");
            }
        }
        if taken > 0 {
            self.slow.pace = taken;
            self.slow.stall(false);
            self.slow.pump(&mut |_, _| {});
            self.slow.stall(true);
        }
        self.settled().await;
        advance(TICK).await;
    }

    /// Whether the quiet member was told this; discards everything it was told so far.
    fn is_told(&mut self, line: &str) -> bool {
        let is_told = read(&self.quiet).contains(&line);
        self.quiet.read.clear();
        is_told
    }
}

/// SLOW-5, SLOW-1: nine members talk without pause, in short lines or long ones, and a member that
/// reads at the pace is not lost. Everything but talk is answered at once, and a line of a quiet
/// member waits for one line of each talker.
///
/// > SLOW-5: So a member that reads at that pace is not lost, however many talk;
#[test]
fn talk_goes_at_the_pace_of_a_member_that_lags() {
    for text in [10, 300, 4000] {
        on_a_paused_clock(async {
            let mut scene = Scene::new(text, SEND_QUEUE).await;
            let octets = text + "t0: BCST \n".len();
            scene.tick(0).await;
            assert!(scene.told > SEND_QUEUE / 4, "it does not lag");
            assert!(scene.told < SEND_QUEUE, "the others did not wait");
            let (begun, told) = (Instant::now(), scene.told);
            let mut most = Duration::ZERO;
            for tick in 0..10_000 {
                scene.tick(PACE / 1000).await;
                if tick % 500 == 0 {
                    scene.quiet.read.clear();
                    scene.quiet.say(b"PING on\nLIST\nPING off\n", None, b"");
                    scene.settled().await;
                    assert!(scene.is_told("PONG off"), "what is no talk waits");
                    scene.quiet.say(b"BCST y\n", None, b"");
                    let said = Instant::now();
                    while !scene.is_told("quiet: BCST y") {
                        scene.tick(PACE / 1000).await;
                    }
                    most = most.max(said.elapsed());
                }
            }
            let seconds = begun.elapsed().as_secs_f64();
            let pace = (scene.told - told) as f64 / seconds;
            println!("text {text}: {pace:.0} octets a second, a line waited {most:?}");
            assert!(!scene.slow.at_end, "it was lost");
            assert!(
                (pace / PACE as f64 - 1.0).abs() < 0.03,
                "{pace} octets a second"
            );
            let a_line_of_each = Duration::from_millis((10 * octets * 1000 / PACE) as u64 + 20);
            assert!(most <= a_line_of_each, "a line waited {most:?}");
        });
    }
}

/// SLOW-5, SLOW-1: the others wait six seconds for a member that reads nothing, and then no longer.
///
/// > SLOW-1: Nobody waits for it longer than SLOW-5 says.
///
/// > SLOW-5: one that takes nothing slows the others down for six seconds of talk, and is lost.
#[test]
fn a_member_that_takes_nothing_slows_the_others_for_six_seconds() {
    on_a_paused_clock(async {
        let mut scene = Scene::new(100, SEND_QUEUE).await;
        let begun = Instant::now();
        while !scene.is_told("slow has left the chat") {
            assert!(begun.elapsed().as_secs() < 10, "it is never lost");
            scene.tick(0).await;
        }
        let slowed = begun.elapsed().as_millis();
        println!("{slowed} ms");
        assert!((3900..=6000).contains(&slowed), "{slowed} ms");
        let told = scene.told;
        scene.tick(0).await;
        assert!(scene.told - told > 1 << 16, "the others still wait");
    });
}

/// SLOW-5: a session that joins with much unread lags from its join on.
#[test]
fn who_lags_already_when_it_joins_is_waited_for_too() {
    on_a_paused_clock(async {
        let send_queue = 64 << 10;
        let mut scene = Scene::new(100, send_queue).await;
        scene.slow.stall(false);
        scene.slow.say(b"QUIT\n", None, b"");
        scene.settled().await;
        let mut slow = connect(&scene.server, |socket| socket, 2000).await;
        slow.stall(true);
        // The answers are more than a quarter of the send queue, and the lines come at once.
        let help = "HELP\n".repeat(100);
        slow.say(format!("{help}JOIN slow\n").as_bytes(), None, b"");
        scene.slow = slow;
        scene.settled().await;
        assert!(scene.is_told("SERVER: slow joined the chat!"));
        scene.told = 0;
        scene.tick(0).await;
        let told = scene.told;
        assert!(told < PACE / 10, "{told} octets of talk are told at once");
    });
}
