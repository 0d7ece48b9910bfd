//! The history of lines: Up and Down walk through it, Ctrl-R searches it.

use std::collections::VecDeque;

use super::input_line::InputLine;

/// The last lines, the newest last, and the one that is shown.
#[derive(Clone, Debug, Default)]
pub struct History {
    lines: VecDeque<String>,
    /// The index of the line that is shown, and the draft that it replaces.
    at: Option<(usize, String)>,
}

impl History {
    /// The most lines in the history.
    pub const LINES: usize = 500;

    /// A history of these lines, the newest last.
    pub fn new(lines: impl IntoIterator<Item = String>) -> Self {
        let mut history = Self::default();
        for line in lines {
            history.push(&line);
        }
        history
    }

    /// The lines, the newest last.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// Adds a line. Returns whether it did: it skips a blank line, one that is too long for the
    /// input line, and a repeat of the last line.
    pub(super) fn push(&mut self, line: &str) -> bool {
        self.at = None;
        if line.trim().is_empty()
            || line.len() > InputLine::MAX_LEN
            || self.lines.back().is_some_and(|last| last == line)
        {
            return false;
        }
        if self.lines.len() == Self::LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line.to_owned());
        true
    }

    /// The line before the one that is shown. `draft` is the current line when the walk begins.
    pub(super) fn older(&mut self, draft: &str) -> Option<&str> {
        let (at, draft) = match self.at.take() {
            Some((at, draft)) => (at.checked_sub(1).unwrap_or(at), draft),
            None => (self.lines.len().checked_sub(1)?, draft.to_owned()),
        };
        self.at = Some((at, draft));
        self.lines.get(at).map(String::as_str)
    }

    /// The line after the one that is shown or, after the last, the draft.
    pub(super) fn newer(&mut self) -> Option<String> {
        let (at, draft) = self.at.take()?;
        match self.lines.get(at + 1) {
            Some(line) => {
                self.at = Some((at + 1, draft));
                Some(line.clone())
            }
            None => Some(draft),
        }
    }

    /// Ends the walk: the line that is shown becomes the draft.
    pub(super) fn end_walk(&mut self) {
        self.at = None;
    }

    /// The newest line before index `before` that contains `needle`, with its index.
    pub(super) fn search(&self, needle: &str, before: usize) -> Option<(usize, &str)> {
        let found = |at: &usize| self.lines[*at].contains(needle);
        let at = (0..before.min(self.lines.len())).rev().find(found)?;
        Some((at, &self.lines[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> History {
        History::new(["one", "two", "three"].map(str::to_owned))
    }

    #[test]
    fn the_arrows_walk_and_the_draft_is_kept() {
        let mut history = history();
        assert_eq!(history.newer(), None);
        assert_eq!(history.older("draft"), Some("three"));
        assert_eq!(history.older(""), Some("two"));
        assert_eq!(history.older(""), Some("one"));
        assert_eq!(history.older(""), Some("one"));
        assert_eq!(history.newer(), Some("two".into()));
        assert_eq!(history.newer(), Some("three".into()));
        assert_eq!(history.newer(), Some("draft".into()));
        assert_eq!(History::default().older("x"), None);
    }

    #[test]
    fn the_newest_that_fits_is_found_first() {
        let history = history();
        assert_eq!(history.search("t", usize::MAX), Some((2, "three")));
        assert_eq!(history.search("t", 2), Some((1, "two")));
        assert_eq!(history.search("t", 1), None);
    }

    #[test]
    fn it_is_bounded_and_keeps_nothing_twice_in_a_row() {
        let mut history = history();
        assert!(!history.push("three") && !history.push("  ") && history.push("one"));
        let many = History::new((0..600).map(|i| i.to_string()));
        assert_eq!(
            (many.lines().count(), many.lines().next()),
            (History::LINES, Some("100"))
        );
    }
}
