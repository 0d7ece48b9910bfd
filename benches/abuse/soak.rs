//! Every attack at once while nine people talk: each of their lines has to reach all nine, once and
//! in one order. Measures the latency.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use memchr::{memchr_iter, memmem};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::set_socket_linger;

use super::Options;
use super::flood::{Attacker, Flood};
use super::latencies::Latencies;
use super::login::{Login, connect};
use super::process::Process;
use super::readers::{Pace, Reader, Readers};
use super::target::Target;
use super::words::{Words, said, said_to};

const PEOPLE: usize = 9;

/// The time between two lines of one person.
const TALK_EVERY: Duration = Duration::from_millis(500);

/// How long to wait for the last lines, still under attack.
const GRACE: Duration = Duration::from_secs(60);

/// The time between two connections that come and vanish: as many as one address may open (FAIR-3).
const VANISH_EVERY: Duration = Duration::from_millis(32);

/// The time between two checks whether the attack is over.
const LOOK: Duration = Duration::from_millis(20);

/// Separates a person's words from the number of the line.
const MARK: &[u8] = b": BCST line ";

pub(crate) fn play(options: &Options, targets: &[Target]) -> io::Result<()> {
    println!(
        "\nEverything hostile at once for {} s, while {PEOPLE} people talk\n",
        options.seconds
    );
    print!("| server | hostile sent, MB | thrown out | came and vanished |");
    print!(" people lost | lines said | told | in one order | late, ms: p50 | p99 | max |");
    println!(" not told |\n|{}", "---|".repeat(12));
    for target in targets.iter().filter(|target| target.is_parlour()) {
        let server = target.start(&["--capacity", "64"])?;
        let people = People::join(target, &server)?;
        let is_over = AtomicBool::new(false);
        let harm = Harm::default();
        let heard = thread::scope(|scope| {
            for cast in CASTS {
                let (is_over, harm, address) = (&is_over, &harm, server.address);
                scope.spawn(move || cast.play(target, address, is_over, harm));
            }
            scope.spawn(|| vanish(server.address, &is_over, &harm));
            scope.spawn(|| read_slowly(target, server.address, &is_over));
            let heard = people.talk(options.seconds());
            is_over.store(true, Ordering::Relaxed);
            heard
        })?;
        println!("| {} | {harm} {heard} |", target.name);
        heard.check()?;
    }
    Ok(())
}

/// The attackers that join together, leave after a while and join again.
struct Cast {
    stay: Duration,
    attackers: fn(&Target, SocketAddr, u64) -> io::Result<Vec<Attacker>>,
}

const CASTS: [Cast; 3] = [
    Cast {
        stay: Duration::from_secs(7),
        attackers: members,
    },
    Cast {
        stay: Duration::from_secs(3),
        attackers: visitors,
    },
    Cast {
        stay: Duration::from_secs(5),
        attackers: endless_lines,
    },
];

/// The attackers that talk, write to the people and ask for lists; some read and some do not.
fn members(target: &Target, server: SocketAddr, round: u64) -> io::Result<Vec<Attacker>> {
    let lines = [
        (said(target, 0, 900), true),
        (said(target, 1, 60), true),
        (said(target, 2, 4000), true),
        (said(target, 3, 900), false),
        (said(target, 4, 60), false),
        (said_to("p0", 5, 900), true),
        (said_to("p1", 6, 60), false),
        (b"LIST\n".to_vec(), true),
        (b"LIST\n".to_vec(), false),
        (b"HELP\n".to_vec(), true),
        (b"PING 1\n".to_vec(), false),
    ];
    let mut attackers = Vec::new();
    for (id, (line, is_reading)) in lines.iter().enumerate() {
        let login = Login::of_talker(target, &format!("m{round}-{id}"));
        let attacker = Attacker::new(login.enter(server)?, line);
        attackers.push(if *is_reading {
            attacker.reading()
        } else {
            attacker
        });
    }
    Ok(attackers)
}

fn visitors(target: &Target, server: SocketAddr, _round: u64) -> io::Result<Vec<Attacker>> {
    let mut attackers = Vec::new();
    for line in Words::ALL.iter().filter_map(|words| words.line(target)) {
        for _ in 0..10 {
            attackers.push(Attacker::new(connect(server)?, &line).reading());
            attackers.push(Attacker::new(connect(server)?, &line));
        }
    }
    Ok(attackers)
}

fn endless_lines(_target: &Target, server: SocketAddr, _round: u64) -> io::Result<Vec<Attacker>> {
    let attacker = || Ok(Attacker::new(connect(server)?, b"x"));
    (0..20).map(|_| attacker()).collect()
}

impl Cast {
    /// Retries while the server accepts nobody.
    fn play(&self, target: &Target, server: SocketAddr, is_over: &AtomicBool, harm: &Harm) {
        step_back();
        for round in 0.. {
            let attackers = (self.attackers)(target, server, round).unwrap_or_default();
            let flood = Flood::start(attackers);
            let end = Instant::now() + self.stay;
            while Instant::now() < end && !is_over.load(Ordering::Relaxed) {
                thread::sleep(LOOK);
            }
            harm.sent.fetch_add(flood.taken(), Ordering::Relaxed);
            let gone = flood.end().map_or(0, |ended| ended.gone());
            harm.thrown_out.fetch_add(gone as u64, Ordering::Relaxed);
            if is_over.load(Ordering::Relaxed) {
                break;
            }
        }
    }
}

/// The attackers that join, talk, and vanish in the middle of a line.
fn vanish(server: SocketAddr, is_over: &AtomicBool, harm: &Harm) {
    step_back();
    while !is_over.load(Ordering::Relaxed) {
        thread::sleep(VANISH_EVERY);
        let count = harm.vanished.fetch_add(1, Ordering::Relaxed);
        let come = || -> io::Result<()> {
            let mut socket = connect(server)?;
            socket.write_all(format!("JOIN v{count}\nBCST hello\nLIS").as_bytes())?;
            Ok(set_socket_linger(&socket, Some(Duration::ZERO))?)
        };
        if come().is_err() {
            thread::sleep(LOOK);
        }
    }
}

/// The attackers that read slowly, and rejoin after a while.
fn read_slowly(target: &Target, server: SocketAddr, is_over: &AtomicBool) {
    step_back();
    let paces = [Pace::Full, Pace::Limited(200e3), Pace::Limited(1e3)];
    for round in 0.. {
        let mut readers = Vec::new();
        for (id, pace) in paces.into_iter().enumerate() {
            let login = Login::of_reader(target, &format!("r{round}-{id}"));
            readers.extend(login.enter(server).map(|socket| Reader::new(socket, pace)));
        }
        let mut readers = Readers::new(readers);
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end && readers.turn().is_ok() {
            if is_over.load(Ordering::Relaxed) {
                return;
            }
        }
    }
}

/// Gives the people priority on the load's core, so that any delay is the server's.
fn step_back() {
    let own = rustix::thread::gettid();
    let _is_equal = rustix::process::setpriority_process(Some(own), 10);
}

/// What the attackers did.
#[derive(Default)]
struct Harm {
    sent: AtomicU64,
    thrown_out: AtomicU64,
    vanished: AtomicU64,
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [sent, thrown_out, vanished] = [&self.sent, &self.thrown_out, &self.vanished];
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        write!(f, "{:.0} | ", count(sent) as f64 / 1e6)?;
        write!(f, "{} | {} |", count(thrown_out), count(vanished))
    }
}

/// One of the people who talk.
struct Person {
    socket: TcpStream,
    is_lost: bool,
    /// The beginning of an unfinished line.
    rest: Vec<u8>,
    /// For each line that this person read: which person said it, and its number.
    told: Vec<(usize, usize)>,
}

struct People {
    people: Vec<Person>,
    /// For each person, when each line was due.
    said: Vec<Vec<Instant>>,
    latencies: Latencies,
}

impl People {
    fn join(target: &Target, server: &Process) -> io::Result<Self> {
        let mut people = Vec::new();
        for id in 0..PEOPLE {
            people.push(Person {
                socket: Login::of_talker(target, &format!("p{id}")).enter(server.address)?,
                is_lost: false,
                rest: Vec::new(),
                told: Vec::new(),
            });
        }
        Ok(Self {
            people,
            said: vec![Vec::new(); PEOPLE],
            latencies: Latencies::default(),
        })
    }

    /// Talks for this long, and waits for the last lines.
    fn talk(mut self, duration: Duration) -> io::Result<Heard> {
        let start = Instant::now();
        let mut turns = 0;
        let mut input = vec![0; 256 << 10];
        loop {
            let elapsed = start.elapsed();
            let due = TALK_EVERY * turns / PEOPLE as u32;
            if due < duration && due <= elapsed {
                self.say(turns as usize % PEOPLE, start + due);
                turns += 1;
                continue;
            }
            let is_over = due >= duration && self.is_all_told();
            if is_over || elapsed > duration + GRACE {
                return Ok(self.end());
            }
            let most = if due < duration { due - elapsed } else { LOOK };
            self.wait(most)?;
            for id in 0..PEOPLE {
                self.hear(id, &mut input);
            }
        }
    }

    fn say(&mut self, id: usize, due: Instant) {
        let line = format!("BCST line {}\n", self.said[id].len());
        self.said[id].push(due);
        let person = &mut self.people[id];
        person.is_lost |= (&person.socket).write_all(line.as_bytes()).is_err();
    }

    /// Waits until one of them has something to read, for at most `most`.
    fn wait(&self, most: Duration) -> io::Result<()> {
        let here = self.people.iter().filter(|person| !person.is_lost);
        let mut sockets: Vec<_> = here
            .map(|person| PollFd::new(&person.socket, PollFlags::IN))
            .collect();
        let most = Timespec::try_from(most).map_err(io::Error::other)?;
        poll(&mut sockets, Some(&most))?;
        Ok(())
    }

    fn hear(&mut self, id: usize, input: &mut [u8]) {
        let person = &mut self.people[id];
        if person.is_lost {
            return;
        }
        let octets = match person.socket.read(input) {
            Ok(len) if len > 0 => &input[..len],
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            _ => {
                person.is_lost = true;
                return;
            }
        };
        let now = Instant::now();
        person.rest.extend_from_slice(octets);
        let mut start = 0;
        for end in memchr_iter(b'\n', &person.rest) {
            if let Some((from, number)) = line_of(&person.rest[start..end]) {
                person.told.push((from, number));
                let due = self.said[from].get(number);
                self.latencies.answered.extend(due.map(|due| now - *due));
            }
            start = end + 1;
        }
        person.rest.drain(..start);
    }

    fn lines_said(&self) -> usize {
        self.said.iter().map(Vec::len).sum()
    }

    fn is_all_told(&self) -> bool {
        let said = self.lines_said();
        let mut here = self.people.iter().filter(|person| !person.is_lost);
        here.all(|person| person.told.len() >= said)
    }

    fn end(mut self) -> Heard {
        let said = self.lines_said();
        let told = self.people.iter().map(|person| person.told.len());
        let told: usize = told.sum();
        self.latencies.unanswered = (said * PEOPLE).saturating_sub(told);
        let is_in_order = self.people.iter().all(|person| {
            let mut next = [0; PEOPLE];
            person.told.iter().all(|&(from, number)| {
                next[from] += 1;
                next[from] == number + 1
            })
        });
        let first = &self.people[0].told;
        let is_one_order = self.people.iter().all(|person| person.told == *first);
        Heard {
            lost: self.people.iter().filter(|it| it.is_lost).count(),
            said,
            told,
            is_in_order: is_in_order && is_one_order,
            latencies: self.latencies,
        }
    }
}

/// Which person said this line, and its number; `None`: somebody else said it.
fn line_of(line: &[u8]) -> Option<(usize, usize)> {
    let at = memmem::find(line, MARK)?;
    let number = |octets: &[u8]| str::from_utf8(octets).ok()?.parse::<usize>().ok();
    let from = number(line[..at].strip_prefix(b"p")?)?;
    Some((from, number(&line[at + MARK.len()..])?))
}

/// How the people's own lines reached them.
struct Heard {
    /// How many people lost their connection.
    lost: usize,
    said: usize,
    told: usize,
    /// Everyone read each person's lines in order, and all read one common order.
    is_in_order: bool,
    latencies: Latencies,
}

impl Heard {
    fn check(&self) -> io::Result<()> {
        let is_whole = self.lost == 0 && self.told == self.said * PEOPLE && self.is_in_order;
        if is_whole {
            return Ok(());
        }
        Err(io::Error::other("a line was lost, said twice or reordered"))
    }
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {} | {} | ", self.lost, self.said, self.told)?;
        let order = if self.is_in_order { "yes" } else { "no" };
        write!(f, "{order} | {} |", self.latencies)
    }
}
