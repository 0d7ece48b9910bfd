//! Wraps spans of text into rows of a given width: between words, or within a word that is longer
//! than a row.

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
/// `indent`, but not within a URL, so that it can be copied.
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
        let margin = if rows.is_empty() || is_in_url(&glyphs, start) {
            0
        } else {
            indent
        };
        let end = cut(&glyphs, start, columns - margin, least);
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

type Glyph<'a> = (&'a str, usize, Role);

/// Where the row that begins at `start` ends. A word that is wider than `whole_row` begins in this
/// one.
fn cut(glyphs: &[Glyph<'_>], start: usize, available: usize, whole_row: usize) -> usize {
    let mut taken = 0;
    let mut space = None;
    for (at, (text, width, _)) in glyphs.iter().enumerate().skip(start) {
        if *text == " " && at > start {
            space = Some(at);
        }
        taken += width;
        if taken > available {
            let fits = |space: &usize| word_width(&glyphs[space + 1..]) <= whole_row;
            return space
                .filter(|space| space + 1 >= at || fits(space))
                .unwrap_or_else(|| at.max(start + 1));
        }
    }
    glyphs.len()
}

/// The width of the word with which `glyphs` begins.
fn word_width(glyphs: &[Glyph<'_>]) -> usize {
    let word = glyphs.iter().take_while(|(text, ..)| *text != " ");
    word.map(|(_, width, _)| width).sum()
}

/// Whether `at` is within a URL.
fn is_in_url(glyphs: &[Glyph<'_>], at: usize) -> bool {
    let before = glyphs[..at].iter().rev();
    let mut word = before
        .map(|(text, ..)| *text)
        .take_while(|text| *text != " ");
    let mut slashes = 0;
    word.any(|text| {
        let is_scheme = slashes >= 2 && text == ":";
        slashes = if text == "/" { slashes + 1 } else { 0 };
        is_scheme
    })
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
        assert_eq!(wrapped("a bcdefgh", 3, 0), ["a b", "cde", "fgh"]);
        assert_eq!(wrapped("abc defgh", 4, 0), ["abc", "defg", "h"]);
        assert_eq!(wrapped("ab", 0, 0), ["a", "b"]);
    }

    /// So that it can be copied, and seen to be one.
    #[test]
    fn a_url_begins_where_it_stands_and_goes_on_without_indentation() {
        let rows = wrapped("see https://a.example/b/c and more", 14, 4);
        assert_eq!(rows, ["see https://a.", "example/b/c", "    and more"]);
        let rows = wrapped("no_url_at_all_here//x", 14, 4);
        assert_eq!(rows, ["no_url_at_all_", "    here//x"]);
    }

    #[test]
    fn text_without_spaces_begins_beside_the_name() {
        assert_eq!(wrapped("ann: 李李李李李", 9, 2), ["ann: 李李", "  李李李"]);
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
