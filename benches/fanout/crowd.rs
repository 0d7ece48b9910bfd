//! The load: all members of a room, some of which talk, on one thread over non-blocking sockets.
//!
//! What a member reads is compared with the [`Record`] and not touched otherwise, so that receiving
//! a line costs the generator less than sending it costs the server.

mod gathering;
mod member;
mod schedule;
mod talker;

use std::io;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use self::member::{Ear, Member};
use self::schedule::Schedule;
use self::talker::Talker;
use super::process::{Process, own_cpu};
use super::record::{Faults, Record};
use super::target::Target;

pub(crate) use self::member::connect;

const READ_OCTETS: usize = 256 << 10;

/// The record is trimmed when it has grown to this size.
const RECORD_OCTETS: usize = 4 << 20;

/// How long to wait for the last lines before they count as lost.
const TIMEOUT: Duration = Duration::from_secs(20);

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

/// The results of a period of talking.
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
    /// Brings `members` into the room, `talkers` of which will talk, and waits until all of them
    /// receive what is said.
    pub(crate) fn gather(
        target: Target,
        server: &Process,
        members: usize,
        talkers: usize,
    ) -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let members = (0..members).map(|id| {
            let member = Member::join(target, server, id)?;
            let (data, flags) = (EventData::new_u64(id as u64), EventFlags::IN);
            epoll::add(&epoll, &member.socket, data, flags)?;
            Ok(member)
        });
        let members = members.collect::<io::Result<_>>()?;
        let talkers = (0..talkers).map(|id| Talker::enter(target, server, id));
        let mut crowd = Self {
            target,
            epoll,
            events: Vec::with_capacity(1024),
            input: vec![0; READ_OCTETS],
            members,
            talkers: talkers.collect::<io::Result<_>>()?,
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

    /// These members stop reading.
    pub(crate) fn deafen(&mut self, members: Range<usize>) -> io::Result<()> {
        for member in &mut self.members[members] {
            member.ear = Ear::Deaf;
            epoll::delete(&self.epoll, &member.socket)?;
        }
        Ok(())
    }

    /// Gives a talker that does not read this many lines to send, as fast as the server takes them.
    pub(crate) fn pipeline(&mut self, talker: usize, lines: u64) {
        self.talkers[talker].put(self.target, lines);
        self.flooder = Some(talker);
    }

    /// How many lines of a talker have been delivered.
    pub(crate) fn taken(&self, talker: usize) -> u64 {
        self.record.taken(talker)
    }

    /// Each of the first `talkers` keeps `window` lines outstanding, until the server has used
    /// `budget` of CPU time.
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
                let more = window - self.talkers[id].outstanding();
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

    /// Each of the first `talkers` sends `rate` lines a second, whether or not its earlier lines
    /// have arrived. Returns all latencies in µs in ascending order; a latency counts from the
    /// moment a line was due until a member read it.
    pub(crate) fn talk_at_rate(
        &mut self,
        talkers: usize,
        rate: u32,
        duration: Duration,
    ) -> io::Result<Vec<u32>> {
        let said = self.talkers.iter().map(Talker::said).collect();
        let schedule = Schedule::new(talkers, rate, said);
        self.schedule = Some(schedule.clone());
        let end = schedule.start() + duration;
        loop {
            let now = Instant::now();
            if now >= end {
                break;
            }
            let mut next = end;
            for id in 0..talkers {
                let due = schedule.count_due(id, self.talkers[id].said(), now);
                self.say(id, due)?;
                next = next.min(schedule.due(id, self.talkers[id].said()));
            }
            self.turn(Some(next.saturating_duration_since(Instant::now())))?;
        }
        self.settle()?;
        self.schedule = None;
        let mut latencies = std::mem::take(&mut self.latencies);
        latencies.sort_unstable();
        Ok(latencies)
    }

    /// Reads everything there is, waiting for at most this long.
    fn turn(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        if let Some(flooder) = self.flooder {
            self.flush(flooder)?;
        }
        self.wait(timeout)?;
        let events = std::mem::take(&mut self.events);
        for event in &events {
            self.hear(event.data.u64() as usize)?;
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

    fn hear(&mut self, id: usize) -> io::Result<()> {
        let member = &mut self.members[id];
        let Some(len) = member.read(&mut self.input)? else {
            return Ok(());
        };
        let now = Instant::now();
        if member.ear != Ear::Hears {
            return Ok(());
        }
        let talkers = &mut self.talkers;
        let heard = |said: super::record::Said| {
            if let Some(talker) = talkers.get_mut(said.talker) {
                talker.is_recorded(said.end);
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
            if let Some(schedule) = self.schedule.as_ref().filter(|it| it.has(said.talker)) {
                let latency = now.saturating_duration_since(schedule.due(said.talker, said.number));
                self.latencies
                    .push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
            }
        }
        if let Some(talker) = self.talkers.get_mut(id) {
            talker.hear(member.heard);
        }
        Ok(())
    }

    /// Reads until every member has received every line, or lines are lost for good.
    fn settle(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + TIMEOUT;
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

    /// How many lines the talkers have yet to receive.
    fn silent(&self) -> u64 {
        let hearing = self
            .talkers
            .iter()
            .zip(&self.members)
            .filter(|(_, member)| member.ear == Ear::Hears);
        hearing.map(|(talker, _)| talker.outstanding()).sum()
    }

    fn say(&mut self, id: usize, lines: u64) -> io::Result<()> {
        self.talkers[id].put(self.target, lines);
        self.flush(id)
    }

    fn flush(&mut self, id: usize) -> io::Result<()> {
        self.talkers[id].flush(&self.members[id])
    }
}
