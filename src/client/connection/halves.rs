//! The two directions of a connection.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{fmt, io};

use futures_util::task::noop_waker_ref;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio_util::codec::{FramedRead, FramedWrite};

use crate::protocol::{ClientCodec, Command, CommandError, Event, ServerLine};

/// The most lines that are kept while a JOIN waits for its answer.
const MAX_KEPT: usize = 64;

/// Any stream of octets in both directions.
pub(super) trait Duplex: AsyncRead + AsyncWrite {}

impl<S: AsyncRead + AsyncWrite> Duplex for S {}

impl fmt::Debug for dyn Duplex + Send + Unpin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Duplex")
    }
}

type Octets = Box<dyn Duplex + Send + Unpin>;

pub(super) type Reader = ReadHalf<Octets>;

pub(super) type Writer = WriteHalf<Octets>;

pub(super) fn split<S>(stream: S) -> (Reader, Writer)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let octets: Octets = Box::new(stream);
    tokio::io::split(octets)
}

/// The lines from the server: events, and lines that are not events (GRAM-6).
///
/// The stream ends after [`Event::Close`], with which the server ends a connection properly
/// (CONN-4). On every other end it yields one [`Lost`] and then ends. It never yields a line that
/// was cut off (LINE-10).
#[derive(Debug)]
pub struct Events {
    lines: FramedRead<Reader, ClientCodec>,
    /// Lines that came before the answer to a JOIN.
    kept: VecDeque<ServerLine>,
    ended: bool,
}

impl Events {
    pub(super) fn new(reader: Reader, codec: ClientCodec) -> Self {
        Self {
            lines: FramedRead::new(reader, codec),
            kept: VecDeque::new(),
            ended: false,
        }
    }

    /// Whether another line can be kept for later.
    pub(super) fn can_keep(&self) -> bool {
        self.kept.len() < MAX_KEPT
    }

    /// Keeps a line, which the stream yields before any new one.
    pub(super) fn keep(&mut self, line: ServerLine) {
        self.kept.push_back(line);
    }

    /// The next new line from the server. Kept lines stay where they are.
    pub(super) async fn next_line(&mut self) -> Option<Result<ServerLine, Lost>> {
        std::future::poll_fn(|cx| self.poll_line(cx)).await
    }

    fn poll_line(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ServerLine, Lost>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let line = std::task::ready!(self.lines.poll_next_unpin(cx));
        self.ended = !matches!(&line, Some(Ok(line)) if *line != Ok(Event::Close));
        Poll::Ready(Some(match line {
            Some(line) => line.map_err(Lost::Broken),
            None => Err(Lost::Ended),
        }))
    }
}

impl Stream for Events {
    type Item = Result<ServerLine, Lost>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.kept.pop_front() {
            Some(line) => Poll::Ready(Some(Ok(line))),
            None => self.poll_line(cx),
        }
    }
}

/// The commands to the server. The sink buffers a few kilobytes at most, and is ready again when
/// the server has read them.
///
/// It does not send a command that is too long ([`CommandError::TooLong`]), and stays usable.
#[derive(Debug)]
pub struct Commands(FramedWrite<Writer, ClientCodec>);

impl Commands {
    pub(super) fn new(writer: Writer, codec: ClientCodec) -> Self {
        Self(FramedWrite::new(writer, codec))
    }
}

/// Ends this side of the stream (CONN-5), if that is possible without waiting.
impl Drop for Commands {
    fn drop(&mut self) {
        let cx = &mut Context::from_waker(noop_waker_ref());
        let _is_ended = Pin::new(self.0.get_mut()).poll_shutdown(cx);
    }
}

impl Sink<Command> for Commands {
    type Error = CommandError;

    fn poll_ready(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CommandError>> {
        SinkExt::<&Command>::poll_ready_unpin(&mut self.0, cx)
    }

    fn start_send(mut self: Pin<&mut Self>, command: Command) -> Result<(), CommandError> {
        self.0.start_send_unpin(&command)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CommandError>> {
        SinkExt::<&Command>::poll_flush_unpin(&mut self.0, cx)
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CommandError>> {
        SinkExt::<&Command>::poll_close_unpin(&mut self.0, cx)
    }
}

/// Why the connection ended before the server said `close`.
#[derive(Debug, Error)]
pub enum Lost {
    /// The server ended the stream.
    #[error("the server hung up")]
    Ended,
    /// The network failed.
    #[error(transparent)]
    Broken(#[from] io::Error),
}
