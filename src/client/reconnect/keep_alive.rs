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
    last_line: Instant,
    /// When the unanswered PING was sent.
    pinged: Option<Instant>,
}

/// How long the server has been silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// Not long enough to do anything.
    Short,
    /// For [`IDLE`]: send a PING.
    PingDue,
    /// It has not answered the PING within [`PONG_TIMEOUT`].
    Dead,
}

impl KeepAlive {
    pub(super) fn new(now: Instant) -> Self {
        let (last_line, pinged) = (now, None);
        Self { last_line, pinged }
    }

    /// When to check the silence next.
    pub(super) fn deadline(&self) -> Instant {
        self.pinged
            .map_or(self.last_line + IDLE, |pinged| pinged + PONG_TIMEOUT)
    }

    /// Never says `Dead` without a PING before: perhaps this program slept, not the server.
    pub(super) fn silence(&mut self, now: Instant) -> Silence {
        if now < self.deadline() {
            return Silence::Short;
        }
        match self.pinged.replace(now) {
            None => Silence::PingDue,
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
        assert_eq!(server.silence(idle), Silence::PingDue);
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
        assert_eq!(server.silence(later), Silence::PingDue);
        assert_eq!(server.deadline(), later + PONG_TIMEOUT);
        assert_eq!(server.silence(later + PONG_TIMEOUT), Silence::Dead);
    }
}
