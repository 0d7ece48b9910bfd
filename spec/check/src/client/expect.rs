//! Waiting for the commands that a client must send, and for its end.

use tokio::select;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::command::{SentCommand, read};
use super::fixture::{Fixture, QUIET, ended};
use crate::failure::{Failure, Violation};
use crate::outcome::{Expected, Fault};

impl Fixture {
    /// Waits for this command.
    pub(super) async fn expect_command(&mut self, command: &str) -> Result<(), Failure> {
        let wanted = read(command.as_bytes())?;
        loop {
            let expected = Expected::Octets(command.as_bytes().to_vec());
            let Some(sent) = self.next_command(expected.clone()).await? else {
                return Err(self.crashed(expected));
            };
            if sent.rule == wanted.rule && sent.name == wanted.name && sent.text == wanted.text {
                return Ok(());
            }
            if !self.answer_query(&sent).await? {
                return Err(Violation::differing(Fault::WrongAnswer, expected, &sent.line).into());
            }
        }
    }

    /// Waits for a QUIT or for the end of the stream.
    pub(super) async fn expect_leaving(&mut self) -> Result<(), Failure> {
        while let Some(sent) = self
            .next_command(Expected::words("QUIT, or the end of the stream"))
            .await?
        {
            if sent.rule == "quit" {
                return Ok(());
            }
            if !self.answer_query(&sent).await? {
                return Err(Violation::new(Fault::WrongAnswer, "QUIT", &sent.line).into());
            }
        }
        Ok(())
    }

    /// Answers a command that any client may send at any time. Returns whether it was one.
    async fn answer_query(&mut self, sent: &SentCommand) -> Result<bool, Failure> {
        let me = self.joined_as.clone();
        match sent.rule.as_str() {
            "ping" => self.send_line(&format!("PONG {}", sent.name)).await?,
            "help" => {
                for usage in [
                    "JOIN username",
                    "BCST text",
                    "MESG username text",
                    "LIST",
                    "QUIT",
                    "HELP",
                    "PING word",
                ] {
                    self.send_line(&format!("HELP {usage}")).await?;
                }
            }
            "list" if me.is_some() => {
                self.send_line(&format!("Online: {}", me.unwrap_or_default()))
                    .await?
            }
            "list" => {
                self.send_line("ERROR not-joined: join the room first")
                    .await?
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The next command; `None` if the client has ended the stream.
    async fn next_command(&mut self, expected: Expected) -> Result<Option<SentCommand>, Failure> {
        let deadline = Instant::now() + self.time_limit();
        loop {
            while let Some(line) = self.take_line(false) {
                if !line.iter().all(|octet| *octet == b' ') {
                    return read(&line).map(Some);
                }
            }
            if self.output.ended.is_some() {
                return match self.take_line(true) {
                    Some(line) => read(&line).map(Some),
                    None => Ok(None),
                };
            }
            // LINE-8
            let is_bare = !self.has_lf && !self.output.unread.is_empty();
            let until = if is_bare {
                deadline.min(Instant::now() + QUIET)
            } else {
                deadline
            };
            if timeout_at(until, self.output.receive()).await.is_err() {
                if is_bare && let Some(line) = self.take_line(true) {
                    return read(&line).map(Some);
                }
                let mut violation =
                    Violation::differing(Fault::Hang, expected, &self.output.unread);
                if !self.output.unread.is_empty() {
                    violation.hint = Some("a line began, and no LF came that ends it");
                }
                return Err(violation.into());
            }
            self.check_bounded()?;
        }
    }

    /// Takes a complete line; or, if `all` that will arrive has arrived, an unfinished one.
    fn take_line(&mut self, all: bool) -> Option<Vec<u8>> {
        let unread = &mut self.output.unread;
        if let Some(at) = unread.iter().position(|octet| *octet == b'\n') {
            let mut line: Vec<u8> = unread.drain(..=at).collect();
            line.pop();
            line.pop_if(|octet| *octet == b'\r');
            self.has_lf = true;
            return Some(line);
        }
        // LINE-8: after the first LF, an unfinished line at the end is dropped.
        (all && !self.has_lf && !unread.is_empty()).then(|| std::mem::take(unread))
    }

    /// Judges what has arrived beyond what was expected.
    pub(super) fn check_rest(&mut self) -> Result<(), Failure> {
        while let Some(line) = self.take_line(self.output.ended.is_some()) {
            if !line.iter().all(|octet| *octet == b' ') {
                read(&line)?;
            }
        }
        Ok(())
    }

    /// Waits until the client has ended its side of the stream.
    pub(super) async fn expect_end_of_stream(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + self.timeout;
        while self.output.ended.is_none() && self.output.reader.is_some() {
            if timeout_at(deadline, self.output.receive()).await.is_err() {
                return Err(Violation::new(
                    Fault::Hang,
                    "the end of the client's side of the stream",
                    b"",
                )
                .into());
            }
            self.check_bounded()?;
        }
        Ok(())
    }

    /// Waits until the program has ended, if it was started here.
    pub(super) async fn expect_exit(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + self.timeout;
        loop {
            let is_running = self.child.is_some();
            if !is_running {
                return Ok(());
            }
            select! {
                _ = ended(&mut self.child) => return Ok(()),
                () = self.output.receive() => self.check_bounded()?,
                () = sleep_until(deadline) => {
                    return Err(Violation::new(Fault::Hang, "the end of the program", b"").into());
                }
            }
        }
    }

    pub(super) fn crashed(&self, expected: Expected) -> Failure {
        Violation::differing(Fault::Crash, expected, &self.output.unread).into()
    }
}
