//! Random sentences of the grammar, and mutations of them. The same seed gives the same ones on
//! every machine.

use std::collections::BTreeMap;

use abnf::types::{Node, TerminalValues};

use crate::{Grammar, Random};

/// Derives lines at random.
#[derive(Clone, Debug)]
pub struct Sentences<'a> {
    grammar: &'a Grammar,
    favourites: BTreeMap<&'a str, &'a [&'a str]>,
    /// The source of the choices.
    pub random: Random,
}

impl<'a> Sentences<'a> {
    /// Sentences of `grammar`.
    pub fn new(grammar: &'a Grammar, seed: u64) -> Self {
        Self {
            grammar,
            favourites: BTreeMap::new(),
            random: Random::new(seed),
        }
    }

    /// Derives `rule` as one of `favourites` every other time.
    pub fn with(mut self, rule: &'a str, favourites: &'a [&'a str]) -> Self {
        self.favourites.insert(rule, favourites);
        self
    }

    /// A line that `rule` derives.
    pub fn derive(&mut self, rule: &str) -> Vec<u8> {
        let mut line = Vec::new();
        self.rule(rule, &mut line);
        line
    }

    /// `line` with one to three random mutations.
    pub fn mutate(&mut self, line: &[u8]) -> Vec<u8> {
        const PARTS: [&str; 22] = [
            " ", "  ", "\t", ":", ": ", ",", ", ", "\r", "\n", "\0", "\u{7f}", "\u{80}", "\u{9f}",
            "\u{a0}", "\u{202e}", "\u{2069}", "é", "e\u{301}", "½", "a", "SERVER", "close",
        ];
        let mut line = line.to_vec();
        for _ in 0..=self.random.below(3) {
            let at = self.random.below(line.len() + 1);
            let to = (at + 1 + self.random.below(4)).min(line.len());
            match self.random.below(7) {
                0 => drop(line.drain(at..to)),
                1 => drop(line.splice(at..at, line[at..to].to_vec())),
                2 => drop(line.splice(at..at, self.random.one(&PARTS).bytes())),
                3 => drop(line.splice(at..to, self.random.one(&PARTS).bytes())),
                4 => line[at..to].iter_mut().for_each(|octet| *octet ^= 0x20),
                5 => line.truncate(at),
                _ => line.insert(at, self.random.below(256) as u8),
            }
        }
        line
    }

    fn rule(&mut self, name: &str, line: &mut Vec<u8>) {
        if let Some(favourites) = self.favourites.get(name).copied()
            && self.random.below(2) == 0
        {
            line.extend(self.random.one(favourites).bytes());
        } else {
            let grammar = self.grammar;
            self.node(grammar.rule(name), line);
        }
    }

    fn node(&mut self, node: &Node, line: &mut Vec<u8>) {
        match node {
            Node::Alternatives(nodes) => {
                let node = self.random.one(nodes);
                self.node(node, line);
            }
            Node::Concatenation(nodes) => nodes.iter().for_each(|node| self.node(node, line)),
            Node::Repetition { repeat, node } => {
                let min = repeat.min().unwrap_or(0);
                let most = repeat.max().map_or(24, |max| max - min);
                let more = match self.random.below(4) {
                    0 => 0,
                    1 => most,
                    _ => self.random.below(most.min(6) + 1),
                };
                for _ in 0..min + more {
                    self.node(node, line);
                }
            }
            Node::Optional(node) => {
                if self.random.below(2) == 0 {
                    self.node(node, line);
                }
            }
            Node::Group(node) => self.node(node, line),
            Node::Rulename(name) => self.rule(name, line),
            Node::String(string) => {
                for octet in string.value().bytes() {
                    let swap = !string.is_case_sensitive() && self.random.below(4) == 0;
                    let swapped = octet.is_ascii_alphabetic() && swap;
                    line.push(if swapped { octet ^ 0x20 } else { octet });
                }
            }
            Node::TerminalValues(TerminalValues::Range(low, high)) => {
                let wide = (high - low) as usize + 1;
                line.push(*low as u8 + self.random.below(wide) as u8);
            }
            Node::TerminalValues(TerminalValues::Concatenation(values)) => {
                line.extend(values.iter().map(|&value| value as u8));
            }
            Node::Prose(prose) => panic!("<{prose}> is for people alone"),
        }
    }
}
