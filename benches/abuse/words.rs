//! What attackers say again and again.

use super::tally;
use super::target::{Protocol, Target};

/// A line that tells the room a text of `octets`.
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

/// A line that tells one member of Parlour a text of `octets`.
pub(crate) fn said_to(addressee: &str, talker: usize, octets: usize) -> Vec<u8> {
    let text = tally::text(talker, octets);
    [b"MESG ", addressee.as_bytes(), b" ", &text, b"\n"].concat()
}
