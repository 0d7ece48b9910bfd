//! Reads an input as lines of text to say.

use std::io;

use bytes::BytesMut;
use thiserror::Error;
use tokio_util::codec::Decoder;

use crate::client::MAX_LINE;
use crate::protocol::{Frame, LineFramer, Text, TextError};

/// One line: its text, or `None` if it is blank.
pub(super) type InputLine = Result<Option<Text>, LineError>;

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
    #[error("it is too long, the server takes {MAX_LINE} octets")]
    TooLong,
    /// LINE-3
    #[error("it is not UTF-8")]
    NotUtf8,
    /// LINE-4
    #[error(transparent)]
    Text(TextError),
}

fn read(frame: Frame<'_>) -> Option<InputLine> {
    Some(match frame {
        Frame::Line(octets) => text(octets),
        Frame::TooLong => Err(LineError::TooLong),
    })
}

/// The protocol does not carry spaces before a text (GRAM-2).
fn text(octets: &[u8]) -> InputLine {
    let line = str::from_utf8(octets).map_err(|_| LineError::NotUtf8)?;
    match line.trim_start_matches(' ') {
        "" => Ok(None),
        text => Text::new(text).map(Some).map_err(LineError::Text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LINE-1, LINE-2, LINE-3, LINE-4, LINE-5
    #[test]
    fn every_line_is_a_text_or_blank_or_an_error() {
        let mut src = BytesMut::from("one\r\n\n   \n  two \nQUIT\n\x1b[1mx\n");
        src.extend_from_slice(b"caf\xe9\n");
        src.extend_from_slice(&[b'x'; 3 * MAX_LINE]);
        src.extend_from_slice(b"\nlast");
        let mut lines = Lines::new();
        let mut read = Vec::new();
        while let Some(line) = lines.decode_eof(&mut src).unwrap() {
            read.push(line);
        }
        let text = |text| Ok(Some(Text::new(text).unwrap()));
        assert_eq!(
            read,
            [
                text("one"),
                Ok(None),
                Ok(None),
                text("two "),
                text("QUIT"),
                Err(LineError::Text(TextError::Character('\u{1b}'))),
                Err(LineError::NotUtf8),
                Err(LineError::TooLong),
                text("last"),
            ]
        );
    }
}
