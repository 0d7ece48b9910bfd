//! Handles updates from the room and the connection.

use std::ops::Range;

use crate::client::session::{Answer, JoinRefusal, Tag, is_receipt};
use crate::client::{Disconnect, Exit, Update};
use crate::protocol::{Command, Event, ServerLine, Text, UserName};
use crate::tui::model::entry::EntryKind;
use crate::tui::model::membership::{Admission, FULL};
use crate::tui::model::outgoing::Progress;
use crate::tui::model::{Effect, Link, Model, OWN_LIST};
use crate::tui::moment::Moment;
use crate::tui::text::cells::columns;
use crate::tui::text::escape::escape;

/// The most names in one notice. Each has at most 128 octets, so that none is cut.
const NAMES_IN_NOTICE: usize = 50;

impl Model {
    pub(super) fn room_update(&mut self, update: Update, now: Moment, effects: &mut Vec<Effect>) {
        match update {
            Update::Connected => {
                self.link = Link::Up;
                self.join_again(effects);
            }
            Update::Line(line, answers) => self.server_line(line, answers, now, effects),
            Update::NameHeld(_, why, wait) => {
                let until = now.since + wait;
                self.link = Link::NameHeld { why, until };
            }
            Update::Disconnected(why, wait) => {
                // Warn only once, and only a person who has lost something. A server that shuts
                // down has already said so.
                let had_connection = matches!(self.link, Link::Up | Link::NameHeld { .. });
                let has_lost = self.membership.name().is_some() && !self.membership.is_full();
                if had_connection && has_lost && !matches!(why, Disconnect::ShuttingDown) {
                    let lost = format!("the connection was lost: {}", why.reason());
                    let lost = EntryKind::Warning(escape(&lost));
                    let is_like = |kind: &EntryKind| kind.spans() == lost.spans();
                    self.conversation
                        .push_counted(now.clock, lost.clone(), is_like);
                }
                if self.membership.name().is_none() && matches!(why, Disconnect::NotJoined) {
                    self.membership.refuse(why.to_string());
                }
                let until = now.since + wait;
                self.link = Link::Down { until };
                self.membership.disconnected(now.since);
                self.outgoing.disconnected();
            }
            Update::Ended(why) => {
                // By ORDER-3 the server confirms what it has handled before it says `close`.
                self.outgoing.disconnected();
                effects.push(ended(&why, self.outgoing.loss()));
            }
        }
    }

    fn server_line(
        &mut self,
        line: ServerLine,
        answers: Vec<Answer>,
        now: Moment,
        effects: &mut Vec<Effect>,
    ) {
        let mut refused = None;
        let mut is_own_list = false;
        for answer in answers {
            match answer {
                Answer::Admitted(name) => return self.admitted(name, now, effects),
                Answer::NotAdmitted(name, JoinRefusal::Full) => {
                    return self.membership.set_full(name);
                }
                Answer::NotAdmitted(name, why) => {
                    let why = escape(&format!("{name}: {why}"));
                    self.membership.refuse(why);
                    return self.editor.ask_for_name();
                }
                Answer::Taken(OWN_LIST) => is_own_list = true,
                Answer::Taken(tag) => self.taken(tag, now),
                Answer::Refused { tag, .. } => {
                    refused = tag.and_then(|tag| self.outgoing.answered(tag));
                }
            }
        }
        let event = match line {
            Ok(event) => event,
            Err(unknown) => return self.unreadable(&unknown.to_string(), now),
        };
        match event {
            Event::Greeting | Event::Close => {}
            Event::Joined(name) => {
                self.people.add(&name);
                let name = escape(name.as_str());
                self.conversation.add_presence(now.clock, name, true);
            }
            Event::Left(name) => {
                self.people.remove(&name);
                let name = escape(name.as_str());
                self.conversation.add_presence(now.clock, name, false);
            }
            Event::Broadcast { from, text } => self.said(&from, &text, now, effects),
            Event::Private { from, to, text } => {
                self.private_message(&from, &to, &text, now, effects)
            }
            Event::Online(names) => {
                self.people.set(names.as_slice());
                if !is_own_list {
                    self.show_names(names.as_slice(), now);
                }
            }
            Event::Pong(word) if is_receipt(&word) => {}
            Event::Pong(word) => self.notice(now, &format!("PONG {word}")),
            Event::Help(text) => self.notice(now, text.as_str()),
            Event::Full => self.warn(now, FULL),
            Event::Error { text, .. } => match refused {
                Some(line) => {
                    let to = line.to.map_or_else(String::new, |to| format!(" to {to}"));
                    self.warn(now, &format!("not sent{to}, {text}: {}", line.text));
                }
                None => self.warn(now, text.as_str()),
            },
            Event::ShuttingDown => self.warn(now, "the server is shutting down"),
        }
    }

    /// Lists the people who are here, in notices that are short enough to be kept whole.
    fn show_names(&mut self, names: &[UserName], now: Moment) {
        let mut before = format!("{} here: ", names.len());
        for names in names.chunks(NAMES_IN_NOTICE) {
            let names: Vec<&str> = names.iter().map(UserName::as_str).collect();
            self.notice(now, &(std::mem::take(&mut before) + &names.join(", ")));
        }
    }

    /// A line that is no event (GRAM-6). Before we are in the room it may be one of a page that a
    /// server of another kind sends at each attempt.
    fn unreadable(&mut self, line: &str, now: Moment) {
        const SAYS: &str = "the server says: ";
        let notice = EntryKind::Notice(escape(&format!("{SAYS}{line}")));
        let is_visitor = !self.membership.is_member();
        self.conversation.push_counted(now.clock, notice, |kind| {
            is_visitor && matches!(kind, EntryKind::Notice(text) if text.starts_with(SAYS))
        });
    }

    /// The room has admitted us, perhaps again.
    fn admitted(&mut self, name: UserName, now: Moment, effects: &mut Vec<Effect>) {
        self.link = Link::Up;
        self.people.add(&name);
        let admission = self.membership.admit(name.clone(), now.since);
        let words = match admission {
            Admission::Back(gone) => {
                let secs = gone.as_secs();
                format!("back in the room as {name} after {secs} s, you may have missed lines")
            }
            Admission::First | Admission::Again => {
                format!("you are in the room as {name}, /help tells what you can do")
            }
        };
        self.notice(now, &words);
        effects.push(Effect::Send(Command::List, Some(OWN_LIST)));
        if admission == Admission::First {
            // Send what the person typed before joining.
            self.send(Progress::Waiting, effects);
        }
    }

    /// The room has accepted a line of ours. Add a private line to the conversation, as the server
    /// does not send it back, unless it is to ourselves.
    fn taken(&mut self, tag: Tag, now: Moment) {
        let line = self.outgoing.answered(tag);
        if let Some(from) = self.membership.name()
            && let Some((to, text)) = line.and_then(|line| Some((line.to?, line.text)))
            && to != *from
        {
            let entry = private(from, &to, true, &text);
            self.conversation.push(now.clock, entry);
        }
    }

    fn said(&mut self, from: &UserName, text: &Text, now: Moment, effects: &mut Vec<Effect>) {
        let me = self.membership.name();
        let own = me == Some(from);
        let text = escape(text.as_str());
        let mentions = me.map_or_else(Vec::new, |name| mentions(&text, name));
        let is_mention = !mentions.is_empty();
        self.people.speak(from);
        let from = escape(from.as_str());
        let said = EntryKind::Said {
            from,
            own,
            mentions,
            text,
        };
        self.conversation.push(now.clock, said);
        self.ring(own, is_mention, now, effects);
    }

    fn private_message(
        &mut self,
        from: &UserName,
        to: &UserName,
        text: &Text,
        now: Moment,
        effects: &mut Vec<Effect>,
    ) {
        let own = self.membership.name() == Some(from);
        self.people.speak(from);
        self.conversation
            .push(now.clock, private(from, to, own, text));
        self.ring(own, true, now, effects);
    }

    fn ring(&mut self, own: bool, is_mention: bool, now: Moment, effects: &mut Vec<Effect>) {
        if !own && self.ringer.should_ring(is_mention, now.since) {
            effects.push(Effect::Bell);
        }
    }
}

fn private(from: &UserName, to: &UserName, own: bool, text: &Text) -> EntryKind {
    EntryKind::Private {
        from: escape(from.as_str()),
        to: escape(to.as_str()),
        own,
        text: escape(text.as_str()),
    }
}

fn ended(why: &Disconnect, loss: Option<String>) -> Effect {
    match why {
        // The person was leaving, so a lost connection does not matter.
        Disconnect::Left | Disconnect::Lost(_) => {
            let exit = if loss.is_some() {
                Exit::Lost
            } else {
                Exit::Left
            };
            Effect::Leave(exit, loss)
        }
        Disconnect::Closed
        | Disconnect::NotJoined
        | Disconnect::Full
        | Disconnect::ShuttingDown
        | Disconnect::NotAdmitted { .. }
        | Disconnect::Silent
        | Disconnect::Unanswered
        | Disconnect::QuitUnanswered
        | Disconnect::Unreachable { .. } => {
            let words = [Some(why.to_string()), loss];
            let words: Vec<String> = words.into_iter().flatten().collect();
            Effect::Leave(why.exit(), Some(words.join("; ")))
        }
    }
}

/// Where `text` names this member: the words with which a MESG would find it (ADDR-1).
fn mentions(text: &str, member: &UserName) -> Vec<Range<usize>> {
    let has_dot = member.as_str().contains('.');
    let is_part = |c: char| {
        c.is_alphanumeric() || matches!(c, '_' | '-') || columns(c) == 0 || (has_dot && c == '.')
    };
    let key = member.key().case_folded;
    let is_member = |word: &str| {
        if word.is_ascii() && member.as_str().is_ascii() {
            return member.as_str().eq_ignore_ascii_case(word);
        }
        UserName::new(word).is_ok_and(|name| name.key().case_folded == key)
    };
    let words = text.split(|c| !is_part(c)).filter(|word| !word.is_empty());
    let named = words.filter_map(|word| {
        // A dot may end a sentence.
        let words = [word, word.trim_end_matches('.')];
        words.into_iter().find(|word| is_member(word))
    });
    let start = |word: &str| word.as_ptr().addr() - text.as_ptr().addr();
    named
        .map(|word| start(word)..start(word) + word.len())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of the text that name this member.
    fn named<'a>(text: &'a str, member: &str) -> Vec<&'a str> {
        let member = UserName::new(member).expect("a name");
        let mentions = mentions(text, &member).into_iter();
        mentions.map(|at| &text[at]).collect()
    }

    /// ADDR-1
    #[test]
    fn a_name_is_mentioned_as_a_word() {
        assert_eq!(
            named("hi Dani! (dani), x, dani: y", "dani"),
            ["Dani", "dani", "dani"]
        );
        assert_eq!(named("danix dani. @DANI's", "dani"), ["dani", "DANI"]);
        for text in ["", "danil", "xdani", "dani_2", "da ni", "dani-2"] {
            assert_eq!(named(text, "dani"), [""; 0], "{text}");
        }
        assert_eq!(named("ask dani.s. or dani", "dani.s"), ["dani.s"]);
        assert_eq!(
            named("ça va, jose\u{301}? JOSÉ", "José"),
            ["jose\u{301}", "JOSÉ"]
        );
    }
}
