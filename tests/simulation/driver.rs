//! One run: the real server with simulated peers that a seed drives.
//!
//! The clock is paused and moves only when the driver sleeps; the pipes hold 1 to 200 octets. The
//! first peer, `eve`, joins before all others, reads everything and stays to the end: what she is
//! told defines the one order of the room (ORDER-1).

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use parlour::room::Limits;
use parlour::server::{Config, Console, Server};
use parlour_spec::{Input, Random};
use parlour_testkit::watched;
use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::{Duration, Instant, sleep};

use super::peer::{Ending, Peer, in_capitals, settle};
use super::pipe::pipe;
use super::speech::line;

/// How many connections may be ending beyond `max-connections`: the server's own number.
const ENDING_CONNECTIONS: usize = 256;

/// The number of peers in a run.
const PEERS: usize = 20;

/// The addresses of the peers, if not all are on the server's own machine.
const FROM: [Ipv4Addr; 3] = [
    Ipv4Addr::LOCALHOST,
    Ipv4Addr::new(192, 0, 2, 1),
    Ipv4Addr::new(192, 0, 2, 2),
];

/// The most octets that the room tells for a line beyond the line's own octets, except for HELP.
const TOLD: usize = 128;

/// The most octets that the room tells for a HELP.
const HELP: usize = 512;

/// What a new connection costs in octets (FAIR-3).
const CONNECTION: usize = 2048;

/// The least octets of talk that are handled a second while a member lags (SLOW-5).
const PACE: u64 = 64 << 10;

/// Names that are not confusable with each other.
pub(crate) const BASES: [&str; 4] = ["nanna", "betta", "hanka", "dunja"];

/// How long the server waits for the peer to end its side (CONN-4), and a little more.
const LINGER: Duration = Duration::from_millis(2100);

/// One step of a long wait: less than any quiet time, so that no peer leaves a line unfinished that
/// it could finish.
const SLICE: Duration = Duration::from_millis(50);

/// Everything about a run that the oracle checks.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) config: Config,
    /// In the order of connecting; the first is eve.
    pub(crate) peers: Vec<Peer>,
    /// Every octet in both directions, with its time.
    pub(crate) log: String,
    pub(crate) shut_down: Instant,
    /// Whether there was time before the shutdown for everything that was said.
    pub(crate) is_heard_out: bool,
}

/// Plays the run of a seed.
pub(crate) fn run(seed: u64) -> Run {
    on_a_paused_clock(async { Driver::new(seed).play().await })
}

/// Runs a future that needs a server.
pub(crate) fn on_a_paused_clock<F: Future>(run: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    watched(|| LocalSet::new().block_on(&runtime, run))
}

struct Driver {
    random: Random,
    config: Config,
    /// The server, until it is shut down.
    server: Option<Server>,
    peers: Vec<Peer>,
    started: Instant,
    log: String,
    texts: u64,
    from: &'static [Ipv4Addr],
}

impl Driver {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let millis = |random: &mut Random, range| Duration::from_millis(random.within(range));
        let mut limits =
            Limits::by_count(random.within(2..=5) as usize, random.within(4..=9) as usize);
        let from = if random.one_in(3) {
            limits.seats_per_address = random.within(1..=3) as usize;
            limits.connections_per_address = random.within(1..=4) as usize;
            &FROM[..]
        } else {
            &FROM[..1]
        };
        let config = Config {
            limits,
            join_timeout: match random.one_in(3) {
                true => Duration::ZERO,
                false => millis(&mut random, 300..=3000),
            },
            max_line: random.within(64..=200) as usize,
            quiet: Duration::from_millis(*random.one(&[0, 60, 100])),
            send_queue: *random.one(&[200, 2000, 1 << 20]),
            stall_timeout: millis(&mut random, 500..=3000),
            talk_rate: *random.one(&[0, 0, 3000, 20_000]),
            talk_burst: 4096,
            drain: millis(&mut random, 3000..=5000),
            ..Config::default()
        };
        Self {
            server: Some(Server::start(config.clone(), Console::silent())),
            random,
            config,
            peers: Vec::new(),
            started: Instant::now(),
            log: String::new(),
            texts: 0,
            from,
        }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("it is not shut down yet")
    }

    async fn play(mut self) -> Run {
        let eve = ("eve".to_owned(), FROM[0]);
        self.connect(eve, 1 << 20, 1024, false).await;
        self.peers[0].say(b"JOIN eve", Some(Input::of(Ok("JOIN eve"))), b"\n");
        self.settle().await;
        for _ in 0..self.random.within(40..=120) {
            self.step().await;
        }
        if self.random.one_in(2) {
            self.all_leave().await;
        }
        let lets_stall = self.random.one_in(3);
        for peer in &mut self.peers {
            peer.stall(peer.stalls && lets_stall);
        }
        let is_heard_out = !lets_stall && self.random.one_in(2);
        if is_heard_out {
            self.wait(self.patience()).await;
        } else if !lets_stall {
            self.settle().await;
        }
        self.shut_down(lets_stall, is_heard_out).await
    }

    async fn step(&mut self) {
        let who = self.random.within(0..=self.peers.len() as u64 - 1) as usize;
        match self.random.within(0..=99) {
            0..=9 if self.peers.len() < PEERS => self.someone_connects().await,
            0..=69 => self.someone_speaks(who).await,
            70..=72 if who > 0 && self.peers[who].is_open() => self.peers[who].end_side(),
            73 if who > 0 => self.peers[who].drop_pipe(true),
            74 if who > 0 && !self.peers[who].is_amid_its_first_line() => {
                self.peers[who].drop_pipe(false);
            }
            75..=78 if who > 0 && !self.peers[who].undelimited => {
                let stalls = !self.peers[who].stalls;
                self.peers[who].stall(stalls);
            }
            79 if who > 0 && self.peers[who].at_end => self.peers[who].pipe = None,
            80 => {
                let millis = self.random.within(50..=4000);
                self.wait(Duration::from_millis(millis)).await;
            }
            81..=84 => self.settle().await,
            85..=89 => sleep(Duration::from_millis(self.random.within(1..=10))).await,
            _ => {
                for _ in 0..self.random.within(1..=5) {
                    self.pump();
                    yield_now().await;
                }
            }
        }
        self.pump();
    }

    async fn someone_connects(&mut self) {
        let number = self.peers.len();
        let base = *self.random.one(&BASES);
        let name = in_capitals(base, number);
        let holds = *self.random.one(&[1, 5, 16, 40, 80, 100, 150, 200]);
        let pace = *self.random.one(&[3, 20, 100, 1000]);
        let undelimited = !self.config.quiet.is_zero() && self.random.one_in(4);
        let ip = *self.random.one(self.from);
        self.connect((name, ip), holds, pace, undelimited).await;
    }

    async fn connect(
        &mut self,
        (name, ip): (String, Ipv4Addr),
        holds: usize,
        pace: usize,
        undelimited: bool,
    ) {
        let (near, far) = pipe(holds);
        let number = self.peers.len();
        let permit = self.server().permit().await;
        self.server().admit(far, (ip, number as u16).into(), permit);
        let mut peer = Peer::new(name, near, pace, undelimited);
        peer.ip = IpAddr::from(ip);
        let counted = || self.peers.iter().filter(|peer| peer.may_be_counted());
        peer.open_with_it = counted().count() + 1;
        if !ip.is_loopback() {
            let here = self.peers.iter().filter(|other| other.ip == peer.ip);
            let said_until = here.map(|other| other.said_until).max();
            let begin = said_until.unwrap_or(peer.connected).max(peer.connected);
            peer.said_until = begin + self.time_for(CONNECTION);
            peer.of_its_address = counted().filter(|other| other.ip == peer.ip).count() + 1;
        }
        let _infallible = writeln!(
            self.log,
            "#{number} connects as {} from {ip}: pipe {holds}, pace {pace}{}",
            peer.name,
            if undelimited { ", without LF" } else { "" }
        );
        self.peers.push(peer);
    }

    async fn someone_speaks(&mut self, who: usize) {
        if !self.peers[who].is_open() {
            return;
        }
        if self.peers[who].undelimited {
            // The last octets are a line of their own only if the quiet time passed after them.
            let wait = 2 * self.config.quiet;
            if self.peers[who].said.is_some_and(|at| at.elapsed() <= wait) {
                return;
            }
            // What waits unread while more of a line comes is one line with it.
            let burst = self.time_for(self.config.talk_burst as usize - HELP);
            if self.peers[who].said_until > Instant::now() + burst {
                return;
            }
            self.settle().await;
            if !self.peers[who].is_open() {
                return;
            }
            let (line, asked) = self.line_of(who);
            let Some(asked) = asked else { return };
            let begin = self.peers[who].said_until.max(Instant::now());
            self.peers[who].said_until = begin + self.time_for(line.len() + HELP);
            self.peers[who].say(&line, Some(asked), b"");
            self.settle().await;
            return;
        }
        for _ in 0..self.random.within(1..=5) {
            let (line, asked) = self.line_of(who);
            let end = *self.random.one(&[&b"\n"[..], b"\n", b"\r\n"]);
            self.peers[who].say(&line, asked, end);
        }
        if who > 0 && self.random.one_in(30) {
            // Unfinished when the peer ends its side, and so dropped (LINE-8).
            self.peers[who].say(b"BCST never", None, b"");
            self.peers[who].end_side();
        }
    }

    fn line_of(&mut self, who: usize) -> (Vec<u8>, Option<Input>) {
        self.texts += 1;
        let may_quit = who > 0;
        let max_line = self.config.max_line;
        line(
            &mut self.random,
            &self.peers[who],
            self.texts,
            max_line,
            may_quit,
        )
    }

    /// Lets every peer write and read once; returns whether anything moved.
    fn pump(&mut self) -> bool {
        let now = self.started.elapsed().as_millis();
        let log = &mut self.log;
        let mut progress = false;
        for (number, peer) in self.peers.iter_mut().enumerate() {
            progress |= peer.pump(&mut |way, octets| {
                let octets = octets.escape_ascii();
                let _infallible = writeln!(log, "{now:>6} ms #{number} {way} {octets}");
            });
        }
        progress
    }

    async fn settle(&mut self) {
        settle(|| self.pump()).await;
    }

    /// Lets time pass, during which the reading peers go on reading.
    async fn wait(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.settle().await;
            sleep(SLICE.min(until - Instant::now())).await;
        }
        self.settle().await;
    }

    /// How long it takes to say this many octets at `talk-rate`.
    fn time_for(&self, octets: usize) -> Duration {
        match self.config.talk_rate {
            0 => Duration::ZERO,
            rate => Duration::from_millis(octets as u64 * 1000 / rate),
        }
    }

    /// The time after which everything said is handled, and every peer that ended its side is
    /// disconnected (FAIR-1 to FAIR-3, SLOW-5).
    fn patience(&self) -> Duration {
        let told = |(asked, _): &(Input, usize)| if *asked == Input::Help { HELP } else { TOLD };
        let said = |peer: &Peer| {
            let told: usize = peer.asked.iter().map(told).sum();
            peer.sending.len() + told
        };
        let most = self.peers.iter().map(said).max().unwrap_or_default();
        let all: usize = self.peers.iter().map(said).sum();
        let at_the_pace = Duration::from_millis(all as u64 * 1000 / PACE);
        let in_its_turn = self.time_for(most + CONNECTION * self.peers.len());
        LINGER + in_its_turn + at_the_pace
    }

    /// All peers except eve end their sides; then every connection ends and every permit is
    /// returned.
    async fn all_leave(&mut self) {
        for peer in &mut self.peers[1..] {
            peer.stall(false);
            if peer.ending == Ending::Open {
                peer.end_side();
            }
        }
        self.wait(self.patience()).await;
        for (number, peer) in self.peers.iter().enumerate().skip(1) {
            assert!(
                !peer.is_held() && (peer.at_end || peer.pipe.is_none()),
                "#{number} never ends\n{}",
                self.log
            );
        }
        let permits = self.config.limits.max_connections + ENDING_CONNECTIONS - 1;
        let mut taken = Vec::new();
        for permit in 0..permits {
            let immediately = tokio::time::timeout(Duration::ZERO, self.server().permit()).await;
            taken.push(immediately.unwrap_or_else(|_| {
                panic!(
                    "{permit} of {permits} permits were given back\n{}",
                    self.log
                )
            }));
        }
    }

    /// SHUT-1: with peers that stall, within the drain time; otherwise as fast as they read.
    async fn shut_down(mut self, lets_stall: bool, is_heard_out: bool) -> Run {
        let now = self.started.elapsed().as_millis();
        let _infallible = writeln!(self.log, "{now:>6} ms shut down");
        let shut_down = Instant::now();
        let server = self.server.take().expect("it is shut down once");
        let stopping = spawn_local(server.shut_down());
        let bound = self.config.drain + SLICE;
        while !stopping.is_finished() && shut_down.elapsed() < bound {
            self.settle().await;
            for peer in &mut self.peers {
                if peer.at_end {
                    peer.pipe = None;
                }
            }
            sleep(Duration::from_millis(10)).await;
        }
        // The last octets sent are still in the pipes.
        self.settle().await;
        assert!(
            stopping.is_finished(),
            "shutting down takes longer than the drain time\n{}",
            self.log
        );
        let stopped = stopping.await.expect("no panic");
        assert_eq!(stopped, Ok(()), "{}", self.log);
        if !lets_stall {
            let took = shut_down.elapsed();
            assert!(
                took < Duration::from_millis(500),
                "nobody stalls, and shutting down takes {took:?}\n{}",
                self.log
            );
        }
        Run {
            config: self.config,
            peers: self.peers,
            log: self.log,
            shut_down,
            is_heard_out,
        }
    }
}
