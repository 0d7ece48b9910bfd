//! Pieces of text into rows of a given width, cut at words where there are any, else between graphemes where they fit.

use unicode_segmentation::UnicodeSegmentation;

use super::cells::{cells, width};
use super::palette::Ink;

/// A stretch of [tame](super::tame::tame) text in one ink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// What it says.
    pub(super) text: String,
    /// How it looks.
    pub(super) ink: Ink,
}

impl Piece {
    /// A piece of this text in this ink.
    pub(super) fn new(text: impl Into<String>, ink: Ink) -> Self {
        let text = text.into();
        Self { text, ink }
    }
}

/// A row: pieces whose widths together are at most that of the screen.
pub(super) type Row = Vec<Piece>;

/// Wraps `pieces` into rows of at most `columns`, those after the first indented by `indent`. There is at least one.
pub(super) fn wrap(pieces: &[Piece], columns: usize, indent: usize) -> Vec<Row> {
    let columns = columns.max(1);
    let indent = if indent * 2 < columns { indent } else { 0 };
    let least = columns - indent;
    let mut glyphs: Vec<(&str, usize, Ink)> = Vec::new();
    for piece in pieces {
        for grapheme in piece.text.graphemes(true) {
            match width(grapheme) {
                0 => {}
                width if width <= least => glyphs.push((grapheme, width, piece.ink)),
                _ => glyphs.extend(
                    cells(grapheme)
                        .filter(|(_, width)| *width <= least)
                        .map(|(cell, width)| (cell, width, piece.ink)),
                ),
            }
        }
    }
    let mut rows = Vec::new();
    let mut start = 0;
    while start < glyphs.len() || rows.is_empty() {
        let (margin, room) = if rows.is_empty() {
            (0, columns)
        } else {
            (indent, columns - indent)
        };
        let end = cut(&glyphs, start, room);
        let mut row = Row::new();
        if margin > 0 {
            row.push(Piece::new(" ".repeat(margin), Ink::Plain));
        }
        for (text, _, ink) in &glyphs[start..end] {
            match row.last_mut() {
                Some(last) if last.ink == *ink => last.text.push_str(text),
                Some(_) | None => row.push(Piece::new(*text, *ink)),
            }
        }
        rows.push(row);
        // A single space at the cut is the cut.
        start = end + usize::from(end < glyphs.len() && glyphs[end].0 == " ");
    }
    rows
}

/// Where the row that begins at `start` ends.
fn cut(glyphs: &[(&str, usize, Ink)], start: usize, room: usize) -> usize {
    let mut taken = 0;
    let mut word = None;
    for (at, (text, width, _)) in glyphs.iter().enumerate().skip(start) {
        if *text == " " && at > start {
            word = Some(at);
        }
        taken += width;
        if taken > room {
            return word.unwrap_or_else(|| at.max(start + 1));
        }
    }
    glyphs.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, columns: usize, indent: usize) -> Vec<String> {
        let rows = wrap(&[Piece::new(text, Ink::Plain)], columns, indent);
        let line = |row: Row| row.into_iter().map(|piece| piece.text).collect();
        rows.into_iter().map(line).collect()
    }

    #[test]
    fn rows_end_at_words() {
        assert_eq!(
            wrapped("hello there, world", 12, 0),
            ["hello there,", "world"]
        );
        assert_eq!(
            wrapped("hello there, world", 11, 2),
            ["hello", "  there,", "  world"]
        );
        assert_eq!(wrapped("", 5, 0), [""]);
    }

    #[test]
    fn a_word_that_is_too_long_is_cut() {
        assert_eq!(wrapped("abcdefgh", 3, 0), ["abc", "def", "gh"]);
        assert_eq!(wrapped("a bcdefgh", 3, 0), ["a", "bcd", "efg", "h"]);
        assert_eq!(wrapped("ab", 0, 0), ["a", "b"]);
    }

    #[test]
    fn wide_characters_count_twice_and_are_never_halved() {
        assert_eq!(wrapped("李李李", 5, 0), ["李李", "李"]);
        assert_eq!(wrapped("e\u{301}e\u{301}", 1, 0), ["e\u{301}", "e\u{301}"]);
        assert_eq!(wrapped("李", 1, 0), [""]);
    }

    #[test]
    fn a_grapheme_is_cut_only_where_there_is_no_room_for_it() {
        assert_eq!(wrapped("กำกำกำ", 5, 0), ["กำกำ", "กำ"]);
        assert_eq!(wrapped("क्क्क्क", 3, 0), ["क्क्क्", "क"]);
    }

    #[test]
    fn no_row_is_wider_than_the_screen() {
        let text = "The 👩👧 quick 李brown fox jumps over the lazy dog again and again";
        for columns in 2..40 {
            for row in wrapped(text, columns, 6) {
                assert!(width(&row) <= columns, "{row:?} in {columns}");
            }
        }
    }

    #[test]
    fn inks_go_on_over_the_cut() {
        let pieces = [
            Piece::new("ab", Ink::Alarm),
            Piece::new("c def", Ink::Plain),
        ];
        let rows = wrap(&pieces, 3, 0);
        assert_eq!(
            rows[0],
            [Piece::new("ab", Ink::Alarm), Piece::new("c", Ink::Plain)]
        );
        assert_eq!(rows[1], [Piece::new("def", Ink::Plain)]);
    }
}
