//! Points in time. The full screen is given the time and never reads a clock itself.

use std::fmt;
use std::time::Duration;

use jiff::civil::Date;

/// A point in time, on a monotonic clock and on the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Since the program started.
    pub since: Duration,
    /// The local date and time of day.
    pub clock: Clock,
}

/// A minute of a day. Its `Display` is `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The day.
    pub date: Date,
    /// From 0 to 23.
    pub hour: u8,
    /// From 0 to 59.
    pub minute: u8,
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}
