//! Octets as text that is safe everywhere: printable ASCII stands for itself, everything else is
//! escaped.
//!
//! Each octet is one to four columns wide, so that a caret can point at any of them, even within a
//! UTF-8 character.

use crate::octets::shown;

/// Maximum width of a quotation, in columns; of a longer one an excerpt is shown.
const WIDTH: usize = 96;
/// Maximum number of columns shown before the marked octet.
const BEFORE: usize = 40;

/// All of `octets` between quotation marks.
pub(super) fn quoted(octets: &[u8]) -> String {
    let escaped: String = octets.iter().map(|&octet| escaped(octet)).collect();
    format!("\"{escaped}\"")
}

/// An excerpt of `octets` that fits in a line, and the column of the octet at index `mark`.
/// `left_out` more octets follow `octets`.
pub(super) fn excerpt(
    octets: &[u8],
    left_out: usize,
    mark: Option<usize>,
) -> (String, Option<usize>) {
    let pieces: Vec<String> = octets.iter().map(|&octet| escaped(octet)).collect();
    let width = |pieces: &[String]| pieces.iter().map(String::len).sum::<usize>();
    let mark = mark.map(|mark| mark.min(pieces.len()));
    let mut first = 0;
    if width(&pieces) > WIDTH {
        while first < mark.unwrap_or(0) && width(&pieces[first..mark.unwrap_or(0)]) > BEFORE {
            first += 1;
        }
    }
    let mut last = pieces.len().min(first + WIDTH);
    while width(&pieces[first..last]) > WIDTH {
        last -= 1;
    }
    let before = if first > 0 { "… \"" } else { "\"" };
    let column = mark.map(|mark| before.chars().count() + width(&pieces[first..mark]));
    let mut shown = format!("{before}{}\"", pieces[first..last].concat());
    let more = pieces.len() - last + left_out;
    if more > 0 {
        shown += &format!(" … and {more} octets more");
    }
    (shown, column)
}

/// `text` in one line, without anything that controls a terminal or is not allowed in XML.
pub fn plain(text: &str) -> String {
    text.chars().map(shown).collect()
}

fn escaped(octet: u8) -> String {
    match octet {
        b'\'' => "'".to_owned(),
        octet => octet.escape_ascii().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_is_shown_in_ascii() {
        let all: Vec<u8> = (0..=255).collect();
        let shown = quoted(&all);
        assert!(
            shown
                .bytes()
                .all(|octet| octet == b' ' || octet.is_ascii_graphic())
        );
        assert_eq!(
            quoted(b"it's\r\n\"\x1b\xc3\xa9"),
            r#""it's\r\n\"\x1b\xc3\xa9""#
        );
    }

    #[test]
    fn the_mark_stands_under_its_octet_in_long_quotations_too() {
        for length in [0, 1, 90, 200, 5000] {
            let mut octets = vec![b'\n'; length];
            for mark in [0, length / 2, length] {
                octets.insert(mark, b'X');
                let (shown, column) = excerpt(&octets, 0, Some(mark));
                let column = column.expect("there is a mark");
                assert_eq!(
                    shown.chars().nth(column),
                    Some('X'),
                    "{length} {mark}: {shown}"
                );
                assert!(shown.chars().count() < WIDTH + 40, "{shown}");
                octets.remove(mark);
            }
        }
        assert_eq!(excerpt(b"abc", 0, Some(3)), ("\"abc\"".to_owned(), Some(4)));
    }

    #[test]
    fn plain_text_stays_on_its_line() {
        assert_eq!(
            plain("a\nb\x1b[2J\u{202E}\u{FFFF}é"),
            "a\\nb\\x1B[2J\\u{202e}\\u{ffff}é"
        );
    }
}
