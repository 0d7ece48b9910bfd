//! Decides when to ring the terminal's bell.

use std::time::Duration;

/// The shortest time between two rings.
const PAUSE: Duration = Duration::from_secs(2);

/// When the terminal is to ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bell {
    /// Never.
    Off,
    /// When another person mentions this person's name, or sends a private line.
    #[default]
    Mention,
    /// When another person says anything.
    All,
}

/// Rings at most once per [`PAUSE`].
#[derive(Clone, Debug)]
pub(in crate::tui) struct Ringer {
    bell: Bell,
    rang: Option<Duration>,
}

impl Ringer {
    pub(super) fn new(bell: Bell) -> Self {
        let rang = None;
        Self { bell, rang }
    }

    /// Whether to ring now for another person's line. `now` is the time since the start.
    pub(in crate::tui) fn rings(&mut self, is_mention: bool, now: Duration) -> bool {
        let wanted = match self.bell {
            Bell::Off => false,
            Bell::Mention => is_mention,
            Bell::All => true,
        };
        let rings = wanted
            && self
                .rang
                .is_none_or(|rang| now.saturating_sub(rang) >= PAUSE);
        if rings {
            self.rang = Some(now);
        }
        rings
    }
}
