//! A recorded history of a server: for each connection what it sent and what it read, in order and
//! without clocks.
//!
//! It is written like the conversations of the specification, with three more marks for how a
//! connection ended:
//!
//! ```text
//! C ann: JOIN ann                   the client sent this line (recorded before it is sent)
//! M ann: not-utf8                   the client sent a malformed line of this code
//! S ann: SERVER: ann joined the chat!   the client read this line (recorded when complete)
//! H ann                             the client ended its side
//! X ann                             the client read the end of the stream
//! R ann                             the connection was lost, and with it what was in flight
//! ```
//!
//! Only the order of one connection's lines matters, not how they are interleaved with those of
//! others. A connection with neither `X` nor `R` was still open when the record ended: nothing is
//! known of what it would have read. Empty lines and lines that begin with `#` are skipped.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::{Input, Oracle};

/// A record of some connections to one room.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The connections, in the order in which the record first names them.
    pub connections: Vec<Connection>,
}

/// The recorded history of one connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its name in the record.
    pub name: String,
    /// The inputs it sent, each with the number of lines it had read before.
    pub sent: Vec<(Input, usize)>,
    /// The lines it read.
    pub read: Vec<Rc<ReadLine>>,
    /// How it ended.
    pub end: End,
}

/// A line that a client read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadLine {
    /// The line, without its LF.
    pub line: String,
    /// The rule that derives it; `None` if it is no event.
    rule: Option<Arc<str>>,
    /// The rules that derive its parts, and where these are.
    parts: Vec<(Arc<str>, Range<usize>)>,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was open when the record ended.
    Open,
    /// The client read the end of the stream.
    Closed,
    /// It was lost (CONN-6).
    Lost,
}

impl Trace {
    /// Reads a record; `oracle` reads the commands in it.
    ///
    /// # Errors
    /// The first line that is not of the form above.
    pub fn read(record: &str, oracle: &Oracle) -> Result<Self, String> {
        let mut trace = Self::default();
        let mut known = HashMap::new();
        let mut lines = HashMap::new();
        for line in record.lines() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = || format!("this line of the record says nothing: {line}");
            let (mark, rest) = line.split_once(' ').ok_or_else(wrong)?;
            let (name, said) = rest.split_once(": ").unwrap_or((rest, ""));
            let at = *known.entry(name.to_owned()).or_insert_with(|| {
                trace.connections.push(Connection::new(name));
                trace.connections.len() - 1
            });
            let connection = &mut trace.connections[at];
            match mark {
                "S" => {
                    let read_line = lines
                        .entry(said)
                        .or_insert_with(|| Rc::new(ReadLine::of(said, oracle)));
                    connection.read.push(Rc::clone(read_line));
                }
                "C" => match oracle.line(said.as_bytes()) {
                    Some(Ok(command)) => connection.send(Input::of(Ok(&command))),
                    Some(Err(code)) => connection.send(Input::of(Err(code))),
                    None => {}
                },
                "M" => connection.send(Input::of(Err(said))),
                "H" => connection.send(Input::HalfClose),
                "X" => connection.end = End::Closed,
                "R" => connection.end = End::Lost,
                _ => return Err(wrong()),
            }
        }
        Ok(trace)
    }
}

/// Reads lines that servers sent, each different one once.
#[derive(Debug, Default)]
pub struct Lines(HashMap<String, Rc<ReadLine>>);

impl Lines {
    /// The line, as Parlour's own document derives it.
    pub fn read(&mut self, line: &str) -> Rc<ReadLine> {
        if let Some(known) = self.0.get(line) {
            return Rc::clone(known);
        }
        let read = Rc::new(ReadLine::of(line, Oracle::parlour()));
        self.0.insert(line.to_owned(), Rc::clone(&read));
        read
    }
}

impl ReadLine {
    fn of(line: &str, oracle: &Oracle) -> Self {
        let event = oracle.event(line.as_bytes());
        let parts = event.iter().flat_map(|event| &event.parts);
        Self {
            line: line.to_owned(),
            rule: event.as_ref().map(|event| Arc::clone(&event.rule)),
            parts: parts
                .map(|part| (Arc::clone(&part.rule), part.span.clone()))
                .collect(),
        }
    }

    /// Whether this rule derives it.
    pub fn is(&self, rule: &str) -> bool {
        self.rule() == Some(rule)
    }

    /// The rule that derives it.
    pub fn rule(&self) -> Option<&str> {
        self.rule.as_deref()
    }

    /// The `n`th part of it that `rule` derives, from 0.
    pub fn part(&self, rule: &str, n: usize) -> Option<&str> {
        let mut parts = self.parts.iter().filter(|(of, _)| **of == *rule);
        parts.nth(n).map(|(_, span)| &self.line[span.clone()])
    }
}

impl Connection {
    /// A connection that has neither sent nor read anything.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            sent: Vec::new(),
            read: Vec::new(),
            end: End::Open,
        }
    }

    /// Records that the connection sends this next.
    pub fn send(&mut self, input: Input) {
        self.sent.push((input, self.read.len()));
    }
}
