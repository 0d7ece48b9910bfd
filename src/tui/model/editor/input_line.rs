//! The input line, edited with the keys of a shell. It may contain LFs, from pasted lines, which
//! the screen shows as ⏎.
//!
//! The cursor is always at a grapheme boundary. Killed text can be yanked, and consecutive kills
//! add up.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// A line, its cursor, and the killed text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct InputLine {
    text: String,
    /// In octets.
    cursor: usize,
    killed: String,
    /// The last edit was a kill, so the next kill adds to it.
    last_was_kill: bool,
}

/// How far a movement, deletion or kill goes from the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Motion {
    /// One grapheme.
    Character,
    /// To the far end of the next letters and digits.
    Word,
    /// To the far end of the next whitespace-separated word (Ctrl-W).
    WhitespaceWord,
    /// To the end of the line.
    Line,
}

impl InputLine {
    /// The most octets in the line.
    pub(super) const MAX_LEN: usize = 64 << 10;

    /// The text of the line.
    pub(in crate::tui) fn text(&self) -> &str {
        &self.text
    }

    /// The position of the cursor, in octets.
    pub(in crate::tui) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether the line is empty.
    pub(in crate::tui) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Replaces the line and moves the cursor to its end. Killed text is kept.
    pub(super) fn set(&mut self, text: impl Into<String>) {
        self.text = text.into();
        self.cursor = self.text.len();
        self.last_was_kill = false;
    }

    /// Moves the cursor to this octet, or to the next grapheme boundary.
    pub(super) fn go_to(&mut self, at: usize) {
        self.last_was_kill = false;
        self.cursor = self.grapheme_boundary(char_floor(&self.text, at));
    }

    /// Empties the line and returns its text.
    pub(super) fn take(&mut self) -> String {
        self.cursor = 0;
        self.last_was_kill = false;
        std::mem::take(&mut self.text)
    }

    /// Inserts as much of `text` at the cursor as fits. Returns whether all of it did.
    pub(super) fn insert(&mut self, text: &str) -> bool {
        self.last_was_kill = false;
        let free = Self::MAX_LEN.saturating_sub(self.text.len());
        let fits = char_floor(text, free);
        self.text.insert_str(self.cursor, &text[..fits]);
        self.cursor = self.grapheme_boundary(self.cursor + fits);
        fits == text.len()
    }

    /// Moves the cursor to the left.
    pub(super) fn left(&mut self, motion: Motion) {
        self.last_was_kill = false;
        self.cursor = self.before(motion);
    }

    /// Moves the cursor to the right.
    pub(super) fn right(&mut self, motion: Motion) {
        self.last_was_kill = false;
        self.cursor = self.after(motion);
    }

    /// Deletes to the left; words and lines can be yanked.
    pub(super) fn delete_back(&mut self, motion: Motion) {
        let from = self.before(motion);
        let removed: String = self.text.drain(from..self.cursor).collect();
        self.cursor = from;
        self.kill(motion, |killed| killed.insert_str(0, &removed));
    }

    /// Deletes to the right; words and lines can be yanked.
    pub(super) fn delete(&mut self, motion: Motion) {
        let to = self.after(motion);
        let removed: String = self.text.drain(self.cursor..to).collect();
        self.kill(motion, |killed| killed.push_str(&removed));
    }

    /// Inserts the killed text if all of it fits. Returns whether it does.
    pub(super) fn yank(&mut self) -> bool {
        let fits = self.text.len() + self.killed.len() <= Self::MAX_LEN;
        if fits {
            let killed = std::mem::take(&mut self.killed);
            self.insert(&killed);
            self.killed = killed;
        }
        fits
    }

    /// Kills the whole line.
    pub(super) fn kill_all(&mut self) {
        self.last_was_kill = false;
        self.killed = self.take();
    }

    /// Exchanges the graphemes around the cursor.
    pub(super) fn transpose(&mut self) {
        self.last_was_kill = false;
        if self.cursor == self.text.len() {
            self.cursor = self.before(Motion::Character);
        }
        let (from, to) = (
            self.before(Motion::Character),
            self.after(Motion::Character),
        );
        if from < self.cursor && self.cursor < to {
            let swapped = format!(
                "{}{}",
                &self.text[self.cursor..to],
                &self.text[from..self.cursor]
            );
            self.text.replace_range(from..to, &swapped);
            self.cursor = self.grapheme_boundary(to);
        }
    }

    fn kill(&mut self, motion: Motion, add: impl FnOnce(&mut String)) {
        if motion == Motion::Character {
            self.last_was_kill = false;
            return;
        }
        if !self.last_was_kill {
            self.killed.clear();
        }
        self.last_was_kill = true;
        add(&mut self.killed);
    }

    fn before(&self, motion: Motion) -> usize {
        let left = &self.text[..self.cursor];
        match motion {
            Motion::Line => 0,
            Motion::Character => left
                .grapheme_indices(true)
                .next_back()
                .map_or(0, |(at, _)| at),
            Motion::Word => start_of_last(left, char::is_alphanumeric),
            Motion::WhitespaceWord => start_of_last(left, |c| !c.is_whitespace()),
        }
    }

    fn after(&self, motion: Motion) -> usize {
        let right = &self.text[self.cursor..];
        let len = match motion {
            Motion::Line => right.len(),
            Motion::Character => right.graphemes(true).next().map_or(0, str::len),
            Motion::Word => end_of_first(right, char::is_alphanumeric),
            Motion::WhitespaceWord => end_of_first(right, |c| !c.is_whitespace()),
        };
        self.grapheme_boundary(self.cursor + len)
    }

    /// The grapheme boundary at or after `at`. An inserted mark may have joined the text on both
    /// sides of the cursor.
    fn grapheme_boundary(&self, at: usize) -> usize {
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

/// The last character boundary at or before `at`.
fn char_floor(text: &str, at: usize) -> usize {
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
