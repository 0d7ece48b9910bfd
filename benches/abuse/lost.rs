//! Members talk as fast as they can: which readers the server drops, and when, and how much of the
//! talk gets through.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use super::Options;
use super::established::{Watch, peers};
use super::flood::{Attacker, Flood};
use super::login::{Login, hear};
use super::process::Process;
use super::program::{Kind, Program};
use super::readers::{Pace, Reader, Readers};
use super::target::Target;
use super::words::said;

/// The time between two checks for dropped readers.
const LOOK: Duration = Duration::from_millis(20);

/// The least time that talkers go on after all readers are dropped.
const LEAST: Duration = Duration::from_secs(3);

/// Who reads besides the first reader, which reads as fast as it can.
enum Group {
    Sockets(&'static [Pace]),
    Programs,
}

const GROUPS: [(&str, Group); 3] = [
    (
        "readers of several paces",
        Group::Sockets(&[
            Pace::Limited(50e6),
            Pace::Limited(2e6),
            Pace::Limited(500e3),
            Pace::Limited(200e3),
        ]),
    ),
    (
        "one that takes next to nothing",
        Group::Sockets(&[Pace::Limited(2e6), Pace::Limited(1e3)]),
    ),
    ("programs", Group::Programs),
];

pub(crate) fn play(options: &Options, targets: &[Target]) -> io::Result<()> {
    for (title, group) in &GROUPS {
        println!(
            "\nMembers talk at full speed beside {title}: seconds until who is lost, of {}\n",
            options.seconds
        );
        print!("| server | talkers × octets | max |");
        match group {
            Group::Sockets(paces) => paces.iter().for_each(|pace| print!(" {pace} |")),
            Group::Programs => Kind::ALL.iter().for_each(|kind| print!(" {kind} |")),
        }
        println!(" talk, MB/s | talkers lost | lines of a talker, least – most |");
        let readers = match group {
            Group::Sockets(paces) => paces.len(),
            Group::Programs => Kind::ALL.len(),
        };
        println!("|---|---|---|{}---|---|---|", "---|".repeat(readers));
        for &talkers in &options.talkers {
            for &octets in &options.texts {
                for target in targets {
                    if matches!(group, Group::Programs) && !target.is_parlour() {
                        continue;
                    }
                    let stand = Stand::new(target, group, talkers, octets)?;
                    let row = stand.talk(options.seconds(), octets)?;
                    println!("| {} | {talkers} × {octets} | {row}", target.name);
                }
            }
        }
    }
    Ok(())
}

/// A server, its readers and the members that are about to talk.
struct Stand {
    server: Process,
    readers: Readers,
    _programs: Vec<Program>,
    /// In the order of the columns; `None`: not installed.
    watched: Vec<Option<Watched>>,
    talkers: Vec<Attacker>,
    watched_talkers: Vec<Watched>,
}

impl Stand {
    fn new(target: &Target, group: &Group, talkers: usize, octets: usize) -> io::Result<Self> {
        let server = target.start(&["--capacity", "32"])?;
        let first = Login::of_reader(target, "max").enter(server.address)?;
        let mut readers = vec![Reader::new(first, Pace::Full)];
        let (mut programs, mut watched) = (Vec::new(), Vec::new());
        watched.push(Some(Watched::new(readers[0].address()?.port())));
        match group {
            Group::Sockets(paces) => {
                for (id, &pace) in paces.iter().enumerate() {
                    let socket =
                        Login::of_reader(target, &format!("r{id}")).enter(server.address)?;
                    watched.push(Some(Watched::new(socket.local_addr()?.port())));
                    readers.push(Reader::new(socket, pace));
                }
            }
            Group::Programs => {
                for kind in Kind::ALL {
                    if !kind.is_installed() {
                        watched.push(None);
                        continue;
                    }
                    let (program, port) = join(kind, &server, &readers[0])?;
                    programs.push(program);
                    watched.push(Some(Watched::new(port)));
                }
            }
        }
        let mut attackers = Vec::new();
        for id in 0..talkers {
            let socket = Login::of_talker(target, &format!("t{id}")).enter(server.address)?;
            attackers.push(Attacker::new(socket, &said(target, id, octets)).reading());
        }
        let port = |attacker: &Attacker| attacker.socket.local_addr().map(|it| it.port());
        let ports: Vec<u16> = attackers.iter().map(port).collect::<io::Result<_>>()?;
        Ok(Self {
            server,
            readers: Readers::new(readers),
            _programs: programs,
            watched,
            talkers: attackers,
            watched_talkers: ports.into_iter().map(Watched::new).collect(),
        })
    }

    /// Talks for this long, and returns the results as the cells of a row.
    fn talk(mut self, duration: Duration, octets: usize) -> io::Result<String> {
        let mut watch = Watch::new(&self.server)?;
        let start = Instant::now();
        let flood = Flood::start(self.talkers);
        let mut look = start;
        while start.elapsed() < duration {
            self.readers.turn()?;
            if look.elapsed() < LOOK {
                continue;
            }
            look = Instant::now();
            if let Some(held) = watch.look()? {
                let all = self.watched.iter_mut().flatten();
                for watched in all.chain(&mut self.watched_talkers) {
                    watched.note(&held, start.elapsed());
                }
            }
            if start.elapsed() > LEAST && self.watched.iter().flatten().all(Watched::is_lost) {
                break;
            }
        }
        let end = Instant::now();
        let tallies = [flood.end()?.tally, self.readers.tally];
        let ended = tallies.iter().map(|tally| tally.ended.unwrap_or(end)).max();
        let heard = ended.unwrap_or(end) - start;
        let talkers = self.watched_talkers.len();
        let [texts, others] = tallies.each_ref().map(|tally| tally.texts(talkers));
        // The reader that stayed longest has counted most.
        let texts = texts.iter().zip(others).map(|(own, other)| *own.max(other));
        let texts: Vec<u64> = texts.collect();
        let (least, most) = (texts.iter().min(), texts.iter().max());
        let rate = (texts.iter().sum::<u64>() * octets as u64) as f64 / heard.as_secs_f64();
        let cells = self.watched.iter().map(|watched| match watched {
            None => "not installed | ".to_owned(),
            Some(watched) => format!("{watched} | "),
        });
        Ok(format!(
            "{}{:.2} | {} of {talkers} | {} – {} |",
            cells.collect::<String>(),
            rate / 1e6,
            self.watched_talkers
                .iter()
                .filter(|it| it.is_lost())
                .count(),
            least.unwrap_or(&0),
            most.unwrap_or(&0)
        ))
    }
}

/// A connection, and the time at which the server dropped it.
struct Watched {
    port: u16,
    lost: Option<Duration>,
}

impl Watched {
    fn new(port: u16) -> Self {
        Self { port, lost: None }
    }

    fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    fn note(&mut self, held: &BTreeSet<u16>, after: Duration) {
        if self.lost.is_none() && !held.contains(&self.port) {
            self.lost = Some(after);
        }
    }
}

/// The seconds until the server dropped it.
impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lost {
            None => f.write_str("-"),
            Some(after) => write!(f, "{:.2}", after.as_secs_f64()),
        }
    }
}

/// Starts a program and waits until `witness` reads that it has joined. Also returns its port.
pub(crate) fn join(kind: Kind, server: &Process, witness: &Reader) -> io::Result<(Program, u16)> {
    let before = peers(server.address)?;
    let program = Program::start(kind, server.address)?;
    hear(
        witness.socket(),
        &format!("{} joined the chat!", kind.name()),
    )?;
    witness.socket().set_nonblocking(true)?;
    let now = peers(server.address)?;
    let port = now.difference(&before).next();
    let port = port.ok_or_else(|| io::Error::other("who joined has no connection"))?;
    Ok((program, *port))
}
