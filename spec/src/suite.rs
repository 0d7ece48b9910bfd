//! A test suite that finds every difference between the automaton and a recognizer that has at most
//! as many states.
//!
//! The partial W-method (Fujiwara and others, 1991). First: a shortest word to each state, followed
//! by each word of the characterizing set, which distinguishes any two states. Second: a shortest
//! word to each state, then each octet, then the few words that distinguish the state reached from
//! all others.

use std::collections::{BTreeMap, BTreeSet};

use crate::Automaton;
use crate::automaton::Label;

/// A suite of test words.
#[derive(Clone, Debug)]
pub struct Suite<'a> {
    automaton: &'a Automaton,
    access: Vec<Vec<u8>>,
    characterizing: Vec<Vec<u8>>,
    /// For each state, which words of the characterizing set distinguish it from all others.
    identifiers: Vec<Vec<usize>>,
}

impl<'a> Suite<'a> {
    /// The suite of `automaton`.
    pub fn new(automaton: &'a Automaton) -> Self {
        let characterizing: Vec<Vec<u8>> = characterizing_set(automaton).into_iter().collect();
        Self {
            identifiers: identifiers(automaton, &characterizing),
            access: automaton.access_words(),
            automaton,
            characterizing,
        }
    }

    /// Words that distinguish any two states.
    pub fn characterizing_set(&self) -> &[Vec<u8>] {
        &self.characterizing
    }

    /// Passes every `every`-th word and its label to `check`, and returns how many it passed.
    ///
    /// If `every` is 1 and the recognizer has at most as many states as the automaton, no
    /// difference is missed.
    pub fn run(&self, every: u64, check: &mut dyn FnMut(&[u8], Label)) -> u64 {
        let (mut words, mut shown) = (0, 0);
        let mut word = Vec::new();
        let mut show = |word: &mut Vec<u8>, suffix: &[u8], state: u32| {
            words += 1;
            if words % every == 0 {
                let begun = word.len();
                word.extend(suffix);
                check(
                    word,
                    self.automaton.label_of(self.automaton.run(state, suffix)),
                );
                word.truncate(begun);
                shown += 1;
            }
        };
        for (state, access) in (0..).zip(&self.access) {
            word.clone_from(access);
            for suffix in &self.characterizing {
                show(&mut word, suffix, state);
            }
            for octet in 0..=255 {
                word.push(octet);
                let to = self.automaton.run(state, &[octet]);
                for &suffix in &self.identifiers[to as usize] {
                    show(&mut word, &self.characterizing[suffix], to);
                }
                word.pop();
            }
        }
        shown
    }
}

/// Words that distinguish any two states, found by splitting the set of all states until each is
/// alone.
fn characterizing_set(automaton: &Automaton) -> BTreeSet<Vec<u8>> {
    let mut words = BTreeSet::new();
    let mut blocks = vec![(0..automaton.states() as u32).collect::<Vec<_>>()];
    while let Some(block) = blocks.pop() {
        if block.len() == 1 {
            continue;
        }
        let word = automaton.distinguishing_word(block[0], block[1]);
        let mut parts: BTreeMap<Label, Vec<u32>> = BTreeMap::new();
        for state in block {
            let label = automaton.label_of(automaton.run(state, &word));
            parts.entry(label).or_default().push(state);
        }
        blocks.extend(parts.into_values());
        words.insert(word);
    }
    words
}

/// For each state a few words that distinguish it from all others, chosen greedily.
fn identifiers(automaton: &Automaton, words: &[Vec<u8>]) -> Vec<Vec<usize>> {
    let states = automaton.states();
    let labels_after = |word: &Vec<u8>| -> Vec<Label> {
        let after = |state| automaton.label_of(automaton.run(state as u32, word));
        (0..states).map(after).collect()
    };
    // For each word and label, the set of states that have this label after the word, as bits.
    let mut alike: Vec<BTreeMap<Label, Vec<u64>>> = Vec::new();
    let labels: Vec<Vec<Label>> = words.iter().map(labels_after).collect();
    for labels in &labels {
        let mut sets = BTreeMap::new();
        for (state, &label) in labels.iter().enumerate() {
            let set = sets
                .entry(label)
                .or_insert_with(|| vec![0; states.div_ceil(64)]);
            set[state / 64] |= 1 << (state % 64);
        }
        alike.push(sets);
    }
    let of_state = |state: usize| {
        let mut left = vec![!0; states.div_ceil(64)];
        let mut chosen = Vec::new();
        let mut size = states;
        while size > 1 {
            let stay = |word: usize| &alike[word][&labels[word][state]];
            let both = |word| left.iter().zip(stay(word)).map(|(a, b)| a & b);
            let count = |word| both(word).map(u64::count_ones).sum::<u32>();
            let best = (0..words.len()).min_by_key(|&word| count(word));
            let best = best.expect("two states differ by a word");
            size = count(best) as usize;
            left = both(best).collect();
            chosen.push(best);
        }
        chosen
    };
    (0..states).map(of_state).collect()
}
