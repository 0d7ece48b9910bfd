//! Waiting for what a client must show.

use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use super::fixture::{Fixture, QUIET};
use crate::failure::{Failure, Violation};
use crate::octets::Quoted;
use crate::outcome::Fault;

/// How long to wait for a client to show something that it need not show.
const SETTLING: Duration = Duration::from_secs(1);

impl Fixture {
    /// Waits until the client shows these words, after those that it had to show before.
    pub(super) async fn expect_shown(&mut self, words: &str) -> Result<(), Failure> {
        let deadline = Instant::now() + self.time_limit();
        let mut from = self.searched_to;
        loop {
            if let Some(at) = find(&self.output.shown, words.as_bytes(), &mut from) {
                self.searched_to = at + words.len();
                return Ok(());
            }
            if self.output.stdout.is_none() {
                return Err(self.not_shown(words, Fault::Crash));
            }
            if timeout_at(deadline, self.output.receive()).await.is_err() {
                let has_hung_up = self.output.ended.is_some() && self.writer.is_some();
                let fault = if has_hung_up {
                    Fault::Crash
                } else {
                    Fault::Hang
                };
                return Err(self.not_shown(words, fault));
            }
            self.check_bounded()?;
        }
    }

    /// Checks that these octets were shown nowhere, on neither output.
    pub(super) fn expect_not_shown(&self, octets: &[u8]) -> Result<(), Failure> {
        for shown in [&self.output.shown, &self.output.stderr_tail] {
            let mut windows = shown.windows(octets.len());
            let Some(at) = windows.position(|window| window == octets) else {
                continue;
            };
            let is_lf = |octet: &u8| *octet == b'\n';
            let from = shown[..at].iter().rposition(is_lf).map_or(0, |lf| lf + 1);
            let rest = &shown[from..];
            let until = rest.iter().position(is_lf).unwrap_or(rest.len());
            let expected = format!("an output without {}", Quoted(octets));
            let mut violation = Violation::new(Fault::WrongAnswer, &expected, &rest[..until]);
            violation.differs_at = Some(at - from);
            return Err(violation.into());
        }
        Ok(())
    }

    /// Gives the client time to show these words, so that the next step finds it reading: a client
    /// that can read only one event at a time shall fail where that is checked, not everywhere.
    pub(super) async fn await_shown(&mut self, words: &str) {
        let within = if self.output.stdout.is_some() {
            SETTLING
        } else {
            QUIET
        };
        let mut from = self.output.shown.len();
        let showing = async {
            while find(&self.output.shown, words.as_bytes(), &mut from).is_none() {
                self.output.receive().await;
            }
        };
        let _shown: Result<(), _> = timeout(within, showing).await;
    }

    /// Checks that the client has not sent or shown more than any client has to.
    pub(super) fn check_bounded(&self) -> Result<(), Failure> {
        if !self.output.overflowed {
            return Ok(());
        }
        let tail = tail(&self.output.shown);
        let mut violation = Violation::new(Fault::WrongAnswer, "an output with an end", tail);
        violation.hint =
            Some("at the end of the stream a read returns nothing, again and again: it is the end");
        Err(violation.into())
    }

    fn not_shown(&self, words: &str, fault: Fault) -> Failure {
        let expected = format!("an output with {}", Quoted(words.as_bytes()));
        let mut violation = Violation::new(
            fault,
            &expected,
            tail(&self.output.shown[self.searched_to..]),
        );
        if self.output.shown.is_empty() && fault == Fault::Hang {
            violation.hint = Some(
                "nothing was shown at all: is what is printed into a pipe flushed? (stdbuf -oL \
                 does it from outside)",
            );
        }
        violation.into()
    }
}

/// The index of `words` in `octets`, searched from `from` on. Advances `from` past what need not be
/// searched again when more has arrived.
fn find(octets: &[u8], words: &[u8], from: &mut usize) -> Option<usize> {
    let mut windows = octets[*from..].windows(words.len());
    let at = windows.position(|window| window == words);
    let at = at.map(|at| *from + at);
    *from = (*from).max((octets.len() + 1).saturating_sub(words.len()));
    at
}

fn tail(shown: &[u8]) -> &[u8] {
    &shown[shown.len().saturating_sub(400)..]
}
