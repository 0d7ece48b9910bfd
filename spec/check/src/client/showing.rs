//! Waiting for what a client must show.

use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use super::scene::{QUIET, Scene};
use crate::octets::Quoted;
use crate::outcome::Fault;
use crate::trouble::{Trouble, Wrong};

/// How long a client may take to show something where nothing depends on it.
const SETTLING: Duration = Duration::from_secs(1);

impl Scene {
    /// Waits until the client shows these words, after those that it had to show before.
    pub(super) async fn shows(&mut self, words: &str) -> Result<(), Trouble> {
        let deadline = Instant::now() + self.waits();
        let mut from = self.looked;
        loop {
            if let Some(at) = find(&self.ears.output, words.as_bytes(), &mut from) {
                self.looked = at + words.len();
                return Ok(());
            }
            if self.ears.stdout.is_none() {
                return Err(self.not_shown(words, Fault::Crash));
            }
            if timeout_at(deadline, self.ears.hear()).await.is_err() {
                let has_hung_up = self.ears.ended.is_some() && self.speaks.is_some();
                let fault = if has_hung_up {
                    Fault::Crash
                } else {
                    Fault::Hang
                };
                return Err(self.not_shown(words, fault));
            }
            self.is_bounded()?;
        }
    }

    /// Sees that these octets were shown nowhere, on neither output.
    pub(super) fn shows_not(&self, octets: &[u8]) -> Result<(), Trouble> {
        for shown in [&self.ears.output, &self.ears.complaint] {
            let mut windows = shown.windows(octets.len());
            let Some(at) = windows.position(|window| window == octets) else {
                continue;
            };
            let is_lf = |octet: &u8| *octet == b'\n';
            let from = shown[..at].iter().rposition(is_lf).map_or(0, |lf| lf + 1);
            let rest = &shown[from..];
            let until = rest.iter().position(is_lf).unwrap_or(rest.len());
            let expected = format!("an output without {}", Quoted(octets));
            let mut wrong = Wrong::new(Fault::WrongAnswer, &expected, &rest[..until]);
            wrong.differs_at = Some(at - from);
            return Err(wrong.into());
        }
        Ok(())
    }

    /// Gives the client the time to show these words, so that what comes next finds it reading: a client that can only read one event
    /// at a time shall fail where that is asked, and not everywhere.
    pub(super) async fn settle(&mut self, words: &str) {
        let within = if self.ears.stdout.is_some() {
            SETTLING
        } else {
            QUIET
        };
        let mut from = self.ears.output.len();
        let showing = async {
            while find(&self.ears.output, words.as_bytes(), &mut from).is_none() {
                self.ears.hear().await;
            }
        };
        let _shown: Result<(), _> = timeout(within, showing).await;
    }

    /// Whether less has come than anybody has to say.
    pub(super) fn is_bounded(&self) -> Result<(), Trouble> {
        if !self.ears.too_much {
            return Ok(());
        }
        let tail = tail(&self.ears.output);
        let mut wrong = Wrong::new(Fault::WrongAnswer, "an output with an end", tail);
        wrong.hint =
            Some("at the end of the stream a read returns nothing, again and again: it is the end");
        Err(wrong.into())
    }

    fn not_shown(&self, words: &str, fault: Fault) -> Trouble {
        let expected = format!("an output with {}", Quoted(words.as_bytes()));
        let mut wrong = Wrong::new(fault, &expected, tail(&self.ears.output[self.looked..]));
        if self.ears.output.is_empty() && fault == Fault::Hang {
            wrong.hint = Some(
                "nothing was shown at all: is what is printed into a pipe flushed? (stdbuf -oL does it from outside)",
            );
        }
        wrong.into()
    }
}

/// Where words stand, from `from` on, which is moved past what need not be searched again when more has come.
fn find(octets: &[u8], words: &[u8], from: &mut usize) -> Option<usize> {
    let mut windows = octets[*from..].windows(words.len());
    let at = windows.position(|window| window == words);
    let at = at.map(|at| *from + at);
    *from = (*from).max((octets.len() + 1).saturating_sub(words.len()));
    at
}

fn tail(output: &[u8]) -> &[u8] {
    &output[output.len().saturating_sub(400)..]
}
