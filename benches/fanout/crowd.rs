//! The load: all members of a room, some of whom talk, on one thread over non-blocking sockets.
//!
//! What a member is told is compared with the [`Record`] and nothing else is done with it, so that hearing a line costs the
//! generator less than telling it costs the server.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use super::process::{Process, own_cpu};
use super::record::{Faults, NOBODY, Record, write_text};
use super::target::Target;

const READ_OCTETS: usize = 256 << 10;

/// The record is trimmed when it has grown to this.
const RECORD_OCTETS: usize = 4 << 20;

/// How long the last lines are awaited before they count as lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long ten thousand may take to join, each of whom is told of all later ones, on a busy machine.
const GATHERING: Duration = Duration::from_secs(120);

pub(crate) struct Crowd {
    target: Target,
    epoll: OwnedFd,
    events: Vec<Event>,
    input: Vec<u8>,
    members: Vec<Member>,
    talkers: Vec<Talker>,
    record: Record,
    schedule: Option<Schedule>,
    latencies: Vec<u32>,
    flooder: Option<usize>,
}

struct Member {
    socket: TcpStream,
    /// Octets and texts so far.
    heard: u64,
    texts: u64,
    ear: Ear,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ear {
    Hears,
    /// Was told otherwise than the record says, and is not compared with it any more.
    Differs,
    /// Does not read.
    Deaf,
}

/// Talks, and hears itself as the member of the same index.
struct Talker {
    /// Where members don't talk.
    socket: Option<TcpStream>,
    said: u64,
    echoed: u64,
    /// Where in the record its lines end that it has yet to hear.
    echoes: VecDeque<u64>,
    output: Vec<u8>,
    /// As much of it is sent.
    sent: usize,
}

/// When texts are to be said, whatever has been heard of those before.
#[derive(Clone)]
struct Schedule {
    start: Instant,
    interval: Duration,
    talkers: usize,
    said_before: Vec<u64>,
}

impl Schedule {
    fn due(&self, talker: usize, number: u64) -> Instant {
        let nth = (number - self.said_before[talker]) as u32;
        self.start + self.interval * nth + self.interval * talker as u32 / self.talkers as u32
    }
}

/// What a while of talking came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) deliveries: u64,
    pub(crate) cpu: Duration,
    pub(crate) own_cpu: Duration,
    pub(crate) wall: Duration,
}

impl Sample {
    /// The server's µs per delivered line.
    pub(crate) fn cost(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.deliveries as f64
    }
}

impl Crowd {
    /// Brings `members` into the room, of whom `talkers` will talk, and waits until all are told what is said.
    pub(crate) fn gather(
        target: Target,
        server: &Process,
        members: usize,
        talkers: usize,
    ) -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let join = |id: usize| -> io::Result<Member> {
            let socket = connect(server)?;
            (&socket).write_all(target.login(id).as_bytes())?;
            epoll::add(
                &epoll,
                &socket,
                EventData::new_u64(id as u64),
                EventFlags::IN,
            )?;
            Ok(Member {
                socket,
                heard: 0,
                texts: 0,
                ear: Ear::Hears,
            })
        };
        let members = (0..members).map(join).collect::<io::Result<Vec<_>>>()?;
        let enter = |id: usize| -> io::Result<Talker> {
            let socket = target.talker_login(id).map(|login| {
                let socket = connect(server)?;
                (&socket).write_all(login.as_bytes())?;
                io::Result::Ok(socket)
            });
            Ok(Talker {
                socket: socket.transpose()?,
                said: 0,
                echoed: 0,
                echoes: VecDeque::new(),
                output: Vec::new(),
                sent: 0,
            })
        };
        let mut crowd = Self {
            target,
            epoll,
            events: Vec::with_capacity(1024),
            input: vec![0; READ_OCTETS],
            members,
            talkers: (0..talkers).map(enter).collect::<io::Result<_>>()?,
            record: Record::new(target),
            schedule: None,
            latencies: Vec::new(),
            flooder: None,
        };
        crowd.await_all()?;
        Ok(crowd)
    }

    pub(crate) fn faults(&self) -> Faults {
        self.record.faults
    }

    /// How many members read.
    pub(crate) fn hearing(&self) -> usize {
        self.members
            .iter()
            .filter(|member| member.ear != Ear::Deaf)
            .count()
    }

    /// These members read no more.
    pub(crate) fn deafen(&mut self, members: Range<usize>) -> io::Result<()> {
        for member in &mut self.members[members] {
            member.ear = Ear::Deaf;
            epoll::delete(&self.epoll, &member.socket)?;
        }
        Ok(())
    }

    /// A deaf talker has this many lines to say, as fast as they are taken.
    pub(crate) fn pipeline(&mut self, talker: usize, lines: u64) {
        self.put(talker, lines);
        self.flooder = Some(talker);
    }

    /// How many lines of a talker were told.
    pub(crate) fn taken(&self, talker: usize) -> u64 {
        self.record.taken(talker)
    }

    /// Each of the first `talkers` keeps `window` lines outstanding, until the server has had `budget` of CPU time.
    pub(crate) fn talk(
        &mut self,
        server: &Process,
        talkers: usize,
        window: u64,
        budget: Duration,
    ) -> io::Result<Sample> {
        let before = (
            server.cpu()?,
            own_cpu()?,
            Instant::now(),
            self.record.count(),
        );
        let mut look = Instant::now();
        loop {
            let now = Instant::now();
            if now >= look {
                look = now + Duration::from_millis(20);
                if server.cpu()? - before.0 >= budget || now - before.2 > budget * 20 {
                    break;
                }
            }
            for id in 0..talkers {
                let talker = &self.talkers[id];
                let more = window - (talker.said - talker.echoed);
                self.say(id, more)?;
            }
            self.turn(Some(Duration::from_millis(20)))?;
        }
        self.settle()?;
        Ok(Sample {
            deliveries: (self.record.count() - before.3) * self.hearing() as u64,
            cpu: server.cpu()? - before.0,
            own_cpu: own_cpu()? - before.1,
            wall: before.2.elapsed(),
        })
    }

    /// Each of the first `talkers` says `rate` lines a second, whatever it hears of them. Returns all latencies in µs, from the
    /// moment at which a line was due to that at which a member read it, in ascending order.
    pub(crate) fn talk_at_rate(
        &mut self,
        talkers: usize,
        rate: u32,
        duration: Duration,
    ) -> io::Result<Vec<u32>> {
        let schedule = Schedule {
            start: Instant::now() + Duration::from_millis(5),
            interval: Duration::from_secs(1) / rate,
            talkers,
            said_before: self.talkers.iter().map(|talker| talker.said).collect(),
        };
        self.schedule = Some(schedule.clone());
        let end = schedule.start + duration;
        loop {
            let now = Instant::now();
            if now >= end {
                break;
            }
            let mut next = end;
            for id in 0..talkers {
                let said = self.talkers[id].said;
                let due = (said..)
                    .take_while(|&number| schedule.due(id, number) <= now)
                    .count();
                self.say(id, due as u64)?;
                next = next.min(schedule.due(id, said + due as u64));
            }
            self.turn(Some(next.saturating_duration_since(Instant::now())))?;
        }
        self.settle()?;
        self.schedule = None;
        let mut latencies = std::mem::take(&mut self.latencies);
        latencies.sort_unstable();
        Ok(latencies)
    }

    /// Says texts until every member has heard the same one last; what came before is not counted.
    fn await_all(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + GATHERING;
        let mut tails = vec![Vec::new(); self.members.len()];
        let mut heard = vec![true; self.members.len()];
        for number in 0.. {
            let mut line = Vec::new();
            write_text(NOBODY, number, &mut line);
            let text = line.clone();
            let (before, after) = self.target.around_text();
            let line = [before.as_bytes(), &text, after.as_bytes()].concat();
            self.talkers[0].output.extend(line);
            for (id, member) in self.members.iter().enumerate().filter(|_| number > 0) {
                if !heard[id] {
                    (&member.socket).write_all(self.target.login(id).as_bytes())?;
                }
            }
            heard.fill(false);
            let mut left = self.members.len();
            let round = Instant::now() + Duration::from_secs(1 + number);
            while left > 0 && Instant::now() < round {
                self.flush(0)?;
                self.wait(Some(Duration::from_millis(20)))?;
                for event in &self.events {
                    let id = event.data.u64() as usize;
                    let Some(len) = read(&self.members[id].socket, &mut self.input)? else {
                        continue;
                    };
                    let tail: &mut Vec<u8> = &mut tails[id];
                    tail.extend_from_slice(&self.input[..len]);
                    tail.drain(..tail.len().saturating_sub(2 * text.len()));
                    let had_heard = heard[id];
                    heard[id] = tail.trim_ascii_end().ends_with(&text);
                    left = left + usize::from(had_heard) - usize::from(heard[id]);
                }
            }
            if left == 0 {
                return Ok(());
            }
            if Instant::now() > deadline {
                let name = self.target.name();
                return Err(io::Error::other(format!(
                    "{left} members of {name} hear nothing"
                )));
            }
        }
        Ok(())
    }

    /// Hears what there is to hear, and waits for it at most so long.
    fn turn(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        if let Some(flooder) = self.flooder {
            self.flush(flooder)?;
        }
        self.wait(timeout)?;
        let now = Instant::now();
        let events = std::mem::take(&mut self.events);
        for event in &events {
            self.hear(event.data.u64() as usize, now)?;
        }
        self.events = events;
        if self.record.len() > RECORD_OCTETS {
            let everyone = self
                .members
                .iter()
                .filter(|member| member.ear == Ear::Hears);
            if let Some(last) = everyone.min_by_key(|member| member.heard) {
                self.record.trim(last.heard, last.texts);
            }
        }
        Ok(())
    }

    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.events.clear();
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let events = rustix::buffer::spare_capacity(&mut self.events);
        epoll::wait(&self.epoll, events, timeout.as_ref())?;
        Ok(())
    }

    fn hear(&mut self, id: usize, now: Instant) -> io::Result<()> {
        let member = &mut self.members[id];
        let Some(len) = read(&member.socket, &mut self.input)? else {
            return Ok(());
        };
        if member.ear != Ear::Hears {
            return Ok(());
        }
        let talkers = &mut self.talkers;
        let heard = |said: super::record::Said| {
            if let Some(talker) = talkers.get_mut(said.talker) {
                talker.echoes.push_back(said.end);
            }
        };
        if !self.record.compare(member.heard, &self.input[..len], heard) {
            member.ear = Ear::Differs;
            self.record.faults.differing += 1;
            return Ok(());
        }
        member.heard += len as u64;
        for said in self.record.from(member.texts) {
            if said.end > member.heard {
                break;
            }
            member.texts += 1;
            if let Some(schedule) = self.schedule.as_ref().filter(|it| said.talker < it.talkers) {
                let latency = now.saturating_duration_since(schedule.due(said.talker, said.number));
                self.latencies
                    .push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
            }
        }
        if let Some(talker) = self.talkers.get_mut(id) {
            while talker
                .echoes
                .front()
                .is_some_and(|&end| end <= member.heard)
            {
                talker.echoes.pop_front();
                talker.echoed += 1;
            }
        }
        Ok(())
    }

    /// Hears until everyone has heard all that was said, or lines are lost for good.
    fn settle(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            for id in 0..self.talkers.len() {
                self.flush(id)?;
            }
            let end = self.record.end();
            if self.silent() == 0
                && self
                    .members
                    .iter()
                    .all(|member| member.heard == end || member.ear != Ear::Hears)
            {
                return Ok(());
            }
            self.turn(Some(Duration::from_millis(20)))?;
        }
        self.record.faults.lost += self.silent().max(1);
        Ok(())
    }

    /// How many lines their talkers have yet to hear.
    fn silent(&self) -> u64 {
        let hearing = self
            .talkers
            .iter()
            .zip(&self.members)
            .filter(|(_, member)| member.ear == Ear::Hears);
        hearing.map(|(talker, _)| talker.said - talker.echoed).sum()
    }

    fn say(&mut self, id: usize, lines: u64) -> io::Result<()> {
        self.put(id, lines);
        self.flush(id)
    }

    fn put(&mut self, id: usize, lines: u64) {
        let (before, after) = self.target.around_text();
        let talker = &mut self.talkers[id];
        for _ in 0..lines {
            talker.output.extend_from_slice(before.as_bytes());
            write_text(id, talker.said, &mut talker.output);
            talker.output.extend_from_slice(after.as_bytes());
            talker.said += 1;
        }
    }

    fn flush(&mut self, id: usize) -> io::Result<()> {
        let (talker, member) = (&mut self.talkers[id], &self.members[id]);
        if talker.output.is_empty() {
            return Ok(());
        }
        let mut socket = talker.socket.as_ref().unwrap_or(&member.socket);
        match socket.write(&talker.output[talker.sent..]) {
            Ok(taken) => talker.sent += taken,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            // Dropped, as was to be expected.
            Err(_) if member.ear == Ear::Deaf => talker.sent = talker.output.len(),
            Err(error) => return Err(error),
        }
        if talker.sent == talker.output.len() {
            talker.output.clear();
            talker.sent = 0;
        }
        Ok(())
    }
}

/// A connection that does not block.
pub(crate) fn connect(server: &Process) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(server.address)?;
    socket.set_nodelay(true)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Reads once; `None` when there is nothing.
fn read(mut socket: &TcpStream, input: &mut [u8]) -> io::Result<Option<usize>> {
    match socket.read(input) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(len) => Ok(Some(len)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
