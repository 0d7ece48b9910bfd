//! Writes frames to a terminal, row by row.
//!
//! Rows that have moved up are scrolled. A row that has changed is cleared and written in full, and
//! after each non-ASCII character the cursor is moved to the next cell. So even if the terminal
//! disagrees about the width of a character, no other character is shifted, and none is left behind
//! when its row changes.

use std::fmt::Write;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::ops::Range;

use anstyle::Style;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::Color;

use crate::tui::text::cells::width;

/// Scrolling has to save more rows than this.
const MIN_SCROLLED: usize = 2;

/// Draws frames, and writes only what has changed.
#[derive(Debug, Default)]
pub(super) struct Painter {
    /// The frame that is on the terminal. If its size differs from the next frame's, it is ignored.
    seen: Buffer,
}

impl Painter {
    /// Forgets what is on the terminal, so that the next frame is drawn in full.
    pub(super) fn forget(&mut self) {
        self.seen = Buffer::empty(Rect::ZERO);
    }

    /// Draws a frame that begins at the origin, and shows the cursor if it has a position.
    pub(super) fn paint(&mut self, frame: Buffer, cursor: Option<Position>, out: &mut String) {
        let columns = usize::from(frame.area.width).max(1);
        if self.seen.area != frame.area {
            out.push_str("\x1b[m\x1b[2J");
            self.seen = Buffer::empty(frame.area);
        }
        if let Some((rows, by)) = moved_up(&self.seen, &frame) {
            scroll(&rows, by, out);
            let cells = &mut self.seen.content[rows.start * columns..rows.end * columns];
            cells.rotate_left(by * columns);
            let blank = cells.len() - by * columns;
            cells[blank..].fill(Cell::EMPTY);
        }
        let rows = frame.content.chunks(columns);
        for ((row, seen), y) in rows.zip(self.seen.content.chunks(columns)).zip(0..) {
            if row != seen {
                write_row(y, row, out);
            }
        }
        match cursor {
            Some(at) => {
                go_to(at.x.into(), at.y.into(), out);
                out.push_str("\x1b[?25h");
            }
            None => out.push_str("\x1b[?25l"),
        }
        self.seen = frame;
    }
}

/// The rows whose lower part is their upper part in the next frame, and by how many rows it has
/// moved up. `None` if too little has moved.
fn moved_up(seen: &Buffer, frame: &Buffer) -> Option<(Range<usize>, usize)> {
    let columns = usize::from(frame.area.width).max(1);
    let [seen, frame] = [seen, frame].map(|buffer| {
        let rows = buffer.content.chunks(columns);
        let hashes = rows.map(|row| BuildHasherDefault::<DefaultHasher>::default().hash_one(row));
        hashes.collect::<Vec<u64>>()
    });
    let mut best = None;
    let mut most = MIN_SCROLLED;
    for by in 1..frame.len() {
        let (mut start, mut saved) = (0, 0);
        for y in 0..frame.len() - by {
            if frame[y] != seen[y + by] {
                (start, saved) = (y + 1, 0);
                continue;
            }
            saved += usize::from(frame[y] != seen[y]);
            if saved > most {
                most = saved;
                best = Some((start..y + by + 1, by));
            }
        }
    }
    best
}

/// Scrolls these rows up, by line feeds in a scrolling region, which every terminal has.
fn scroll(rows: &Range<usize>, by: usize, out: &mut String) {
    push(
        out,
        format_args!("\x1b[m\x1b[{};{}r", rows.start + 1, rows.end),
    );
    go_to(0, rows.end - 1, out);
    out.extend(std::iter::repeat_n('\n', by));
    out.push_str("\x1b[r");
}

fn write_row(y: usize, row: &[Cell], out: &mut String) {
    go_to(0, y, out);
    out.push_str("\x1b[m\x1b[K");
    let end = row.iter().rposition(|cell| *cell != Cell::EMPTY);
    let row = &row[..end.map_or(0, |last| last + 1)];
    let mut style = Style::new();
    let mut is_certain = true;
    let mut x = 0;
    while let Some(cell) = row.get(x) {
        if !is_certain {
            go_to(x, y, out);
        }
        let next = style_of(cell);
        if next != style {
            push(out, format_args!("\x1b[m{next}"));
            style = next;
        }
        out.push_str(cell.symbol());
        is_certain = cell.symbol().is_ascii();
        // Skip the cells that a wide character covers.
        x += width(cell.symbol()).max(1);
    }
    out.push_str("\x1b[m");
}

fn style_of(cell: &Cell) -> Style {
    let colour = |colour: Color| (colour != Color::Reset).then(|| colour.into());
    Style::new()
        .fg_color(colour(cell.fg))
        .bg_color(colour(cell.bg))
        .effects(cell.modifier.into())
}

fn go_to(x: usize, y: usize, out: &mut String) {
    push(out, format_args!("\x1b[{};{}H", y + 1, x + 1));
}

fn push(out: &mut String, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("a String grows as needed");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::text::cells::cells;

    fn frame(rows: &[&str]) -> Buffer {
        let mut frame = Buffer::empty(Rect::new(0, 0, 80, rows.len() as u16));
        for (row, y) in rows.iter().zip(0..) {
            let mut x = 0;
            for (cell, columns) in cells(row) {
                frame[(x, y)].set_symbol(cell);
                x += columns as u16;
            }
        }
        frame
    }

    /// What is sent to a terminal for the last of these frames.
    fn sent(frames: &[&[&str]]) -> String {
        let mut painter = Painter::default();
        let mut out = String::new();
        for rows in frames {
            out.clear();
            painter.paint(frame(rows), None, &mut out);
        }
        out
    }

    /// The same without cursor moves and colours.
    fn text(frames: &[&[&str]]) -> String {
        let sent = sent(frames);
        let parts = sent.split('\u{1b}').map(|part| {
            let end = part.find(|c: char| c.is_ascii_alphabetic());
            &part[end.map_or(0, |end| end + 1)..]
        });
        parts.collect()
    }

    #[test]
    fn every_character_is_written() {
        for text in ["ﾊﾟｰﾃｨｰ ﾄﾞﾗｺﾞ", "李 ᄀ가 x", "ক্ষি কি", "e\u{301} 👩"]
        {
            assert_eq!(self::text(&[&[text]]), text);
        }
    }

    #[test]
    fn a_row_is_written_whole_or_not_at_all() {
        let frames: [&[&str]; 4] = [&["a b", "c"], &["a b", "c"], &["a d", "c"], &["", "e"]];
        let all: Vec<String> = (1..=4).map(|n| text(&frames[..n])).collect();
        assert_eq!(all, ["a bc", "", "a d", "e"]);
    }

    #[test]
    fn rows_that_moved_up_are_scrolled() {
        let before = [
            "people", "one", "two", "three", "four", "five", "six", "status", ">",
        ];
        let after = [
            "people", "three", "four", "five", "six", "seven", "", "status", ">",
        ];
        assert_eq!(
            sent(&[&before, &after]),
            "\x1b[m\x1b[2;7r\x1b[7;1H\n\n\x1b[r\x1b[6;1H\x1b[m\x1b[Kseven\x1b[m\x1b[?25l"
        );
    }
}
