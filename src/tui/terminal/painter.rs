//! Writes frames to a terminal, row by row.
//!
//! A row that has changed is cleared and written in full, and after each non-ASCII character the
//! cursor is moved to the next cell. So even if the terminal disagrees about the width of a
//! character, no other character is shifted, and none is left behind when its row changes.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect, Size};

use crate::tui::text::cells::width;

/// Draws frames on a terminal, and writes only the rows that have changed.
#[derive(Debug)]
pub(super) struct Painter<W: Write> {
    out: CrosstermBackend<W>,
    /// The frame that is on the terminal. If its size differs from the next frame's, it is ignored.
    seen: Buffer,
}

impl<W: Write> Painter<W> {
    /// A painter that does not know what is on the terminal.
    pub(super) fn new(out: W) -> Self {
        let (out, seen) = (CrosstermBackend::new(out), Buffer::empty(Rect::ZERO));
        Self { out, seen }
    }

    /// Forgets what is on the terminal, so that the next frame is drawn in full.
    pub(super) fn forget(&mut self) {
        self.seen = Buffer::empty(Rect::ZERO);
    }

    /// The columns and rows of the terminal on standard output.
    pub(super) fn size(&self) -> io::Result<Size> {
        self.out.size()
    }

    /// Draws a frame that begins at the origin, and shows the cursor if it has a position.
    pub(super) fn paint(&mut self, frame: Buffer, cursor: Option<Position>) -> io::Result<()> {
        if self.seen.area != frame.area {
            self.out.clear()?;
            self.seen = Buffer::empty(frame.area);
        }
        let columns = usize::from(frame.area.width).max(1);
        let rows = frame.content.chunks(columns);
        let seen = std::mem::replace(&mut self.seen, Buffer::empty(Rect::ZERO));
        for ((row, seen), y) in rows.zip(seen.content.chunks(columns)).zip(0..) {
            if row != seen {
                self.row(y, row)?;
            }
        }
        match cursor {
            Some(at) => {
                self.out.show_cursor()?;
                self.out.set_cursor_position(at)?;
            }
            None => self.out.hide_cursor()?,
        }
        self.seen = frame;
        Backend::flush(&mut self.out)
    }

    fn row(&mut self, y: u16, row: &[Cell]) -> io::Result<()> {
        self.out.set_cursor_position((0, y))?;
        self.out.clear_region(ClearType::CurrentLine)?;
        let end = row.iter().rposition(|cell| *cell != Cell::EMPTY);
        let row = &row[..end.map_or(0, |last| last + 1)];
        let mut x = 0;
        // Skip the cells that a wide character covers.
        let mut cells = std::iter::from_fn(|| {
            let (at, cell) = (x, row.get(x)?);
            x += width(cell.symbol()).max(1);
            Some((at as u16, y, cell))
        })
        .peekable();
        while cells.peek().is_some() {
            let mut certain = true;
            let run = std::iter::from_fn(|| {
                let next = if certain { cells.next() } else { None };
                certain = next.is_some_and(|(_, _, cell)| cell.symbol().is_ascii());
                next
            });
            self.out.draw(run)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::text::cells::cells;

    /// The text sent to a terminal for these frames in turn, without cursor moves and colours.
    fn sent(frames: &[&[&str]]) -> String {
        let mut octets = Vec::new();
        let mut painter = Painter::new(&mut octets);
        for rows in frames {
            let mut frame = Buffer::empty(Rect::new(0, 0, 16, 2));
            for (row, y) in rows.iter().zip(0..) {
                let mut x = 0;
                for (cell, columns) in cells(row) {
                    frame[(x, y)].set_symbol(cell);
                    x += columns as u16;
                }
            }
            let painted = painter.paint(frame, None);
            painted.expect("a Vec can be written to");
        }
        let text = String::from_utf8(octets).expect("what is sent is text");
        let parts = text.split('\u{1b}').map(|part| {
            let end = part.find(|c: char| c.is_ascii_alphabetic());
            &part[end.map_or(0, |end| end + 1)..]
        });
        parts.collect()
    }

    #[test]
    fn every_character_is_written() {
        for text in ["ﾊﾟｰﾃｨｰ ﾄﾞﾗｺﾞ", "李 ᄀ가 x", "ক্ষি কি", "e\u{301} 👩"]
        {
            assert_eq!(sent(&[&[text]]), text);
        }
    }

    #[test]
    fn a_row_is_written_whole_or_not_at_all() {
        let frames: [&[&str]; 4] = [&["a b", "c"], &["a b", "c"], &["a d", "c"], &["", "e"]];
        assert_eq!(sent(&frames), "a bca de");
    }
}
