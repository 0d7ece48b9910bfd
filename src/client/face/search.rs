//! Ctrl-R: the lines said before, searched while one types.

use crossterm::event::KeyCode;

use super::state::{Face, Search};
use super::tame::tame;
use crate::protocol::is_char;

impl Face {
    pub(super) fn start_search(&mut self) {
        if !self.asks_for_name() {
            self.search = Some(Search {
                needle: String::new(),
                found: None,
                before: self.input.clone(),
            });
        }
    }

    /// The line that was found stays as if it had been typed.
    pub(super) fn end_search(&mut self) {
        self.search = None;
    }

    /// A key while a line is searched. Returns whether the key means what it always means as well.
    pub(super) fn search_key(&mut self, code: KeyCode, control: bool) -> bool {
        let Some(search) = &mut self.search else {
            return true;
        };
        let mut before = search
            .found
            .map_or(usize::MAX, |found| found.saturating_add(1));
        match code {
            KeyCode::Char('r') if control => before = search.found.unwrap_or(usize::MAX),
            KeyCode::Char('g' | 'c') if control => {
                self.input = search.before.clone();
                self.search = None;
                return false;
            }
            KeyCode::Esc => {
                self.search = None;
                return false;
            }
            code if code == KeyCode::Backspace || (control && code == KeyCode::Char('h')) => {
                search.needle.pop();
                before = usize::MAX;
            }
            KeyCode::Char(c) if !control && is_char(c) => search.needle.push(c),
            _ => {
                self.search = None;
                return true;
            }
        }
        if search.needle.len() > 256 {
            search.needle.pop();
        }
        if search.needle.is_empty() {
            search.found = None;
            self.input = search.before.clone();
        } else if let Some((at, line)) = self.history.search(&search.needle, before) {
            search.found = Some(at);
            self.input.set(line);
            let at = line.find(&search.needle).unwrap_or(0);
            self.input.go_to(at);
        } else {
            self.hint = Some(format!("nothing with `{}` in it", tame(&search.needle)));
        }
        false
    }
}
