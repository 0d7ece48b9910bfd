//! A rule of the grammar as a nondeterministic automaton that records which rule derives each part
//! of a line.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use abnf::types::{Node, TerminalValues};

use crate::{Grammar, Octets};

/// An automaton with one start and one end, whose paths are the derivations.
#[derive(Clone, Debug)]
pub struct Nfa {
    edges: Vec<Vec<Edge>>,
    end: usize,
}

/// A transition to another state.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    pub(crate) takes: Takes,
    pub(crate) to: usize,
}

/// What a transition consumes: an octet, or nothing. `Opens` and `Closes` mark where a rule's part
/// begins and ends.
#[derive(Clone, Debug)]
pub(crate) enum Takes {
    One(Octets),
    Nothing,
    Opens(Arc<str>),
    Closes,
}

impl Nfa {
    pub(crate) const START: usize = 0;

    /// The language of `rule`. For a rule in `instead`, the automaton given there is used.
    ///
    /// # Panics
    /// If the rule is recursive (its language need not be regular), or contains a value that is no
    /// octet.
    pub fn of(grammar: &Grammar, rule: &str, instead: &BTreeMap<String, Self>) -> Self {
        Self::of_node(grammar, &Node::rulename(rule), instead)
    }

    /// The language of `node`, likewise.
    pub fn of_node(grammar: &Grammar, node: &Node, instead: &BTreeMap<String, Self>) -> Self {
        let mut builder = Builder {
            grammar,
            instead,
            nfa: Self::empty(),
            within: Vec::new(),
        };
        let end = builder.add(node, Self::START);
        Self { end, ..builder.nfa }
    }

    fn empty() -> Self {
        Self {
            edges: vec![Vec::new()],
            end: Self::START,
        }
    }

    /// Builds an automaton from a table of edges. The states are 0 (the start) to `edges.len()`; a
    /// word may end in the states in `ends`.
    pub(crate) fn from_edges(edges: Vec<Vec<(Octets, usize)>>, ends: &[usize]) -> Self {
        let end = edges.len();
        let edge = |(octets, to)| Edge {
            takes: Takes::One(octets),
            to,
        };
        let of_state = |from: Vec<_>| from.into_iter().map(edge).collect();
        let mut edges: Vec<Vec<Edge>> = edges.into_iter().map(of_state).collect();
        edges.push(Vec::new());
        for &state in ends {
            edges[state].push(Edge {
                takes: Takes::Nothing,
                to: end,
            });
        }
        Self { edges, end }
    }

    /// The number of states.
    pub fn states(&self) -> usize {
        self.edges.len()
    }

    pub(crate) fn end(&self) -> usize {
        self.end
    }

    pub(crate) fn edges(&self, state: usize) -> &[Edge] {
        &self.edges[state]
    }

    /// A shortest word with two derivations, or `None` if there is none. The product of the
    /// automaton with itself decides it.
    pub fn ambiguity(&self) -> Option<Vec<u8>> {
        let steps: Vec<Steps> = (0..self.states()).map(|state| self.steps(state)).collect();
        let mut from = BTreeMap::new();
        let first = (Self::START, Self::START, false);
        let mut todo = VecDeque::from([first]);
        while let Some(pair @ (p, q, parted)) = todo.pop_front() {
            let (at_p, at_q) = (&steps[p], &steps[q]);
            if (parted && at_p.ends * at_q.ends > 0) || (!parted && at_p.ends > 1) {
                return Some(word_to(&from, pair));
            }
            for (i, (takes, to)) in at_p.takes.iter().enumerate() {
                for (j, (takes_too, to_too)) in at_q.takes.iter().enumerate() {
                    // A pair of diverged paths counts once, in either order.
                    if !parted && j < i {
                        continue;
                    }
                    let Some(octet) = takes.both(takes_too).first() else {
                        continue;
                    };
                    let next = (*to.min(to_too), *to.max(to_too), parted || i != j);
                    if next != first && !from.contains_key(&next) {
                        from.insert(next, (pair, octet));
                        todo.push_back(next);
                    }
                }
            }
        }
        None
    }

    /// All paths from `state` that consume one octet, and in how many ways the word may end in
    /// `state`.
    fn steps(&self, state: usize) -> Steps {
        let mut steps = Steps::default();
        let mut todo = vec![(state, 0)];
        while let Some((state, depth)) = todo.pop() {
            assert!(depth <= self.states(), "something empty is repeated");
            steps.ends += usize::from(state == self.end);
            for edge in &self.edges[state] {
                match edge.takes {
                    Takes::One(octets) => steps.takes.push((octets, edge.to)),
                    Takes::Nothing | Takes::Opens(_) | Takes::Closes => {
                        todo.push((edge.to, depth + 1));
                    }
                }
            }
        }
        steps
    }
}

#[derive(Default)]
struct Steps {
    takes: Vec<(Octets, usize)>,
    ends: usize,
}

type Pair = (usize, usize, bool);

fn word_to(from: &BTreeMap<Pair, (Pair, u8)>, mut pair: Pair) -> Vec<u8> {
    let mut word = Vec::new();
    while let Some(&(before, octet)) = from.get(&pair) {
        word.push(octet);
        pair = before;
    }
    word.reverse();
    word
}

struct Builder<'a> {
    grammar: &'a Grammar,
    instead: &'a BTreeMap<String, Nfa>,
    nfa: Nfa,
    /// The rules that are being expanded, outermost first.
    within: Vec<String>,
}

impl Builder<'_> {
    fn state(&mut self) -> usize {
        self.nfa.edges.push(Vec::new());
        self.nfa.edges.len() - 1
    }

    fn edge(&mut self, from: usize, takes: Takes, to: usize) {
        self.nfa.edges[from].push(Edge { takes, to });
    }

    fn step(&mut self, from: usize, takes: Takes) -> usize {
        let to = self.state();
        self.edge(from, takes, to);
        to
    }

    /// Appends what `node` derives to the state `from`, and returns the state in which that ends.
    fn add(&mut self, node: &Node, from: usize) -> usize {
        match node {
            Node::Alternatives(nodes) => {
                let ends: Vec<usize> = nodes.iter().map(|node| self.add(node, from)).collect();
                self.join(&ends)
            }
            Node::Concatenation(nodes) => nodes.iter().fold(from, |at, node| self.add(node, at)),
            Node::Repetition { repeat, node } => {
                let (min, max) = repeat.min_max();
                self.repeat(node, from, min.unwrap_or(0), max)
            }
            Node::Group(node) => self.add(node, from),
            Node::Optional(node) => self.repeat(node, from, 0, Some(1)),
            Node::Rulename(name) => self.rule(name, from),
            Node::String(string) => string.value().bytes().fold(from, |at, octet| {
                let cases = [octet.to_ascii_lowercase(), octet.to_ascii_uppercase()];
                let octets = match string.is_case_sensitive() {
                    true => Octets::range(octet..=octet),
                    false => cases.into_iter().collect(),
                };
                self.step(at, Takes::One(octets))
            }),
            Node::TerminalValues(TerminalValues::Range(low, high)) => {
                let octets = Octets::range(octet(*low)..=octet(*high));
                self.step(from, Takes::One(octets))
            }
            Node::TerminalValues(TerminalValues::Concatenation(values)) => {
                values.iter().fold(from, |at, &value| {
                    let octets = Octets::range(octet(value)..=octet(value));
                    self.step(at, Takes::One(octets))
                })
            }
            Node::Prose(prose) => panic!("<{prose}> is for people alone"),
        }
    }

    fn join(&mut self, ends: &[usize]) -> usize {
        let joined = self.state();
        for &end in ends {
            self.edge(end, Takes::Nothing, joined);
        }
        joined
    }

    fn repeat(&mut self, node: &Node, from: usize, min: usize, max: Option<usize>) -> usize {
        let mut at = from;
        for _ in 0..min {
            at = self.add(node, at);
        }
        let Some(max) = max else {
            let again = self.step(at, Takes::Nothing);
            let end = self.add(node, again);
            self.edge(end, Takes::Nothing, again);
            return self.step(again, Takes::Nothing);
        };
        let mut ends = vec![at];
        for _ in min..max {
            at = self.add(node, at);
            ends.push(at);
        }
        self.join(&ends)
    }

    fn rule(&mut self, name: &str, from: usize) -> usize {
        let recursive = self.within.iter().any(|outer| outer == name);
        assert!(!recursive, "{name} needs itself");
        let from = self.step(from, Takes::Opens(name.into()));
        let end = if let Some(other) = self.instead.get(name) {
            let offset = self.nfa.edges.len();
            for edges in &other.edges {
                let moved = |edge: &Edge| Edge {
                    takes: edge.takes.clone(),
                    to: edge.to + offset,
                };
                self.nfa.edges.push(edges.iter().map(moved).collect());
            }
            self.edge(from, Takes::Nothing, offset + Nfa::START);
            offset + other.end
        } else {
            self.within.push(name.to_owned());
            let grammar = self.grammar;
            let end = self.add(grammar.rule(name), from);
            self.within.pop();
            end
        };
        self.step(end, Takes::Closes)
    }
}

fn octet(value: u32) -> u8 {
    u8::try_from(value).unwrap_or_else(|_| panic!("{value:#x} is no octet"))
}
