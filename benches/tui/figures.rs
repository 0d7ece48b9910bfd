//! Times, and their summary.

use std::fmt;
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Figures(Vec<Duration>);

impl Figures {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }
}

/// Median, 99th percentile and maximum, in ms.
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut times = self.0.clone();
        times.sort_unstable();
        let ms = |part: f64| {
            let at = ((times.len() - 1) as f64 * part).round() as usize;
            times[at].as_secs_f64() * 1000.0
        };
        write!(f, "{:.1} | {:.1} | {:.1}", ms(0.5), ms(0.99), ms(1.0))
    }
}
