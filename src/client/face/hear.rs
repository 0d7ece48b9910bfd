//! What comes from the room and from the connection.

use std::time::Duration;

use super::entry::What;
use super::moment::Moment;
use super::seat::FULL;
use super::state::{Bell, Deed, Face, Link};
use super::tame::tame;
use crate::client::join::answer;
use crate::client::{Cause, Ending, Exit, Happening, JoinError};
use crate::protocol::{Command, Event, ServerLine, Text, UserName};

/// The terminal rings at most once in this time.
const RINGING: Duration = Duration::from_secs(2);

impl Face {
    pub(super) fn hear(&mut self, happening: Happening, now: Moment) -> Vec<Deed> {
        match happening {
            Happening::Connected => {
                self.link = Link::Up;
                self.lists.clear();
                self.awaited.clear();
                self.asks_again()
            }
            Happening::Told(told) => self.told(told, now),
            Happening::Admitted(name) => self.admitted(name, now),
            Happening::Haunted(_, wait) => {
                self.link = Link::Haunted {
                    until: now.since + wait,
                };
                Vec::new()
            }
            Happening::Lost(cause, wait) => {
                // Somebody without a name or a seat has lost nothing; of several failures the first is worth telling.
                if self.name.is_some()
                    && !self.full
                    && matches!(self.link, Link::Up | Link::Haunted { .. })
                {
                    // A server that stops has said so.
                    if !matches!(cause, Cause::Stopped) {
                        self.alarm(now, &format!("the connection was lost: {cause}"));
                    }
                    self.lost_at = self.lost_at.or(Some(now.since));
                }
                self.link = Link::Down {
                    until: now.since + wait,
                };
                self.member = false;
                self.outgoing.lose();
                Vec::new()
            }
            Happening::Ended(ending) => vec![self.ended(ending)],
        }
    }

    fn ended(&self, ending: Ending) -> Deed {
        match ending {
            Ending::Left => Deed::Leave(Exit::Left, None),
            Ending::Unanswered => {
                Deed::Leave(Exit::Lost, Some("the server did not answer QUIT".into()))
            }
            Ending::Refused => {
                let why = self
                    .refused
                    .as_deref()
                    .unwrap_or("the server closed the connection");
                Deed::Leave(Exit::Refused, Some(why.to_owned()))
            }
            Ending::Unreachable(e) => {
                let words = format!("cannot reach {}: {e}", self.place);
                Deed::Leave(Exit::Unreachable, Some(words))
            }
        }
    }

    fn told(&mut self, told: ServerLine, now: Moment) -> Vec<Deed> {
        let event = match told {
            Ok(event) => event,
            Err(unreadable) => {
                self.notice(now, &format!("the server says: {unreadable}"));
                return Vec::new();
            }
        };
        let answered = self.awaited.answered(&event, self.name.as_ref());
        if let Some(name) = self.name.clone()
            && !self.member
            && let Some(Err(e)) = answer(&event, &name)
        {
            if let JoinError::Full = e {
                self.no_seat();
            } else {
                self.turned_away(&name, &e);
            }
            return Vec::new();
        }
        match event {
            Event::Greeting | Event::Close => {}
            Event::Joined(name) => {
                self.people.come(&name);
                // Our own joining is told by what follows it.
                if self.member {
                    self.conversation
                        .moves(now.clock, tame(name.as_str()), true);
                }
            }
            Event::Left(name) => {
                self.people.leave(&name);
                self.conversation
                    .moves(now.clock, tame(name.as_str()), false);
            }
            Event::Broadcast { from, text } => return self.said(&from, &text, now),
            Event::Private { from, to, text } => return self.whispered(&from, &to, &text, now),
            Event::Online(names) => {
                self.people.are(names.as_slice());
                if self.lists.pop_front() != Some(false) {
                    self.notice(now, &format!("{} here: {names}", names.as_slice().len()));
                }
            }
            Event::Pong(word) => match self.outgoing.receipt(&word) {
                (true, Some(line)) => {
                    let to = line.to.filter(|to| self.name.as_ref() != Some(to));
                    if let (Some(from), Some(to)) = (&self.name, to) {
                        let what = What::Private {
                            from: tame(from.as_str()),
                            to: tame(to.as_str()),
                            own: true,
                            text: tame(line.text.as_str()),
                        };
                        self.conversation.push(now.clock, what);
                    }
                }
                (true, None) => {}
                (false, _) => self.notice(now, &format!("PONG {word}")),
            },
            Event::Help(text) => self.notice(now, text.as_str()),
            Event::Full => {
                self.refused = Some(FULL.to_owned());
                self.alarm(now, FULL);
            }
            Event::Error { text, .. } => self.failed(answered.as_ref(), &text, now),
            Event::ShuttingDown => self.alarm(now, "the server is shutting down"),
        }
        Vec::new()
    }

    fn said(&mut self, from: &UserName, text: &Text, now: Moment) -> Vec<Deed> {
        let own = self.name.as_ref() == Some(from);
        self.people.speak(from);
        if own {
            self.outgoing.echo(text);
        }
        let text = tame(text.as_str());
        let mentioned = self
            .name
            .as_ref()
            .is_some_and(|name| mentions(&text, name.as_str()));
        let from = tame(from.as_str());
        self.conversation
            .push(now.clock, What::Said { from, own, text });
        self.ring(!own, mentioned, now)
    }

    fn whispered(&mut self, from: &UserName, to: &UserName, text: &Text, now: Moment) -> Vec<Deed> {
        let own = self.name.as_ref() == Some(from);
        self.people.speak(from);
        let what = What::Private {
            from: tame(from.as_str()),
            to: tame(to.as_str()),
            own,
            text: tame(text.as_str()),
        };
        self.conversation.push(now.clock, what);
        self.ring(!own, true, now)
    }

    fn ring(&mut self, by_another: bool, to_me: bool, now: Moment) -> Vec<Deed> {
        let wanted = match self.bell {
            Bell::Off => false,
            Bell::Mention => to_me,
            Bell::All => true,
        };
        let silent = self
            .rang
            .is_none_or(|rang| now.since.saturating_sub(rang) >= RINGING);
        if wanted && by_another && silent {
            self.rang = Some(now.since);
            return vec![Deed::Bell];
        }
        Vec::new()
    }

    /// The room refuses a command, this one as far as is known.
    fn failed(&mut self, command: Option<&Command>, text: &Text, now: Moment) {
        let line = command.and_then(|command| self.outgoing.refuse(command));
        match line {
            Some(line) => {
                let to = line.to.map_or_else(String::new, |to| format!(" to {to}"));
                self.alarm(now, &format!("not sent{to}, {text}: {}", line.text));
            }
            None => self.alarm(now, text.as_str()),
        }
    }
}

/// Whether `name` is a word of `text`, in any case.
fn mentions(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(&name).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(is_name) && !after.is_some_and(is_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_mentioned_as_a_word() {
        for text in [
            "dani",
            "hi Dani!",
            "(dani)",
            "x, dani: y",
            "danix dani",
            "dani.",
        ] {
            assert!(mentions(text, "dani"), "{text}");
        }
        for text in ["", "danil", "xdani", "dani_2", "da ni"] {
            assert!(!mentions(text, "dani"), "{text}");
        }
    }
}
