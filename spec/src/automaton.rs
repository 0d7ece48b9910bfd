//! The minimal deterministic automaton of several languages at once: the label of each state says
//! which of the languages a word is in.
//!
//! One construction answers every question: whether two languages intersect, how they differ, and a
//! shortest witness for either.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::nfa::Takes;
use crate::{Nfa, Octets};

/// What a word is, as the builder of the automaton defines it. By convention, 0 is for a word in no
/// language.
pub type Label = u32;

/// A minimal, complete, deterministic automaton over octets. State 0 is the start.
#[derive(Clone, Debug)]
pub struct Automaton {
    class_of: Vec<u8>,
    classes: Vec<Octets>,
    /// `next[state * classes + class]`
    next: Vec<u32>,
    labels: Vec<Label>,
    /// The block of the partition that each state was in, after each round of the minimization.
    rounds: Vec<Vec<u32>>,
}

impl Automaton {
    /// Labels each word by the set of the `languages` that contain it, with bit 0 for the first (at
    /// most 64 languages).
    pub fn of(languages: &[&Nfa], label: impl Fn(u64) -> Label) -> Self {
        assert!(languages.len() <= 64, "a set of languages has 64 bits");
        let (class_of, classes) = classes(languages);
        let (next, labels) = subsets(languages, &classes, label);
        Self {
            class_of,
            classes,
            next,
            labels,
            rounds: Vec::new(),
        }
        .minimal()
    }

    /// The number of states, including the dead state.
    pub fn states(&self) -> usize {
        self.labels.len()
    }

    /// The octets, partitioned into sets that the automaton does not distinguish.
    pub fn classes(&self) -> &[Octets] {
        &self.classes
    }

    /// The state that `word` reaches from `state`.
    pub fn run(&self, state: u32, word: &[u8]) -> u32 {
        word.iter().fold(state, |state, &octet| {
            self.step(state, self.class_of[usize::from(octet)])
        })
    }

    /// The label of `word`.
    pub fn label(&self, word: &[u8]) -> Label {
        self.label_of(self.run(0, word))
    }

    /// The label of a word that ends in `state`.
    pub fn label_of(&self, state: u32) -> Label {
        self.labels[state as usize]
    }

    /// A shortest word whose label is `wanted`.
    pub fn witness(&self, wanted: impl Fn(Label) -> bool) -> Option<Vec<u8>> {
        let words = self.access_words();
        let found = words.iter().zip(&self.labels);
        found
            .filter(|&(_, &label)| wanted(label))
            .map(|(word, _)| word.clone())
            .min_by_key(Vec::len)
    }

    /// A shortest word that reaches each state.
    pub fn access_words(&self) -> Vec<Vec<u8>> {
        let mut words = vec![None; self.states()];
        words[0] = Some(Vec::new());
        let mut todo = VecDeque::from([0]);
        while let Some(state) = todo.pop_front() {
            for (class, octets) in (0..).zip(&self.classes) {
                let to = self.step(state, class);
                if words[to as usize].is_none() {
                    let mut word: Vec<u8> = words[state as usize].clone().unwrap_or_default();
                    word.push(shown(octets));
                    words[to as usize] = Some(word);
                    todo.push_back(to);
                }
            }
        }
        let reached = |word: Option<_>| word.expect("a minimal automaton reaches all its states");
        words.into_iter().map(reached).collect()
    }

    /// A shortest word after which the two states have different labels.
    ///
    /// # Panics
    /// If they are one state.
    pub fn distinguishing_word(&self, mut p: u32, mut q: u32) -> Vec<u8> {
        let differ = |round: &Vec<u32>, p: u32, q: u32| round[p as usize] != round[q as usize];
        let mut word = Vec::new();
        let mut round = self.rounds.iter().position(|round| differ(round, p, q));
        while let Some(before) = round
            .expect("two states of a minimal automaton differ")
            .checked_sub(1)
        {
            let parts = |class: u8| {
                let (p, q) = (self.step(p, class), self.step(q, class));
                differ(&self.rounds[before], p, q)
            };
            let class = (0..self.classes.len() as u8).find(|&class| parts(class));
            let class = class.expect("one octet less differs a round before");
            word.push(shown(&self.classes[usize::from(class)]));
            (p, q) = (self.step(p, class), self.step(q, class));
            round = Some(before);
        }
        word
    }

    /// The words whose label is `wanted`, as an automaton that records no derivations.
    pub fn language(&self, wanted: impl Fn(Label) -> bool) -> Nfa {
        let ends: Vec<usize> = (0..self.states())
            .filter(|&state| wanted(self.labels[state]))
            .collect();
        let mut lives = vec![false; self.states()];
        let mut todo = ends.clone();
        while let Some(state) = todo.pop() {
            if !lives[state] {
                lives[state] = true;
                let leads = |from: &usize| self.row(*from).contains(&(state as u32));
                todo.extend((0..self.states()).filter(leads));
            }
        }
        let edges = (0..self.states()).map(|state| {
            let mut edges: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
            for (to, octets) in self.row(state).iter().zip(&self.classes) {
                edges.entry(*to).or_default().extend(octets.iter());
            }
            let alive = edges.into_iter().filter(|&(to, _)| lives[to as usize]);
            alive
                .map(|(to, octets)| (octets.into_iter().collect(), to as usize))
                .collect()
        });
        Nfa::from_edges(edges.collect(), &ends)
    }

    fn step(&self, state: u32, class: u8) -> u32 {
        self.next[state as usize * self.classes.len() + usize::from(class)]
    }

    fn row(&self, state: usize) -> &[u32] {
        let width = self.classes.len();
        &self.next[state * width..(state + 1) * width]
    }

    /// Merges the states that no word distinguishes (Moore), numbered in the order in which they
    /// are first reached.
    fn minimal(mut self) -> Self {
        let mut round = numbered(self.labels.iter().map(|&label| vec![label]));
        let mut rounds = Vec::new();
        loop {
            let blocks = (0..self.states()).map(|state| {
                let next = self.row(state).iter().map(|&to| round[to as usize]);
                std::iter::once(round[state]).chain(next).collect()
            });
            let finer = numbered(blocks);
            let done = finer.iter().max() == round.iter().max();
            rounds.push(std::mem::replace(&mut round, finer));
            if done {
                break;
            }
        }
        let count = round.iter().max().map_or(0, |&last| last as usize + 1);
        let representative: Vec<usize> = (0..count)
            .map(|block| round.iter().position(|&of| of as usize == block))
            .map(|state| state.expect("every block has a state"))
            .collect();
        let kept = |table: &Vec<u32>| representative.iter().map(|&state| table[state]).collect();
        rounds.push(round.clone());
        self.rounds = rounds.iter().map(kept).collect();
        let rows = representative.iter().flat_map(|&state| self.row(state));
        self.next = rows.map(|&to| round[to as usize]).collect();
        self.labels = kept(&self.labels);
        self
    }
}

/// The most readable octet of a class: a lower-case letter, else a graphic character, else the
/// first.
fn shown(octets: &Octets) -> u8 {
    let letter = octets.iter().find(u8::is_ascii_lowercase);
    let graphic = || octets.iter().find(u8::is_ascii_graphic);
    letter
        .or_else(graphic)
        .or_else(|| octets.first())
        .expect("no class is empty")
}

/// Octets that no edge distinguishes share a class.
fn classes(languages: &[&Nfa]) -> (Vec<u8>, Vec<Octets>) {
    let mut sets = std::collections::BTreeSet::new();
    for nfa in languages {
        for state in 0..nfa.states() {
            for edge in nfa.edges(state) {
                if let Takes::One(octets) = edge.takes {
                    sets.insert(octets);
                }
            }
        }
    }
    let kinds = (0..=255u8).map(|octet| {
        let has = |octets: &Octets| u32::from(octets.contains(octet));
        sets.iter().map(has).collect()
    });
    let class_of: Vec<u8> = numbered(kinds)
        .into_iter()
        .map(|class| class as u8)
        .collect();
    let count = class_of
        .iter()
        .max()
        .map_or(0, |&last| usize::from(last) + 1);
    let classes = (0..count).map(|class| {
        let members =
            (0..=255u8).filter(|&octet| usize::from(class_of[usize::from(octet)]) == class);
        members.collect()
    });
    let classes = classes.collect();
    (class_of, classes)
}

/// Numbers the keys in the order of their first occurrence; equal keys get equal numbers.
fn numbered(keys: impl Iterator<Item = Vec<u32>>) -> Vec<u32> {
    let mut numbers = HashMap::new();
    keys.map(|key| {
        let fresh = numbers.len() as u32;
        *numbers.entry(key).or_insert(fresh)
    })
    .collect()
}

/// The subset construction: the complete automaton of all languages, and its labels.
fn subsets(
    languages: &[&Nfa],
    classes: &[Octets],
    label: impl Fn(u64) -> Label,
) -> (Vec<u32>, Vec<Label>) {
    type Subset = Vec<(u32, u32)>;
    let close = |mut todo: Subset| {
        let mut seen = std::collections::HashSet::new();
        let mut kept = Vec::new();
        while let Some((language, state)) = todo.pop() {
            if !seen.insert((language, state)) {
                continue;
            }
            let nfa = languages[language as usize];
            let mut takes = state as usize == nfa.end();
            for edge in nfa.edges(state as usize) {
                match edge.takes {
                    Takes::One(_) => takes = true,
                    Takes::Nothing | Takes::Opens(_) | Takes::Closes => {
                        todo.push((language, edge.to as u32));
                    }
                }
            }
            if takes {
                kept.push((language, state));
            }
        }
        kept.sort_unstable();
        kept
    };
    let label_of = |subset: &Subset| {
        let ends = subset
            .iter()
            .filter(|&&(language, state)| state as usize == languages[language as usize].end());
        label(ends.fold(0, |bits, (language, _)| bits | 1 << language))
    };
    let starts = (0..languages.len() as u32).map(|language| (language, Nfa::START as u32));
    let start = close(starts.collect());
    let (mut next, mut labels) = (Vec::new(), vec![label_of(&start)]);
    let mut numbers = HashMap::from([(start.clone(), 0)]);
    let mut todo = VecDeque::from([start]);
    while let Some(subset) = todo.pop_front() {
        for octets in classes {
            let octet = octets.first().expect("no class is empty");
            let mut reached = Vec::new();
            for &(language, state) in &subset {
                for edge in languages[language as usize].edges(state as usize) {
                    if matches!(edge.takes, Takes::One(takes) if takes.contains(octet)) {
                        reached.push((language, edge.to as u32));
                    }
                }
            }
            let to = close(reached);
            let number = *numbers.entry(to).or_insert_with_key(|to| {
                labels.push(label_of(to));
                todo.push_back(to.clone());
                labels.len() as u32 - 1
            });
            next.push(number);
        }
    }
    (next, labels)
}
