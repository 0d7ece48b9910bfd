//! The memory budget of all send queues together (SLOW-6).

use std::cell::Cell;
use std::rc::Rc;

/// The budget, and how much of it is in use, in octets.
#[derive(Debug)]
pub(super) struct SendMemory {
    limit: usize,
    held: Cell<usize>,
}

/// What one queue uses of it, given back on drop.
#[derive(Debug)]
pub(super) struct Share {
    memory: Rc<SendMemory>,
    held: usize,
}

impl SendMemory {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            held: Cell::new(0),
        }
    }
}

impl Share {
    /// The share of an empty queue.
    pub(super) fn new(memory: &Rc<SendMemory>) -> Self {
        Self {
            memory: Rc::clone(memory),
            held: 0,
        }
    }

    /// The queue holds this many octets now.
    pub(super) fn set(&mut self, octets: usize) {
        if octets != self.held {
            let others = self.memory.held.get() - self.held;
            self.memory.held.set(others.saturating_add(octets));
            self.held = octets;
        }
    }

    /// Whether the queue holds more than is left for all. Of many that grow, the longest is the
    /// first of which that is true.
    pub(super) fn is_too_large(&self) -> bool {
        self.held > self.memory.limit.saturating_sub(self.memory.held.get())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SLOW-6
    ///
    /// > SLOW-6: Of all that waits, what is kept for one peer alone is at most `send-memory`
    /// > octets, all peers together: a peer for which more is kept than is left of that has fallen
    /// > behind as well, so that the longest queue goes first.
    #[test]
    fn the_longest_queue_is_the_first_that_is_too_large() {
        let memory = Rc::new(SendMemory::new(1000));
        let mut shares = [1, 2, 3].map(|octets| {
            let mut share = Share::new(&memory);
            share.set(octets * 100);
            share
        });
        assert_eq!(memory.held.get(), 600);
        let too_large = |shares: &[Share; 3]| shares.each_ref().map(Share::is_too_large);
        assert_eq!(too_large(&shares), [false; 3]);
        shares[0].set(250);
        assert_eq!(too_large(&shares), [false, false, true]);
        let [one, two, three] = shares;
        drop(three);
        assert!(!one.is_too_large() && !two.is_too_large());
        assert_eq!(memory.held.get(), 450);
    }
}
