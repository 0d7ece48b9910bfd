//! Everything that a client sends and prints, read as it arrives: the client never has to wait for
//! us.

use std::future::pending;
use std::io::ErrorKind;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::tcp::OwnedReadHalf;
use tokio::process::{ChildStderr, ChildStdout};
use tokio::select;

use crate::exit_status::STDERR_KEPT;
use crate::outcome::Way;
use crate::recording::Recording;

/// The streams of a client, and what has arrived on them.
pub(super) struct ClientOutput {
    pub(super) reader: Option<OwnedReadHalf>,
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
    /// Octets from the connection that were not consumed yet.
    pub(super) unread: Vec<u8>,
    /// How the connection ended, if it has.
    pub(super) ended: Option<Way>,
    /// All that was written to standard output.
    pub(super) shown: Vec<u8>,
    /// The last octets that were written to standard error.
    pub(super) stderr_tail: Vec<u8>,
    /// Whether more arrived than any client has to send: the rest is not kept.
    pub(super) overflowed: bool,
    pub(super) recording: Recording,
}

/// Maximum number of octets kept of the connection, and of the output.
const MAX_KEPT: usize = 8 << 20;

impl ClientOutput {
    /// Reads what arrives next on any stream. Never returns if nothing can arrive any more. Cancel
    /// safe.
    pub(super) async fn receive(&mut self) {
        let mut a = [0; 16 << 10];
        let mut b = [0; 16 << 10];
        let mut c = [0; 1 << 10];
        select! {
            read = next(&mut self.reader, &mut a) => match read {
                Ok(0) => self.end(Way::Ended),
                Ok(read) => {
                    self.recording.write("client", Way::Read, &a[..read]);
                    self.overflowed |= !keep(&mut self.unread, &a[..read]);
                }
                Err(ErrorKind::ConnectionReset) => self.end(Way::Reset),
                Err(_) => self.end(Way::Ended),
            },
            read = next(&mut self.stdout, &mut b) => match read {
                Ok(0) | Err(_) => self.stdout = None,
                Ok(read) => {
                    self.recording.write("output", Way::Read, &b[..read]);
                    self.overflowed |= !keep(&mut self.shown, &b[..read]);
                }
            },
            read = next(&mut self.stderr, &mut c) => match read {
                Ok(0) | Err(_) => self.stderr = None,
                Ok(read) => {
                    self.stderr_tail.extend(&c[..read]);
                    let excess = self.stderr_tail.len().saturating_sub(STDERR_KEPT);
                    self.stderr_tail.drain(..excess);
                }
            },
        }
    }

    fn end(&mut self, way: Way) {
        self.reader = None;
        self.ended = Some(way);
        self.recording.write("client", way, b"");
    }
}

async fn next(
    from: &mut Option<impl AsyncRead + Unpin>,
    into: &mut [u8],
) -> Result<usize, ErrorKind> {
    match from {
        Some(from) => from.read(into).await.map_err(|why| why.kind()),
        None => pending().await,
    }
}

/// Appends `octets`, unless that would exceed the maximum. Returns whether it did.
fn keep(kept: &mut Vec<u8>, octets: &[u8]) -> bool {
    let has_room = kept.len() + octets.len() <= MAX_KEPT;
    if has_room {
        kept.extend(octets);
    }
    has_room
}
