//! Waiting for what a client must send, and for its end.

use tokio::select;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::said::{Said, read};
use super::scene::{QUIET, Scene, ended};
use crate::outcome::{Expected, Fault};
use crate::trouble::{Trouble, Wrong};

impl Scene {
    /// Waits for a command.
    pub(super) async fn sends(&mut self, command: &str) -> Result<(), Trouble> {
        let wanted = read(command.as_bytes())?;
        loop {
            let expected = Expected::Octets(command.as_bytes().to_vec());
            let Some(said) = self.said(expected.clone()).await? else {
                return Err(self.crashed(expected));
            };
            if said.rule == wanted.rule && said.name == wanted.name && said.text == wanted.text {
                return Ok(());
            }
            if !self.answer(&said).await? {
                return Err(Wrong::differing(Fault::WrongAnswer, expected, &said.line).into());
            }
        }
    }

    /// Waits for a QUIT or for the end of the stream.
    pub(super) async fn leaves(&mut self) -> Result<(), Trouble> {
        while let Some(said) = self
            .said(Expected::words("QUIT, or the end of the stream"))
            .await?
        {
            if said.rule == "quit" {
                return Ok(());
            }
            if !self.answer(&said).await? {
                return Err(Wrong::new(Fault::WrongAnswer, "QUIT", &said.line).into());
            }
        }
        Ok(())
    }

    /// Answers what any client may ask at any time. Whether it was that.
    async fn answer(&mut self, said: &Said) -> Result<bool, Trouble> {
        let me = self.me.clone();
        match said.rule.as_str() {
            "ping" => self.say(&format!("PONG {}", said.name)).await?,
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
                    self.say(&format!("HELP {usage}")).await?;
                }
            }
            "list" if me.is_some() => {
                self.say(&format!("Online: {}", me.unwrap_or_default()))
                    .await?
            }
            "list" => self.say("ERROR not-joined: join the room first").await?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The next command; `None` if there is none because the client has ended the stream.
    async fn said(&mut self, expected: Expected) -> Result<Option<Said>, Trouble> {
        let deadline = Instant::now() + self.waits();
        loop {
            while let Some(line) = self.take_line(false) {
                if !line.iter().all(|octet| *octet == b' ') {
                    return read(&line).map(Some);
                }
            }
            if self.ears.ended.is_some() {
                return match self.take_line(true) {
                    Some(line) => read(&line).map(Some),
                    None => Ok(None),
                };
            }
            // LINE-8
            let is_bare = !self.has_lf && !self.ears.unread.is_empty();
            let until = if is_bare {
                deadline.min(Instant::now() + QUIET)
            } else {
                deadline
            };
            if timeout_at(until, self.ears.hear()).await.is_err() {
                if is_bare && let Some(line) = self.take_line(true) {
                    return read(&line).map(Some);
                }
                let mut wrong = Wrong::differing(Fault::Hang, expected, &self.ears.unread);
                if !self.ears.unread.is_empty() {
                    wrong.hint = Some("a line began, and no LF came that ends it");
                }
                return Err(wrong.into());
            }
            self.is_bounded()?;
        }
    }

    /// A line that has come whole; or, where it is all that will come, whatever has.
    fn take_line(&mut self, all: bool) -> Option<Vec<u8>> {
        let unread = &mut self.ears.unread;
        if let Some(at) = unread.iter().position(|octet| *octet == b'\n') {
            let mut line: Vec<u8> = unread.drain(..=at).collect();
            line.pop();
            line.pop_if(|octet| *octet == b'\r');
            self.has_lf = true;
            return Some(line);
        }
        // LINE-8: from the first LF on, what is unfinished at the end is dropped.
        (all && !self.has_lf && !unread.is_empty()).then(|| std::mem::take(unread))
    }

    /// Judges what has come beyond what was awaited.
    pub(super) fn rest(&mut self) -> Result<(), Trouble> {
        while let Some(line) = self.take_line(self.ears.ended.is_some()) {
            if !line.iter().all(|octet| *octet == b' ') {
                read(&line)?;
            }
        }
        Ok(())
    }

    /// Waits until the client has ended its side of the stream.
    pub(super) async fn hangs_up(&mut self) -> Result<(), Trouble> {
        let deadline = Instant::now() + self.timeout;
        while self.ears.ended.is_none() && self.ears.connection.is_some() {
            if timeout_at(deadline, self.ears.hear()).await.is_err() {
                return Err(Wrong::new(
                    Fault::Hang,
                    "the end of the client's side of the stream",
                    b"",
                )
                .into());
            }
            self.is_bounded()?;
        }
        Ok(())
    }

    /// Waits until the program has ended, if it is ours.
    pub(super) async fn exits(&mut self) -> Result<(), Trouble> {
        let deadline = Instant::now() + self.timeout;
        loop {
            let is_running = self.guest.is_some();
            if !is_running {
                return Ok(());
            }
            select! {
                _ = ended(&mut self.guest) => return Ok(()),
                () = self.ears.hear() => self.is_bounded()?,
                () = sleep_until(deadline) => {
                    return Err(Wrong::new(Fault::Hang, "the end of the program", b"").into());
                }
            }
        }
    }

    pub(super) fn crashed(&self, expected: Expected) -> Trouble {
        Wrong::differing(Fault::Crash, expected, &self.ears.unread).into()
    }
}
