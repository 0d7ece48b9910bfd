//! Escapes text for the full screen (SEC-2): nothing in it can move the cursor, ring, or colour,
//! hide or reorder text.
//!
//! [`Safe`] escapes what a terminal would act on. Then invisible characters are dropped: direction
//! marks, joiners outside words and emoji, variation selectors, tags. Other sequences that
//! terminals draw with different widths are drawn in parts.

use std::fmt::Write;

use super::cells::{columns, emoji};
use crate::client::Safe;
use crate::protocol::is_char;

/// The most octets kept of a text: twice the longest line that a server accepts by default.
pub(in crate::tui) const MAX_KEPT: usize = 8192;

/// The most marks on one character.
const MAX_MARKS: usize = 4;

/// Escapes `text`, and cuts it after about [`MAX_KEPT`] octets.
pub(in crate::tui) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len().min(MAX_KEPT));
    let mut marks = 0;
    let mut before = ' ';
    let mut emoji_end = 0;
    for (at, c) in text.char_indices() {
        if at < emoji_end {
            continue;
        }
        if escaped.len() >= MAX_KEPT {
            escaped.push('…');
            break;
        }
        if let Some(emoji) = emoji(&text[at..]) {
            escaped.push_str(emoji);
            emoji_end = at + emoji.len();
        } else if c == '\t' {
            escaped.push_str("    ");
        } else if is_printable_ascii(c) {
            escaped.push(c);
        } else if matches!(c, '\u{200c}' | '\u{200d}') && before.is_alphabetic() && marks == 0 {
            // It shapes a word, for example in Persian.
            escaped.push(c);
            marks += 1;
            continue;
        } else if is_invisible(c) || is_skin_tone(c) {
            continue;
        } else if let Some(letter) = flag_letter(c) {
            escaped.push(letter);
        } else if columns(c) == 0 && is_char(c) {
            marks += 1;
            if marks <= MAX_MARKS && before != ' ' {
                escaped.push(c);
            }
            continue;
        } else if columns(c) > 2 {
            escaped.push('\u{fffd}');
        } else {
            write!(escaped, "{}", Safe(c.encode_utf8(&mut [0; 4])))
                .expect("a String grows as needed");
        }
        before = c;
        marks = 0;
    }
    escaped
}

fn is_printable_ascii(c: char) -> bool {
    matches!(c, ' '..='~')
}

/// Default-ignorable code points (Unicode's `DerivedCoreProperties.txt`), except the bidirectional
/// controls, which [`Safe`] escapes.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Skin tones. Some terminals draw them onto the character before, and some after it.
fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// The letter of a regional indicator. Some terminals draw two of these as one flag.
fn flag_letter(c: char) -> Option<char> {
    let nth = u32::from(c).checked_sub(0x1f1e6).filter(|nth| *nth < 26)?;
    char::from_u32(u32::from('A') + nth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_unchanged() {
        for text in [
            "hello",
            "дани 李",
            "cafe\u{301}",
            "می\u{200c}خواهم",
            "שלום",
            "C:\\x",
            "👩\u{200d}👧 ❤\u{fe0f} 👍🏽 🇫🇷",
        ] {
            assert_eq!(escape(text), text);
        }
    }

    /// SEC-2
    #[test]
    fn terminal_controls_are_escaped() {
        assert_eq!(escape("a\u{1b}[2J\u{7}"), r"a\u{1b}[2J\u{7}");
        assert_eq!(escape("\u{202e}abc\u{9b}1m"), r"\u{202e}abc\u{9b}1m");
        assert_eq!(escape("a\u{2028}b\u{2029}"), r"a\u{2028}b\u{2029}");
    }

    #[test]
    fn invisible_characters_are_dropped() {
        assert_eq!(
            escape("a\u{200b}\u{200f}\u{feff}b\u{e0041}\u{ad}\u{2060}"),
            "ab"
        );
        assert_eq!(escape("\u{301}\u{301}x"), "x");
        assert_eq!(escape("👩\u{200d} 🏽 🇫 x\u{fe0f}"), "👩  F x");
    }

    #[test]
    fn marks_do_not_pile_up() {
        let pile = format!("x{}y", "\u{336}".repeat(1000));
        assert_eq!(escape(&pile), format!("x{}y", "\u{336}".repeat(MAX_MARKS)));
    }

    #[test]
    fn a_tab_becomes_spaces_and_long_text_is_cut() {
        assert_eq!(escape("a\tb"), "a    b");
        assert_eq!(
            escape(&"x".repeat(100_000)).len(),
            MAX_KEPT + '…'.len_utf8()
        );
    }
}
