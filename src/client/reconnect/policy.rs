//! When to try again, under which name, and when to give up: no IO and no clock.

use std::time::{Duration, Instant};

use super::Backoff;
use super::keep_alive::{KeepAlive, Silence};
use crate::client::session::{ANSWER_TIMEOUT, Answer, JoinRefusal, Session, keep_alive};
use crate::client::{Disconnect, Lost, NamePolicy};
use crate::protocol::{Command, Event, ServerLine, UserName};

/// What [`Reconnecting`](super::Reconnecting) does is decided here.
#[derive(Debug)]
pub(super) struct Policy {
    name: Name,
    session: Session,
    keep_alive: KeepAlive,
    backoff: Backoff,
    /// When to ask again for a name that is held by the connection that was lost.
    rejoin_at: Option<Instant>,
    quit_at: Option<Instant>,
}

/// The name for the next connection.
#[derive(Debug)]
enum Name {
    /// The person has yet to choose one.
    None,
    /// Not ours yet: the one to ask for, and those to try when it is taken.
    Wanted(UserName, Vec<UserName>),
    /// The room has given it to us.
    Ours(UserName),
}

/// What a line from the server calls for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) answers: Vec<Answer>,
    /// Send this.
    pub(super) command: Option<Command>,
    /// The connection that was lost still holds the name.
    pub(super) held: Option<(UserName, Duration)>,
}

/// What a deadline calls for.
#[derive(Debug)]
pub(super) enum Due {
    Nothing,
    Send(Command),
    GiveUp(Disconnect),
}

/// What follows from the end of a connection.
#[derive(Debug)]
pub(super) enum After {
    TryAgain(Disconnect, Duration),
    GiveUp(Disconnect),
}

impl Policy {
    pub(super) fn new(name: Option<NamePolicy>, now: Instant) -> Self {
        Self {
            name: name.map_or(Name::None, |policy| {
                let (first, others) = policy.names();
                Name::Wanted(first, others.collect())
            }),
            session: Session::default(),
            keep_alive: KeepAlive::new(now),
            backoff: Backoff::default(),
            rejoin_at: None,
            quit_at: None,
        }
    }

    pub(super) fn has_quit(&self) -> bool {
        self.quit_at.is_some()
    }

    /// There is a connection. Returns what to send first.
    pub(super) fn connected(&mut self, now: Instant) -> Option<Command> {
        self.session = Session::default();
        self.keep_alive = KeepAlive::new(now);
        self.join()
    }

    /// Notes that `command` is being sent, or is to be when there is a connection.
    pub(super) fn sent(&mut self, command: &Command, tag: Option<u64>, now: Instant) {
        self.session.sent(command, tag);
        match command {
            Command::Join(name) if self.session.member().is_none() => {
                self.rejoin_at = None;
                if !self.name.is_ours(name) {
                    self.name = Name::Wanted(name.clone(), Vec::new());
                }
            }
            Command::Quit => self.quit_at = Some(now),
            Command::Join(_)
            | Command::Bcst(_)
            | Command::Mesg { .. }
            | Command::List
            | Command::Help
            | Command::Ping(_) => {}
        }
    }

    /// What waits to be tried again is to be tried now.
    pub(super) fn retry_now(&mut self, now: Instant) {
        self.rejoin_at = self.rejoin_at.map(|at| at.min(now));
    }

    /// `jitter` is from 0 to 255, as for [`Backoff::next`].
    pub(super) fn heard(&mut self, told: &ServerLine, now: Instant, jitter: u8) -> Heard {
        self.keep_alive = KeepAlive::new(now);
        let mut heard = Heard {
            answers: self.session.heard(told),
            ..Heard::default()
        };
        // Without a name to ask for, a greeting is as far as a visitor comes.
        if *told == Ok(Event::Greeting) && matches!(self.name, Name::None) {
            self.backoff.reset();
        }
        match heard.answers.last() {
            Some(Answer::Admitted(name)) => {
                self.backoff.reset();
                self.name = Name::Ours(name.clone());
            }
            Some(Answer::NotAdmitted(name, why)) => {
                let may_be_ours = why.is_name_taken() || *why == JoinRefusal::Full;
                if self.name.is_ours(name) && may_be_ours {
                    let wait = self.backoff.next(jitter);
                    self.rejoin_at = Some(now + wait);
                    heard.held = Some((name.clone(), wait));
                    heard.answers.pop();
                } else if self.name.try_another(why) {
                    heard.answers.pop();
                    heard.command = self.join();
                }
            }
            Some(Answer::Taken(_) | Answer::Refused { .. }) | None => {}
        }
        heard
    }

    /// When to ask [`Policy::due`] next.
    pub(super) fn deadline(&self) -> Instant {
        let quit = self.quit_at.map(|quit| quit + ANSWER_TIMEOUT);
        let others = [self.rejoin_at, quit].into_iter().flatten();
        others.fold(self.keep_alive.deadline(), Instant::min)
    }

    /// Whether QUIT has been without an answer for [`ANSWER_TIMEOUT`].
    pub(super) fn is_quit_overdue(&self, now: Instant) -> bool {
        self.quit_at
            .is_some_and(|quit| now >= quit + ANSWER_TIMEOUT)
    }

    pub(super) fn due(&mut self, now: Instant) -> Due {
        if self.is_quit_overdue(now) {
            return Due::GiveUp(Disconnect::QuitUnanswered);
        }
        if self.rejoin_at.is_some_and(|at| now >= at) {
            self.rejoin_at = None;
            if let Some(join) = self.join() {
                return Due::Send(join);
            }
        }
        match self.keep_alive.silence(now) {
            Silence::Short => Due::Nothing,
            Silence::Dead => Due::GiveUp(Disconnect::Silent),
            Silence::Ask => {
                let ping = keep_alive();
                self.session.sent(&ping, None);
                Due::Send(ping)
            }
        }
    }

    /// The connection has ended: after `close`, or by itself.
    pub(super) fn ended(&self, lost: Option<Lost>) -> Disconnect {
        self.session.ended(lost)
    }

    /// There is no connection, and this is why.
    pub(super) fn after(&mut self, why: Disconnect, jitter: u8) -> After {
        let was_member = self.session.member().is_some();
        let has_name = matches!(self.name, Name::Ours(_));
        self.session = Session::default();
        self.rejoin_at = None;
        let is_final = match why {
            _ if self.has_quit() => true,
            Disconnect::Closed => was_member,
            // The connection that was lost may be the one too many.
            Disconnect::Full => !has_name,
            Disconnect::Left | Disconnect::QuitUnanswered | Disconnect::NotAdmitted { .. } => true,
            Disconnect::ShuttingDown
            | Disconnect::Silent
            | Disconnect::Unanswered
            | Disconnect::Lost(_)
            | Disconnect::Unreachable { .. } => false,
        };
        if is_final {
            After::GiveUp(why)
        } else {
            After::TryAgain(why, self.backoff.next(jitter))
        }
    }

    fn join(&mut self) -> Option<Command> {
        let (Name::Wanted(name, _) | Name::Ours(name)) = &self.name else {
            return None;
        };
        let join = Command::Join(name.clone());
        self.session.sent(&join, None);
        Some(join)
    }
}

impl Name {
    fn is_ours(&self, name: &UserName) -> bool {
        matches!(self, Self::Ours(ours) if ours == name)
    }

    /// Goes on to the next name if this one is taken; without another the person has to choose.
    fn try_another(&mut self, why: &JoinRefusal) -> bool {
        let next = match self {
            Self::Wanted(_, others) if why.is_name_taken() && !others.is_empty() => {
                let name = others.remove(0);
                Self::Wanted(name, std::mem::take(others))
            }
            Self::None | Self::Wanted(..) | Self::Ours(_) => Self::None,
        };
        *self = next;
        matches!(self, Self::Wanted(..))
    }
}

#[cfg(test)]
mod tests;
