//! Faults in a record: one line dropped, doubled, swapped with the next, or moved to another
//! connection.
//!
//! Not every such record is wrong: nobody can tell how many of the last commands of a connection
//! that was reset were handled. So faults are planted only where the rest of the record reveals
//! them.

use parlour_spec::{End, Random, ReadLine, Trace};

/// What happens to line `at` of the lines that connection `of` read.
pub(crate) struct Fault {
    kind: Kind,
    of: usize,
    at: usize,
    line: String,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Dropped,
    Doubled,
    SwappedWithNext,
    /// To another connection, before the given line that it read.
    Moved(usize, usize),
}

impl Fault {
    /// A random fault; `turn` cycles through the kinds.
    pub(crate) fn random(trace: &Trace, random: &mut Random, turn: usize) -> Self {
        loop {
            let of = random.below(trace.connections.len());
            let read = &trace.connections[of].read;
            if read.len() < 2 {
                continue;
            }
            let at = random.below(read.len() - 1);
            let to = random.below(trace.connections.len());
            let kind = match turn % 4 {
                0 => Kind::Dropped,
                1 => Kind::Doubled,
                2 => Kind::SwappedWithNext,
                _ if to == of => continue,
                _ => Kind::Moved(to, random.below(trace.connections[to].read.len() + 1)),
            };
            let shows = match kind {
                Kind::SwappedWithNext => others_read_in_this_order(trace, of, at),
                Kind::Dropped | Kind::Doubled | Kind::Moved(..) => is_owed_once(trace, of, at),
            };
            if shows {
                let line = read[at].line.clone();
                return Self { kind, of, at, line };
            }
        }
    }

    /// Describes where in the record the fault is.
    pub(crate) fn place(&self) -> String {
        let Self { kind, of, at, line } = self;
        format!("{kind:?}: line {at} of {of}, {line}")
    }

    /// The record with this fault in it.
    pub(crate) fn plant(&self, trace: &Trace) -> Trace {
        let mut trace = trace.clone();
        let Self { of, at, .. } = *self;
        match self.kind {
            Kind::Dropped => drop(remove(&mut trace, of, at)),
            Kind::Doubled => {
                let line = trace.connections[of].read[at].clone();
                insert(&mut trace, of, at, line);
            }
            Kind::SwappedWithNext => trace.connections[of].read.swap(at, at + 1),
            Kind::Moved(to, there) => {
                let line = remove(&mut trace, of, at);
                insert(&mut trace, to, there, line);
            }
        }
        trace
    }
}

/// Commands sent after the removed line were sent after one line fewer.
fn remove(trace: &mut Trace, of: usize, at: usize) -> std::rc::Rc<ReadLine> {
    let connection = &mut trace.connections[of];
    let later = connection.sent.iter_mut().filter(|(_, after)| *after > at);
    later.for_each(|(_, after)| *after -= 1);
    connection.read.remove(at)
}

fn insert(trace: &mut Trace, of: usize, at: usize, line: std::rc::Rc<ReadLine>) {
    let connection = &mut trace.connections[of];
    let later = connection.sent.iter_mut().filter(|(_, after)| *after > at);
    later.for_each(|(_, after)| *after += 1);
    connection.read.insert(at, line);
}

/// Whether the line is owed in any order: it is an event for the whole room and more such events
/// follow, or it answers a client that read to the end, and more than `close` follows it, because a
/// visitor's time may be over before its last line is handled. Whether a MESG found its addressee
/// depends on the order.
fn is_owed_once(trace: &Trace, of: usize, at: usize) -> bool {
    let connection = &trace.connections[of];
    let line = &connection.read[at];
    let more_follows = connection.read[at + 1..]
        .iter()
        .any(|line| is_of_the_room(line));
    let is_last = connection.read[at + 1..]
        .iter()
        .all(|line| line.is("close"));
    let found_nobody = line.part("code", 0) == Some("no-such-user");
    match () {
        () if is_of_the_room(line) => more_follows,
        () => connection.end == End::Closed && !is_last && !found_nobody && !line.is("private"),
    }
}

/// Whether another client reads both lines as well: then their order does not depend on when each
/// was handled.
fn others_read_in_this_order(trace: &Trace, of: usize, at: usize) -> bool {
    let [one, next] = [at, at + 1].map(|at| &trace.connections[of].read[at]);
    let mut others = trace
        .connections
        .iter()
        .enumerate()
        .filter(|&(other, _)| other != of);
    is_of_the_room(one)
        && is_of_the_room(next)
        && others.any(|(_, other)| other.read.contains(one) && other.read.contains(next))
}

fn is_of_the_room(line: &ReadLine) -> bool {
    ["joined", "left", "broadcast"]
        .iter()
        .any(|rule| line.is(rule))
}
