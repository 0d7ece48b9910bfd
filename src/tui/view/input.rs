//! The input line, in one row that scrolls sideways.

use unicode_segmentation::UnicodeSegmentation;

use crate::tui::model::Model;
use crate::tui::text::cells::{cells, width};
use crate::tui::text::escape::escape;
use crate::tui::text::palette::Role;
use crate::tui::text::wrap::{Line, Span};

/// The part of the line around the cursor that fits, and the column of the cursor.
pub(super) fn input(model: &Model, columns: usize) -> (Line, usize) {
    let (prompt, short) = if let Some(needle) = model.editor.needle() {
        (format!("search `{}`: ", escape(needle)), "? ")
    } else if model.editor.asks_for_name() {
        ("What should people call you? ".to_owned(), "name? ")
    } else {
        ("> ".to_owned(), "> ")
    };
    let fits = width(&prompt) * 2 <= columns;
    let prompt = if fits { prompt } else { short.to_owned() };
    let taken = width(&prompt).min(columns.saturating_sub(1));
    let available = (columns - taken).max(1);
    let mut row = vec![Span::new(prompt, Role::Quiet)];
    let line = model.editor.line();
    let (left, right) = line.text().split_at(line.cursor());
    // What is to the right of the cursor gets a third, or as much as a search looks for.
    let needle = model
        .editor
        .needle()
        .map_or(0, |needle| width(&escape(needle)));
    let most = (available / 3).max(needle).min(available - 1);
    let ahead = right.graphemes(true).map(|part| width(&shape(part)));
    let ahead = ahead.scan(0, |sum, width| {
        *sum += width;
        Some(*sum)
    });
    let ahead = ahead.take_while(|sum| *sum <= most).last().unwrap_or(0);
    // At the end of the line, the cursor needs a cell of its own.
    let (mut shown, mut used) = (Vec::new(), 0);
    'left: for grapheme in left.graphemes(true).rev().map(shape) {
        let cells: Vec<_> = cells(&grapheme).collect();
        for (cell, width) in cells.into_iter().rev() {
            if used + width + ahead.max(1) > available {
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
            if used > available {
                break 'right;
            }
            text.push_str(cell);
        }
    }
    if line.is_empty() && model.editor.needle().is_none() && !model.editor.asks_for_name() {
        let waits_for = if model.membership.is_full() {
            "the room is full: Enter tries again, /join under another name"
        } else if model.membership.is_member() {
            "type a message, /help for help"
        } else {
            "what you type waits until you are in the room"
        };
        row.push(Span::new(waits_for, Role::Quiet));
    }
    for part in text.split_inclusive('⏎') {
        match part.strip_suffix('⏎') {
            Some(before) => {
                row.push(Span::new(before, Role::Plain));
                row.push(Span::new("⏎", Role::Alert));
            }
            None => row.push(Span::new(part, Role::Plain)),
        }
    }
    (row, cursor.min(columns.saturating_sub(1)))
}

/// A grapheme of the input line, as shown.
fn shape(grapheme: &str) -> String {
    if grapheme == "\n" {
        "⏎".to_owned()
    } else {
        escape(grapheme)
    }
}
