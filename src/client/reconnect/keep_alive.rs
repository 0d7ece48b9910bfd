//! When to PING a silent server, and when to give it up.

use std::time::{Duration, Instant};

/// How long the server may be silent before it is sent a PING.
const IDLE: Duration = Duration::from_secs(10);

/// How long the server may take to answer the PING. So a dead server is detected within 25 s of its
/// last line.
const PONG_TIMEOUT: Duration = Duration::from_secs(15);

/// Measures how long the server has been silent.
#[derive(Debug)]
pub(super) struct KeepAlive {
    heard: Instant,
    /// When the unanswered PING was sent.
    asked: Option<Instant>,
}

/// How long the server has been silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// Not long enough to do anything.
    Short,
    /// For [`IDLE`]: send a PING.
    Ask,
    /// It has not answered the PING within [`PONG_TIMEOUT`].
    Dead,
}

impl KeepAlive {
    pub(super) fn new(now: Instant) -> Self {
        let (heard, asked) = (now, None);
        Self { heard, asked }
    }

    /// When to check the silence next.
    pub(super) fn deadline(&self) -> Instant {
        self.asked
            .map_or(self.heard + IDLE, |asked| asked + PONG_TIMEOUT)
    }

    /// Never says `Dead` without a PING before: perhaps this program slept, not the server.
    pub(super) fn silence(&mut self, now: Instant) -> Silence {
        if now < self.deadline() {
            return Silence::Short;
        }
        match self.asked.replace(now) {
            None => Silence::Ask,
            Some(_) => Silence::Dead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// PING-1
    #[test]
    fn a_dead_server_is_noticed_within_thirty_seconds() {
        let now = Instant::now();
        let mut server = KeepAlive::new(now);
        assert_eq!(server.silence(now), Silence::Short);
        let idle = server.deadline();
        assert_eq!(server.silence(idle), Silence::Ask);
        assert_eq!(server.silence(idle), Silence::Short);
        let dead = server.deadline();
        assert_eq!(server.silence(dead), Silence::Dead);
        assert!(dead - now < Duration::from_secs(30));
    }

    /// A program that was stopped, or blocked on its output, has not read what the server sent.
    #[test]
    fn a_program_that_slept_asks_before_it_gives_up() {
        let now = Instant::now();
        let mut server = KeepAlive::new(now);
        let later = now + Duration::from_secs(3600);
        assert_eq!(server.silence(later), Silence::Ask);
        assert_eq!(server.deadline(), later + PONG_TIMEOUT);
        assert_eq!(server.silence(later + PONG_TIMEOUT), Silence::Dead);
    }
}
