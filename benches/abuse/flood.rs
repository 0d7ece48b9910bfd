//! Connections that send the same lines over and over, as fast as the server reads them, on a
//! thread of their own.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::net::RecvFlags;

use super::tally::Tally;

/// The approximate maximum number of octets in one write, always whole lines.
const WRITE_OCTETS: usize = 64 << 10;
const READ_OCTETS: usize = 256 << 10;

/// How soon a flood ends after it is told to.
const LOOK: Duration = Duration::from_millis(20);

/// One connection of a flood.
pub(crate) struct Attacker {
    pub(crate) socket: TcpStream,
    words: Arc<[u8]>,
    is_reader: bool,
    /// Octets that the server has taken, and the most that it may take.
    sent: u64,
    most: u64,
    is_gone: bool,
}

impl Attacker {
    /// Sends `line` for as long as the flood lasts.
    pub(crate) fn new(socket: TcpStream, line: &[u8]) -> Self {
        Self {
            socket,
            words: line.repeat(WRITE_OCTETS.div_ceil(line.len())).into(),
            is_reader: false,
            sent: 0,
            most: u64::MAX,
            is_gone: false,
        }
    }

    /// Another connection that sends the same lines.
    pub(crate) fn and(&self, socket: TcpStream) -> Self {
        Self {
            socket,
            words: Arc::clone(&self.words),
            ..*self
        }
    }

    /// Reads everything that the server sends.
    pub(crate) fn reading(self) -> Self {
        Self {
            is_reader: true,
            ..self
        }
    }

    /// Sends at most this many octets.
    pub(crate) fn at_most(self, octets: u64) -> Self {
        Self {
            most: octets,
            ..self
        }
    }

    fn interest(&self) -> EventFlags {
        let mut interest = EventFlags::empty();
        interest.set(EventFlags::IN, self.is_reader);
        interest.set(EventFlags::OUT, self.sent < self.most);
        interest
    }

    fn write(&mut self) -> io::Result<u64> {
        let left = usize::try_from(self.most - self.sent).unwrap_or(usize::MAX);
        let at = (self.sent % self.words.len() as u64) as usize;
        let words = &self.words[at..];
        let taken = would_block((&self.socket).write(&words[..words.len().min(left)]))?;
        self.sent += taken as u64;
        Ok(taken as u64)
    }

    /// Reads once, and counts the texts if there is a tally.
    fn read(&self, input: &mut [u8], tally: Option<&mut Tally>) -> io::Result<()> {
        let Some(tally) = tally else {
            return discard(&self.socket, input).map(drop);
        };
        match (&self.socket).read(input) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(len) => {
                tally.hear(&input[..len]);
                Ok(())
            }
            other => would_block(other).map(drop),
        }
    }
}

/// Reads at most `input.len()` octets, which the kernel discards.
pub(crate) fn discard(socket: &TcpStream, input: &mut [u8]) -> io::Result<usize> {
    match rustix::net::recv(socket, input, RecvFlags::TRUNC) {
        Ok((_, 0)) => Err(ErrorKind::UnexpectedEof.into()),
        Ok((_, len)) => Ok(len),
        Err(error) => would_block(Err(error.into())),
    }
}

/// Treats an operation that would block as one that moved nothing.
fn would_block(result: io::Result<usize>) -> io::Result<usize> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}

/// A running flood, which ends when it is told to.
pub(crate) struct Flood {
    thread: JoinHandle<io::Result<Ended>>,
    is_over: Arc<AtomicBool>,
    taken: Arc<AtomicU64>,
}

/// The outcome of a flood.
pub(crate) struct Ended {
    pub(crate) attackers: Vec<Attacker>,
    /// The tally of the first connection that read everything and was not dropped.
    pub(crate) tally: Tally,
}

impl Ended {
    /// The number of connections that the server dropped.
    pub(crate) fn gone(&self) -> usize {
        self.attackers.iter().filter(|it| it.is_gone).count()
    }
}

impl Flood {
    pub(crate) fn start(attackers: Vec<Attacker>) -> Self {
        let (is_over, taken) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let (end, count) = (Arc::clone(&is_over), Arc::clone(&taken));
        Self {
            thread: thread::spawn(move || run(attackers, &end, &count)),
            is_over,
            taken,
        }
    }

    /// How many octets the server has taken from all connections so far.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    pub(crate) fn end(self) -> io::Result<Ended> {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().expect("a flood does not panic")
    }
}

fn run(mut attackers: Vec<Attacker>, is_over: &AtomicBool, taken: &AtomicU64) -> io::Result<Ended> {
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    for (id, attacker) in attackers.iter().enumerate() {
        let data = EventData::new_u64(id as u64);
        epoll::add(&epoll, &attacker.socket, data, attacker.interest())?;
    }
    let mut tally = Tally::default();
    let mut events: Vec<Event> = Vec::with_capacity(1024);
    let mut input = vec![0; READ_OCTETS];
    let timeout = Timespec::try_from(LOOK).map_err(io::Error::other)?;
    let hears = |attacker: &Attacker| attacker.is_reader && !attacker.is_gone;
    let mut ear = attackers.iter().position(hears);
    while !is_over.load(Ordering::Relaxed) {
        events.clear();
        let space = rustix::buffer::spare_capacity(&mut events);
        epoll::wait(&epoll, space, Some(&timeout))?;
        for event in &events {
            let id = event.data.u64() as usize;
            let attacker = &mut attackers[id];
            let interest = attacker.interest();
            let tally = (ear == Some(id)).then_some(&mut tally);
            match act(attacker, event.flags, &mut input, tally) {
                Ok(len) => {
                    taken.fetch_add(len, Ordering::Relaxed);
                    if attacker.interest() != interest {
                        let (data, interest) = (event.data, attacker.interest());
                        epoll::modify(&epoll, &attacker.socket, data, interest)?;
                    }
                }
                Err(_) => {
                    attacker.is_gone = true;
                    epoll::delete(&epoll, &attacker.socket)?;
                }
            }
        }
        if ear.is_some_and(|ear| attackers[ear].is_gone) {
            ear = attackers.iter().position(hears);
            tally.ended = ear.is_none().then(Instant::now);
        }
    }
    Ok(Ended { attackers, tally })
}

/// Reads once and writes once, as far as possible. An error means that the server dropped it.
fn act(
    attacker: &mut Attacker,
    flags: EventFlags,
    input: &mut [u8],
    tally: Option<&mut Tally>,
) -> io::Result<u64> {
    if flags.contains(EventFlags::IN) {
        attacker.read(input, tally)?;
    }
    if flags.contains(EventFlags::OUT) {
        return attacker.write();
    }
    if flags.intersects(EventFlags::ERR | EventFlags::HUP) {
        return Err(ErrorKind::ConnectionReset.into());
    }
    Ok(0)
}
