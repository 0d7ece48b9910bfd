//! Handles keys: shell keys edit the input line, paging keys scroll the conversation.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::client::Exit;
use crate::protocol::UserName;
use crate::tui::model::editor::Chord;
use crate::tui::model::{Effect, Model};
use crate::tui::moment::Moment;

impl Model {
    pub(super) fn key(&mut self, key: KeyEvent, now: Moment, effects: &mut Vec<Effect>) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        let held = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        let chord = Chord {
            code: key.code,
            control: held.contains(KeyModifiers::CONTROL),
            alt: held == KeyModifiers::ALT,
        };
        let Chord { code, control, alt } = chord;
        let Some(before) = self.editor.begin_key(chord) else {
            return;
        };
        let is_at_end = self.conversation.is_at_end();
        match code {
            KeyCode::Enter if alt => {}
            KeyCode::Enter => self.enter(before.asked, now, effects),
            KeyCode::Char('j' | 'm') if control => self.enter(before.asked, now, effects),
            KeyCode::Char('c') if control => self.interrupt(effects),
            KeyCode::Char('d') if control && self.editor.line().is_empty() => self.leave(effects),
            KeyCode::Char('z') if control => effects.push(Effect::Suspend),
            KeyCode::Char('l') if control => effects.push(Effect::Redraw),
            KeyCode::Char('g') if control => self.escape(),
            KeyCode::Esc => self.escape(),
            KeyCode::PageUp => self.conversation.page(-1),
            KeyCode::PageDown => self.conversation.page(1),
            KeyCode::Home if control => self.conversation.go_to_start(),
            KeyCode::Char('<') if alt => self.conversation.go_to_start(),
            // If the conversation is at its end, End moves the cursor in the input line.
            KeyCode::End if control || !is_at_end => self.conversation.go_to_end(),
            KeyCode::Char('>') if alt => self.conversation.go_to_end(),
            _ => {
                let (people, membership) = (&self.people, &self.membership);
                let others = || {
                    let names = people.latest_first().into_iter();
                    let others = names.filter(|name| Some(*name) != membership.name());
                    others.cloned().collect::<Vec<UserName>>()
                };
                self.editor.edit(chord, before, others);
            }
        }
    }

    /// Esc: drops pasted lines, else drops the lines that are not on their way, else marks
    /// everything as read.
    fn escape(&mut self) {
        let has_held = self.membership.is_member() && self.outgoing.has_held();
        if self.editor.is_multiline() {
            self.editor.drop_lines();
        } else if has_held && self.editor.line().is_empty() {
            self.outgoing.drop_held();
        } else {
            self.conversation.go_to_end();
            self.conversation.mark_read();
        }
    }

    fn interrupt(&mut self, effects: &mut Vec<Effect>) {
        if self.is_leaving {
            effects.push(Effect::Leave(Exit::Interrupted, None));
        } else if self.editor.line().is_empty() {
            self.leave(effects);
        } else {
            self.editor.kill();
        }
    }
}
