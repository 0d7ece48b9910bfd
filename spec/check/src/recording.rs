//! All that goes over the connections of a case, with times: what a finding shows.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use crate::outcome::{Exchanged, Way};

/// A record that the connections of a case write together.
#[derive(Clone)]
pub(crate) struct Recording {
    begun: Instant,
    exchange: Rc<RefCell<Vec<Exchanged>>>,
}

/// So many octets of one exchange are kept.
const OCTETS: usize = 2048;
/// So many exchanges are kept; the first of them go first.
const EXCHANGES: usize = 1000;

impl Recording {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self {
            begun: Instant::now(),
            exchange: Rc::default(),
        }
    }

    /// Writes down what went over a connection.
    pub(crate) fn write(&self, who: &str, way: Way, octets: &[u8]) {
        let mut exchange = self.exchange.borrow_mut();
        if exchange.len() >= EXCHANGES {
            exchange.drain(..EXCHANGES / 2);
        }
        let kept = octets.len().min(OCTETS);
        exchange.push(Exchanged {
            at: self.begun.elapsed(),
            who: who.to_owned(),
            way,
            octets: octets[..kept].to_vec(),
            left_out: octets.len() - kept,
        });
    }

    /// All that is kept.
    pub(crate) fn exchange(&self) -> Vec<Exchanged> {
        self.exchange.borrow().clone()
    }
}
