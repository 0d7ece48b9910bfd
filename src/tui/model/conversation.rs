//! The conversation: its entries, the visible part, and the mark before the unread messages.
//!
//! It holds the last [`Conversation::LINES`] entries, each of at most [`MAX_KEPT`] octets. At the
//! end, it scrolls along with new entries; scrolled up, it stays in place.
//!
//! [`MAX_KEPT`]: crate::tui::text::escape::MAX_KEPT

use std::collections::VecDeque;

use super::entry::{Entry, EntryKind, Presence};
use crate::tui::moment::Clock;
use crate::tui::text::palette::Role;
use crate::tui::text::wrap::{Line, Span, wrap};

/// How many entries back another of a kind is counted.
const MAX_COUNTED_BACK: usize = 100;

/// The scrollback and its visible part.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Conversation {
    entries: VecDeque<Entry>,
    next_id: u64,
    /// The last visible row, or `None` at the end.
    bottom: Option<RowPosition>,
    /// The message below the unread mark: the first that came while the person was not looking at
    /// the end.
    unread: Option<u64>,
    /// The terminal does not have the focus.
    is_unfocused: bool,
    /// The first entry that came after the person last looked at the end.
    first_unseen: u64,
    /// What `/find` has found.
    found: Option<Found>,
    columns: usize,
    rows: usize,
}

/// The entry that was found last.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Found {
    /// In lower case.
    pub(in crate::tui) words: String,
    entry: u64,
    /// Its number among all that were found, from the newest.
    pub(in crate::tui) nth: usize,
    pub(in crate::tui) of: usize,
}

/// A row of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RowPosition {
    entry: u64,
    row: usize,
}

impl Default for Conversation {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            next_id: 0,
            bottom: None,
            unread: None,
            is_unfocused: false,
            first_unseen: 0,
            found: None,
            columns: 80,
            rows: 20,
        }
    }
}

impl Conversation {
    /// The most entries in the scrollback.
    pub(in crate::tui) const LINES: usize = 5000;

    /// Sets the size of the visible part.
    pub(in crate::tui) fn resize(&mut self, columns: usize, rows: usize) {
        self.columns = columns;
        self.rows = rows;
        if self.bottom.is_some() {
            self.scroll(0);
        }
    }

    /// The terminal got or lost the focus.
    pub(in crate::tui) fn set_focus(&mut self, has_focus: bool) {
        self.is_unfocused = !has_focus;
        self.catch_up();
    }

    /// Whether it is at the end and scrolls along with new entries.
    pub(in crate::tui) fn is_at_end(&self) -> bool {
        self.bottom.is_none()
    }

    /// How many messages are below the visible part and came after the person last looked at the
    /// end, and how many of these are for the person.
    pub(in crate::tui) fn new_below(&self) -> (usize, usize) {
        let Some((bottom, _)) = self.bottom_index() else {
            return (0, 0);
        };
        let below = self.entries.range(bottom + 1..);
        let new = below.filter(|entry| entry.id >= self.first_unseen && entry.kind.is_message());
        new.fold((0, 0), |(all, own), entry| {
            (all + 1, own + usize::from(entry.kind.is_for_person()))
        })
    }

    /// What was found, until the person goes to the end.
    pub(in crate::tui) fn found(&self) -> Option<&Found> {
        self.found.as_ref()
    }

    /// Shows the newest entry that contains `words`, in any case. For the same words as before, or
    /// for none, shows the next older one, and after the oldest the newest again.
    pub(in crate::tui) fn find(&mut self, words: &str) -> Result<(), &'static str> {
        let before = self.found.take();
        let words = match &before {
            Some(before) if words.is_empty() => before.words.clone(),
            _ if words.is_empty() => return Err("the usage is /find words"),
            _ => words.to_lowercase(),
        };
        let has_words = |entry: &&Entry| entry.kind.text().to_lowercase().contains(&words);
        let found: Vec<u64> = self
            .entries
            .iter()
            .filter(has_words)
            .map(|it| it.id)
            .collect();
        let before = before.filter(|before| before.words == words);
        let older = |id: &u64| before.as_ref().is_none_or(|before| *id < before.entry);
        let newest = found
            .len()
            .checked_sub(1)
            .ok_or("nothing has these words in it")?;
        let at = found.iter().rposition(older).unwrap_or(newest);
        let entry = found[at];
        let (nth, of) = (found.len() - at, found.len());
        self.found = Some(Found {
            words,
            entry,
            nth,
            of,
        });
        // The bottom is half a screen below the entry.
        let index = self.entries.partition_point(|it| it.id < entry);
        let (index, row) = self.down(index, 0, self.rows / 2);
        let entry = self.entries[index].id;
        self.bottom = Some(RowPosition { entry, row });
        self.scroll(0);
        Ok(())
    }

    /// Scrolls by this many pages, up if negative. Consecutive pages share one row.
    pub(in crate::tui) fn page(&mut self, pages: isize) {
        self.scroll(pages * self.rows.saturating_sub(1).max(1) as isize);
    }

    /// Scrolls to the oldest entry.
    pub(in crate::tui) fn go_to_start(&mut self) {
        if let Some(first) = self.entries.front() {
            let entry = first.id;
            self.bottom = Some(RowPosition { entry, row: 0 });
            self.scroll(0);
        }
    }

    /// Scrolls to the end.
    pub(in crate::tui) fn go_to_end(&mut self) {
        self.bottom = None;
        self.found = None;
        self.catch_up();
    }

    /// Removes the unread mark.
    pub(in crate::tui) fn mark_read(&mut self) {
        let unread = self.unread.take();
        if let Some(bottom) = &mut self.bottom
            && unread == Some(bottom.entry)
        {
            // The mark was one of the rows of this entry.
            bottom.row = bottom.row.saturating_sub(1);
        }
    }

    pub(in crate::tui) fn push(&mut self, clock: Clock, kind: EntryKind) {
        let id = self.next_id;
        self.next_id += 1;
        let is_looking = self.bottom.is_none() && !self.is_unfocused;
        if kind.is_message()
            && !is_looking
            && self.unread.is_none_or(|unread| unread < self.first_unseen)
        {
            self.mark_read();
            self.unread = Some(id);
        }
        if self.entries.len() == Self::LINES {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            id,
            clock,
            kind,
            more: 0,
        });
        self.catch_up();
    }

    /// Adds a notice or a warning. If one like it has come since the last message, counts it there
    /// instead.
    pub(in crate::tui) fn push_counted(
        &mut self,
        clock: Clock,
        kind: EntryKind,
        is_like: impl Fn(&EntryKind) -> bool,
    ) {
        let newest = self.entries.iter_mut().rev().take(MAX_COUNTED_BACK);
        let mut since_message = newest.take_while(|entry| !entry.kind.is_message());
        match since_message.find(|entry| is_like(&entry.kind)) {
            Some(entry) => entry.more = entry.more.saturating_add(1),
            None => self.push(clock, kind),
        }
    }

    /// Notes that the person has seen every entry, if they are looking at the end.
    fn catch_up(&mut self) {
        if self.bottom.is_none() && !self.is_unfocused {
            self.first_unseen = self.next_id;
        }
    }

    /// A person joined or left. Added to the last entry if that is of the same kind and minute.
    pub(in crate::tui) fn add_presence(&mut self, clock: Clock, name: String, joined: bool) {
        if let Some(Entry {
            kind: EntryKind::Presence(presence),
            clock: then,
            ..
        }) = self.entries.back_mut()
            && *then == clock
        {
            presence.add(name, joined);
        } else {
            let mut presence = Presence::default();
            presence.add(name, joined);
            self.push(clock, EntryKind::Presence(presence));
        }
    }

    /// The visible rows, from the top. At the end of the conversation, `tail` follows: the rows of
    /// lines that are not part of the conversation yet.
    pub(in crate::tui) fn visible_rows(&self, tail: &[Line]) -> Vec<Line> {
        let mut rows = VecDeque::new();
        if self.bottom.is_none() {
            rows.extend(tail[tail.len().saturating_sub(self.rows)..].iter().cloned());
        }
        let (mut at, mut until) = match self.bottom_index() {
            Some((index, row)) => (index, Some(row + 1)),
            None => (self.entries.len().wrapping_sub(1), None),
        };
        while rows.len() < self.rows && at < self.entries.len() {
            let mut entry = self.rows_of(at);
            entry.truncate(until.take().unwrap_or(entry.len()));
            for row in entry.into_iter().rev().take(self.rows - rows.len()) {
                rows.push_front(row);
            }
            at = at.wrapping_sub(1);
        }
        rows.into()
    }

    /// Scrolls by `by` rows, up if negative, and keeps the screen full.
    fn scroll(&mut self, by: isize) {
        if self.entries.is_empty() {
            return;
        }
        let last = self.entries.len() - 1;
        let (mut index, mut row) = self
            .bottom_index()
            .unwrap_or_else(|| (last, self.rows_of(last).len() - 1));
        let up = by.min(0).unsigned_abs();
        (index, row) = self.up(index, row, up);
        (index, row) = self.fill_screen(index, row);
        let down = by.max(0).unsigned_abs();
        (index, row) = self.down(index, row, down);
        let at_end = index == last && row + 1 == self.rows_of(last).len();
        let entry = self.entries[index].id;
        self.bottom = (!at_end).then_some(RowPosition { entry, row });
        self.catch_up();
    }

    fn up(&self, mut index: usize, mut row: usize, rows: usize) -> (usize, usize) {
        for _ in 0..rows {
            if row > 0 {
                row -= 1;
            } else if index > 0 {
                index -= 1;
                row = self.rows_of(index).len() - 1;
            } else {
                break;
            }
        }
        (index, row)
    }

    fn down(&self, mut index: usize, mut row: usize, rows: usize) -> (usize, usize) {
        for _ in 0..rows {
            if row + 1 < self.rows_of(index).len() {
                row += 1;
            } else if index + 1 < self.entries.len() {
                (index, row) = (index + 1, 0);
            } else {
                break;
            }
        }
        (index, row)
    }

    /// The first row at or below this one that has a full screen of rows above it, if there is one.
    fn fill_screen(&self, index: usize, row: usize) -> (usize, usize) {
        let full = self.rows.saturating_sub(1);
        let missing = full - self.rows_above(index, row, full);
        self.down(index, row, missing)
    }

    /// The number of rows above this one, at most `most`.
    fn rows_above(&self, index: usize, row: usize, most: usize) -> usize {
        let mut above = row;
        for index in (0..index).rev() {
            if above >= most {
                break;
            }
            above += self.rows_of(index).len();
        }
        above.min(most)
    }

    /// The entry and row of the last visible row, moved down so that the screen is full even after
    /// old entries have been dropped.
    fn bottom_index(&self) -> Option<(usize, usize)> {
        let bottom = self.bottom?;
        let first = self.entries.front()?.id;
        let index = usize::try_from(bottom.entry.saturating_sub(first)).unwrap_or(0);
        let row = if bottom.entry < first { 0 } else { bottom.row };
        let row = row.min(self.rows_of(index).len() - 1);
        Some(self.fill_screen(index, row))
    }

    fn rows_of(&self, index: usize) -> Vec<Line> {
        let entry = &self.entries[index];
        let before = index.checked_sub(1).map(|index| &self.entries[index]);
        let same = before.is_some_and(|before| before.clock == entry.clock);
        let is_found = self
            .found
            .as_ref()
            .is_some_and(|found| found.entry == entry.id);
        let time = match (is_found, same) {
            (true, _) => Span::new("====> ", Role::Alert),
            (false, true) => Span::new("      ", Role::Quiet),
            (false, false) => Span::new(format!("{} ", entry.clock), Role::Quiet),
        };
        let mut spans = vec![time];
        spans.extend(entry.kind.spans());
        if entry.more > 0 {
            spans.push(Span::new(
                format!(" (and {} more)", entry.more),
                Role::Quiet,
            ));
        }
        let indent = if self.columns >= 40 { 8 } else { 1 };
        let mut rows = wrap(&spans, self.columns, indent);
        if self.unread == Some(entry.id) {
            let mark = rule("unread", self.columns);
            rows.insert(0, vec![Span::new(mark, Role::Alert)]);
        }
        if before.is_some_and(|before| before.clock.date != entry.clock.date) {
            let day = rule(&entry.clock.date.to_string(), self.columns);
            rows.insert(0, vec![Span::new(day, Role::Quiet)]);
        }
        rows
    }
}

/// A horizontal rule over the whole width, with a label.
fn rule(words: &str, columns: usize) -> String {
    let rule = format!("--- {words} {}", "-".repeat(columns));
    rule.chars().take(columns).collect()
}

#[cfg(test)]
mod tests;
