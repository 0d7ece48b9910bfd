//! Decides when to ring the terminal's bell.

use std::time::Duration;

/// The shortest time between two rings.
const MIN_INTERVAL: Duration = Duration::from_secs(2);

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

/// Rings at most once per [`MIN_INTERVAL`].
#[derive(Clone, Debug)]
pub(in crate::tui) struct Ringer {
    bell: Bell,
    last_rang: Option<Duration>,
}

impl Ringer {
    pub(super) fn new(bell: Bell) -> Self {
        let last_rang = None;
        Self { bell, last_rang }
    }

    pub(in crate::tui) fn set(&mut self, bell: Bell) {
        self.bell = bell;
    }

    /// Whether to ring now for another person's line. `now` is the time since the start.
    pub(in crate::tui) fn should_ring(&mut self, is_mention: bool, now: Duration) -> bool {
        let wanted = match self.bell {
            Bell::Off => false,
            Bell::Mention => is_mention,
            Bell::All => true,
        };
        let rings = wanted
            && self
                .last_rang
                .is_none_or(|last_rang| now.saturating_sub(last_rang) >= MIN_INTERVAL);
        if rings {
            self.last_rang = Some(now);
        }
        rings
    }
}
