//! What keys mean: those of a shell in the input line, pages in the conversation.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::completion::Completion;
use super::input_line::Span;
use super::moment::Moment;
use super::state::{Deed, Face};
use crate::client::Exit;
use crate::protocol::is_char;

impl Face {
    pub(super) fn key(&mut self, key: KeyEvent, now: Moment) -> Vec<Deed> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        self.hint = None;
        self.forget_paste();
        let held = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        let control = held == KeyModifiers::CONTROL;
        let alt = held == KeyModifiers::ALT;
        if self.search.is_some() && !self.search_key(key.code, control) {
            return Vec::new();
        }
        if let KeyCode::Tab | KeyCode::BackTab = key.code {
            self.complete(key.code == KeyCode::BackTab);
            return Vec::new();
        }
        let completion = self.completion.take();
        let spent = std::mem::take(&mut self.spent);
        let walks = matches!(key.code, KeyCode::Up | KeyCode::Down)
            || (control && matches!(key.code, KeyCode::Char('p' | 'n')));
        if !walks && self.edits(key.code, control, alt) {
            self.history.forget_place();
        }
        match key.code {
            KeyCode::Enter if alt => {}
            KeyCode::Enter => return self.enter(now),
            KeyCode::Char('j' | 'm') if control => return self.enter(now),
            KeyCode::Char('c') if control => return self.interrupt(),
            KeyCode::Char('d') if control && self.input.is_empty() => return self.leave(),
            KeyCode::Char('z') if control => return vec![Deed::Suspend],
            KeyCode::Char('l') if control => return vec![Deed::Redraw],
            KeyCode::Char('r') if control => self.start_search(),
            KeyCode::Char(key) if control => self.control(key),
            KeyCode::Char(key) if alt => self.alt(key),
            KeyCode::Char(c) if is_char(c) => {
                if spent {
                    self.input.kill_all();
                }
                if let Some(completion) = completion {
                    completion.make_way(c, &mut self.input);
                }
                self.type_in(c.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Backspace if alt || control => self.input.rub(Span::Word),
            KeyCode::Backspace => self.input.rub(Span::Character),
            KeyCode::Delete => self.input.delete(Span::Character),
            KeyCode::Left => self.input.left(if control || alt {
                Span::Word
            } else {
                Span::Character
            }),
            KeyCode::Right => self.input.right(if control || alt {
                Span::Word
            } else {
                Span::Character
            }),
            KeyCode::Up => self.older(),
            KeyCode::Down => self.newer(),
            KeyCode::PageUp => self.conversation.page(-1),
            KeyCode::PageDown => self.conversation.page(1),
            KeyCode::Home if control => self.conversation.go_to_start(),
            KeyCode::Home => self.input.left(Span::Line),
            // It is the way back, and the end of the line for whoever is back.
            KeyCode::End if control || !self.conversation.follows() => {
                self.conversation.go_to_end()
            }
            KeyCode::End => self.input.right(Span::Line),
            KeyCode::Esc => self.escape(),
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn type_in(&mut self, text: &str) {
        if !self.input.insert(text) {
            self.hint = Some("there is no room for more".to_owned());
        }
    }

    fn control(&mut self, key: char) {
        match key {
            'a' => self.input.left(Span::Line),
            'e' => self.input.right(Span::Line),
            'b' => self.input.left(Span::Character),
            'f' => self.input.right(Span::Character),
            'd' => self.input.delete(Span::Character),
            'h' => self.input.rub(Span::Character),
            'k' => self.input.delete(Span::Line),
            'u' => self.input.rub(Span::Line),
            'w' => self.input.rub(Span::Chunk),
            'y' => self.input.yank(),
            't' => self.input.transpose(),
            'p' => self.older(),
            'n' => self.newer(),
            'g' => self.escape(),
            _ => {}
        }
    }

    fn alt(&mut self, key: char) {
        match key {
            'b' => self.input.left(Span::Word),
            'f' => self.input.right(Span::Word),
            'd' => self.input.delete(Span::Word),
            '<' => self.conversation.go_to_start(),
            '>' => self.conversation.go_to_end(),
            _ => {}
        }
    }

    /// Whether the key makes a draft of what the history shows.
    fn edits(&self, code: KeyCode, control: bool, alt: bool) -> bool {
        match code {
            KeyCode::Char(c) => {
                !(control || alt) || !matches!(c, 'a' | 'e' | 'b' | 'f' | 'l' | 'z')
            }
            KeyCode::Backspace | KeyCode::Delete => true,
            _ => false,
        }
    }

    fn older(&mut self) {
        if !self.asks_for_name()
            && let Some(line) = self.history.older(self.input.text())
        {
            self.input.set(line);
        }
    }

    fn newer(&mut self) {
        if let Some(line) = self.history.newer() {
            self.input.set(line);
        }
    }

    fn complete(&mut self, back: bool) {
        if self.asks_for_name() {
            return;
        }
        if let Some(completion) = &mut self.completion {
            completion.turn(back);
        } else {
            let others = |name: &&crate::protocol::UserName| Some(*name) != self.name.as_ref();
            let names: Vec<_> = self
                .people
                .latest_first()
                .into_iter()
                .filter(others)
                .collect();
            self.completion = Completion::new(&self.input, &names);
        }
        if let Some(completion) = &self.completion {
            completion.show(&mut self.input);
        }
    }

    /// Several lines go back to what was there before them; then the unsent are given up; then all is read.
    fn escape(&mut self) {
        if self.holds_lines() {
            self.input.kill_all();
            self.input.set(self.before_paste.take().unwrap_or_default());
        } else if self.member && self.outgoing.unsent() > 0 && self.input.is_empty() {
            self.outgoing.drop_unsent();
        } else {
            self.conversation.go_to_end();
            self.conversation.read();
        }
    }

    fn interrupt(&mut self) -> Vec<Deed> {
        self.before_paste = None;
        if self.leaving {
            vec![Deed::Leave(Exit::Interrupted, None)]
        } else if self.input.is_empty() {
            self.leave()
        } else {
            self.input.kill_all();
            Vec::new()
        }
    }
}
