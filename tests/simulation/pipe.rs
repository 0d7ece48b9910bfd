//! A connection in memory that can be reset, as a socket can: the server's end and the peer's.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};

/// The server's end.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: DuplexStream,
    is_reset: Rc<Cell<bool>>,
    _held: Rc<()>,
}

/// The peer's end, whose reads and writes never wait.
#[derive(Debug)]
pub(crate) struct Pipe {
    stream: DuplexStream,
    is_reset: Rc<Cell<bool>>,
    held: Weak<()>,
}

/// The outcome of reading a pipe.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Octets(Vec<u8>),
    Nothing,
    End,
}

/// Both ends of a connection that holds this many octets each way.
pub(crate) fn pipe(octets: usize) -> (Pipe, Socket) {
    let (near, far) = duplex(octets);
    let is_reset = Rc::new(Cell::new(false));
    let held = Rc::new(());
    let pipe = Pipe {
        stream: near,
        is_reset: Rc::clone(&is_reset),
        held: Rc::downgrade(&held),
    };
    let socket = Socket {
        stream: far,
        is_reset,
        _held: held,
    };
    (pipe, socket)
}

impl Pipe {
    /// Alive for as long as the server holds its end.
    pub(crate) fn held(&self) -> Weak<()> {
        self.held.clone()
    }

    /// Reads what is there, at most this many octets, and at most 1,024.
    pub(crate) fn read(&mut self, most: usize) -> Read {
        let mut octets = [0; 1024];
        let most = most.min(octets.len());
        let mut buf = ReadBuf::new(&mut octets[..most]);
        let mut cx = Context::from_waker(Waker::noop());
        match Pin::new(&mut self.stream).poll_read(&mut cx, &mut buf) {
            Poll::Pending => Read::Nothing,
            Poll::Ready(read) => {
                read.expect("a pipe in memory reads");
                match buf.filled() {
                    [] => Read::End,
                    octets => Read::Octets(octets.to_vec()),
                }
            }
        }
    }

    /// Writes as much as fits; an error if the server has dropped its end.
    pub(crate) fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut cx = Context::from_waker(Waker::noop());
        match Pin::new(&mut self.stream).poll_write(&mut cx, octets) {
            Poll::Pending => Ok(0),
            Poll::Ready(written) => written,
        }
    }

    /// Ends the peer's side of the stream.
    pub(crate) fn half_close(&mut self) {
        let mut cx = Context::from_waker(Waker::noop());
        let _never_pending = Pin::new(&mut self.stream).poll_shutdown(&mut cx);
    }

    /// Drops the connection, and everything in transit in both directions.
    pub(crate) fn reset(self) {
        self.is_reset.set(true);
    }
}

impl Socket {
    fn check(&self) -> io::Result<()> {
        if self.is_reset.get() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
