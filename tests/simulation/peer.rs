//! One peer: what it is going to say, what it has sent, what it has read, and its behaviour on the
//! wire.

use std::net::{IpAddr, Ipv4Addr};
use std::rc::Weak;

use parlour_spec::{Input, Random};
use tokio::task::yield_now;
use tokio::time::{Duration, Instant};

use super::pipe::{Pipe, Read};

/// The tolerance for observing an event that happens in time.
pub(crate) const LATE: Duration = Duration::from_millis(300);

/// What a peer did that may end its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing yet, or the server ended the connection.
    Open,
    /// It ended its side after all its lines.
    HalfClosed,
    /// It dropped the connection without notice; its last lines may be lost.
    Dropped,
    /// It was reset.
    Reset,
}

#[derive(Debug)]
pub(crate) struct Peer {
    /// The name under which it joins: a base name, in its own pattern of capitals.
    pub(crate) name: String,
    pub(crate) pipe: Option<Pipe>,
    /// Alive for as long as the server holds its end.
    held: Weak<()>,
    /// The inputs that it has sent or is sending, each with the number of lines it had read before.
    pub(crate) asked: Vec<(Input, usize)>,
    lines_read: usize,
    pub(crate) read: Vec<u8>,
    /// The server's side has ended.
    pub(crate) at_end: bool,
    pub(crate) ending: Ending,
    /// It sends commands without LF, one at a time.
    pub(crate) undelimited: bool,
    pub(crate) has_sent_lf: bool,
    /// It reads nothing for now.
    pub(crate) stalls: bool,
    pub(crate) has_stalled: bool,
    pub(crate) connected: Instant,
    /// When it last read something.
    pub(crate) heard: Instant,
    /// Its address.
    pub(crate) ip: IpAddr,
    /// When the server was last seen to hold its end.
    last_held: Instant,
    /// The most connections that may have been open when it connected, including itself.
    pub(crate) open_with_it: usize,
    /// How many of them may have come from its address.
    pub(crate) of_its_address: usize,
    /// Until when its lines may keep the server busy at `talk-rate`, if none is handled at once.
    pub(crate) said_until: Instant,
    pub(crate) pace: usize,
    pub(crate) sending: Vec<u8>,
    sent: usize,
    ends_side_when_sent: bool,
    /// When it last said something.
    pub(crate) said: Option<Instant>,
}

impl Peer {
    pub(crate) fn new(name: String, pipe: Pipe, pace: usize, undelimited: bool) -> Self {
        Self {
            name,
            held: pipe.held(),
            pipe: Some(pipe),
            asked: Vec::new(),
            lines_read: 0,
            read: Vec::new(),
            at_end: false,
            ending: Ending::Open,
            undelimited,
            has_sent_lf: false,
            stalls: false,
            has_stalled: false,
            connected: Instant::now(),
            heard: Instant::now(),
            ip: Ipv4Addr::LOCALHOST.into(),
            last_held: Instant::now(),
            open_with_it: 0,
            of_its_address: 0,
            said_until: Instant::now(),
            pace,
            sending: Vec::new(),
            sent: 0,
            ends_side_when_sent: false,
            said: None,
        }
    }

    /// The server has not dropped its end.
    pub(crate) fn is_held(&self) -> bool {
        self.held.strong_count() > 0
    }

    /// The room may still count it as present: the room learns of a loss a little after the
    /// connection has ended.
    pub(crate) fn may_be_counted(&self) -> bool {
        self.is_held() || self.last_held.elapsed() <= LATE
    }

    /// It has read that it joined.
    pub(crate) fn has_joined(&self) -> bool {
        let joined = format!("SERVER: {} joined the chat!\n", self.name);
        let mut lines = self.read.split_inclusive(|&octet| octet == b'\n');
        lines.any(|line| line == joined.as_bytes())
    }

    /// It can still say something.
    pub(crate) fn is_open(&self) -> bool {
        self.pipe.is_some()
            && !self.at_end
            && !self.ends_side_when_sent
            && self.ending == Ending::Open
    }

    pub(crate) fn stall(&mut self, stalls: bool) {
        self.stalls = stalls;
        self.has_stalled |= stalls;
    }

    /// Queues a line for sending, and records the command that it contains, if any.
    pub(crate) fn say(&mut self, line: &[u8], asked: Option<Input>, end: &[u8]) {
        self.said = Some(Instant::now());
        self.asked
            .extend(asked.map(|asked| (asked, self.lines_read)));
        self.sending.extend_from_slice(line);
        self.sending.extend_from_slice(end);
        self.has_sent_lf |= self.sending.contains(&b'\n');
    }

    /// The octets that it has said and not sent.
    pub(crate) fn unsent(&self) -> usize {
        self.sending.len() - self.sent
    }

    /// Ends its side once everything is sent.
    pub(crate) fn end_side(&mut self) {
        self.ends_side_when_sent = true;
    }

    /// Whether the part of a line that it has sent would be a line if it ended its side now
    /// (LINE-8).
    pub(crate) fn is_amid_its_first_line(&self) -> bool {
        self.sent < self.sending.len() && !self.sending[..self.sent].contains(&b'\n')
    }

    pub(crate) fn drop_pipe(&mut self, resets: bool) {
        let Some(pipe) = self.pipe.take() else { return };
        if !self.at_end && self.ending == Ending::Open {
            self.ending = if resets {
                Ending::Reset
            } else {
                Ending::Dropped
            };
        } else if !self.at_end {
            self.ending = Ending::Dropped;
        }
        if resets {
            pipe.reset();
        }
    }

    /// Writes and reads what it can, and logs the octets; returns whether anything moved.
    pub(crate) fn pump(&mut self, log: &mut impl FnMut(char, &[u8])) -> bool {
        let mut progress = false;
        if self.is_held() {
            self.last_held = Instant::now();
        }
        let Some(pipe) = &mut self.pipe else {
            return false;
        };
        if self.sent < self.sending.len() {
            match pipe.write(&self.sending[self.sent..]) {
                Ok(0) => {}
                Ok(written) => {
                    log('>', &self.sending[self.sent..self.sent + written]);
                    self.sent += written;
                    progress = true;
                }
                Err(_) => self.sent = self.sending.len(),
            }
        }
        if self.sent == self.sending.len()
            && self.ends_side_when_sent
            && self.ending == Ending::Open
        {
            pipe.half_close();
            self.ending = Ending::HalfClosed;
            self.asked.push((Input::HalfClose, self.lines_read));
            log('>', b"(end)");
            progress = true;
        }
        if !self.stalls && !self.at_end {
            match pipe.read(self.pace) {
                Read::Nothing => {}
                Read::End => {
                    self.at_end = true;
                    log('<', b"(end)");
                    progress = true;
                }
                Read::Octets(octets) => {
                    log('<', &octets);
                    self.read.extend_from_slice(&octets);
                    self.lines_read += octets.iter().filter(|&&octet| octet == b'\n').count();
                    self.heard = Instant::now();
                    progress = true;
                }
            }
        }
        progress
    }
}

/// `nanna` in the pattern of capitals with this number: the same name, spelled differently (NAME-4,
/// NAME-6).
pub(crate) fn in_capitals(base: &str, pattern: usize) -> String {
    let letter = |(at, letter): (usize, char)| match pattern >> at & 1 {
        0 => letter,
        _ => letter.to_ascii_uppercase(),
    };
    base.chars().enumerate().map(letter).collect()
}

/// `word` with some letters in capitals.
pub(crate) fn any_case(word: &str, random: &mut Random) -> String {
    in_capitals(word, random.number() as usize)
}

/// Pumps until nothing moves any more, without moving the clock.
pub(crate) async fn settle(mut pump: impl FnMut() -> bool) {
    let mut still = 0;
    for _ in 0..200_000 {
        still = if pump() { 0 } else { still + 1 };
        if still == 3 {
            return;
        }
        yield_now().await;
    }
    panic!("the server is never done");
}
