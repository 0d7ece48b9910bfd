//! The line that is typed, in one row with a window that moves along.

use unicode_segmentation::UnicodeSegmentation;

use crate::client::face::cells::{cells, width};
use crate::client::face::palette::Ink;
use crate::client::face::state::Face;
use crate::client::face::tame::tame;
use crate::client::face::wrap::{Piece, Row};

/// The line that is typed, as much of it as there is room for around the cursor, and the column of the cursor.
pub(super) fn input(face: &Face, columns: usize) -> (Row, usize) {
    let (prompt, short) = if let Some(search) = &face.search {
        (format!("search `{}`: ", tame(&search.needle)), "? ")
    } else if face.asks_for_name() {
        ("What should people call you? ".to_owned(), "name? ")
    } else {
        ("> ".to_owned(), "> ")
    };
    let fits = width(&prompt) * 2 <= columns;
    let prompt = if fits { prompt } else { short.to_owned() };
    let taken = width(&prompt).min(columns.saturating_sub(1));
    let room = (columns - taken).max(1);
    let mut row = vec![Piece::new(prompt, Ink::Quiet)];
    let (left, right) = face.input.text().split_at(face.input.cursor());
    // The cursor has a cell of its own at the end.
    let (mut shown, mut used) = (Vec::new(), 0);
    'left: for grapheme in left.graphemes(true).rev().map(shape) {
        let cells: Vec<_> = cells(&grapheme).collect();
        for (cell, width) in cells.into_iter().rev() {
            if used + width >= room {
                break 'left;
            }
            used += width;
            shown.push(cell.to_owned());
        }
    }
    let cursor = taken + used;
    let mut text: String = shown.into_iter().rev().collect();
    'right: for grapheme in right.graphemes(true).map(shape) {
        for (cell, width) in cells(&grapheme) {
            used += width;
            if used > room {
                break 'right;
            }
            text.push_str(cell);
        }
    }
    if face.input.is_empty() && face.search.is_none() && !face.asks_for_name() {
        row.push(Piece::new("type a message, /help for help", Ink::Quiet));
    }
    for part in text.split_inclusive('⏎') {
        match part.strip_suffix('⏎') {
            Some(before) => {
                row.push(Piece::new(before, Ink::Plain));
                row.push(Piece::new("⏎", Ink::Alarm));
            }
            None => row.push(Piece::new(part, Ink::Plain)),
        }
    }
    (row, cursor.min(columns.saturating_sub(1)))
}

/// A typed grapheme as it is shown.
fn shape(grapheme: &str) -> String {
    if grapheme == "\n" {
        "⏎".to_owned()
    } else {
        tame(grapheme)
    }
}
