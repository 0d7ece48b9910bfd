//! Latencies of the answers, and the number of unanswered requests.

use std::fmt;
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Latencies {
    pub(crate) answered: Vec<Duration>,
    pub(crate) unanswered: usize,
}

impl Latencies {
    /// In ms: the latency below which `part` of the answers are.
    fn at(&self, part: f64) -> Option<f64> {
        let mut times = self.answered.clone();
        times.sort_unstable();
        let at = (times.len().checked_sub(1)? as f64 * part).round() as usize;
        Some(times[at].as_secs_f64() * 1e3)
    }
}

/// Median, 99th percentile and maximum in ms; how many of how many were not answered.
impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [0.5, 0.99, 1.0] {
            match self.at(part) {
                Some(ms) => write!(f, "{ms:.1} | ")?,
                None if self.unanswered == 0 => f.write_str("– | ")?,
                None => f.write_str("never | ")?,
            }
        }
        let all = self.answered.len() + self.unanswered;
        write!(f, "{} of {all}", self.unanswered)
    }
}
