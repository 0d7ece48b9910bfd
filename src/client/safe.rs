//! Escapes text for a terminal (SEC-2). The client does not rely on the server to filter text.

use std::fmt;

use crate::protocol::is_char;

/// Displays a text and escapes every character that LINE-4 forbids, such as ESC as `\u{1b}`.
///
/// These are the control characters, C1 included and HTAB excepted, the line and paragraph
/// separators, and the bidirectional overrides. The displayed text neither moves the cursor nor
/// ends the line.
///
/// ```
/// use parlour::client::Safe;
/// assert_eq!(Safe("hi\u{1b}[2J").to_string(), r"hi\u{1b}[2J");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Safe<'a>(pub &'a str);

impl fmt::Display for Safe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive(|c| !is_char(c)) {
            match part.chars().next_back().filter(|&c| !is_char(c)) {
                Some(c) => {
                    f.write_str(&part[..part.len() - c.len_utf8()])?;
                    write!(f, "{}", c.escape_unicode())?;
                }
                None => f.write_str(part)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEC-2
    ///
    /// > SEC-2: A client MUST make received text safe for its display all the same.
    #[test]
    fn every_terminal_control_is_escaped() {
        for attack in [
            "\u{1b}]52;c;cm0=\u{7}",
            "\u{1b}[?1000h",
            "\u{9b}2J",
            "a\rb",
            "a\nb",
            "\u{8}",
            "\u{7f}",
            "\0",
            "\u{2028}",
            "\u{2029}",
            "\u{202e}",
            "\u{2066}x\u{2069}",
        ] {
            let safe = Safe(attack).to_string();
            assert!(safe.chars().all(is_char), "{safe:?}");
            assert_ne!(safe, attack);
        }
    }

    #[test]
    fn other_text_is_unchanged() {
        for text in ["", "plain", "a\tb", "дани 李 👩‍👧", "C:\\u{1b}"] {
            assert_eq!(Safe(text).to_string(), text);
        }
        assert_eq!(Safe("a\u{1b}b\u{7}").to_string(), r"a\u{1b}b\u{7}");
    }
}
