//! A bounded output buffer: lines wait here until they are written, so printing never blocks.

use std::fmt::{self, Write};
use std::io;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::client::Safe;

/// The most octets that may wait before [`Printer::has_capacity`] returns false.
const MAX_WAITING: usize = 64 << 10;

/// The longest wait for the last lines to be written.
const LAST_LINES_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct Printer<W> {
    to: W,
    waiting: BytesMut,
    /// Written octets may not be flushed yet.
    needs_flush: bool,
    /// Writing has failed, and further lines are discarded.
    has_failed: bool,
}

impl<W: AsyncWrite + Unpin> Printer<W> {
    pub(super) fn new(to: W) -> Self {
        Self {
            to,
            waiting: BytesMut::new(),
            needs_flush: false,
            has_failed: false,
        }
    }

    /// Prints one line, which must be escaped already.
    pub(super) fn line(&mut self, line: impl fmt::Display) {
        if !self.has_failed {
            writeln!(self.waiting, "{line}").expect("a BytesMut grows as needed");
        }
    }

    /// Prints one message of the program itself.
    pub(super) fn notice(&mut self, notice: impl fmt::Display) {
        self.line(format_args!("parlour: {}", Safe(&notice.to_string())));
    }

    /// Whether there is something to write or flush.
    pub(super) fn is_busy(&self) -> bool {
        self.needs_flush || !self.waiting.is_empty()
    }

    /// Whether the buffer takes another line.
    pub(super) fn has_capacity(&self) -> bool {
        self.waiting.len() < MAX_WAITING
    }

    /// Writes and flushes everything that waits. Cancellation safe.
    ///
    /// # Errors
    /// Reports a write error once. After that, everything printed is discarded.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        let drained = self.try_drain().await;
        if drained.is_err() {
            self.has_failed = true;
            self.waiting.clear();
            self.needs_flush = false;
        }
        drained
    }

    /// Writes what still waits when the program ends, unless nobody takes it. A write error is
    /// ignored, as the exit status still counts.
    pub(super) async fn finish(mut self) {
        let _unread = timeout(LAST_LINES_TIMEOUT, self.drain()).await;
    }

    async fn try_drain(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            self.needs_flush = true;
            if self.to.write_buf(&mut self.waiting).await? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        self.to.flush().await?;
        self.needs_flush = false;
        Ok(())
    }
}
