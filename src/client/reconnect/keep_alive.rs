//! When to ask a silent server whether it is there, and when to give it up.

use std::time::{Duration, Instant};

/// A server that has said nothing for so long is asked for a PONG.
const IDLE: Duration = Duration::from_secs(10);

/// A server that has not answered for so long is dead: that is noticed within 25 s of its last word.
const PONG_TIMEOUT: Duration = Duration::from_secs(15);

/// The silence of a server.
#[derive(Debug)]
pub(super) struct KeepAlive {
    heard: Instant,
    /// When the server was asked for the PONG that has not come yet.
    asked: Option<Instant>,
}

/// What the silence calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    Short,
    /// Ask whether the server is there.
    Ask,
    /// Nothing has answered for [`PONG_TIMEOUT`].
    Dead,
}

impl KeepAlive {
    pub(super) fn new(now: Instant) -> Self {
        let (heard, asked) = (now, None);
        Self { heard, asked }
    }

    /// When to look at the silence next.
    pub(super) fn deadline(&self) -> Instant {
        self.asked
            .map_or(self.heard + IDLE, |asked| asked + PONG_TIMEOUT)
    }

    /// Only an answer that was asked for is missed: we may have slept, not the server.
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

    /// Stopped, or with a reader that took nothing: what has come meanwhile was not read yet.
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
