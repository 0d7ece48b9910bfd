//! Decides when to reconnect, under which name, and when to give up, without IO or a clock.

use std::time::{Duration, Instant};

use super::Backoff;
use super::keep_alive::{KeepAlive, Silence};
use crate::client::session::{ANSWER_TIMEOUT, Answer, JoinRefusal, Session, keep_alive};
use crate::client::{Disconnect, Lost, NamePolicy};
use crate::protocol::{Command, Event, ServerLine, UserName};

/// Makes the decisions of [`Reconnecting`](super::Reconnecting).
#[derive(Debug)]
pub(super) struct Policy {
    name: Name,
    session: Session,
    keep_alive: KeepAlive,
    backoff: Backoff,
    /// When to send JOIN again for a name that the lost connection still holds.
    rejoin_at: Option<Instant>,
    /// When the last JOIN was sent.
    joined_at: Option<Instant>,
    quit_at: Option<Instant>,
}

/// The name for the next connection.
#[derive(Debug)]
enum Name {
    /// The person has not chosen one yet.
    None,
    /// The name to ask for, and those to try if it is taken.
    Wanted(UserName, Vec<UserName>),
    /// The room has admitted us under this name.
    Ours(UserName),
}

/// How to react to a line from the server.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reaction {
    pub(super) answers: Vec<Answer>,
    /// The command to send.
    pub(super) command: Option<Command>,
    /// The name that the lost connection may still hold, why the room refused it, and the wait
    /// before the next JOIN.
    pub(super) name_held: Option<(UserName, JoinRefusal, Duration)>,
}

/// What to do at a deadline.
#[derive(Debug)]
pub(super) enum Due {
    Nothing,
    Send(Command),
    GiveUp(Disconnect),
}

/// What to do after a connection or an attempt has ended.
#[derive(Debug)]
pub(super) enum Decision {
    Retry(Disconnect, Duration),
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
            joined_at: None,
            quit_at: None,
        }
    }

    pub(super) fn has_quit(&self) -> bool {
        self.quit_at.is_some()
    }

    /// Starts a session on a new connection. Returns the command to send first.
    pub(super) fn connected(&mut self, now: Instant) -> Option<Command> {
        self.session = Session::default();
        self.keep_alive = KeepAlive::new(now);
        self.join(now)
    }

    /// Notes that `command` is being sent, or will be once there is a connection.
    pub(super) fn sent(&mut self, command: &Command, tag: Option<u64>, now: Instant) {
        self.session.sent(command, tag);
        match command {
            Command::Join(name) if self.session.member().is_none() => {
                self.rejoin_at = None;
                self.joined_at = Some(now);
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

    /// Makes a waiting JOIN due now.
    pub(super) fn retry_now(&mut self, now: Instant) {
        self.rejoin_at = self.rejoin_at.map(|at| at.min(now));
    }

    /// Notes a line from the server. `jitter` is from 0 to 255, as for [`Backoff::next`].
    pub(super) fn heard(&mut self, line: &ServerLine, now: Instant, jitter: u8) -> Reaction {
        self.keep_alive = KeepAlive::new(now);
        let mut reaction = Reaction {
            answers: self.session.heard(line),
            ..Reaction::default()
        };
        // Without a name to ask for, the greeting is all that a visitor can get.
        if *line == Ok(Event::Greeting) && matches!(self.name, Name::None) {
            self.backoff.reset();
        }
        match reaction.answers.last() {
            Some(Answer::Admitted(name)) => {
                self.backoff.reset();
                self.name = Name::Ours(name.clone());
            }
            Some(Answer::NotAdmitted(name, why)) => {
                let may_be_ours = why.is_name_taken() || *why == JoinRefusal::Full;
                if self.name.is_ours(name) && may_be_ours {
                    let wait = self.backoff.next(jitter);
                    self.rejoin_at = Some(now + wait);
                    reaction.name_held = Some((name.clone(), why.clone(), wait));
                    reaction.answers.pop();
                } else if self.name.try_another(why) {
                    reaction.answers.pop();
                    reaction.command = self.join(now);
                }
            }
            Some(Answer::Taken(_) | Answer::Refused { .. }) | None => {}
        }
        reaction
    }

    /// When to call [`Policy::due`] next.
    pub(super) fn deadline(&self) -> Instant {
        let quit = self.quit_at.map(|quit| quit + ANSWER_TIMEOUT);
        let others = [self.rejoin_at, self.join_deadline(), quit];
        let others = others.into_iter().flatten();
        others.fold(self.keep_alive.deadline(), Instant::min)
    }

    /// When a JOIN will have been without an answer for [`ANSWER_TIMEOUT`].
    fn join_deadline(&self) -> Option<Instant> {
        let is_joining = self.session.member().is_none() && self.session.joining().is_some();
        let joined_at = self.joined_at.filter(|_| is_joining)?;
        Some(joined_at + ANSWER_TIMEOUT)
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
        if self.join_deadline().is_some_and(|at| now >= at) {
            return Due::GiveUp(Disconnect::Unanswered);
        }
        if self.rejoin_at.is_some_and(|at| now >= at) {
            self.rejoin_at = None;
            if let Some(join) = self.join(now) {
                return Due::Send(join);
            }
        }
        match self.keep_alive.silence(now) {
            Silence::Short => Due::Nothing,
            Silence::Dead => Due::GiveUp(Disconnect::Silent),
            Silence::PingDue => {
                let ping = keep_alive();
                self.session.sent(&ping, None);
                Due::Send(ping)
            }
        }
    }

    /// Why the connection has ended: after `close`, or with `lost`.
    pub(super) fn ended(&self, lost: Option<Lost>) -> Disconnect {
        self.session.ended(lost)
    }

    /// Decides what to do now that there is no connection, for this reason.
    pub(super) fn disconnected(&mut self, why: Disconnect, jitter: u8) -> Decision {
        let has_name = matches!(self.name, Name::Ours(_));
        self.session = Session::default();
        self.rejoin_at = None;
        let is_final = match why {
            _ if self.has_quit() => true,
            // The server may still count the lost connection against its limit.
            Disconnect::Full => !has_name,
            Disconnect::Left
            | Disconnect::Closed
            | Disconnect::QuitUnanswered
            | Disconnect::NotAdmitted { .. } => true,
            Disconnect::NotJoined
            | Disconnect::ShuttingDown
            | Disconnect::Silent
            | Disconnect::Unanswered
            | Disconnect::Lost(_)
            | Disconnect::Unreachable { .. } => false,
        };
        if is_final {
            Decision::GiveUp(why)
        } else {
            Decision::Retry(why, self.backoff.next(jitter))
        }
    }

    fn join(&mut self, now: Instant) -> Option<Command> {
        let (Name::Wanted(name, _) | Name::Ours(name)) = &self.name else {
            return None;
        };
        let join = Command::Join(name.clone());
        self.joined_at = Some(now);
        self.session.sent(&join, None);
        Some(join)
    }
}

impl Name {
    fn is_ours(&self, name: &UserName) -> bool {
        matches!(self, Self::Ours(ours) if ours == name)
    }

    /// Switches to the next name if this one is taken. If there is none, the person has to choose.
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
