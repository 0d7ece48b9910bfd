//! The editor: the input line with its history, completion, search and pasted lines.

#![expect(clippy::wildcard_enum_match_arm, reason = "most keys mean nothing")]

pub(in crate::tui) mod completion;
pub(in crate::tui) mod history;
pub(in crate::tui) mod input_line;
mod paste;

use crossterm::event::KeyCode;

use self::completion::Completion;
use self::history::History;
use self::input_line::{InputLine, Motion};
use crate::protocol::{UserName, is_char};
use crate::tui::text::escape::escape;

/// The most octets of a search term.
const MAX_NEEDLE: usize = 256;

const NO_SPACE: &str = "there is no room for more";

/// The editor, which asks for a name or takes a line to say.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Editor {
    line: InputLine,
    /// While the line asks for a name, the draft that it replaces.
    draft: Option<InputLine>,
    /// The line holds a refused name, which the next typed or pasted text replaces.
    is_refused: bool,
    /// Several lines wait in the line.
    lines: Option<WaitingLines>,
    history: History,
    completion: Option<Completion>,
    search: Option<Search>,
    /// A hint for the status line, shown until the next key.
    hint: Option<String>,
    /// The line that the hint asks about.
    asked: Option<String>,
}

/// Lines that were pasted, or into which a line was split.
#[derive(Clone, Debug, Default)]
struct WaitingLines {
    /// The line before them.
    before: String,
    /// How many pasted lines did not fit.
    left_out: usize,
    /// Whether a paste was cut since the last key: what comes now is the rest of it.
    is_cut: bool,
}

/// A reverse search (Ctrl-R).
#[derive(Clone, Debug)]
struct Search {
    needle: String,
    /// The index of the line that was found.
    found: Option<usize>,
    /// The line before the search.
    before: InputLine,
}

/// State that lasts from one key until the next.
#[derive(Debug, Default)]
pub(in crate::tui) struct UntilNextKey {
    completion: Option<Completion>,
    is_refused: bool,
    /// The line that the person was asked about.
    pub(in crate::tui) asked: Option<String>,
}

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Chord {
    pub(in crate::tui) code: KeyCode,
    pub(in crate::tui) control: bool,
    pub(in crate::tui) alt: bool,
}

impl Editor {
    /// An empty line, which may ask for a name.
    pub(super) fn new(history: History, asks_for_name: bool) -> Self {
        Self {
            line: InputLine::default(),
            draft: asks_for_name.then(InputLine::default),
            is_refused: false,
            lines: None,
            history,
            completion: None,
            search: None,
            hint: None,
            asked: None,
        }
    }

    pub(in crate::tui) fn line(&self) -> &InputLine {
        &self.line
    }

    pub(in crate::tui) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Shows this hint until the next key.
    pub(in crate::tui) fn set_hint(&mut self, hint: impl Into<String>) {
        self.hint = Some(hint.into());
    }

    /// Asks whether the line is meant, until the next key.
    pub(in crate::tui) fn ask(&mut self, hint: impl Into<String>) {
        self.set_hint(hint);
        self.asked = Some(self.line.text().to_owned());
    }

    /// Whether the line asks for a name.
    pub(in crate::tui) fn asks_for_name(&self) -> bool {
        self.draft.is_some()
    }

    /// The search term, during a search.
    pub(in crate::tui) fn needle(&self) -> Option<&str> {
        self.search.as_ref().map(|search| &*search.needle)
    }

    /// Asks for a name, and sets the draft aside.
    pub(in crate::tui) fn ask_for_name(&mut self) {
        if self.draft.is_none() {
            self.lines = None;
            self.search = None;
            self.draft = Some(std::mem::take(&mut self.line));
        }
    }

    /// The name was accepted: restores the draft.
    pub(in crate::tui) fn restore_draft(&mut self) {
        self.line = self.draft.take().unwrap_or_default();
    }

    /// The name in the line is wrong: the next input replaces it.
    pub(in crate::tui) fn refuse_name(&mut self) {
        self.is_refused = true;
    }

    /// Empties the line, so that its text cannot be yanked.
    pub(in crate::tui) fn clear(&mut self) {
        self.line.take();
        self.lines = None;
    }

    /// Empties the line. Its text can be yanked.
    pub(in crate::tui) fn kill(&mut self) {
        self.lines = None;
        self.line.kill_all();
    }

    /// The line was said. Returns whether it was added to the history.
    pub(in crate::tui) fn said(&mut self, line: &str) -> bool {
        self.clear();
        self.history.push(line)
    }

    /// Begins to handle a key: resets the state that lasts until the next key. Returns that state,
    /// or `None` if the search consumed the key.
    pub(in crate::tui) fn begin_key(&mut self, key: Chord) -> Option<UntilNextKey> {
        self.hint = None;
        let asked = self.asked.take();
        self.forget_paste();
        if let Some(lines) = &mut self.lines {
            lines.is_cut = false;
        }
        if !self.search_key(key.code, key.control) {
            return None;
        }
        if key.completes() {
            return Some(UntilNextKey::default());
        }
        if key.starts_draft() {
            self.history.end_walk();
        }
        Some(UntilNextKey {
            completion: self.completion.take(),
            is_refused: std::mem::take(&mut self.is_refused),
            asked,
        })
    }

    /// Handles a key that edits the line, or does nothing. `others` returns the names that can be
    /// completed, the likeliest first.
    pub(in crate::tui) fn edit(
        &mut self,
        key: Chord,
        before: UntilNextKey,
        others: impl FnOnce() -> Vec<UserName>,
    ) {
        let Chord { code, control, alt } = key;
        if key.completes() {
            return self.complete(code == KeyCode::BackTab, others);
        }
        let motion = if control || alt {
            Motion::Word
        } else {
            Motion::Character
        };
        match code {
            KeyCode::Char('r') if control => self.start_search(),
            KeyCode::Char(key) if control => self.control(key),
            KeyCode::Char('b') if alt => self.line.left(Motion::Word),
            KeyCode::Char('f') if alt => self.line.right(Motion::Word),
            KeyCode::Char('d') if alt => self.line.delete(Motion::Word),
            KeyCode::Char(c) if !alt && is_char(c) => {
                if before.is_refused {
                    self.line.kill_all();
                }
                if let Some(completion) = before.completion {
                    completion.drop_suffix(c, &mut self.line);
                }
                self.type_in(c.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Backspace => self.line.delete_back(motion),
            KeyCode::Delete => self.line.delete(Motion::Character),
            KeyCode::Left => self.line.left(motion),
            KeyCode::Right => self.line.right(motion),
            KeyCode::Up => self.older(),
            KeyCode::Down => self.newer(),
            KeyCode::Home => self.line.left(Motion::Line),
            KeyCode::End => self.line.right(Motion::Line),
            _ => {}
        }
    }

    fn control(&mut self, key: char) {
        match key {
            'a' => self.line.left(Motion::Line),
            'e' => self.line.right(Motion::Line),
            'b' => self.line.left(Motion::Character),
            'f' => self.line.right(Motion::Character),
            'd' => self.line.delete(Motion::Character),
            'h' => self.line.delete_back(Motion::Character),
            'k' => self.line.delete(Motion::Line),
            'u' => self.line.delete_back(Motion::Line),
            'w' => self.line.delete_back(Motion::WhitespaceWord),
            'y' => self.yank(),
            't' => self.line.transpose(),
            'p' => self.older(),
            'n' => self.newer(),
            _ => {}
        }
    }

    fn type_in(&mut self, text: &str) {
        if !self.line.insert(text) {
            self.set_hint(NO_SPACE);
        }
    }

    fn yank(&mut self) {
        if !self.line.yank() {
            self.set_hint(NO_SPACE);
        }
    }

    fn older(&mut self) {
        if !self.asks_for_name()
            && let Some(line) = self.history.older(self.line.text())
        {
            self.line.set(line);
        }
    }

    fn newer(&mut self) {
        if let Some(line) = self.history.newer() {
            self.line.set(line);
        }
    }

    fn complete(&mut self, back: bool, others: impl FnOnce() -> Vec<UserName>) {
        if self.asks_for_name() {
            return;
        }
        if let Some(completion) = &mut self.completion {
            completion.cycle(back);
        } else {
            self.completion = Completion::new(&self.line, &others());
        }
        if let Some(completion) = &self.completion {
            completion.show(&mut self.line);
        }
    }

    fn start_search(&mut self) {
        if !self.asks_for_name() {
            self.search = Some(Search {
                needle: String::new(),
                found: None,
                before: self.line.clone(),
            });
        }
    }

    /// Handles a key during a search. Returns whether the key also has its usual meaning.
    fn search_key(&mut self, code: KeyCode, control: bool) -> bool {
        let Some(search) = &mut self.search else {
            return true;
        };
        let mut before = search
            .found
            .map_or(usize::MAX, |found| found.saturating_add(1));
        match code {
            KeyCode::Char('r') if control => before = search.found.unwrap_or(usize::MAX),
            KeyCode::Char('g' | 'c') if control => {
                self.line = search.before.clone();
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
                // The line that was found stays, as if typed.
                self.search = None;
                return true;
            }
        }
        if search.needle.len() > MAX_NEEDLE {
            search.needle.pop();
        }
        if search.needle.is_empty() {
            search.found = None;
            self.line = search.before.clone();
        } else if let Some((at, line)) = self.history.search(&search.needle, before) {
            search.found = Some(at);
            self.line.set(line);
            let at = line.find(&search.needle).unwrap_or(0);
            self.line.go_to(at);
        } else {
            let hint = format!("nothing with `{}` in it", escape(&search.needle));
            self.set_hint(hint);
        }
        false
    }
}

impl Chord {
    fn completes(self) -> bool {
        matches!(self.code, KeyCode::Tab | KeyCode::BackTab)
    }

    /// Whether the key turns a line from the history into a new draft.
    fn starts_draft(self) -> bool {
        match self.code {
            KeyCode::Char('p' | 'n') if self.control => false,
            KeyCode::Char(c) if self.control || self.alt => {
                !matches!(c, 'a' | 'e' | 'b' | 'f' | 'l' | 'z')
            }
            KeyCode::Char(_) | KeyCode::Backspace | KeyCode::Delete => true,
            _ => false,
        }
    }
}
