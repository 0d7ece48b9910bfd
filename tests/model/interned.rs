//! Interns values as small numbers, so that a world of them is copied and compared at once.

use std::collections::HashMap;
use std::hash::Hash;

/// Values and their numbers.
#[derive(Debug)]
pub(crate) struct Interned<T> {
    pub(crate) all: Vec<T>,
    numbers: HashMap<T, u16>,
}

impl<T: Clone + Hash + Eq> Interned<T> {
    pub(crate) fn number(&mut self, value: T) -> u16 {
        if let Some(&number) = self.numbers.get(&value) {
            return number;
        }
        let number = u16::try_from(self.all.len()).expect("there are few lines");
        self.all.push(value.clone());
        self.numbers.insert(value, number);
        number
    }
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        let (all, numbers) = (Vec::new(), HashMap::new());
        Self { all, numbers }
    }
}
