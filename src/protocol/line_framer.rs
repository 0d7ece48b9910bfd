//! Octets into lines (spec section 2).

use bytes::{Buf, BytesMut};
use memchr::memchr;

/// What [`LineFramer`] cuts off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A line without its line end.
    Line(&'a [u8]),
    /// A line with more octets than the most, which was skipped.
    TooLong,
}

/// Cuts octets into lines of bounded length, whatever the pieces in which they come (LINE-1,
/// LINE-2, LINE-7). It holds only the state; the caller holds the octets.
#[derive(Clone, Debug)]
pub struct LineFramer {
    max: usize,
    /// The octets at the beginning of the unfinished line that are known to hold no LF.
    scanned: usize,
    /// The unfinished line is too long; everything up to its LF is skipped.
    skipping: bool,
    /// An LF has come.
    delimited: bool,
}

impl LineFramer {
    /// Cuts lines of at most `max` octets with their LF (LINE-2).
    pub fn new(max: usize) -> Self {
        Self {
            max,
            scanned: 0,
            skipping: false,
            delimited: false,
        }
    }

    /// Whether an LF has come.
    pub fn is_delimited(&self) -> bool {
        self.delimited
    }

    /// Whether the unfinished line is too long, and is being skipped.
    pub fn is_skipping(&self) -> bool {
        self.skipping
    }

    /// Cuts lines off `src` until `read` returns something for one. What stays in `src` after
    /// `None` is an unfinished line shorter than `max`.
    pub fn next<T>(
        &mut self,
        src: &mut BytesMut,
        read: impl Fn(Frame<'_>) -> Option<T>,
    ) -> Option<T> {
        while !src.is_empty() {
            let found = memchr(b'\n', &src[self.scanned..]).map(|at| self.scanned + at);
            let len = found.map_or(src.len(), |at| at + 1);
            let skipped = self.skipping;
            let too_long = len > self.max || (found.is_none() && len == self.max);
            self.delimited |= found.is_some();
            self.skipping = found.is_none() && (skipped || too_long);
            if found.is_none() && !self.skipping {
                self.scanned = len;
                return None;
            }
            let item = match found {
                _ if skipped => None,
                _ if too_long => read(Frame::TooLong),
                _ => read(Frame::Line(without_end(&src[..len]))),
            };
            src.advance(len);
            self.scanned = 0;
            if item.is_some() {
                return item;
            }
        }
        None
    }

    /// Cuts the unfinished line off `src` as if its line end had come.
    pub fn rest<T>(
        &mut self,
        src: &mut BytesMut,
        read: impl Fn(Frame<'_>) -> Option<T>,
    ) -> Option<T> {
        self.skipping = false;
        self.scanned = 0;
        let line = src.split();
        if line.is_empty() {
            return None;
        }
        read(Frame::Line(without_end(&line)))
    }
}

/// LINE-1: neither the LF nor one CR before it is part of the line.
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
