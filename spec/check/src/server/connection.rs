//! One connection to the server under test: it sends octets and reads lines, and judges nothing.

use std::io::{self, ErrorKind};
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::rate_limit::TokenBucket;
use crate::outcome::{Fault, Way};
use crate::recording::Recording;

/// A client's connection.
pub(super) struct Connection {
    name: String,
    stream: TcpStream,
    recording: Recording,
    /// Octets that have arrived and were not consumed yet.
    pub(super) unread: BytesMut,
    /// How the stream ended, if it has.
    pub(super) ended: Option<Way>,
    /// The rate at which it has sent (FAIR-2).
    pub(super) bucket: TokenBucket,
    /// Whether it has sent an LF.
    pub(super) has_sent_lf: bool,
    /// Whether the client has ended its side.
    pub(super) is_half_closed: bool,
    /// Whether the server has sent `close`.
    pub(super) was_told_close: bool,
    /// Whether `unread` may begin with an error's free text, which extends to the next expected
    /// text.
    pub(super) skips_error_text: bool,
}

/// Why a read brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadError {
    /// Nothing arrived in time.
    Timeout,
    /// The stream has ended.
    Closed,
    /// The connection was reset.
    Reset,
    /// More arrived than any server may send at once.
    TooMuch,
}

/// Maximum number of unread octets: more than any event has (SLOW-4), and than any burst in a case.
const MAX_UNREAD: usize = 64 << 20;

impl Connection {
    pub(super) fn new(name: &str, stream: TcpStream, recording: Recording) -> Self {
        Self {
            name: name.to_owned(),
            stream,
            recording,
            unread: BytesMut::new(),
            ended: None,
            bucket: TokenBucket::full(),
            has_sent_lf: false,
            is_half_closed: false,
            was_told_close: false,
            skips_error_text: false,
        }
    }

    /// Sends octets. Returns false if the server did not take them in time; that the connection has
    /// ended shows when it is read.
    pub(super) async fn send(&mut self, octets: &[u8], within: Duration) -> bool {
        self.recording.write(&self.name, Way::Sent, octets);
        self.has_sent_lf |= octets.contains(&b'\n');
        timeout(within, self.stream.write_all(octets)).await.is_ok()
    }

    /// Ends the client's side.
    pub(super) async fn half_close(&mut self) {
        self.is_half_closed = true;
        // If the connection is gone, that shows when it is read.
        let _gone = self.stream.shutdown().await;
    }

    /// Resets the connection.
    pub(super) fn reset(self) {
        self.recording.write(&self.name, Way::Reset, b"");
        // A connection that is gone already needs no reset.
        let _gone = self.stream.set_zero_linger();
    }

    /// Reads once. Returns the number of octets.
    pub(super) async fn read(&mut self, within: Duration) -> Result<usize, ReadError> {
        match self.ended {
            Some(Way::Reset) => return Err(ReadError::Reset),
            Some(_) => return Err(ReadError::Closed),
            None if self.unread.len() > MAX_UNREAD => return Err(ReadError::TooMuch),
            None => {}
        }
        let before = self.unread.len();
        self.unread.reserve(64 << 10);
        let read = timeout(within, self.stream.read_buf(&mut self.unread)).await;
        read.map_or(Err(ReadError::Timeout), |read| {
            self.after_read(before, read)
        })
    }

    /// Reads what has already arrived, at most `most` octets. Returns the number of octets.
    pub(super) fn read_now(&mut self, most: usize) -> usize {
        if self.ended.is_some() || most == 0 {
            return 0;
        }
        let before = self.unread.len();
        self.unread.reserve(most);
        let mut unread = (&mut self.unread).limit(most);
        let read = self.stream.try_read_buf(&mut unread);
        // The end of the stream shows at the next read.
        self.after_read(before, read).unwrap_or(0)
    }

    /// Sends as much as the connection takes at once. Returns the number of octets.
    pub(super) fn send_now(&mut self, octets: &[u8]) -> usize {
        let sent = match self.stream.try_write(octets) {
            Ok(sent) => sent,
            Err(why) if is_temporary(&why) => 0,
            // That the connection has ended shows when it is read.
            Err(_) => octets.len(),
        };
        if sent > 0 {
            self.recording.write(&self.name, Way::Sent, &octets[..sent]);
            self.has_sent_lf |= octets[..sent].contains(&b'\n');
        }
        sent
    }

    /// Records the result of a read; `unread` had `before` octets.
    fn after_read(&mut self, before: usize, read: io::Result<usize>) -> Result<usize, ReadError> {
        match read {
            Ok(0) => {
                self.ended = Some(Way::Ended);
                self.recording.write(&self.name, Way::Ended, b"");
                Err(ReadError::Closed)
            }
            Ok(read) => {
                let came = &self.unread[before..];
                self.recording.write(&self.name, Way::Read, came);
                Ok(read)
            }
            Err(why) if is_temporary(&why) => Ok(0),
            Err(_) => {
                self.ended = Some(Way::Reset);
                self.recording.write(&self.name, Way::Reset, b"");
                Err(ReadError::Reset)
            }
        }
    }

    /// Reads the next line, and returns it without its LF. Each octet is examined once.
    pub(super) async fn read_line(&mut self, within: Duration) -> Result<Vec<u8>, ReadError> {
        let mut seen = 0;
        loop {
            if let Some(at) = self.unread[seen..].iter().position(|&octet| octet == b'\n') {
                let line = self.unread.split_to(seen + at + 1);
                return Ok(line[..seen + at].to_vec());
            }
            seen = self.unread.len();
            self.read(within).await?;
        }
    }
}

fn is_temporary(why: &io::Error) -> bool {
    matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

impl ReadError {
    pub(super) fn fault(self) -> Fault {
        match self {
            Self::Timeout => Fault::Hang,
            Self::Closed | Self::Reset => Fault::Crash,
            Self::TooMuch => Fault::WrongAnswer,
        }
    }
}
