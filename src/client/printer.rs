//! A bounded way out: lines wait here until they are written, so that no writing holds up the rest.

use std::fmt::{self, Write};
use std::io;

use bytes::BytesMut;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::client::Safe;

/// As many octets may wait before [`Printer::has_room`] says no.
const ROOM: usize = 64 << 10;

pub(super) struct Printer<W> {
    to: W,
    waiting: BytesMut,
    /// Something was written and perhaps not flushed.
    dirty: bool,
    /// Writing has failed: what is printed now goes nowhere.
    gone: bool,
}

impl<W: AsyncWrite + Unpin> Printer<W> {
    pub(super) fn new(to: W) -> Self {
        Self {
            to,
            waiting: BytesMut::new(),
            dirty: false,
            gone: false,
        }
    }

    /// Prints one line that is safe already.
    pub(super) fn line(&mut self, line: impl fmt::Display) {
        if !self.gone {
            writeln!(self.waiting, "{line}").expect("a BytesMut grows as needed");
        }
    }

    /// Prints one line of the program's own.
    pub(super) fn notice(&mut self, notice: impl fmt::Display) {
        self.line(format_args!("parlour: {}", Safe(&notice.to_string())));
    }

    /// Whether there is something to write.
    pub(super) fn is_busy(&self) -> bool {
        self.dirty || !self.waiting.is_empty()
    }

    /// Whether more may be printed now.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < ROOM
    }

    /// Writes all that waits. Cancellation safe.
    ///
    /// # Errors
    /// Those of writing, once; after that everything printed goes nowhere.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        let drained = self.try_drain().await;
        if drained.is_err() {
            self.gone = true;
            self.waiting.clear();
            self.dirty = false;
        }
        drained
    }

    async fn try_drain(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            self.dirty = true;
            if self.to.write_buf(&mut self.waiting).await? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        self.to.flush().await?;
        self.dirty = false;
        Ok(())
    }
}
