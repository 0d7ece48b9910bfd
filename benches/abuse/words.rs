//! The lines that attackers send over and over.

use std::fmt;

use super::tally;
use super::target::{Protocol, Target};

/// What a client sends without having to join.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Words {
    Unknown,
    Ping,
    Help,
    LongPing,
}

impl Words {
    pub(crate) const ALL: [Self; 4] = [Self::Unknown, Self::Ping, Self::Help, Self::LongPing];

    /// The line; `None` where the server has none like it, or where it would end the connection.
    pub(crate) fn line(self, target: &Target) -> Option<Vec<u8>> {
        match (target.protocol, self) {
            (Protocol::Parlour, Self::Unknown) => Some(b"x\n".to_vec()),
            (Protocol::Parlour, Self::Ping) => Some(b"PING 1\n".to_vec()),
            (Protocol::Parlour, Self::Help) => Some(b"HELP\n".to_vec()),
            (Protocol::Parlour, Self::LongPing) => {
                Some([b"PING ".as_slice(), &[b'x'; 4090], b"\n"].concat())
            }
            (Protocol::Nats | Protocol::Redis, Self::Ping) => Some(b"PING\r\n".to_vec()),
            (Protocol::Redis, Self::Unknown) => Some(b"x\r\n".to_vec()),
            (Protocol::Redis, Self::LongPing) => {
                Some([b"PING ".as_slice(), &[b'x'; 4090], b"\r\n"].concat())
            }
            (Protocol::Nats, Self::Unknown | Self::LongPing)
            | (Protocol::Nats | Protocol::Redis, Self::Help) => None,
        }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "x",
            Self::Ping => "PING",
            Self::Help => "HELP",
            Self::LongPing => "PING of 4 KB",
        })
    }
}

/// A line that says a text of `octets` to the room.
pub(crate) fn said(target: &Target, talker: usize, octets: usize) -> Vec<u8> {
    let (before, after) = match target.protocol {
        Protocol::Parlour => ("BCST ".to_owned(), "\n"),
        Protocol::Nats => (format!("PUB room {octets}\r\n"), "\r\n"),
        Protocol::Redis => (
            format!("*3\r\n$7\r\nPUBLISH\r\n$4\r\nroom\r\n${octets}\r\n"),
            "\r\n",
        ),
    };
    let text = tally::text(talker, octets);
    [before.as_bytes(), &text, after.as_bytes()].concat()
}

/// A line that says a text of `octets` to one member of Parlour.
pub(crate) fn said_to(addressee: &str, talker: usize, octets: usize) -> Vec<u8> {
    let text = tally::text(talker, octets);
    [b"MESG ", addressee.as_bytes(), b" ", &text, b"\n"].concat()
}
