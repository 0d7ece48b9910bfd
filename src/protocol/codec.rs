//! Framing: octets into lines and back, for both sides (spec section 2).
//!
//! A line that is wrong is an *item* of these codecs, never their error: an error ends a
//! connection, a bad line does not.

use std::fmt::{self, Write as _};
use std::io;

use bytes::BytesMut;
use thiserror::Error;
use tokio_util::codec::{Decoder, Encoder};

use super::{Command, Event, Frame, Line, LineFramer, Malformed, grammar};

/// The server's side: reads [`Line`]s, writes [`Event`]s.
#[derive(Clone, Debug)]
pub struct ServerCodec {
    framer: LineFramer,
    serves_undelimited: bool,
}

impl ServerCodec {
    /// Reads lines of at most `max_line` octets with their LF (LINE-2). LINE-8 and LINE-9 hold if
    /// `serves_undelimited`.
    pub fn new(max_line: usize, serves_undelimited: bool) -> Self {
        Self {
            framer: LineFramer::new(max_line),
            serves_undelimited,
        }
    }

    /// Whether LINE-8 and LINE-9 hold for this connection, because no LF has come on it so far.
    pub fn is_undelimited(&self) -> bool {
        self.serves_undelimited && !self.framer.is_delimited()
    }

    /// Whether a silence would end a line now (LINE-8). `src` is what `decode` has left.
    pub fn awaits_quiet(&self, src: &[u8]) -> bool {
        self.is_undelimited() && (self.framer.is_skipping() || !src.is_empty())
    }

    /// Takes the unfinished line that `decode` has left out of `src`, and reads it if LINE-8 holds
    /// for this connection.
    ///
    /// To be called when the quiet time has passed; at the end of the stream call
    /// [`Decoder::decode_eof`].
    pub fn decode_unfinished(&mut self, src: &mut BytesMut) -> Option<Line> {
        let undelimited = self.is_undelimited();
        let line = self.framer.rest(src, read_line);
        line.filter(|_| undelimited)
    }
}

impl Decoder for ServerCodec {
    type Item = Line;
    type Error = io::Error;

    fn decode(&mut self, src: &mut BytesMut) -> io::Result<Option<Line>> {
        Ok(self.framer.next(src, read_line))
    }

    fn decode_eof(&mut self, src: &mut BytesMut) -> io::Result<Option<Line>> {
        let line = self.framer.next(src, read_line);
        Ok(line.or_else(|| self.decode_unfinished(src)))
    }
}

impl Encoder<&Event> for ServerCodec {
    type Error = io::Error;

    fn encode(&mut self, event: &Event, dst: &mut BytesMut) -> io::Result<()> {
        event.encode(dst);
        Ok(())
    }
}

impl Event {
    /// Appends the event and the LF that ends it.
    pub fn encode(&self, dst: &mut BytesMut) {
        write_line(self, dst);
    }

    /// Whether a client receives it only after the server has read a line of that client.
    fn follows_a_line(&self) -> bool {
        match self {
            Self::Greeting | Self::Full | Self::ShuttingDown | Self::Close => false,
            Self::Joined(_)
            | Self::Left(_)
            | Self::Broadcast { .. }
            | Self::Private { .. }
            | Self::Online(_)
            | Self::Pong(_)
            | Self::Help(_)
            | Self::Error { .. } => true,
        }
    }
}

/// What a client reads, one item a line: an event, or a line that is no event (GRAM-6).
pub type ServerLine = Result<Event, UnknownLine>;

/// The client's side: reads events, writes [`Command`]s.
#[derive(Clone, Debug)]
pub struct ClientCodec {
    framer: LineFramer,
    max_line: usize,
    /// The server has answered a line, so it has received an LF from this client.
    answered: bool,
}

impl ClientCodec {
    /// The most octets of an event with its LF (SLOW-4): enough for an `online` with 30,000 of the
    /// longest names.
    pub const MAX_EVENT: usize = 4 << 20;

    /// Writes commands of at most `max_line` octets with their LF (LINE-2).
    pub fn new(max_line: usize) -> Self {
        Self {
            framer: LineFramer::new(Self::MAX_EVENT),
            max_line,
            answered: false,
        }
    }
}

impl Decoder for ClientCodec {
    type Item = ServerLine;
    type Error = io::Error;

    fn decode(&mut self, src: &mut BytesMut) -> io::Result<Option<ServerLine>> {
        let line = self.framer.next(src, read_event);
        self.answered |= matches!(&line, Some(Ok(event)) if event.follows_a_line());
        Ok(line)
    }

    /// An unfinished line is no event (LINE-10), except the `close` of LINE-9. Once the server has
    /// answered a line, an unfinished `close` is the beginning of a name.
    fn decode_eof(&mut self, src: &mut BytesMut) -> io::Result<Option<ServerLine>> {
        if let line @ Some(_) = self.decode(src)? {
            return Ok(line);
        }
        let is_close = !self.answered && src[..] == *Event::Close.to_string().as_bytes();
        let close = |_: Frame<'_>| is_close.then_some(Ok(Event::Close));
        Ok(self.framer.rest(src, close))
    }
}

impl Encoder<&Command> for ClientCodec {
    type Error = CommandError;

    fn encode(&mut self, command: &Command, dst: &mut BytesMut) -> Result<(), CommandError> {
        let start = dst.len();
        write_line(command, dst);
        let len = dst.len() - start;
        if len > self.max_line {
            dst.truncate(start);
            let max = self.max_line;
            return Err(CommandError::TooLong { len, max });
        }
        Ok(())
    }
}

/// Why a command was not written.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The line is longer than a server may take (LINE-2). Nothing was written.
    #[error("the line has {len} octets, and at most {max} are sent")]
    TooLong {
        /// The octets of the line with its LF.
        len: usize,
        /// The most octets that are sent.
        max: usize,
    },
    /// The connection is of no more use.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A line from a server that is no event. Its `Display` is unsafe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnknownLine {
    /// Longer than any event (SLOW-4); the line was skipped.
    #[error("a line longer than any event")]
    TooLong,
    /// The line, with U+FFFD for what is not UTF-8.
    #[error("{0}")]
    NotAnEvent(String),
}

fn read_line(cut: Frame<'_>) -> Option<Line> {
    match cut {
        Frame::Line(octets) => grammar::parse_line(octets),
        Frame::TooLong => Some(Err(Malformed::LineTooLong)),
    }
}

fn read_event(cut: Frame<'_>) -> Option<ServerLine> {
    match cut {
        Frame::Line([]) => None,
        Frame::Line(octets) => {
            Some(grammar::parse_event(octets).ok_or_else(|| {
                UnknownLine::NotAnEvent(String::from_utf8_lossy(octets).into_owned())
            }))
        }
        Frame::TooLong => Some(Err(UnknownLine::TooLong)),
    }
}

fn write_line(line: &impl fmt::Display, dst: &mut BytesMut) {
    writeln!(dst, "{line}").expect("a BytesMut grows as needed");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Names, UserName, parse_event, parse_line};

    /// SLOW-4
    ///
    /// > SLOW-4: A client MUST be able to read events of that length, or skip them.
    #[test]
    fn the_longest_event_is_read_and_a_longer_one_is_skipped() {
        let name = UserName::new(&"李".repeat(UserName::MAX_CHARS)).expect("a name");
        let online = Names::new(vec![name; 30_000]).map(Event::Online);
        let online = online.expect("there are names");
        let mut stream = BytesMut::new();
        online.encode(&mut stream);
        stream.extend_from_slice(&vec![b'x'; ClientCodec::MAX_EVENT]);
        stream.extend_from_slice(b"\n");
        Event::Close.encode(&mut stream);
        let mut codec = ClientCodec::new(4096);
        let mut next = || codec.decode(&mut stream).expect("no IO is done");
        assert_eq!(next(), Some(Ok(online)));
        assert_eq!(next(), Some(Err(UnknownLine::TooLong)));
        assert_eq!(next(), Some(Ok(Event::Close)));
        let longest = 4 * 1024 * 1024;
        assert_eq!(ClientCodec::MAX_EVENT, longest);
    }

    /// Everything that a client reads from a stream that ends after `octets`.
    fn read_to_the_end(octets: &[u8]) -> Vec<ServerLine> {
        let mut codec = ClientCodec::new(4096);
        let mut stream = BytesMut::from(octets);
        let next = || codec.decode_eof(&mut stream).expect("no IO is done");
        let lines = std::iter::from_fn(next).collect();
        assert!(stream.is_empty(), "nothing is left");
        lines
    }

    /// LINE-10
    ///
    /// > LINE-10: Only `close` may come without its LF, as LINE-9 says. Whatever else is unfinished
    /// > when the stream ends or breaks off is no event:
    #[test]
    fn an_event_cut_by_the_end_of_the_stream_is_none() {
        let said = "dani: BCST delete everything but the logs\n";
        let whole = parse_event(said.trim_end().as_bytes()).map(Ok);
        for cut in 0..said.len() {
            assert_eq!(read_to_the_end(&said.as_bytes()[..cut]), [], "{cut}");
            let lines = read_to_the_end(&[said, &said[..cut]].concat().into_bytes());
            assert_eq!(lines, Vec::from_iter(whole.clone()), "{cut}");
        }
    }

    /// LINE-9, LINE-10
    #[test]
    fn close_alone_needs_no_end() {
        let close = Ok(Event::Close);
        for before in [
            "",
            "Enter JOIN followed by your username: JOIN username\n",
            "Sorry the chat is full, please try later\n",
            "SERVER: shutting down\n",
        ] {
            let lines = read_to_the_end(&[before, "close"].concat().into_bytes());
            assert_eq!(lines.last(), Some(&close), "{before}");
            for piece in ["clos", "close\r", "closer", " close"] {
                let lines = read_to_the_end(&[before, piece].concat().into_bytes());
                assert!(lines.iter().all(|line| *line != close), "{before}{piece}");
                assert_eq!(lines.len(), before.lines().count(), "{before}{piece}");
            }
        }
    }

    /// LINE-9, LINE-10
    #[test]
    fn the_beginning_of_a_name_is_no_close_once_a_line_was_answered() {
        for answer in [
            "SERVER: closer joined the chat!",
            "PONG 1",
            "HELP LIST",
            "ERROR usage: x",
        ] {
            let lines = read_to_the_end(format!("{answer}\nclose").as_bytes());
            assert_eq!(
                lines,
                Vec::from_iter(parse_event(answer.as_bytes()).map(Ok))
            );
            let lines = read_to_the_end(format!("{answer}\nclose\n").as_bytes());
            assert_eq!(lines.last(), Some(&Ok(Event::Close)), "{answer}");
        }
    }

    /// GRAM-6
    ///
    /// > GRAM-6: A client MUST pass over an event that it cannot read, and SHOULD show it to its
    /// > user.
    #[test]
    fn a_line_that_is_no_event_is_shown_and_an_empty_one_passed_over() {
        let mut codec = ClientCodec::new(4096);
        let mut stream = BytesMut::from(&b"\n\r\nCLOSE \xff\n\nclose\n"[..]);
        let mut next = || codec.decode(&mut stream).expect("no IO is done");
        let shown = UnknownLine::NotAnEvent("CLOSE \u{fffd}".to_owned());
        assert_eq!(next(), Some(Err(shown)));
        assert_eq!(next(), Some(Ok(Event::Close)));
        assert_eq!(next(), None);
    }

    /// LINE-2
    #[test]
    fn a_command_has_as_many_octets_as_the_server_takes_and_no_more() {
        let ping = parse_line(b"PING 12")
            .and_then(Result::ok)
            .expect("a command");
        let mut sent = BytesMut::from("before ");
        ClientCodec::new(8)
            .encode(&ping, &mut sent)
            .expect("eight octets with the LF");
        assert_eq!(sent, "before PING 12\n");
        let refused = ClientCodec::new(7).encode(&ping, &mut sent);
        assert!(matches!(
            refused,
            Err(CommandError::TooLong { len: 8, max: 7 })
        ));
        assert_eq!(sent, "before PING 12\n");
    }
}
