//! A recording of all traffic on a case's connections, with times: what a finding shows.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use crate::outcome::{Exchanged, Way};

/// The recording that a case's connections share.
#[derive(Clone)]
pub(crate) struct Recording {
    begun: Instant,
    exchange: Rc<RefCell<Vec<Exchanged>>>,
}

/// Maximum number of octets kept of one exchange.
const OCTETS: usize = 2048;
/// Maximum number of exchanges kept; the oldest are dropped first.
const EXCHANGES: usize = 1000;

impl Recording {
    /// An empty recording.
    pub(crate) fn new() -> Self {
        Self {
            begun: Instant::now(),
            exchange: Rc::default(),
        }
    }

    /// Records what went over a connection.
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

    /// All exchanges that are kept.
    pub(crate) fn exchange(&self) -> Vec<Exchanged> {
        self.exchange.borrow().clone()
    }
}
