//! Wraps spans of text into rows of a given width: between words if possible, else between
//! graphemes.

use unicode_segmentation::UnicodeSegmentation;

use super::cells::{cells, width};
use super::palette::Role;

/// A piece of [escaped](super::escape::escape) text in one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Span {
    /// The text.
    pub(in crate::tui) text: String,
    /// The role, which determines its style.
    pub(in crate::tui) role: Role,
}

impl Span {
    /// A span of this text in this role.
    pub(in crate::tui) fn new(text: impl Into<String>, role: Role) -> Self {
        let text = text.into();
        Self { text, role }
    }
}

/// A row of spans, no wider than the screen.
pub(in crate::tui) type Line = Vec<Span>;

/// Wraps `spans` into one or more rows of at most `columns`. Rows after the first are indented by
/// `indent`.
pub(in crate::tui) fn wrap(spans: &[Span], columns: usize, indent: usize) -> Vec<Line> {
    let columns = columns.max(1);
    let indent = if indent * 2 < columns { indent } else { 0 };
    let least = columns - indent;
    let mut glyphs: Vec<(&str, usize, Role)> = Vec::new();
    for span in spans {
        for grapheme in span.text.graphemes(true) {
            match width(grapheme) {
                0 => {}
                width if width <= least => glyphs.push((grapheme, width, span.role)),
                _ => glyphs.extend(
                    cells(grapheme)
                        .filter(|(_, width)| *width <= least)
                        .map(|(cell, width)| (cell, width, span.role)),
                ),
            }
        }
    }
    let mut rows = Vec::new();
    let mut start = 0;
    while start < glyphs.len() || rows.is_empty() {
        let (margin, available) = if rows.is_empty() {
            (0, columns)
        } else {
            (indent, columns - indent)
        };
        let end = cut(&glyphs, start, available);
        let mut row = Line::new();
        if margin > 0 {
            row.push(Span::new(" ".repeat(margin), Role::Plain));
        }
        for (text, _, role) in &glyphs[start..end] {
            match row.last_mut() {
                Some(last) if last.role == *role => last.text.push_str(text),
                Some(_) | None => row.push(Span::new(*text, *role)),
            }
        }
        rows.push(row);
        // A single space at the cut is dropped.
        start = end + usize::from(end < glyphs.len() && glyphs[end].0 == " ");
    }
    rows
}

/// Where the row that begins at `start` ends.
fn cut(glyphs: &[(&str, usize, Role)], start: usize, available: usize) -> usize {
    let mut taken = 0;
    let mut word = None;
    for (at, (text, width, _)) in glyphs.iter().enumerate().skip(start) {
        if *text == " " && at > start {
            word = Some(at);
        }
        taken += width;
        if taken > available {
            return word.unwrap_or_else(|| at.max(start + 1));
        }
    }
    glyphs.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, columns: usize, indent: usize) -> Vec<String> {
        let rows = wrap(&[Span::new(text, Role::Plain)], columns, indent);
        let line = |row: Line| row.into_iter().map(|span| span.text).collect();
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
    fn roles_go_on_over_the_cut() {
        let spans = [
            Span::new("ab", Role::Alert),
            Span::new("c def", Role::Plain),
        ];
        let rows = wrap(&spans, 3, 0);
        assert_eq!(
            rows[0],
            [Span::new("ab", Role::Alert), Span::new("c", Role::Plain)]
        );
        assert_eq!(rows[1], [Span::new("def", Role::Plain)]);
    }
}
