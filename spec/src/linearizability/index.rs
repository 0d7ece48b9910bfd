//! An index of the trace: what the lines of each connection say, with their positions among all
//! that it read.
//!
//! The columns of the state table tell which events go to all members, which to one, and which are
//! answers.

use std::collections::{BTreeSet, HashMap};

use crate::table::Row;
use crate::{Input, ReadLine, ReferenceModel, Trace};

pub(super) struct Index<'a> {
    /// Per connection, the position of its own `joined`, if it read one.
    pub(super) joined: Vec<Option<usize>>,
    /// By name, the connections and positions at which `joined` was read.
    pub(super) joinings: HashMap<&'a str, Vec<(usize, usize)>>,
    /// By name, the connections and positions at which `left` was read.
    pub(super) leavings: HashMap<&'a str, Vec<(usize, usize)>>,
    /// The rules of the events that all members receive.
    of_the_room: BTreeSet<String>,
    /// Per connection, the positions of the answers to its own commands.
    pub(super) answers: Vec<Vec<usize>>,
    /// By sender and text, the connections and positions at which a private line was read.
    pub(super) privates: HashMap<[&'a str; 2], Vec<(usize, usize)>>,
    /// By text, the connections that sent it in a MESG, and the index of that input.
    pub(super) mesgs: HashMap<&'a str, Vec<(usize, usize)>>,
    /// By name, the connections that sent a JOIN with it, and the index of that input.
    pub(super) joins: HashMap<&'a str, Vec<(usize, usize)>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(model: &ReferenceModel, trace: &'a Trace) -> Self {
        let told = |rows: &mut dyn Iterator<Item = &Row>| -> BTreeSet<String> {
            let others = rows.flat_map(|row| &row.others);
            others.map(|told| told.rule.clone()).collect()
        };
        let is_private = |row: &&Row| row.addressee_alone;
        let of_the_room = told(&mut model.rows().filter(|row| !is_private(row)));
        let private = told(&mut model.rows().filter(is_private));
        let joining = told(&mut model.rows().filter(|row| model.admits(row)));
        let leaving = told(&mut model.rows().filter(|row| model.dismisses(row)));
        let is = |rules: &BTreeSet<String>, line: &ReadLine| {
            line.rule().is_some_and(|rule| rules.contains(rule))
        };
        let mut index = Self {
            joined: Vec::new(),
            joinings: HashMap::new(),
            leavings: HashMap::new(),
            of_the_room: of_the_room.clone(),
            answers: Vec::new(),
            privates: HashMap::new(),
            mesgs: HashMap::new(),
            joins: HashMap::new(),
        };
        for (c, connection) in trace.connections.iter().enumerate() {
            let mut answers = Vec::new();
            let (mut joined, mut own) = (None, None);
            for (at, line) in connection.read.iter().map(|line| &**line).enumerate() {
                let name = line.part("username", 0);
                if is(&joining, line)
                    && let Some(name) = name
                {
                    if joined.is_none() {
                        (joined, own) = (Some(at), Some(name));
                    }
                    index.joinings.entry(name).or_default().push((c, at));
                }
                if is(&leaving, line)
                    && let Some(name) = name
                {
                    index.leavings.entry(name).or_default().push((c, at));
                }
                let by_itself = own.is_some() && name == own;
                if is(&of_the_room, line) {
                    answers.extend(by_itself.then_some(at));
                } else if is(&private, line) {
                    let said = [name, line.part("text", 0)].map(Option::unwrap_or_default);
                    index.privates.entry(said).or_default().push((c, at));
                    let to_itself = by_itself && line.part("username", 1) == own;
                    answers.extend(to_itself.then_some(at));
                } else {
                    answers.push(at);
                }
            }
            for (n, (said, _)) in connection.sent.iter().enumerate() {
                if let Input::Mesg(_, text) = said {
                    index.mesgs.entry(text).or_default().push((c, n));
                } else if let Input::Join(name) = said {
                    index.joins.entry(name.as_str()).or_default().push((c, n));
                }
            }
            index.joined.push(joined);
            index.answers.push(answers);
        }
        index
    }

    pub(super) fn is_of_the_room(&self, line: &ReadLine) -> bool {
        line.rule()
            .is_some_and(|rule| self.of_the_room.contains(rule))
    }

    /// How often `d` reads, from position `from` on, that somebody else joins under this name.
    pub(super) fn reads_of_joining(&self, d: usize, name: &str, from: usize) -> usize {
        let own = |&&(_, at): &&(usize, usize)| self.joined[d] != Some(at);
        reads_by(&self.joinings, d, name, from)
            .iter()
            .filter(own)
            .count()
    }

    /// Whether `d` reads, at a position in `from..until`, that somebody of this name has left.
    pub(super) fn reads_of_leaving(&self, d: usize, name: &str, [from, until]: [usize; 2]) -> bool {
        let reads = reads_by(&self.leavings, d, name, from);
        reads.first().is_some_and(|&(_, at)| at < until)
    }
}

/// The places under this name at which `d` reads from position `from` on.
fn reads_by<'i>(
    places: &'i HashMap<&str, Vec<(usize, usize)>>,
    d: usize,
    name: &str,
    from: usize,
) -> &'i [(usize, usize)] {
    let all = places.get(name).map_or(&[][..], Vec::as_slice);
    let place = |bound| all.partition_point(|&place| place < bound);
    &all[place((d, from))..place((d + 1, 0))]
}
