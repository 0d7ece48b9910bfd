//! What the person types: the input line with its history, completion, search and pasted lines.

pub(in crate::tui) mod completion;
pub(in crate::tui) mod history;
pub(in crate::tui) mod input_line;
mod paste;

use crossterm::event::KeyCode;

use self::completion::Completion;
use self::history::History;
use self::input_line::{InputLine, Span};
use crate::protocol::{UserName, is_char};
use crate::tui::text::escape::escape;

/// The most octets of what is searched for.
const MAX_NEEDLE: usize = 256;

/// The input line, which asks for a name or takes what is to be said.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Editor {
    line: InputLine,
    /// While the line asks for a name, what was being typed before.
    draft: Option<InputLine>,
    /// A wrong name stands in the line: what is typed or pasted next replaces it.
    is_spent: bool,
    /// The line as it was before several lines were pasted into it, or before it was split.
    before_paste: Option<String>,
    history: History,
    completion: Option<Completion>,
    search: Option<Search>,
    /// Shown in the status line until the next key.
    hint: Option<String>,
}

/// Ctrl-R.
#[derive(Clone, Debug)]
struct Search {
    needle: String,
    /// The number of the line that is shown.
    found: Option<usize>,
    /// The line as it was.
    before: InputLine,
}

/// What the last key has left for the next one alone.
#[derive(Debug, Default)]
pub(in crate::tui) struct UntilNextKey {
    completion: Option<Completion>,
    is_spent: bool,
}

/// A key, with what is held down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Chord {
    pub(in crate::tui) code: KeyCode,
    pub(in crate::tui) control: bool,
    pub(in crate::tui) alt: bool,
}

impl Editor {
    /// An empty line, which asks for a name if there is none.
    pub(super) fn new(history: History, asks_for_name: bool) -> Self {
        Self {
            line: InputLine::default(),
            draft: asks_for_name.then(InputLine::default),
            is_spent: false,
            before_paste: None,
            history,
            completion: None,
            search: None,
            hint: None,
        }
    }

    pub(in crate::tui) fn line(&self) -> &InputLine {
        &self.line
    }

    pub(in crate::tui) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Shows this until the next key.
    pub(in crate::tui) fn set_hint(&mut self, hint: impl Into<String>) {
        self.hint = Some(hint.into());
    }

    /// Whether the line asks for a name.
    pub(in crate::tui) fn asks_for_name(&self) -> bool {
        self.draft.is_some()
    }

    /// What is searched for, while something is.
    pub(in crate::tui) fn needle(&self) -> Option<&str> {
        self.search.as_ref().map(|search| &*search.needle)
    }

    /// Asks for a name; what is being typed waits.
    pub(in crate::tui) fn ask_for_name(&mut self) {
        if self.draft.is_none() {
            self.before_paste = None;
            self.search = None;
            self.draft = Some(std::mem::take(&mut self.line));
        }
    }

    /// The line held a name: what was being typed comes back.
    pub(in crate::tui) fn take_name(&mut self) {
        self.line = self.draft.take().unwrap_or_default();
    }

    /// The line holds a wrong name.
    pub(in crate::tui) fn spend(&mut self) {
        self.is_spent = true;
    }

    /// Empties the line, which was dealt with or is blank.
    pub(in crate::tui) fn clear(&mut self) {
        self.line.take();
        self.before_paste = None;
    }

    /// Empties the line; what was in it can be yanked.
    pub(in crate::tui) fn kill(&mut self) {
        self.before_paste = None;
        self.line.kill_all();
    }

    /// The line was said. Returns whether the history keeps it.
    pub(in crate::tui) fn said(&mut self, line: &str) -> bool {
        self.clear();
        self.history.push(line)
    }

    /// A key comes: it ends what was only until the next key. Returns what that was, or `None` if
    /// the search has taken the key.
    pub(in crate::tui) fn begin_key(&mut self, key: Chord) -> Option<UntilNextKey> {
        self.hint = None;
        self.forget_paste();
        if !self.search_key(key.code, key.control) {
            return None;
        }
        if key.completes() {
            return Some(UntilNextKey::default());
        }
        if key.makes_a_draft() {
            self.history.forget_place();
        }
        Some(UntilNextKey {
            completion: self.completion.take(),
            is_spent: std::mem::take(&mut self.is_spent),
        })
    }

    /// A key that edits the line, or means nothing. `others` are the people whose names can be
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
        let span = if control || alt {
            Span::Word
        } else {
            Span::Character
        };
        match code {
            KeyCode::Char('r') if control => self.start_search(),
            KeyCode::Char(key) if control => self.control(key),
            KeyCode::Char('b') if alt => self.line.left(Span::Word),
            KeyCode::Char('f') if alt => self.line.right(Span::Word),
            KeyCode::Char('d') if alt => self.line.delete(Span::Word),
            KeyCode::Char(c) if !alt && is_char(c) => {
                if before.is_spent {
                    self.line.kill_all();
                }
                if let Some(completion) = before.completion {
                    completion.make_way(c, &mut self.line);
                }
                self.type_in(c.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Backspace => self.line.delete_back(span),
            KeyCode::Delete => self.line.delete(Span::Character),
            KeyCode::Left => self.line.left(span),
            KeyCode::Right => self.line.right(span),
            KeyCode::Up => self.older(),
            KeyCode::Down => self.newer(),
            KeyCode::Home => self.line.left(Span::Line),
            KeyCode::End => self.line.right(Span::Line),
            _ => {}
        }
    }

    fn control(&mut self, key: char) {
        match key {
            'a' => self.line.left(Span::Line),
            'e' => self.line.right(Span::Line),
            'b' => self.line.left(Span::Character),
            'f' => self.line.right(Span::Character),
            'd' => self.line.delete(Span::Character),
            'h' => self.line.delete_back(Span::Character),
            'k' => self.line.delete(Span::Line),
            'u' => self.line.delete_back(Span::Line),
            'w' => self.line.delete_back(Span::WhitespaceWord),
            'y' => self.line.yank(),
            't' => self.line.transpose(),
            'p' => self.older(),
            'n' => self.newer(),
            _ => {}
        }
    }

    fn type_in(&mut self, text: &str) {
        if !self.line.insert(text) {
            self.set_hint("there is no room for more");
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
            completion.turn(back);
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

    /// A key while a line is searched. Returns whether the key means what it always means as well.
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
                // The line that was found stays as if it had been typed.
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

    /// Whether the key makes a draft of the line that the history shows.
    fn makes_a_draft(self) -> bool {
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
