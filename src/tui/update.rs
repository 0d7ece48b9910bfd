//! How inputs change the model.

mod addressed;
mod enter;
#[expect(clippy::wildcard_enum_match_arm, reason = "most keys mean nothing")]
mod keys;
mod room;

pub(super) use self::enter::waiting_lines;
use super::model::entry::EntryKind;
use super::model::outgoing::Progress;
use super::model::{Effect, Input, Model};
use super::moment::Moment;
use super::text::escape::escape;
use super::view::{Layout, text_columns};
use crate::client::session::Tag;
use crate::protocol::Command;

impl Model {
    /// Handles `input`, which came at the time `now`. Appends what the program has to do to
    /// `effects`.
    pub fn update(&mut self, input: Input, now: Moment, effects: &mut Vec<Effect>) {
        match input {
            Input::Key(key) => self.key(key, now, effects),
            Input::Paste(text) => self.editor.paste(&text),
            Input::Unsent(tag) => self.outgoing.unsent(tag),
            Input::Resize(columns, rows) => {
                self.size = (columns, rows);
                let layout = Layout::of(columns, rows);
                let rows = usize::from(layout.conversation);
                self.conversation.resize(text_columns(columns), rows);
            }
            Input::Background(colour) => self.background = Some(colour),
            Input::Focus(has_focus) => self.conversation.set_focus(has_focus),
            Input::Room(update) => self.room_update(*update, now, effects),
        }
    }

    fn leave(&mut self, effects: &mut Vec<Effect>) {
        self.is_leaving = true;
        effects.push(Effect::Send(Command::Quit, None));
    }

    fn join_again(&mut self, effects: &mut Vec<Effect>) {
        let name = self.membership.retry_join();
        effects.extend(name.map(|name| Effect::Send(Command::Join(name), None)));
    }

    /// Sends the lines of the person that have come this far.
    fn send(&mut self, progress: Progress, effects: &mut Vec<Effect>) {
        effects.extend(send_effects(self.outgoing.send(progress)));
    }

    /// Adds a notice to the conversation.
    fn notice(&mut self, now: Moment, text: &str) {
        let notice = EntryKind::Notice(escape(text));
        self.conversation.push(now.clock, notice);
    }

    /// Adds a warning to the conversation.
    fn warn(&mut self, now: Moment, text: &str) {
        let warning = EntryKind::Warning(escape(text));
        self.conversation.push(now.clock, warning);
    }
}

fn send_effects(commands: Vec<(Command, Option<Tag>)>) -> impl Iterator<Item = Effect> {
    let commands = commands.into_iter();
    commands.map(|(command, tag)| Effect::Send(command, tag))
}
