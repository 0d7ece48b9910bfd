//! Enter: what the line means, and what is sent.

mod texts;

use self::texts::{addressed, counted, split};
use super::entry::What;
use super::moment::Moment;
use super::outgoing::Outgoing;
use super::state::{Deed, Face, Link};
use super::tame::tame;
use crate::client::MAX_LINE;
use crate::client::session::Tag;
use crate::client::typed::{Typed, help, read};
use crate::protocol::{Command, Text, UserName, Verb};

/// The keys, for `/help`.
const KEYS: [&str; 7] = [
    "PageUp and PageDown scroll, End goes back to the newest line",
    "Tab completes a name, the latest speaker first",
    "Up and Down go through what was said before, Ctrl-R searches it",
    "Ctrl-A E B F, Alt-B F, Ctrl-W U K Y edit as in a shell",
    "several pasted lines wait for Enter, Esc drops them",
    "Ctrl-Z goes to the background, Ctrl-L draws all again",
    "Ctrl-C empties the line; on an empty line it leaves, as Ctrl-D does",
];

impl Face {
    /// Whether the input line asks for a name.
    pub(super) fn asks_for_name(&self) -> bool {
        self.name.is_none()
    }

    /// Whether several lines wait in the input line.
    pub(super) fn holds_lines(&self) -> bool {
        self.input.text().contains('\n')
    }

    /// What an Enter would send, when several lines wait: how many of them, and to whom.
    pub(super) fn waiting_lines(&self) -> Option<String> {
        if !self.holds_lines() {
            return None;
        }
        let (to, _, lines) = addressed(self.input.text()).ok()?;
        Some(counted(lines.len(), to.as_ref()))
    }

    pub(super) fn leave(&mut self) -> Vec<Deed> {
        self.leaving = true;
        vec![Deed::Send(Command::Quit, None)]
    }

    pub(super) fn enter(&mut self, now: Moment) -> Vec<Deed> {
        let line = self.input.text().to_owned();
        if line.trim().is_empty() {
            return self.enter_nothing();
        }
        if self.asks_for_name() {
            return self.choose_name(line.trim(), now);
        }
        if line.contains('\n') {
            return self.say_lines(&line);
        }
        if may_be_said(&line) {
            let words = "not sent: to say it, type a space before it; in capitals it is a command";
            self.hint = Some(words.to_owned());
            return Vec::new();
        }
        let typed = match read(line.as_bytes()) {
            None => return Vec::new(),
            Some(Ok(typed)) => typed,
            Some(Err(complaint)) => {
                self.hint = Some(tame(&complaint.to_string()));
                return Vec::new();
            }
        };
        match typed {
            Typed::Say(Command::Bcst(_))
            | Typed::Command(Command::Bcst(_) | Command::Mesg { .. }) => self.say_lines(&line),
            Typed::Help => {
                self.done(&line);
                self.help(now);
                Vec::new()
            }
            Typed::Command(Command::Quit) => {
                self.input.take();
                self.leave()
            }
            Typed::Command(command) | Typed::Say(command) => self.ask(&line, command),
        }
    }

    /// Enter on an empty line does what the status line says.
    fn enter_nothing(&mut self) -> Vec<Deed> {
        self.input.take();
        self.before_paste = None;
        if let Link::Down { .. } | Link::Haunted { .. } = self.link {
            vec![Deed::RetryNow]
        } else if self.full {
            self.asks_again()
        } else if self.member {
            sends(self.outgoing.again())
        } else {
            Vec::new()
        }
    }

    fn choose_name(&mut self, line: &str, now: Moment) -> Vec<Deed> {
        let name = match read(line.as_bytes()) {
            Some(Ok(Typed::Command(Command::Quit))) => return self.leave(),
            Some(Ok(Typed::Help)) | Some(Ok(Typed::Command(Command::Help))) => {
                self.input.take();
                self.help(now);
                return Vec::new();
            }
            Some(Ok(Typed::Command(Command::Join(name)))) => Ok(name),
            _ => UserName::new(line),
        };
        match name {
            Ok(name) => {
                self.refused = None;
                self.input = self.draft.take().unwrap_or_default();
                self.name = Some(name.clone());
                vec![Deed::Send(Command::Join(name), None)]
            }
            Err(e) => {
                self.refused = Some(e.to_string());
                self.spent = true;
                Vec::new()
            }
        }
    }

    fn ask(&mut self, line: &str, command: Command) -> Vec<Deed> {
        if self.link != Link::Up {
            self.hint = Some("not sent: there is no connection".to_owned());
            return Vec::new();
        }
        if command == Command::List && !self.member {
            self.hint = Some("not sent: not in the room yet".to_owned());
            return Vec::new();
        }
        if command.to_string().len() >= MAX_LINE {
            self.hint = Some("not sent: the line is too long".to_owned());
            return Vec::new();
        }
        if let Command::Join(name) = &command
            && !self.member
        {
            self.name = Some(name.clone());
            self.full = false;
        }
        let mut deeds = self.done(line);
        deeds.push(Deed::Send(command, None));
        deeds
    }

    /// Says each line, to everyone or, if the first begins so, to one person alone.
    fn say_lines(&mut self, typed: &str) -> Vec<Deed> {
        let (to, prefix, lines) = match addressed(typed) {
            Ok(parts) => parts,
            Err(why) => {
                self.hint = Some(why);
                return Vec::new();
            }
        };
        let room = to.as_ref().map_or(MAX_LINE - "BCST \n".len(), |to| {
            MAX_LINE - "MESG  \n".len() - to.as_str().len()
        });
        if lines.iter().any(|line| line.len() > room) {
            let split: Vec<String> = lines.iter().flat_map(|line| split(line, room)).collect();
            if self.before_paste.is_none() {
                self.before_paste = Some(typed.to_owned());
            }
            self.input.set(format!("{prefix}{}", split.join("\n")));
            // Where it is split is what is seen.
            let cut = self.input.text().find('\n').unwrap_or_default();
            self.input.go_to(cut);
            let lines = counted(split.len(), to.as_ref());
            self.hint = Some(format!(
                "Enter sends {lines}, too long for one; Esc goes back"
            ));
            return Vec::new();
        }
        let mut texts = Vec::new();
        for line in lines {
            match Text::new(line.trim_start_matches(' ')) {
                Ok(text) => texts.push(text),
                Err(e) => {
                    self.hint = Some(tame(&format!("not sent: {e}")));
                    return Vec::new();
                }
            }
        }
        if !self.outgoing.has_room(texts.len()) {
            let most = Outgoing::MOST;
            self.hint = Some(format!(
                "not sent: at most {most} lines are on their way at once"
            ));
            return Vec::new();
        }
        let mut deeds = self.done(typed);
        for text in texts {
            let commands = self.outgoing.say(to.clone(), text, self.member);
            deeds.extend(sends(commands));
        }
        self.conversation.go_to_end();
        self.conversation.read();
        deeds
    }

    /// The line has been dealt with.
    fn done(&mut self, line: &str) -> Vec<Deed> {
        self.input.take();
        self.before_paste = None;
        if self.history.push(line) {
            vec![Deed::Keep(line.to_owned())]
        } else {
            Vec::new()
        }
    }

    fn help(&mut self, now: Moment) {
        for line in help().lines().chain(KEYS) {
            self.conversation
                .push(now.clock, What::Notice(line.to_owned()));
        }
        self.conversation.go_to_end();
    }

    /// Says something in the conversation.
    pub(super) fn notice(&mut self, now: Moment, text: &str) {
        self.conversation.push(now.clock, What::Notice(tame(text)));
    }

    /// Says in the conversation what went wrong.
    pub(super) fn alarm(&mut self, now: Moment, text: &str) {
        self.conversation.push(now.clock, What::Alarm(tame(text)));
    }
}

pub(super) fn sends(commands: Vec<(Command, Option<Tag>)>) -> Vec<Deed> {
    let sends = commands.into_iter();
    sends
        .map(|(command, tag)| Deed::Send(command, tag))
        .collect()
}

/// Whether this is rather something to say, such as `quit smoking`, `join us` or `ping me later`. In capitals it is a command.
fn may_be_said(line: &str) -> bool {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    let goes_on = match Verb::of(word) {
        Some(Verb::Join | Verb::List | Verb::Quit | Verb::Help) => !rest.is_empty(),
        // Nobody says `ping 42`.
        Some(Verb::Ping) => !rest.chars().all(|c| c.is_ascii_digit()),
        // These are no words.
        Some(Verb::Bcst | Verb::Mesg) | None => false,
    };
    goes_on && word.chars().any(char::is_lowercase)
}
