//! Splits text into cells. A cell holds one character with a width, and the marks on it.
//!
//! A grapheme can be several cells, as in the scripts of India. Terminals disagree about the width
//! of such a cluster, but not about the widths of its parts.

use unicode_width::UnicodeWidthChar;

/// The columns that `c` takes: 0 if it is a mark on the character before it.
pub(in crate::tui) fn columns(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// The cells of `text`, each with its columns. Marks without a character before them are left out.
pub(in crate::tui) fn cells(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut rest = text.trim_start_matches(|c| columns(c) == 0);
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices();
        let (_, first) = chars.next()?;
        let end = chars
            .find(|(_, c)| columns(*c) > 0)
            .map_or(rest.len(), |(at, _)| at);
        let (cell, after) = rest.split_at(end);
        rest = after;
        Some((cell, columns(first)))
    })
}

/// The columns that `text` takes.
pub(in crate::tui) fn width(text: &str) -> usize {
    cells(text).map(|(_, columns)| columns).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(&str, usize)> {
        cells(text).collect()
    }

    #[test]
    fn marks_are_in_the_cell_of_their_character() {
        assert_eq!(parts("e\u{301}李x"), [("e\u{301}", 1), ("李", 2), ("x", 1)]);
        assert_eq!(parts("\u{301}"), []);
        assert_eq!(parts("\u{301}x"), [("x", 1)]);
    }

    #[test]
    fn a_cluster_has_a_cell_for_each_of_its_characters() {
        assert_eq!(parts("क्षि"), [("क्", 1), ("ष", 1), ("ि", 1)]);
        assert_eq!(parts("กำ"), [("ก", 1), ("ำ", 1)]);
        assert_eq!(parts("ᄀ가"), [("ᄀ", 2), ("가", 2)]);
        assert_eq!(parts("ﾊﾟ"), [("ﾊ", 1), ("ﾟ", 1)]);
    }
}
