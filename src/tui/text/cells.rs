//! Splits text into cells. A cell holds one character with a width, and the marks on it, or an
//! emoji.
//!
//! A grapheme can be several cells, as in the scripts of India. Terminals disagree about the width
//! of such a cluster, but not about the widths of its parts. An emoji of several characters is one
//! cell all the same: nobody can read its parts.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The most characters of an emoji, which a family with skin tones has.
const MAX_EMOJI: usize = 11;

/// The columns that `c` takes: 0 if it is a mark on the character before it.
pub(in crate::tui) fn columns(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// The emoji of several characters with which `text` begins: a flag, one with a skin tone or a
/// variation selector, or several that are joined.
pub(in crate::tui) fn emoji(text: &str) -> Option<&str> {
    let is_part = |c| {
        matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{1f1e6}'..='\u{1f1ff}')
            || (!c.is_ascii() && !c.is_alphanumeric() && columns(c) > 0)
    };
    let first = text.chars().next()?;
    if !is_part(first) || columns(first) == 0 {
        return None;
    }
    let end = text.char_indices().nth(MAX_EMOJI + 1);
    let text = &text[..end.map_or(text.len(), |(at, _)| at)];
    text.graphemes(true).next().filter(|grapheme| {
        (2..=MAX_EMOJI).contains(&grapheme.chars().count())
            && grapheme.chars().all(is_part)
            && !grapheme.ends_with('\u{200d}')
            && grapheme.width() == 2
    })
}

/// The cells of `text`, each with its columns. Marks without a character before them are left out.
pub(in crate::tui) fn cells(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut rest = text.trim_start_matches(|c| columns(c) == 0);
    std::iter::from_fn(move || {
        if let Some(emoji) = emoji(rest) {
            rest = &rest[emoji.len()..];
            return Some((emoji, 2));
        }
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
    fn an_emoji_has_one_cell() {
        for emoji in ["👩‍👩‍👧", "👍🏽", "🇫🇷", "❤️", "🏳️‍🌈", "👩🏽‍🤝‍👨🏿"]
        {
            assert_eq!(
                parts(&format!("a{emoji}{emoji}b")),
                [("a", 1), (emoji, 2), (emoji, 2), ("b", 1)]
            );
        }
    }

    #[test]
    fn a_cluster_has_a_cell_for_each_of_its_characters() {
        assert_eq!(parts("क्षि"), [("क्", 1), ("ष", 1), ("ि", 1)]);
        assert_eq!(parts("กำ"), [("ก", 1), ("ำ", 1)]);
        assert_eq!(parts("ᄀ가"), [("ᄀ", 2), ("가", 2)]);
        assert_eq!(parts("ﾊﾟ"), [("ﾊ", 1), ("ﾟ", 1)]);
    }
}
