//! The Enter key: interprets the line and sends it.

use super::addressed::{addressed, counted, split};
use super::send_effects;
use crate::client::MAX_LINE;
use crate::client::typed::{Doubt, Typed, help, parse};
use crate::protocol::{Command, Text, UserName};
use crate::tui::model::editor::Editor;
use crate::tui::model::entry::EntryKind;
use crate::tui::model::outgoing::{Outgoing, Progress};
use crate::tui::model::ringer::Bell;
use crate::tui::model::{Effect, Link, Model};
use crate::tui::moment::Moment;
use crate::tui::text::escape::escape;

/// The keys, as `/help` lists them.
const KEYS: [&str; 10] = [
    "/find words searches the conversation, /find goes on to what is older",
    "/again says the lines again that may have been heard",
    "/bell off, mention or all sets when it rings",
    "PageUp and PageDown scroll, End goes back to the newest line",
    "Tab completes a name, the latest speaker first",
    "Up and Down go through what was said before, Ctrl-R searches it",
    "Ctrl-A E B F, Alt-B F, Ctrl-W U K Y edit as in a shell",
    "several pasted lines wait for Enter, Esc drops them",
    "Ctrl-Z goes to the background, Ctrl-L draws all again",
    "Ctrl-C empties the line; on an empty line it leaves, as Ctrl-D does",
];

/// How many lines Enter would send, and to whom, if several lines wait.
pub(in crate::tui) fn waiting_lines(editor: &Editor) -> Option<String> {
    if !editor.is_multiline() {
        return None;
    }
    let (to, _, lines) = addressed(editor.line().text()).ok()?;
    Some(counted(lines.len(), to.as_ref()))
}

impl Model {
    /// Handles Enter. The person has just been asked about the line `asked`.
    pub(super) fn enter(&mut self, asked: Option<String>, now: Moment, effects: &mut Vec<Effect>) {
        let line = self.editor.line().text().to_owned();
        if line.trim().is_empty() {
            return self.enter_blank(effects);
        }
        if self.editor.asks_for_name() {
            return self.choose_name(line.trim(), now, effects);
        }
        if asked.as_ref() != Some(&line)
            && let Some(doubt) = self.doubt(&line)
        {
            return self.editor.ask(escape(&doubt));
        }
        if line.contains('\n') {
            return self.say_lines(&line, effects);
        }
        if self.screen_command(&line, effects) {
            return;
        }
        match parse(line.as_bytes()) {
            None => {}
            Some(Ok(
                Typed::Say(Command::Bcst(_))
                | Typed::Unsure(..)
                | Typed::Command(Command::Bcst(_) | Command::Mesg { .. }),
            )) => self.say_lines(&line, effects),
            Some(Ok(Typed::Help)) => {
                self.finish_line(&line, effects);
                self.help(now);
            }
            Some(Ok(Typed::Command(Command::Quit))) => {
                self.editor.clear();
                self.leave(effects);
            }
            Some(Ok(Typed::Command(command) | Typed::Say(command))) => {
                self.ask(&line, command, effects);
            }
            Some(Err(wrong)) => self.editor.set_hint(escape(&wrong.to_string())),
        }
    }

    /// What to ask the person about what they typed or pasted, before others read it.
    fn doubt(&self, typed: &str) -> Option<String> {
        let mut lines = typed.split('\n').filter(|line| !line.trim().is_empty());
        let first = lines.next()?;
        if let Some(Ok(Typed::Unsure(_, doubt))) = parse(first.as_bytes()) {
            let asks = match &doubt {
                Doubt::Private(to) => self.people.has(to),
                // A pasted line is said even if it looks like a command.
                Doubt::Command(_) => !typed.contains('\n'),
            };
            if asks {
                return Some(format!("Enter again says this to everyone; {doubt}"));
            }
        }
        // The lines after the first go where it goes, whatever they look like.
        let slip = lines.find(|line| match parse(line.as_bytes()) {
            Some(Ok(Typed::Command(Command::Mesg { .. }))) => true,
            Some(Ok(Typed::Command(_) | Typed::Help)) => line.starts_with('/'),
            _ => false,
        });
        slip.map(|slip| format!("Enter again says every line as it is, also: {slip}"))
    }

    /// Runs a command of the full screen alone. Returns whether the line is one.
    fn screen_command(&mut self, line: &str, effects: &mut Vec<Effect>) -> bool {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        let done = match (command, rest) {
            ("/again", _) if !self.membership.is_member() => Err("not in the room yet"),
            ("/again", _) if self.outgoing.count(Progress::Unknown) == 0 => {
                Err("there is no line that may have been heard or not")
            }
            ("/again", _) => {
                self.send(Progress::Unknown, effects);
                Ok(None)
            }
            ("/bell", "off" | "mention" | "all") => {
                self.ringer.set(match rest {
                    "off" => Bell::Off,
                    "all" => Bell::All,
                    _ => Bell::Mention,
                });
                Ok(Some(format!("the bell rings now: {rest}")))
            }
            ("/bell", _) => Err("the usage is /bell off, /bell mention or /bell all"),
            ("/find", _) => self.conversation.find(rest).map(|()| None),
            _ => return false,
        };
        match done {
            Ok(hint) => {
                self.finish_line(line, effects);
                hint.into_iter().for_each(|hint| self.editor.set_hint(hint));
            }
            Err(why_not) => self.editor.set_hint(why_not),
        }
        true
    }

    /// Enter on a blank line does what the status line offers.
    fn enter_blank(&mut self, effects: &mut Vec<Effect>) {
        self.editor.clear();
        if let Link::Down { .. } | Link::NameHeld { .. } = self.link {
            effects.push(Effect::RetryNow);
        } else if self.membership.is_member() {
            self.send(Progress::Waiting, effects);
        } else {
            self.join_again(effects);
        }
    }

    fn choose_name(&mut self, line: &str, now: Moment, effects: &mut Vec<Effect>) {
        // Nothing can be said yet, so a command is one in any case.
        let command = match parse(line.as_bytes()) {
            Some(Ok(Typed::Command(command) | Typed::Unsure(_, Doubt::Command(command)))) => {
                Some(command)
            }
            Some(Ok(Typed::Help)) => Some(Command::Help),
            _ => None,
        };
        let name = match command {
            Some(Command::Quit) => return self.leave(effects),
            Some(Command::Help) => {
                self.editor.clear();
                return self.help(now);
            }
            Some(Command::Join(name)) => Ok(name),
            _ => UserName::new(line),
        };
        match name {
            Ok(name) => {
                self.editor.restore_draft();
                self.membership.join(name.clone());
                effects.push(Effect::Send(Command::Join(name), None));
            }
            Err(e) => {
                self.membership.refuse(e.to_string());
                self.editor.refuse_name();
            }
        }
    }

    fn ask(&mut self, line: &str, command: Command, effects: &mut Vec<Effect>) {
        let why_not = if self.link != Link::Up {
            Some("not sent: there is no connection")
        } else if command == Command::List && !self.membership.is_member() {
            Some("not sent: not in the room yet")
        } else if command.to_string().len() >= MAX_LINE {
            Some("not sent: the line is too long")
        } else {
            None
        };
        if let Some(why_not) = why_not {
            return self.editor.set_hint(why_not);
        }
        if let Command::Join(name) = &command {
            self.membership.join(name.clone());
        }
        self.finish_line(line, effects);
        effects.push(Effect::Send(command, None));
    }

    /// Says each line: to everyone or, if the first line is a private one, to that one person.
    fn say_lines(&mut self, typed: &str, effects: &mut Vec<Effect>) {
        let (to, prefix, lines) = match addressed(typed) {
            Ok(parts) => parts,
            Err(why) => return self.editor.set_hint(why),
        };
        let max_text = to.as_ref().map_or(MAX_LINE - "BCST \n".len(), |to| {
            MAX_LINE - "MESG  \n".len() - to.as_str().len()
        });
        if lines.iter().any(|line| line.len() > max_text) {
            let parts = lines.iter().flat_map(|line| split(line, max_text));
            let parts: Vec<String> = parts.collect();
            self.editor.split(prefix, &parts);
            let lines = counted(parts.len(), to.as_ref());
            let hint = format!("Enter sends {lines}, too long for one; Esc goes back");
            return self.editor.set_hint(hint);
        }
        let texts = lines
            .into_iter()
            .map(|line| Text::new(line.trim_start_matches(' ')));
        let texts: Vec<Text> = match texts.collect() {
            Ok(texts) => texts,
            Err(e) => return self.editor.set_hint(escape(&format!("not sent: {e}"))),
        };
        if !self.outgoing.has_capacity(texts.len()) {
            let most = Outgoing::MAX_LINES;
            let hint = format!("not sent: at most {most} lines are on their way at once");
            return self.editor.set_hint(hint);
        }
        self.finish_line(typed, effects);
        for text in texts {
            let is_member = self.membership.is_member();
            let commands = self.outgoing.say(to.clone(), text, is_member);
            effects.extend(send_effects(commands));
        }
        self.conversation.go_to_end();
        self.conversation.mark_read();
    }

    /// Clears a line that was handled, and adds it to the history.
    fn finish_line(&mut self, line: &str, effects: &mut Vec<Effect>) {
        if self.editor.said(line) {
            effects.push(Effect::Keep(line.to_owned()));
        }
    }

    fn help(&mut self, now: Moment) {
        for line in help().lines().chain(KEYS) {
            let notice = EntryKind::Notice(line.to_owned());
            self.conversation.push(now.clock, notice);
        }
        self.conversation.go_to_end();
    }
}
