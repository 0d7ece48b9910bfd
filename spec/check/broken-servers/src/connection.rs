//! One socket: its send queue, and how it ends (CONN-4 to CONN-6, LINE-9, SLOW-1 to SLOW-3,
//! SLOW-5).

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use crate::framing::Framing;
use crate::limits::Limits;
use crate::room::Id;

/// Maximum number of octets read at once: their answers fit into the send queue, however long they
/// are.
pub(crate) const READ_OCTETS: usize = 8192;

/// How long to wait for the peer to end its side (CONN-4).
const LINGER: Duration = Duration::from_secs(2);

/// A connection and its state.
pub(crate) struct Connection {
    pub(crate) id: Id,
    pub(crate) socket: TcpStream,
    pub(crate) framing: Framing,
    pub(crate) queue: Vec<u8>,
    has_lagged: bool,
    /// Whether the peer's side is open.
    is_read_open: bool,
    /// Whether writing has failed.
    is_broken: bool,
    ending: Ending,
    pub(crate) join_by: Option<Instant>,
    heard_at: Instant,
    stalled_at: Option<Instant>,
}

/// How far the server's side has ended.
enum Ending {
    Open,
    /// `close` follows the send queue.
    Closing,
    /// `close` is sent at this time, in a write of its own.
    Pausing(Instant),
    /// Nothing follows the send queue.
    Closed,
    /// Waits until this time for the peer to end its side.
    Lingering(Instant),
}

/// The result of a read.
pub(crate) enum Received {
    Nothing,
    /// Nothing, for the quiet time after an unfinished line (LINE-8).
    Quiet,
    Octets(Vec<u8>),
    End,
    Lost,
}

/// The connection has ended.
pub(crate) struct Gone;

impl Connection {
    pub(crate) fn new(id: Id, socket: TcpStream, limits: &Limits) -> Self {
        let now = Instant::now();
        let waits = !limits.join_timeout.is_zero();
        Self {
            id,
            socket,
            framing: Framing::new(!limits.quiet.is_zero()),
            queue: Vec::new(),
            has_lagged: false,
            is_read_open: true,
            is_broken: false,
            ending: Ending::Open,
            join_by: waits.then(|| now + limits.join_timeout),
            heard_at: now,
            stalled_at: None,
        }
    }

    /// Appends `octets` to the send queue.
    pub(crate) fn push(&mut self, octets: &[u8]) {
        if matches!(self.ending, Ending::Open) && !self.is_broken {
            self.queue.extend_from_slice(octets);
        }
    }

    /// Sends `close` after the send queue, and ends the connection.
    pub(crate) fn close(&mut self) {
        if matches!(self.ending, Ending::Open) {
            self.ending = Ending::Closing;
        }
        self.join_by = None;
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.ending, Ending::Open)
    }

    pub(crate) fn wants_input(&self) -> bool {
        self.is_read_open && (self.queue.is_empty() || self.is_broken)
    }

    /// Whether the connection lags (SLOW-5): more than a quarter of its send queue is full, or an
    /// eighth once it lagged.
    pub(crate) fn lags(&mut self, limits: &Limits) -> bool {
        let most = limits.send_queue / if self.has_lagged { 8 } else { 4 };
        self.has_lagged = self.queue.len() > most;
        self.has_lagged
    }

    pub(crate) fn wants_output(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Reads once, if the send queue is empty.
    pub(crate) fn read(&mut self, limits: &Limits) -> Received {
        if !self.wants_input() {
            self.heard_at = Instant::now();
            return Received::Nothing;
        }
        let mut octets = [0; READ_OCTETS];
        match self.socket.read(&mut octets) {
            Ok(0) => {
                self.is_read_open = false;
                if self.is_broken {
                    Received::Lost
                } else {
                    Received::End
                }
            }
            Ok(len) => {
                self.heard_at = Instant::now();
                Received::Octets(octets[..len].to_vec())
            }
            Err(error) if is_temporary(&error) => {
                let is_quiet = self.quiet_at(limits).is_some_and(|at| at <= Instant::now());
                if is_quiet {
                    Received::Quiet
                } else {
                    Received::Nothing
                }
            }
            Err(_) => Received::Lost,
        }
    }

    /// Writes the send queue, and then the octets that end the connection, from `closing_octets`.
    pub(crate) fn write(
        &mut self,
        limits: &Limits,
        closing_octets: impl FnOnce(bool) -> Vec<u8>,
    ) -> Result<(), Gone> {
        self.write_queue(limits)?;
        let is_undelimited = !self.framing.is_delimited;
        if self.queue.is_empty() && self.may_close(is_undelimited.then_some(limits.quiet)) {
            self.queue = closing_octets(is_undelimited);
            self.ending = Ending::Closed;
            self.write_queue(limits)?;
        }
        self.end()
    }

    /// When something has to be done even if nothing arrives.
    pub(crate) fn deadline(&self, limits: &Limits) -> Option<Instant> {
        let ending = match self.ending {
            Ending::Pausing(until) | Ending::Lingering(until) => Some(until),
            Ending::Open | Ending::Closing | Ending::Closed => None,
        };
        let stall = self.stalled_at.map(|at| at + limits.stall_timeout);
        [self.quiet_at(limits), self.join_by, stall, ending]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether it is time for `close`, `pause` after what was sent before.
    fn may_close(&mut self, pause: Option<Duration>) -> bool {
        let now = Instant::now();
        match (&self.ending, pause) {
            (Ending::Closing, Some(pause)) => {
                self.ending = Ending::Pausing(now + pause);
                false
            }
            (Ending::Closing, None) => true,
            (Ending::Pausing(until), _) => *until <= now,
            (Ending::Open | Ending::Closed | Ending::Lingering(_), _) => false,
        }
    }

    fn end(&mut self) -> Result<(), Gone> {
        let now = Instant::now();
        if matches!(self.ending, Ending::Closed) && self.queue.is_empty() {
            self.socket.shutdown(Shutdown::Write).map_err(|_| Gone)?;
            self.ending = Ending::Lingering(now + LINGER);
        }
        match self.ending {
            Ending::Lingering(until) if !self.is_read_open || until <= now => Err(Gone),
            Ending::Lingering(_)
            | Ending::Open
            | Ending::Closing
            | Ending::Pausing(_)
            | Ending::Closed => Ok(()),
        }
    }

    fn quiet_at(&self, limits: &Limits) -> Option<Instant> {
        let awaits = self.is_open() && self.wants_input() && self.framing.awaits_quiet();
        awaits.then(|| self.heard_at + limits.quiet)
    }

    /// Writes the send queue; a peer that has fallen too far behind is lost.
    fn write_queue(&mut self, limits: &Limits) -> Result<(), Gone> {
        while !self.queue.is_empty() {
            match self.socket.write(&self.queue) {
                Ok(len) => {
                    self.queue.drain(..len);
                    self.stalled_at = None;
                }
                Err(error) if is_temporary(&error) => {
                    let stalled_at = *self.stalled_at.get_or_insert_with(Instant::now);
                    let has_stalled = stalled_at.elapsed() >= limits.stall_timeout;
                    if self.queue.len() > limits.send_queue || has_stalled {
                        return Err(Gone);
                    }
                    return Ok(());
                }
                Err(_) => {
                    self.queue.clear();
                    self.is_broken = true;
                }
            }
        }
        Ok(())
    }
}

fn is_temporary(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
