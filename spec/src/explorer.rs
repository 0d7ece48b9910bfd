//! Breadth-first search of a model's whole state space, which finds the shortest path to a broken
//! state.
//!
//! States are remembered by a 64-bit fingerprint, so two of them could be taken for one. With two
//! million states the odds that this ever happens are about one in ten million. A state is rebuilt
//! from its fingerprint by replaying the actions that led to it.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};

/// A transition system.
pub trait Model {
    /// A state: all that determines what can happen next.
    type State: Clone + Hash;
    /// A step from one state to another.
    type Action: Copy + Debug;

    /// The initial state.
    fn start(&self) -> Self::State;

    /// Appends every action that is possible in this state to `out`.
    fn actions(&self, state: &Self::State, out: &mut Vec<Self::Action>);

    /// Takes the step.
    ///
    /// # Errors
    /// The property that the step violates.
    fn step(&self, state: &mut Self::State, action: Self::Action) -> Result<(), String>;

    /// Whether this state, in which no action is possible, is a legal end rather than a deadlock.
    fn may_end(&self, state: &Self::State) -> bool;

    /// Describes an action that is about to be taken in `state`, as a line of a transcript.
    fn describe(&self, state: &Self::State, action: Self::Action) -> String;
}

/// The result of an exploration.
#[derive(Debug)]
pub struct Explored {
    /// The number of distinct states.
    pub states: usize,
    /// The number of steps between them.
    pub steps: usize,
    /// The number of steps from the initial state to the farthest one.
    pub depth: usize,
    /// The shortest path to a violation, if there is one, and then the violation.
    pub counterexample: Option<Vec<String>>,
}

/// Visits every reachable state, or stops at the first violation.
///
/// # Panics
/// If there are more than `max_states` states: the model is not bounded as its author believes.
pub fn explore<M: Model>(model: &M, max_states: usize) -> Explored {
    let mut seen: HashMap<u64, Option<(u64, M::Action)>> = HashMap::new();
    let mut level = vec![(model.start(), fingerprint(&model.start()))];
    seen.insert(level[0].1, None);
    let (mut steps, mut depth) = (0, 0);
    let mut actions = Vec::new();
    let mut next = Vec::new();
    while !level.is_empty() {
        for (state, print) in level.drain(..) {
            actions.clear();
            model.actions(&state, &mut actions);
            if actions.is_empty() && !model.may_end(&state) {
                let mut path = path(model, &seen, print);
                path.push("nothing can happen any more".to_owned());
                return explored(&seen, steps, depth, Some(path));
            }
            for &action in &actions {
                let mut after = state.clone();
                steps += 1;
                if let Err(broken) = model.step(&mut after, action) {
                    let mut path = path(model, &seen, print);
                    path.push(model.describe(&state, action));
                    path.push(broken);
                    return explored(&seen, steps, depth, Some(path));
                }
                let reached = fingerprint(&after);
                seen.entry(reached).or_insert_with(|| {
                    next.push((after, reached));
                    Some((print, action))
                });
            }
            assert!(seen.len() <= max_states, "more than {max_states} states");
        }
        std::mem::swap(&mut level, &mut next);
        depth += 1;
    }
    explored(&seen, steps, depth, None)
}

fn explored<V>(
    seen: &HashMap<u64, V>,
    steps: usize,
    depth: usize,
    counterexample: Option<Vec<String>>,
) -> Explored {
    let states = seen.len();
    Explored {
        states,
        steps,
        depth,
        counterexample,
    }
}

/// The transcript of the actions that lead to the state with this fingerprint.
fn path<M: Model>(
    model: &M,
    seen: &HashMap<u64, Option<(u64, M::Action)>>,
    mut print: u64,
) -> Vec<String> {
    let mut actions = Vec::new();
    while let Some((parent, action)) = seen[&print] {
        actions.push(action);
        print = parent;
    }
    let mut state = model.start();
    let tell = |action| {
        let line = model.describe(&state, action);
        model.step(&mut state, action).expect("it went well before");
        line
    };
    actions.into_iter().rev().map(tell).collect()
}

fn fingerprint(state: &impl Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(state)
}
