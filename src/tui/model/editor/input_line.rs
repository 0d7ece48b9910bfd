//! The line that is being typed, with the keys of a shell. Where lines were pasted, an LF stands in it and ⏎ on the screen.
//!
//! The cursor is always at the edge of a grapheme. What is killed can be yanked; kills in a row add up.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// A line and the cursor in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct InputLine {
    text: String,
    /// In octets.
    cursor: usize,
    killed: String,
    /// The last key killed: the next kill adds to it.
    killing: bool,
}

/// A stretch of the line beside the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Span {
    /// A grapheme.
    Character,
    /// Letters and digits, and what lies between them and the cursor.
    Word,
    /// What is between spaces: the word of Ctrl-W.
    WhitespaceWord,
    /// All there is.
    Line,
}

impl InputLine {
    /// The most octets of the line.
    pub(super) const MOST: usize = 64 << 10;

    /// What is typed.
    pub(in crate::tui) fn text(&self) -> &str {
        &self.text
    }

    /// Where the cursor is, in octets.
    pub(in crate::tui) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether nothing is typed.
    pub(in crate::tui) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Another line, with the cursor at its end. What was killed stays.
    pub(super) fn set(&mut self, text: impl Into<String>) {
        self.text = text.into();
        self.cursor = self.text.len();
        self.killing = false;
    }

    /// Moves the cursor to this octet, or the next edge of a grapheme.
    pub(super) fn go_to(&mut self, at: usize) {
        self.killing = false;
        self.cursor = self.edge(floor(&self.text, at));
    }

    /// Takes the line away.
    pub(super) fn take(&mut self) -> String {
        self.cursor = 0;
        self.killing = false;
        std::mem::take(&mut self.text)
    }

    /// Types `text` at the cursor, as much of it as there is room for. Returns whether that was all.
    pub(super) fn insert(&mut self, text: &str) -> bool {
        self.killing = false;
        let room = Self::MOST.saturating_sub(self.text.len());
        let fits = floor(text, room);
        self.text.insert_str(self.cursor, &text[..fits]);
        self.cursor = self.edge(self.cursor + fits);
        fits == text.len()
    }

    /// Moves the cursor to the left.
    pub(super) fn left(&mut self, span: Span) {
        self.killing = false;
        self.cursor = self.before(span);
    }

    /// Moves the cursor to the right.
    pub(super) fn right(&mut self, span: Span) {
        self.killing = false;
        self.cursor = self.after(span);
    }

    /// Deletes to the left; words and lines can be yanked.
    pub(super) fn delete_back(&mut self, span: Span) {
        let from = self.before(span);
        let gone: String = self.text.drain(from..self.cursor).collect();
        self.cursor = from;
        self.kill(span, |killed| killed.insert_str(0, &gone));
    }

    /// Deletes to the right; words and lines can be yanked.
    pub(super) fn delete(&mut self, span: Span) {
        let to = self.after(span);
        let gone: String = self.text.drain(self.cursor..to).collect();
        self.kill(span, |killed| killed.push_str(&gone));
    }

    /// Types what was killed.
    pub(super) fn yank(&mut self) {
        let killed = std::mem::take(&mut self.killed);
        self.insert(&killed);
        self.killed = killed;
    }

    /// Kills the whole line.
    pub(super) fn kill_all(&mut self) {
        self.killing = false;
        self.killed = self.take();
    }

    /// Exchanges the graphemes around the cursor.
    pub(super) fn transpose(&mut self) {
        self.killing = false;
        if self.cursor == self.text.len() {
            self.cursor = self.before(Span::Character);
        }
        let (from, to) = (self.before(Span::Character), self.after(Span::Character));
        if from < self.cursor && self.cursor < to {
            let swapped = format!(
                "{}{}",
                &self.text[self.cursor..to],
                &self.text[from..self.cursor]
            );
            self.text.replace_range(from..to, &swapped);
            self.cursor = self.edge(to);
        }
    }

    fn kill(&mut self, span: Span, add: impl FnOnce(&mut String)) {
        if span == Span::Character {
            self.killing = false;
            return;
        }
        if !self.killing {
            self.killed.clear();
        }
        self.killing = true;
        add(&mut self.killed);
    }

    fn before(&self, span: Span) -> usize {
        let left = &self.text[..self.cursor];
        match span {
            Span::Line => 0,
            Span::Character => left
                .grapheme_indices(true)
                .next_back()
                .map_or(0, |(at, _)| at),
            Span::Word => start_of_last(left, char::is_alphanumeric),
            Span::WhitespaceWord => start_of_last(left, |c| !c.is_whitespace()),
        }
    }

    fn after(&self, span: Span) -> usize {
        let right = &self.text[self.cursor..];
        let len = match span {
            Span::Line => right.len(),
            Span::Character => right.graphemes(true).next().map_or(0, str::len),
            Span::Word => end_of_first(right, char::is_alphanumeric),
            Span::WhitespaceWord => end_of_first(right, |c| !c.is_whitespace()),
        };
        self.edge(self.cursor + len)
    }

    /// The edge of a grapheme at or after `at`: a mark that was typed may have joined the two sides of the cursor.
    fn edge(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        match cursor.is_boundary(&self.text, 0) {
            Ok(true) | Err(_) => at,
            Ok(false) => cursor
                .next_boundary(&self.text, 0)
                .ok()
                .flatten()
                .unwrap_or(self.text.len()),
        }
    }
}

/// The last edge of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn start_of_last(text: &str, is_in: impl Fn(char) -> bool) -> usize {
    let end = text.rfind(&is_in).map_or(0, |at| {
        at + text[at..].chars().next().map_or(0, char::len_utf8)
    });
    text[..end].rfind(|c| !is_in(c)).map_or(0, |at| {
        at + text[at..].chars().next().map_or(0, char::len_utf8)
    })
}

fn end_of_first(text: &str, is_in: impl Fn(char) -> bool) -> usize {
    let start = text.find(&is_in).unwrap_or(text.len());
    text[start..]
        .find(|c| !is_in(c))
        .map_or(text.len(), |len| start + len)
}

#[cfg(test)]
mod tests;
