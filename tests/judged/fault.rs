//! One line of a record that is not as it was: dropped, doubled, swapped with the next, or moved to another's.
//!
//! Not every such record is wrong: nobody can tell what of the last words of a connection that was reset was handled. So faults are
//! planted where the rest of the record shows them.

use parlour_spec::{End, Random, ReadLine, Trace};

/// What is done to the line `at` of what `of` read.
pub(crate) struct Fault {
    deed: Deed,
    of: usize,
    at: usize,
    line: String,
}

#[derive(Clone, Copy, Debug)]
enum Deed {
    Dropped,
    Doubled,
    SwappedWithNext,
    /// To another, before what that one read there.
    Moved(usize, usize),
}

impl Fault {
    /// One of each kind in turn.
    pub(crate) fn random(trace: &Trace, random: &mut Random, turn: usize) -> Self {
        loop {
            let of = random.below(trace.connections.len());
            let read = &trace.connections[of].read;
            if read.len() < 2 {
                continue;
            }
            let at = random.below(read.len() - 1);
            let to = random.below(trace.connections.len());
            let deed = match turn % 4 {
                0 => Deed::Dropped,
                1 => Deed::Doubled,
                2 => Deed::SwappedWithNext,
                _ if to == of => continue,
                _ => Deed::Moved(to, random.below(trace.connections[to].read.len() + 1)),
            };
            let shows = match deed {
                Deed::SwappedWithNext => others_read_in_this_order(trace, of, at),
                Deed::Dropped | Deed::Doubled | Deed::Moved(..) => is_owed_once(trace, of, at),
            };
            if shows {
                let line = read[at].line.clone();
                return Self { deed, of, at, line };
            }
        }
    }

    /// How a reader of the record finds it.
    pub(crate) fn place(&self) -> String {
        let Self { deed, of, at, line } = self;
        format!("{deed:?}: line {at} of {of}, {line}")
    }

    /// The record with this fault in it.
    pub(crate) fn plant(&self, trace: &Trace) -> Trace {
        let mut trace = trace.clone();
        let Self { of, at, .. } = *self;
        match self.deed {
            Deed::Dropped => drop(remove(&mut trace, of, at)),
            Deed::Doubled => {
                let line = trace.connections[of].read[at].clone();
                insert(&mut trace, of, at, line);
            }
            Deed::SwappedWithNext => trace.connections[of].read.swap(at, at + 1),
            Deed::Moved(to, there) => {
                let line = remove(&mut trace, of, at);
                insert(&mut trace, to, there, line);
            }
        }
        trace
    }
}

/// What was said later was said after one line less.
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

/// Whether the line is owed whatever the order: it is of the room and more of the room follows, or it answers somebody who read
/// to the end, and more than that follows: a visitor's time may be over before its last line is handled. Whether a MESG found anybody
/// is a matter of the order.
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

/// Whether somebody else reads these two lines as well: then their order is no matter of when each was handled.
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
