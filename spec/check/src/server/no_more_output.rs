//! Proving that nothing more arrives, by a sentinel: a PING whose answer must be what arrives next.

use std::sync::atomic::Ordering;

use super::fixture::Fixture;
use crate::failure::{Failure, Violation};
use crate::outcome::{Expected, Fault};

impl Fixture {
    /// Proves that nothing has arrived that was not read: what arrives next is the answer to a PING
    /// sent now.
    ///
    /// A server without PING answers with an error, the same one each time; PING-1 checks that
    /// there is a `pong`.
    pub(super) async fn expect_no_more(&mut self, who: &str) -> Result<(), Failure> {
        self.sentinels += 1;
        let word = format!("silence-{}", self.sentinels);
        let expected = format!("PONG {word}");
        self.send_line(who, &format!("PING {word}")).await?;
        let got = match self.read_line(who, Expected::line(&expected)).await {
            Ok(got) => got,
            Err(failure) => return Err(self.unanswered(failure)),
        };
        if got.starts_with(b"PONG") {
            self.answers_ping.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if got.starts_with(b"ERROR ") {
            self.send_line(who, &format!("PING {word}")).await?;
            if self.read_line(who, Expected::line(&expected)).await? == got {
                self.answers_ping.store(true, Ordering::Relaxed);
                return Ok(());
            }
        }
        let why =
            "This PING was sent to see that nothing else comes before its answer; something did.";
        let cause = self.hint.take().map(|hint| format!(" {hint}"));
        self.hint = Some(why.to_owned() + &cause.unwrap_or_default());
        let got = [got.as_slice(), b"\n"].concat();
        Err(Violation::differing(Fault::WrongAnswer, Expected::line(&expected), &got).into())
    }

    /// The failure if the sentinel PING has no answer: if none ever had one, the server has no
    /// PING.
    fn unanswered(&self, mut failure: Failure) -> Failure {
        if let Failure::Violation(violation) = &mut failure
            && violation.fault == Fault::Hang
            && violation.got.is_empty()
        {
            violation.hint = Some(if self.answers_ping.load(Ordering::Relaxed) {
                "All that came was right; then this PING was sent to see that nothing else comes \
                 before its answer, and nobody answered it any more."
            } else {
                violation.clause = Some("PING-1");
                "All that came was right. To see that nothing else comes a PING is sent, and what \
                 comes next has to be its answer: PONG and the word or, as long as you have no \
                 PING, any line that begins with `ERROR `."
            });
        }
        failure
    }
}
