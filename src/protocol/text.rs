//! Texts and words: characters that may travel in a line (spec section 3.1).

use std::fmt;

use thiserror::Error;

/// Whether LINE-4 allows `c`: the rule `char` of the grammar.
pub fn is_char(c: char) -> bool {
    let separator = matches!(c, '\u{2028}' | '\u{2029}');
    let bidirectional = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !separator && !bidirectional && (!c.is_control() || c == '\t')
}

/// The first character of `text` that LINE-4 does not allow.
pub(super) fn forbidden(text: &str) -> Option<char> {
    // Most texts are plain ASCII, which this test sees in a fraction of the time.
    let is_plain = |octet| matches!(octet, b' '..=b'~');
    let all_plain = text.bytes().fold(true, |all, octet| all & is_plain(octet));
    if all_plain {
        None
    } else {
        text.chars().find(|&c| !is_char(c))
    }
}

/// Whether `c` is one of the characters of a [`Word`]: the rule `visible` of the grammar.
pub(super) fn is_visible(c: char) -> bool {
    c.is_ascii_graphic() || (!matches!(c, ' ' | '\t') && is_char(c))
}

/// What a member says: the rule `text`. It is not empty, does not begin with a space, and has no
/// character that LINE-4 refuses.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Box<str>);

impl Text {
    /// Checks `text` against the rule.
    ///
    /// # Errors
    /// [`TextError`] says which part of the rule it breaks.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if text.is_empty() {
            Err(TextError::Empty)
        } else if text.starts_with(' ') {
            Err(TextError::LeadingSpace)
        } else if let Some(c) = forbidden(text) {
            Err(TextError::Character(c))
        } else {
            Ok(Self(text.into()))
        }
    }

    /// The text, spaces at its end included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a PING carries: the rule `word`. It is not empty, and has no space, no tab and no character
/// that LINE-4 refuses.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(Box<str>);

impl Word {
    /// Checks `word` against the rule.
    ///
    /// # Errors
    /// [`TextError`] says which part of the rule it breaks.
    pub fn new(word: &str) -> Result<Self, TextError> {
        if word.is_empty() {
            Err(TextError::Empty)
        } else if let Some(c) = word.chars().find(|&c| !is_visible(c)) {
            Err(TextError::Character(c))
        } else {
            Ok(Self(word.into()))
        }
    }

    /// The word, in the case in which it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a string is no [`Text`] or no [`Word`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum TextError {
    /// The string is empty.
    #[error("there is no text")]
    Empty,
    /// A space at the beginning would belong to the separator before the text.
    #[error("a text does not begin with a space")]
    LeadingSpace,
    /// The character is not allowed here.
    #[error("the character {0:?} is not allowed")]
    Character(char),
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LINE-4
    #[test]
    fn controls_separators_and_overrides_do_not_travel() {
        for bad in [
            "a\u{1b}[2J",
            "a\0",
            "a\r",
            "a\n",
            "a\u{7f}",
            "a\u{85}",
            "a\u{2028}",
            "a\u{2029}b",
            "a\u{202a}",
            "a\u{202e}",
            "a\u{2066}",
            "a\u{2069}",
        ] {
            assert!(
                matches!(Text::new(bad), Err(TextError::Character(_))),
                "{bad:?}"
            );
        }
        for good in [
            "a\tb",
            "\ta",
            "a  ",
            "é",
            "\u{a0}",
            "\u{2027}",
            "\u{202f}",
            "\u{2065}",
            "\u{206a}",
            "👩‍👧",
        ] {
            assert!(Text::new(good).is_ok(), "{good:?}");
        }
    }

    /// GRAM-2
    #[test]
    fn a_text_begins_with_something_and_a_word_has_no_gap() {
        assert_eq!(Text::new(""), Err(TextError::Empty));
        assert_eq!(Text::new(" a"), Err(TextError::LeadingSpace));
        assert_eq!(Word::new(""), Err(TextError::Empty));
        assert_eq!(Word::new("a b"), Err(TextError::Character(' ')));
        assert_eq!(Word::new("a\tb"), Err(TextError::Character('\t')));
        assert_eq!(
            Word::new("a\u{2028}b"),
            Err(TextError::Character('\u{2028}'))
        );
        let (text, word) = (Text::new("a b "), Word::new("ab"));
        assert_eq!(text.as_ref().map(Text::as_str), Ok("a b "));
        assert_eq!(word.as_ref().map(Word::as_str), Ok("ab"));
        assert_eq!(format!("{text:?} {word:?}"), r#"Ok("a b ") Ok("ab")"#);
    }
}
