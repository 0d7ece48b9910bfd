//! What keeps a person in the room when connections come and go: when to try again, when to knock, when to give up.
//!
//! No IO and no clock: [`Lasting`](super::Lasting) tells it what happened and when, and does what it says.

use std::time::{Duration, Instant};

use super::Backoff;
use crate::client::JoinError;
use crate::client::join::answer;
use crate::protocol::{Command, ErrorCode, Event, ServerLine, UserName, Word};

/// After so long a silence of the server it is asked for a PONG.
const QUIET: Duration = Duration::from_secs(10);

/// A server that does not answer for so long is dead: noticed within 25 s of its last word.
const DEAF: Duration = Duration::from_secs(15);

/// How long the server may take to answer QUIT.
const PATIENCE: Duration = Duration::from_secs(5);

/// The word of our own PINGs.
const KNOCK: &str = "parlour-is-there";

#[derive(Debug)]
pub(super) struct Tether {
    /// The name that the room has given us, to be taken again.
    held: Option<UserName>,
    /// The JOIN whose answer is awaited.
    asked: Option<UserName>,
    /// This connection is a member.
    joined: bool,
    /// The server has said that it stops: its `close` is no refusal.
    stopping: bool,
    /// The server has greeted this connection, and does not turn it away any more (CONN-3).
    greeted: bool,
    /// The last line was `full`, on a connection without a greeting: a `close` after it is a refusal.
    turned_away: bool,
    quit: Option<Instant>,
    backoff: Backoff,
    heard: Instant,
    /// When the server was asked for the PONG that has not come yet.
    knocked: Option<Instant>,
    rejoin: Option<Instant>,
}

/// What a line from the server comes to, beside itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    /// It is the answer to our own PING: not worth telling.
    Knock,
    /// The room has admitted us.
    Admitted(UserName),
    /// The name is still held by the connection that was lost.
    Haunted(UserName, Duration),
}

/// What is to be done at the time that [`Tether::next_due`] gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Send(Command),
    /// The server is dead, or does not answer QUIT.
    GiveUp,
}

/// What follows from the end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    TryAgain(Duration),
    /// We said QUIT.
    Left,
    /// The server said `close` unasked.
    Refused,
}

impl Tether {
    pub(super) fn new(name: Option<UserName>, now: Instant) -> Self {
        Self {
            held: None,
            asked: name,
            joined: false,
            stopping: false,
            greeted: false,
            turned_away: false,
            quit: None,
            backoff: Backoff::default(),
            heard: now,
            knocked: None,
            rejoin: None,
        }
    }

    /// There is a connection. Returns what to say on it first.
    pub(super) fn connect(&mut self, now: Instant) -> Option<Command> {
        self.heard = now;
        self.knocked = None;
        self.stopping = false;
        self.greeted = false;
        self.asked = self.held.clone().or_else(|| self.asked.take());
        self.asked.clone().map(Command::Join)
    }

    /// This is being sent.
    pub(super) fn send(&mut self, command: &Command, now: Instant) {
        match command {
            Command::Join(name) if !self.joined => {
                if self.held.as_ref() != Some(name) {
                    self.held = None;
                }
                self.rejoin = None;
                self.asked = Some(name.clone());
            }
            Command::Quit => self.quit = Some(now),
            Command::Join(_)
            | Command::Bcst(_)
            | Command::Mesg { .. }
            | Command::List
            | Command::Help
            | Command::Ping(_) => {}
        }
    }

    /// What is to be tried again is to be tried now.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.rejoin = self.rejoin.map(|at| at.min(now));
    }

    /// Whether the server has said that it stops.
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping
    }

    pub(super) fn has_quit(&self) -> bool {
        self.quit.is_some()
    }

    /// Whether QUIT has been without an answer for long enough.
    pub(super) fn is_unanswered(&self, now: Instant) -> bool {
        self.quit.is_some_and(|quit| now >= quit + PATIENCE)
    }

    /// This has come.
    pub(super) fn hear(&mut self, told: &ServerLine, now: Instant, chance: u8) -> Heard {
        self.heard = now;
        self.knocked = None;
        let Ok(event) = told else {
            return Heard::Nothing;
        };
        if let Event::Pong(word) = event
            && word.as_str() == KNOCK
        {
            return Heard::Knock;
        }
        self.stopping |= *event == Event::ShuttingDown;
        self.greeted |= *event == Event::Greeting;
        if *event == Event::Greeting && self.asked.is_none() {
            // Whoever has no name to ask for has come as far as can be.
            self.backoff.reset();
        }
        if *event != Event::Close {
            self.turned_away = *event == Event::Full && !self.greeted;
        }
        let Some(answer) = self.asked.as_ref().and_then(|name| answer(event, name)) else {
            return Heard::Nothing;
        };
        let Some(name) = self.asked.take() else {
            return Heard::Nothing;
        };
        match answer {
            Ok(()) => {
                self.joined = true;
                self.backoff.reset();
                self.held = Some(name.clone());
                return Heard::Admitted(name);
            }
            Err(why) if self.held.as_ref() == Some(&name) && may_be_a_ghost(&why) => {
                let wait = self.backoff.next(chance);
                self.rejoin = Some(now + wait);
                return Heard::Haunted(name, wait);
            }
            Err(_) => self.held = None,
        }
        Heard::Nothing
    }

    /// When to ask [`Tether::due`] next.
    pub(super) fn next_due(&self) -> Instant {
        let mut next = self.knocked.map_or(self.heard + QUIET, |at| at + DEAF);
        for other in [self.rejoin, self.quit.map(|quit| quit + PATIENCE)] {
            next = other.map_or(next, |other| next.min(other));
        }
        next
    }

    pub(super) fn due(&mut self, now: Instant) -> Due {
        // Only a PONG that was asked for is missed: we may have slept, not the server.
        if self.is_unanswered(now) || self.knocked.is_some_and(|at| now >= at + DEAF) {
            return Due::GiveUp;
        }
        if self.rejoin.is_some_and(|at| now >= at) {
            self.rejoin = None;
            self.asked = self.held.clone();
            if let Some(name) = self.held.clone() {
                return Due::Send(Command::Join(name));
            }
        }
        if now >= self.heard + QUIET && self.knocked.is_none() {
            self.knocked = Some(now);
            let knock = Word::new(KNOCK).expect("the knock is a word");
            return Due::Send(Command::Ping(knock));
        }
        Due::Nothing
    }

    /// The connection has ended; `closed` if the server said `close`.
    pub(super) fn end(&mut self, closed: bool, chance: u8) -> After {
        let was_member = std::mem::take(&mut self.joined);
        let stopping = std::mem::take(&mut self.stopping);
        let turned_away = std::mem::take(&mut self.turned_away);
        self.rejoin = None;
        if self.quit.is_some() {
            return After::Left;
        }
        // The `close` of a join timeout (JOIN-5) is no refusal.
        if closed && !stopping && (was_member || (turned_away && self.held.is_none())) {
            return After::Refused;
        }
        self.asked = self.held.clone().or_else(|| self.asked.take());
        After::TryAgain(self.backoff.next(chance))
    }
}

/// The ghost of a lost connection holds its name, and its seat.
fn may_be_a_ghost(why: &JoinError) -> bool {
    let taken = ErrorCode::NameTaken;
    matches!(why, JoinError::Full)
        || matches!(why, JoinError::Refused { code, .. } if *code == taken)
}

#[cfg(test)]
mod tests;
