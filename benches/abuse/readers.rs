//! Members that read at a limited rate, and one that reads everything.

use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::flood::discard;
use super::tally::Tally;

/// The time between two reads of a slow reader.
const TICK: Duration = Duration::from_millis(5);

/// A reader that is late catches up on at most this much time at once.
const CATCH_UP: Duration = Duration::from_millis(100);

const READ_OCTETS: usize = 256 << 10;

/// How fast a member reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    Full,
    /// Octets a second.
    Limited(f64),
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Full => f.write_str("max"),
            Self::Limited(rate) if rate >= 1e6 => write!(f, "{} MB/s", rate / 1e6),
            Self::Limited(rate) => write!(f, "{} KB/s", rate / 1e3),
        }
    }
}

/// One reader.
pub(crate) struct Reader {
    socket: TcpStream,
    pace: Pace,
    /// The octets that are due by now and not read yet.
    due: f64,
    since: Instant,
    is_gone: bool,
}

impl Reader {
    pub(crate) fn new(socket: TcpStream, pace: Pace) -> Self {
        Self {
            socket,
            pace,
            due: 0.0,
            since: Instant::now(),
            is_gone: false,
        }
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Reads what is due by now.
    fn read_slowly(&mut self, rate: f64, now: Instant, input: &mut [u8]) -> io::Result<()> {
        self.due += (now - self.since).as_secs_f64() * rate;
        self.due = self.due.min(CATCH_UP.as_secs_f64() * rate);
        self.since = now;
        while self.due >= 1.0 {
            let most = input.len().min(self.due as usize);
            match discard(&self.socket, &mut input[..most])? {
                0 => break,
                len => self.due -= len as f64,
            }
        }
        Ok(())
    }

    fn read_all(&mut self, input: &mut [u8], tally: &mut Tally) -> io::Result<()> {
        match self.socket.read(input) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(len) => {
                tally.hear(&input[..len]);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// All readers; the first reads everything and counts.
pub(crate) struct Readers {
    readers: Vec<Reader>,
    pub(crate) tally: Tally,
    input: Vec<u8>,
    ticked: Instant,
}

impl Readers {
    pub(crate) fn new(readers: Vec<Reader>) -> Self {
        Self {
            readers,
            tally: Tally::default(),
            input: vec![0; READ_OCTETS],
            ticked: Instant::now(),
        }
    }

    /// Reads everything there is for the first reader, and what is due for the others; takes at
    /// most one tick.
    pub(crate) fn turn(&mut self) -> io::Result<()> {
        let Some((first, others)) = self.readers.split_first_mut() else {
            return Ok(());
        };
        let now = Instant::now();
        if now - self.ticked >= TICK {
            self.ticked = now;
            for reader in others.iter_mut().filter(|reader| !reader.is_gone) {
                if let Pace::Limited(rate) = reader.pace {
                    let read = reader.read_slowly(rate, now, &mut self.input);
                    reader.is_gone = read.is_err();
                }
            }
        }
        let timeout = TICK.saturating_sub(self.ticked.elapsed());
        let timeout = Timespec::try_from(timeout).map_err(io::Error::other)?;
        let mut sockets = Vec::new();
        if !first.is_gone {
            sockets.push(PollFd::new(&first.socket, PollFlags::IN));
        }
        if poll(&mut sockets, Some(&timeout))? > 0
            && first.read_all(&mut self.input, &mut self.tally).is_err()
        {
            first.is_gone = true;
            self.tally.ended = Some(Instant::now());
        }
        Ok(())
    }
}
