//! Slow readers: those that stop, for whom nobody waits and who are lost in time, and one that is
//! merely slow.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use parlour_spec::script::Profiles;

use crate::failure::{Failure, Violation};
use crate::outcome::{Expected, Fault, Stage};
use crate::server::bulk::{READ_QUANTUM, yield_or_sleep};
use crate::server::cases::{Coded, join, join_in_turn};
use crate::server::fixture::Fixture;
use crate::server::rate_limit::cost;
use crate::server::server_under_test::ReceiveBuffer;

pub(super) static BEHIND: Coded = Coded {
    id: "nobody_waits_for_a_reader_that_stops",
    clauses: "SLOW-1, SEC-3, CONN-6, QUIT-2",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "",
    why: "One laptop whose lid is closed must not stop a room, nor fill the server's memory.",
    hint: "A send that blocks under the room's lock stops everybody: give each connection a queue \
           with a bound, and drop it when that is exceeded.",
    about: "Ann and up to three others join, and bob, who reads nothing more. All but bob send \
            lines of 2000 octets, four each at a time, and ann reads all of them, until she reads \
            `bob has left the chat`. That comes before 16 MiB and the send queue are sent.",
    relies_on: &["broadcast", "left"],
    run: |fixture| Box::pin(behind(fixture)),
};

pub(super) static STALLED: Coded = Coded {
    id: "a_reader_that_takes_nothing_is_lost_in_time",
    clauses: "SLOW-2, CONN-6, QUIT-2",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "send-queue 67108864, stall-timeout 2",
    why: "A reader that is gone without a word would hold its name and its queue for ever.",
    hint: "Give each write a deadline.",
    about: "Ann and up to three others join, and bob, who reads nothing more. All but bob send \
            5 MiB, more than the buffers of his connection take and less than the send queue, and \
            ann reads all of it. Then nothing is sent, and ann reads `bob has left the chat`.",
    relies_on: &["broadcast", "left"],
    run: |fixture| Box::pin(stalled(fixture)),
};

pub(super) static NO_MEMORY: Coded = Coded {
    id: "a_reader_that_stops_is_lost_where_memory_ends",
    clauses: "SLOW-6, SEC-3, QUIT-2",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "send-queue 67108864, send-memory 1048576",
    why: "Many queues that are short enough each can fill the memory of the server together.",
    hint: "Count what waits for all connections, and drop the one with the longest queue when that \
           is too much.",
    about: "Ann and up to three others join, and bob, who reads nothing more. All but bob send \
            `MESG bob` and a text, lines of 2000 octets, four each at a time, and a PING, and read \
            its answer, until one of them reads `bob has left the chat`. That comes before 8 MiB \
            are sent.",
    relies_on: &["private", "pong", "left", "no-such-user"],
    run: |fixture| Box::pin(no_memory(fixture)),
};

pub(super) static STEADY: Coded = Coded {
    id: "a_member_that_reads_steadily_stays",
    clauses: "SLOW-5, ORDER-2",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "",
    why: "Somebody on a slow line must not be thrown out because others have much to say.",
    hint: "Read less from those who talk while more than a quarter of somebody's queue is full.",
    about: "Ann and up to three others join, and bob. All but bob say as much as is taken, for \
            four seconds or until that is 4 MiB and twice the send queue, and read. Bob reads half \
            as fast again as SLOW-5 asks: three sixteenths of the send queue a second, 98304 \
            octets at least. He stays, and in the end has read the same as ann.",
    relies_on: &["broadcast"],
    run: |fixture| Box::pin(steady(fixture)),
};

const LEFT: &[u8] = b"bob has left the chat";
const MIB: usize = 1 << 20;
/// Maximum number of octets that the server's system may buffer for a connection that is read
/// slowly.
const BUFFER: usize = 4 * MIB;
/// Maximum length of the lines sent; a shorter limit makes them shorter.
const LINE: usize = 2000;
/// The number of lines that each talker sends at once.
const AT_ONCE: usize = 4;

async fn behind(fixture: &mut Fixture) -> Result<(), Failure> {
    let queue = fixture.limits.size("send-queue");
    if queue > 64 * MIB {
        return Err(Failure::Skip(format!(
            "a send queue of {queue} octets is more than is tried"
        )));
    }
    let talkers = talkers_and_bob_join(fixture).await?;
    fixture.set_hint(BEHIND.hint);
    let most = 4 * BUFFER + queue;
    let is_lost = talk(fixture, &talkers, most).await?;
    lost_before(is_lost, most)
}

async fn no_memory(fixture: &mut Fixture) -> Result<(), Failure> {
    let talkers = talkers_and_bob_join(fixture).await?;
    fixture.set_hint(NO_MEMORY.hint);
    let most = 2 * BUFFER;
    let is_lost = talk_to_bob(fixture, &talkers, most).await?;
    lost_before(is_lost, most)
}

fn lost_before(is_lost: bool, most: usize) -> Result<(), Failure> {
    if is_lost {
        return Ok(());
    }
    let expected = format!("bob has left the chat, before {most} octets wait for him");
    Err(Violation::new(Fault::WrongAnswer, &expected, b"").into())
}

async fn stalled(fixture: &mut Fixture) -> Result<(), Failure> {
    let talkers = talkers_and_bob_join(fixture).await?;
    fixture.set_hint(STALLED.hint);
    if talk(fixture, &talkers, MIB + BUFFER).await? {
        return Ok(());
    }
    fixture.expect("ann", "bob has left the chat").await
}

/// Ann and up to three others join: one alone may say too little (FAIR-2). Then bob joins, on a
/// connection with a small receive buffer.
async fn talkers_and_bob_join(fixture: &mut Fixture) -> Result<Vec<&'static str>, Failure> {
    let seats = fixture.limits.size("capacity");
    let places = seats.min(fixture.limits.size("max-connections"));
    let mut talkers = vec!["ann", "eve", "kim", "tom"];
    talkers.truncate(places.saturating_sub(1));
    join_in_turn(fixture, &talkers).await?;
    fixture.connect("bob", ReceiveBuffer::Small).await?;
    join(fixture, "bob", &talkers).await?;
    // While bob lags, what they say at once takes half a second (SLOW-5).
    fixture.timeout += Duration::from_secs(1);
    Ok(talkers)
}

/// The talkers send `octets` octets in all, and ann reads them. Returns whether she read that bob
/// has left.
async fn talk(fixture: &mut Fixture, talkers: &[&str], octets: usize) -> Result<bool, Failure> {
    let size = fixture.limits.size("max-line").min(LINE) - "BCST \n".len();
    let line = format!("BCST {}", "x".repeat(size));
    let burst = format!("{line}\n").repeat(AT_ONCE);
    for _ in 0..octets / (talkers.len() * burst.len()) {
        for who in talkers {
            fixture.send(who, burst.as_bytes()).await?;
        }
        let told = talkers.iter().flat_map(|who| {
            let told = format!("{who}: {line}");
            std::iter::repeat_n(told, AT_ONCE)
        });
        let mut awaited: Vec<String> = told.collect();
        let mut has_left = false;
        while let Some(first) = awaited.first() {
            let got = fixture.read_line("ann", Expected::line(first)).await?;
            let found = awaited.iter().position(|told| told.as_bytes() == got);
            if let Some(found) = found {
                awaited.remove(found);
            } else if got == LEFT && !has_left {
                has_left = true;
            } else {
                fixture.check_line(first, &got)?;
            }
        }
        if has_left {
            return Ok(true);
        }
        for who in &talkers[1..] {
            let connection = fixture.connection(who).await?;
            while connection.read_now(READ_QUANTUM) > 0 {}
            connection.unread.clear();
        }
    }
    Ok(false)
}

/// The talkers send bob alone `octets` octets in all. Returns whether one of them read that he has
/// left.
async fn talk_to_bob(
    fixture: &mut Fixture,
    talkers: &[&str],
    octets: usize,
) -> Result<bool, Failure> {
    let size = fixture.limits.size("max-line").min(LINE) - "MESG bob \n".len();
    let lines = format!("MESG bob {}\n", "x".repeat(size)).repeat(AT_ONCE);
    for n in 1..=octets / (talkers.len() * lines.len()) {
        for who in talkers {
            fixture.send_line(who, &format!("{lines}PING {n}")).await?;
        }
        let pong = format!("PONG {n}");
        let mut has_left = false;
        for who in talkers {
            let mut is_gone = false;
            loop {
                let got = fixture.read_line(who, Expected::line(&pong)).await?;
                if got == LEFT && !is_gone {
                    is_gone = true;
                } else if !is_gone || !got.starts_with(b"ERROR no-such-user: ") {
                    fixture.check_line(&pong, &got)?;
                    break;
                }
            }
            has_left |= is_gone;
        }
        if has_left {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn steady(fixture: &mut Fixture) -> Result<(), Failure> {
    let queue = fixture.limits.size("send-queue");
    if !(64 << 10..=8 * MIB).contains(&queue) {
        return Err(Failure::Skip(format!(
            "a send queue of {queue} octets is not tried"
        )));
    }
    let talkers = talkers_and_bob_join(fixture).await?;
    fixture.set_hint(STEADY.hint);
    let mut talk = Talk::new(fixture, &talkers);
    let mut bob = SteadyReader::new(queue, fixture.server.is_loopback());
    let most = 2 * queue + BUFFER;
    talk.at_full_speed(fixture, &mut bob, most).await?;
    let heard = talk.heard_by_ann(fixture, &bob).await?;
    for line in heard {
        let got = fixture.read_line("bob", Expected::line(&line)).await?;
        fixture.check_line(&line, &got)?;
    }
    fixture.expect_no_more("ann").await?;
    fixture.expect_no_more("bob").await
}

/// What the talkers send, as fast as the server takes it.
struct Talk<'a> {
    talkers: &'a [&'a str],
    /// Per talker, the broadcasts that nobody is known to have read yet.
    told: Vec<VecDeque<String>>,
    /// Per talker, the octets still to be sent.
    unsent: Vec<Vec<u8>>,
    /// The length of a line's text, in octets.
    size: usize,
    lines: usize,
    octets: usize,
}

impl<'a> Talk<'a> {
    fn new(fixture: &Fixture, talkers: &'a [&'a str]) -> Self {
        Self {
            talkers,
            told: vec![VecDeque::new(); talkers.len()],
            unsent: vec![Vec::new(); talkers.len()],
            size: fixture.limits.size("max-line").min(LINE) - "BCST 000000 \n".len(),
            lines: 0,
            octets: 0,
        }
    }

    /// Queues some more lines of the `n`th talker.
    fn queue_lines(&mut self, n: usize) {
        for _ in 0..AT_ONCE {
            self.lines += 1;
            let line = format!("BCST {:06} {}", self.lines, "x".repeat(self.size));
            let told = format!("{}: {line}", self.talkers[n]);
            self.octets += told.len() + 1;
            self.told[n].push_back(told);
            self.unsent[n].extend_from_slice(line.as_bytes());
            self.unsent[n].push(b'\n');
        }
    }

    /// Sends for some seconds, or up to `most` octets. Everyone reads what arrives, bob at his own
    /// pace.
    async fn at_full_speed(
        &mut self,
        fixture: &mut Fixture,
        bob: &mut SteadyReader,
        most: usize,
    ) -> Result<(), Failure> {
        const FOR: Duration = Duration::from_secs(4);
        /// Maximum number of octets sent but not yet read.
        const AHEAD: usize = 64 << 10;
        let begun = Instant::now();
        while begun.elapsed() < FOR && self.octets < most {
            let mut moves = false;
            let heard = fixture.connection("ann").await?.unread.len();
            for n in 0..self.talkers.len() {
                let rate = fixture.rate;
                let connection = fixture.connection(self.talkers[n]).await?;
                if self.unsent[n].is_empty() && self.octets.saturating_sub(heard) < AHEAD {
                    self.queue_lines(n);
                    connection.bucket.take(cost(&self.unsent[n]), rate);
                }
                let sent = if self.unsent[n].is_empty() {
                    0
                } else {
                    connection.send_now(&self.unsent[n])
                };
                self.unsent[n].drain(..sent);
                moves |= sent + connection.read_now(READ_QUANTUM) > 0;
                if n > 0 {
                    connection.unread.clear();
                }
            }
            let connection = fixture.connection("bob").await?;
            moves |= bob.read(|most| connection.read_now(most)) > 0;
            let has_ended = connection.ended.is_some();
            let ann = &fixture.connection("ann").await?.unread;
            // This line is sent once, and no text contains it.
            let is_told = ann[heard.saturating_sub(LEFT.len())..]
                .windows(LEFT.len())
                .any(|window| window == LEFT);
            if has_ended || is_told {
                return Err(bob.is_lost());
            }
            yield_or_sleep(moves).await;
        }
        for (who, unsent) in self.talkers.iter().zip(&self.unsent) {
            if !unsent.is_empty() {
                fixture.send_while_reading(who, unsent).await?;
            }
        }
        Ok(())
    }

    /// Reads ann's lines: each talker's must come in the order in which they were sent.
    async fn heard_by_ann(
        mut self,
        fixture: &mut Fixture,
        bob: &SteadyReader,
    ) -> Result<Vec<String>, Failure> {
        let mut heard = Vec::new();
        while heard.len() < self.lines {
            let fronts = self.told.iter().filter_map(VecDeque::front);
            let first = fronts.min().cloned().unwrap_or_default();
            let got = fixture.read_line("ann", Expected::line(&first)).await?;
            let is_next = |told: &&mut VecDeque<String>| {
                let next = told.front();
                next.is_some_and(|next| next.as_bytes() == got)
            };
            match self.told.iter_mut().find(is_next) {
                Some(told) => heard.extend(told.pop_front()),
                None if got == LEFT => return Err(bob.is_lost()),
                None => fixture.check_line(&first, &got)?,
            }
        }
        Ok(heard)
    }
}

/// A reader at a pace at which it must not be lost (SLOW-5), which knows whether it has kept that
/// pace.
struct SteadyReader {
    /// The pace that must be enough, in octets a second.
    enough: usize,
    /// How many octets it may have fallen short when it is lost.
    slack: usize,
    /// Whether only the server can keep it from reading.
    is_loopback: bool,
    /// The time since which it has read `octets`.
    since: Instant,
    octets: usize,
}

impl SteadyReader {
    fn new(queue: usize, is_loopback: bool) -> Self {
        Self {
            enough: (queue / 8).max(65536),
            slack: queue / 4,
            is_loopback,
            since: Instant::now(),
            octets: 0,
        }
    }

    /// Its own pace, in octets a second.
    fn pace(&self) -> usize {
        self.enough * 3 / 2
    }

    /// Reads as much as its pace allows by now. Returns the number of octets.
    fn read(&mut self, read: impl FnOnce(usize) -> usize) -> usize {
        /// Minimum number of octets to read at once.
        const LEAST: usize = 4096;
        /// Minimum number of octets that wait for it if it has read too little.
        const WINDOW: usize = 8192;
        let by_now = octets_in(self.since.elapsed(), self.pace());
        let may = by_now.saturating_sub(self.octets);
        if may < LEAST {
            return 0;
        }
        let got = read(may.min(READ_QUANTUM));
        self.octets += got;
        if got < may.min(WINDOW) && self.is_loopback {
            // It has read everything: start over.
            self.since = Instant::now();
            self.octets = 0;
        }
        got
    }

    /// Bob is lost: a violation, unless he read less than he should have.
    fn is_lost(&self) -> Failure {
        let enough = octets_in(self.since.elapsed(), self.enough);
        if self.octets + self.slack < enough {
            let why = "this machine, or its network, is too slow to read steadily";
            return Failure::Skip(why.to_owned());
        }
        let pace = self.pace();
        let expected = format!("that bob stays, who reads {pace} octets a second");
        Violation::new(Fault::WrongAnswer, &expected, LEFT).into()
    }
}

fn octets_in(time: Duration, per_second: usize) -> usize {
    let octets = time.as_micros() * per_second as u128 / 1_000_000;
    usize::try_from(octets).unwrap_or(usize::MAX)
}
