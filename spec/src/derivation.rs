//! Derivations: which rule derives each part of a line.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use crate::Nfa;
use crate::nfa::Takes;

/// A part of a line and the rule that derives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// The rule's name.
    pub rule: Arc<str>,
    /// The octets of the line that it derives.
    pub span: Range<usize>,
    /// The derivations of its own parts, from left to right.
    pub parts: Vec<Self>,
}

impl Derivation {
    /// The parts that `rule` derives, at any depth, but not nested in each other.
    pub fn all<'a>(&'a self, rule: &str) -> Vec<&'a Self> {
        if &*self.rule == rule {
            return vec![self];
        }
        self.parts.iter().flat_map(|part| part.all(rule)).collect()
    }

    /// The text in `line` of the `n`th part that `rule` derives, from 0.
    ///
    /// # Panics
    /// If there are fewer parts, or if `line` is not the UTF-8 that was derived.
    pub fn part<'a>(&self, line: &'a [u8], rule: &str, n: usize) -> &'a str {
        let part = self.all(rule)[n];
        std::str::from_utf8(&line[part.span.clone()]).expect("what is derived is UTF-8")
    }
}

impl Nfa {
    /// How the automaton's rule derives `line`, or `None` if it does not.
    pub fn derive(&self, line: &[u8]) -> Option<Derivation> {
        let path = self.path(line)?;
        let mut open = Vec::new();
        let mut done: Vec<Derivation> = Vec::new();
        let mut at = 0;
        for (state, edge) in path {
            match &self.edges(state)[edge].takes {
                Takes::One(_) => at += 1,
                Takes::Nothing => (),
                Takes::Opens(rule) => open.push((Arc::clone(rule), at, done.len())),
                Takes::Closes => {
                    let (rule, start, outer) = open.pop().expect("what closes was open");
                    let parts = done.split_off(outer);
                    let span = start..at;
                    done.push(Derivation { rule, span, parts });
                }
            }
        }
        done.pop()
    }

    /// The edges that lead over `line` to the end, each with the state it leaves.
    fn path(&self, line: &[u8]) -> Option<Vec<(usize, usize)>> {
        // The places on the path, each with the next edge to try there, and the places from which
        // no path leads to the end.
        let mut stack = vec![(Self::START, 0, 0)];
        let mut dead_ends = HashSet::new();
        while let Some(&mut (state, at, ref mut edge)) = stack.last_mut() {
            if state == self.end() && at == line.len() {
                stack.pop();
                return Some(
                    stack
                        .into_iter()
                        .map(|(state, _, edge)| (state, edge - 1))
                        .collect(),
                );
            }
            let Some(next) = self.edges(state).get(*edge) else {
                dead_ends.insert((state, at));
                stack.pop();
                continue;
            };
            *edge += 1;
            let after = match next.takes {
                Takes::One(octets) => match line.get(at) {
                    Some(&octet) if octets.contains(octet) => at + 1,
                    _ => continue,
                },
                Takes::Nothing | Takes::Opens(_) | Takes::Closes => at,
            };
            if !dead_ends.contains(&(next.to, after)) {
                stack.push((next.to, after, 0));
            }
        }
        None
    }
}
