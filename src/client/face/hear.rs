//! What comes from the room and from the connection.

use std::time::Duration;

use super::entry::What;
use super::moment::Moment;
use super::seat::FULL;
use super::state::{Bell, Deed, Face, Link, OWN_LIST};
use super::tame::tame;
use crate::client::session::{Answer, JoinRefusal, Tag, is_receipt};
use crate::client::{Disconnect, Exit, Update};
use crate::protocol::{Event, Text, Told, UserName};

/// The least time between two rings of the terminal.
const RINGING: Duration = Duration::from_secs(2);

impl Face {
    pub(super) fn hear(&mut self, update: Update, now: Moment) -> Vec<Deed> {
        match update {
            Update::Connected => {
                self.link = Link::Up;
                self.asks_again()
            }
            Update::Told(told, answers) => self.told(told, answers, now),
            Update::NameHeld(_, wait) => {
                self.link = Link::Haunted {
                    until: now.since + wait,
                };
                Vec::new()
            }
            Update::Disconnected(why, wait) => {
                // A person without a name or a seat has lost nothing; of several failures the first
                // is worth telling.
                if self.name.is_some()
                    && !self.full
                    && matches!(self.link, Link::Up | Link::Haunted { .. })
                {
                    // A server that shuts down has said so.
                    if !matches!(why, Disconnect::ShuttingDown) {
                        self.alarm(now, &format!("the connection was lost: {}", why.reason()));
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
            Update::Ended(why) => vec![self.ended(&why)],
        }
    }

    fn ended(&self, why: &Disconnect) -> Deed {
        let words = match why {
            // The person has left, and nothing is lost that matters to them.
            Disconnect::Left | Disconnect::Lost(_) => return Deed::Leave(Exit::Left, None),
            Disconnect::Closed | Disconnect::Full => {
                self.refused.clone().unwrap_or_else(|| why.to_string())
            }
            Disconnect::ShuttingDown
            | Disconnect::NotAdmitted { .. }
            | Disconnect::Silent
            | Disconnect::Unanswered
            | Disconnect::QuitUnanswered
            | Disconnect::Unreachable { .. } => why.to_string(),
        };
        Deed::Leave(why.exit(), Some(words))
    }

    fn told(&mut self, told: Told, answers: Vec<Answer>, now: Moment) -> Vec<Deed> {
        let mut refused = None;
        let mut is_own_list = false;
        for answer in answers {
            match answer {
                Answer::Admitted(name) => {
                    self.people.come(&name);
                    return self.admitted(name, now);
                }
                Answer::NotAdmitted(_, JoinRefusal::Full) => {
                    self.no_seat();
                    return Vec::new();
                }
                Answer::NotAdmitted(name, why) => {
                    self.turned_away(&name, &why);
                    return Vec::new();
                }
                Answer::Taken(OWN_LIST) => is_own_list = true,
                Answer::Taken(tag) => self.taken(tag, now),
                Answer::Refused { tag, .. } => {
                    refused = tag.and_then(|tag| self.outgoing.answered(tag));
                }
            }
        }
        let event = match told {
            Ok(event) => event,
            Err(unreadable) => {
                self.notice(now, &format!("the server says: {unreadable}"));
                return Vec::new();
            }
        };
        match event {
            Event::Greeting | Event::Close => {}
            Event::Joined(name) => {
                self.people.come(&name);
                let name = tame(name.as_str());
                self.conversation.moves(now.clock, name, true);
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
                if !is_own_list {
                    self.notice(now, &format!("{} here: {names}", names.as_slice().len()));
                }
            }
            Event::Pong(word) if is_receipt(&word) => {}
            Event::Pong(word) => self.notice(now, &format!("PONG {word}")),
            Event::Help(text) => self.notice(now, text.as_str()),
            Event::Full => {
                self.refused = Some(FULL.to_owned());
                self.alarm(now, FULL);
            }
            Event::Error { text, .. } => match refused {
                Some(line) => {
                    let to = line.to.map_or_else(String::new, |to| format!(" to {to}"));
                    self.alarm(now, &format!("not sent{to}, {text}: {}", line.text));
                }
                None => self.alarm(now, text.as_str()),
            },
            Event::ShuttingDown => self.alarm(now, "the server is shutting down"),
        }
        Vec::new()
    }

    /// The room has taken a line of ours. Nobody tells us of a private one but for oneself.
    fn taken(&mut self, tag: Tag, now: Moment) {
        let line = self.outgoing.answered(tag);
        if let Some(from) = &self.name
            && let Some((to, text)) = line.and_then(|line| Some((line.to?, line.text)))
            && to != *from
        {
            let what = What::Private {
                from: tame(from.as_str()),
                to: tame(to.as_str()),
                own: true,
                text: tame(text.as_str()),
            };
            self.conversation.push(now.clock, what);
        }
    }

    fn said(&mut self, from: &UserName, text: &Text, now: Moment) -> Vec<Deed> {
        let own = self.name.as_ref() == Some(from);
        self.people.speak(from);
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
