//! An index of the trace: what the lines of each connection say, with their positions among all
//! that it read.
//!
//! The columns of the state table tell which events go to all members, which to one, and which are
//! answers.

use std::collections::{BTreeSet, HashMap};

use crate::table::Row;
use crate::{Input, ReadLine, ReferenceModel, Trace};

/// A line, and its position among those that its connection read.
pub(super) type Placed<'a> = (usize, &'a ReadLine);

pub(super) struct Index<'a> {
    /// Per connection, the position of its own `joined`, if it read one.
    pub(super) joined: Vec<Option<usize>>,
    /// Per connection and name, the positions of `joined`.
    pub(super) joinings: Vec<HashMap<&'a str, Vec<usize>>>,
    /// Per connection and name, the positions of `left`.
    pub(super) leavings: Vec<HashMap<&'a str, Vec<usize>>>,
    /// Per connection, the lines that all members receive.
    pub(super) room_lines: Vec<Vec<Placed<'a>>>,
    /// Per connection, the lines that all members or an addressee receive.
    pub(super) pushed: Vec<Vec<Placed<'a>>>,
    /// Per connection, the answers to its own commands.
    pub(super) answers: Vec<Vec<Placed<'a>>>,
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
            joinings: Vec::new(),
            leavings: Vec::new(),
            room_lines: Vec::new(),
            pushed: Vec::new(),
            answers: Vec::new(),
            privates: HashMap::new(),
            mesgs: HashMap::new(),
            joins: HashMap::new(),
        };
        for (c, connection) in trace.connections.iter().enumerate() {
            let [mut joinings, mut leavings]: [HashMap<_, Vec<_>>; 2] = Default::default();
            let [mut room_lines, mut pushed, mut answers] = [const { Vec::new() }; 3];
            let (mut joined, mut own) = (None, None);
            for (at, line) in connection.read.iter().map(|line| &**line).enumerate() {
                let name = line.part("username", 0);
                if is(&joining, line)
                    && let Some(name) = name
                {
                    if joined.is_none() {
                        (joined, own) = (Some(at), Some(name));
                    }
                    joinings.entry(name).or_default().push(at);
                }
                if is(&leaving, line)
                    && let Some(name) = name
                {
                    leavings.entry(name).or_default().push(at);
                }
                let by_itself = own.is_some() && name == own;
                if is(&of_the_room, line) || is(&private, line) {
                    pushed.push((at, line));
                }
                if is(&of_the_room, line) {
                    room_lines.push((at, line));
                    answers.extend(by_itself.then_some((at, line)));
                } else if is(&private, line) {
                    let said = [name, line.part("text", 0)].map(Option::unwrap_or_default);
                    index.privates.entry(said).or_default().push((c, at));
                    let to_itself = by_itself && line.part("username", 1) == own;
                    answers.extend(to_itself.then_some((at, line)));
                } else {
                    answers.push((at, line));
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
            index.joinings.push(joinings);
            index.leavings.push(leavings);
            index.room_lines.push(room_lines);
            index.pushed.push(pushed);
            index.answers.push(answers);
        }
        index
    }

    /// How often `d` reads, from position `from` on, that somebody else joins under this name.
    pub(super) fn reads_of_joining(&self, d: usize, name: &str, from: usize) -> usize {
        let others = |&&at: &&usize| at >= from && self.joined[d] != Some(at);
        let at = self.joinings[d].get(name);
        at.map_or(0, |at| at.iter().filter(others).count())
    }
}
