//! Reads an input as lines of text to say.

use std::io;

use bytes::BytesMut;
use thiserror::Error;
use tokio_util::codec::Decoder;

use crate::client::MAX_LINE;
use crate::protocol::{Frame, LineFramer, Text, TextError};

/// One line of the input.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InputLine {
    /// What to say, or `None` if the line is blank.
    pub(super) text: Result<Option<Text>, LineError>,
    /// Whether the line had colours, which `text` has not.
    pub(super) had_colour: bool,
}

/// Splits an input into lines (LINE-1, LINE-2). The last line needs no LF.
pub(super) struct Lines(LineFramer);

impl Lines {
    pub(super) fn new() -> Self {
        Self(LineFramer::new(MAX_LINE))
    }
}

impl Decoder for Lines {
    type Item = InputLine;
    type Error = io::Error;

    fn decode(&mut self, src: &mut BytesMut) -> io::Result<Option<InputLine>> {
        Ok(self.0.next(src, read))
    }

    fn decode_eof(&mut self, src: &mut BytesMut) -> io::Result<Option<InputLine>> {
        let line = self.0.next(src, read);
        Ok(line.or_else(|| self.0.rest(src, read)))
    }
}

/// Why a line can't be said.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum LineError {
    /// LINE-2
    #[error("it is too long, as parlour sends at most {MAX_LINE} octets")]
    TooLong,
    /// LINE-3
    #[error("it is not UTF-8")]
    NotUtf8,
    /// LINE-4
    #[error(transparent)]
    Text(TextError),
}

fn read(frame: Frame<'_>) -> Option<InputLine> {
    let line = match frame {
        Frame::Line(octets) => str::from_utf8(octets).map_err(|_| LineError::NotUtf8),
        Frame::TooLong => Err(LineError::TooLong),
    };
    let plain = line.map(|line| (without_colour(line), line));
    Some(InputLine {
        had_colour: matches!(&plain, Ok((plain, line)) if plain.len() < line.len()),
        text: plain.and_then(|(plain, _)| text(&plain)),
    })
}

/// The protocol does not carry spaces before a text (GRAM-2).
fn text(line: &str) -> Result<Option<Text>, LineError> {
    match line.trim_start_matches(' ') {
        "" => Ok(None),
        text => Text::new(text).map(Some).map_err(LineError::Text),
    }
}

/// Drops the control sequences with which programs colour a line: those of ECMA-48 that end with
/// `m` (select graphic rendition) or `K` (erase in line).
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, sequence)) = rest.split_once("\u{1b}[") {
        let end = sequence.find(|c| !matches!(c, '0'..='9' | ';' | ':'));
        match end {
            Some(end) if sequence[end..].starts_with(['m', 'K']) => {
                plain.push_str(before);
                rest = &sequence[end + 1..];
            }
            // The line is refused, as it has a control character that is no colour.
            Some(_) | None => break,
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Vec<InputLine> {
        let mut src = BytesMut::from(input);
        let mut lines = Lines::new();
        let next = || lines.decode_eof(&mut src).expect("no IO is done");
        std::iter::from_fn(next).collect()
    }

    /// LINE-1, LINE-2, LINE-3, LINE-4, LINE-5
    #[test]
    fn every_line_is_a_text_or_blank_or_an_error() {
        let mut input = b"one\r\n\n   \n  two \nQUIT\n\x1b[2Jx\ncaf\xe9\n".to_vec();
        input.extend_from_slice(&[b'x'; 3 * MAX_LINE]);
        input.extend_from_slice(b"\nlast");
        let text = |text| Ok(Some(Text::new(text).unwrap()));
        let expected = [
            text("one"),
            Ok(None),
            Ok(None),
            text("two "),
            text("QUIT"),
            Err(LineError::Text(TextError::Character('\u{1b}'))),
            Err(LineError::NotUtf8),
            Err(LineError::TooLong),
            text("last"),
        ];
        let expected = expected.map(|text| InputLine {
            text,
            had_colour: false,
        });
        assert_eq!(read(&input), expected);
    }

    #[test]
    fn colours_are_dropped_and_nothing_else() {
        for (line, plain) in [
            ("\u{1b}[1;31merror\u{1b}[0m: x", "error: x"),
            ("\u{1b}[m\u{1b}[Kx", "x"),
            ("a\u{1b}[38:5:1mb", "ab"),
        ] {
            let lines = read(line.as_bytes());
            assert_eq!(
                lines[0].text,
                Ok(Some(Text::new(plain).unwrap())),
                "{line:?}"
            );
            assert!(lines[0].had_colour);
        }
        let blank = read(b"\x1b[0m  \n");
        assert_eq!((&blank[0].text, blank[0].had_colour), (&Ok(None), true));
        for wrong in [
            "\u{1b}[31mx\u{1b}[2J",
            "\u{1b}]0;x\u{7}",
            "\u{1b}[31",
            "\u{1b}[",
        ] {
            assert!(read(wrong.as_bytes())[0].text.is_err(), "{wrong:?}");
        }
    }
}
