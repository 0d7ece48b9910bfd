//! Waits until all members are present.

use std::io;
use std::time::{Duration, Instant};

use super::super::record::{NOBODY, write_text};
use super::Crowd;

/// How long ten thousand members may take to join on a busy machine; each receives the joins of all
/// later ones.
const GATHERING: Duration = Duration::from_secs(120);

impl Crowd {
    /// Sends texts until one of them has reached every member; earlier ones are not counted.
    pub(super) fn await_all(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + GATHERING;
        let mut tails = vec![Vec::new(); self.members.len()];
        let mut heard = vec![true; self.members.len()];
        for number in 0.. {
            let mut text = Vec::new();
            write_text(NOBODY, number, &mut text);
            self.talkers[0].put_line(self.target, |line| line.extend_from_slice(&text));
            // The answers and the text come in any order, so the next round has none.
            let logs_in = number > 0 && number % 2 == 0;
            for (id, member) in self.members.iter().enumerate().filter(|_| logs_in) {
                if !heard[id] {
                    member.log_in(self.target, id)?;
                }
            }
            heard.fill(false);
            let mut left = self.members.len();
            let round = Instant::now() + Duration::from_secs(1 + number);
            while left > 0 && Instant::now() < round {
                self.flush(0)?;
                self.wait(Some(Duration::from_millis(20)))?;
                for event in &self.events {
                    let id = event.data.u64() as usize;
                    let Some(len) = self.members[id].read(&mut self.input)? else {
                        continue;
                    };
                    let tail: &mut Vec<u8> = &mut tails[id];
                    tail.extend_from_slice(&self.input[..len]);
                    tail.drain(..tail.len().saturating_sub(2 * text.len()));
                    let had_heard = heard[id];
                    heard[id] = tail.trim_ascii_end().ends_with(&text);
                    left = left + usize::from(had_heard) - usize::from(heard[id]);
                }
            }
            if left == 0 {
                return Ok(());
            }
            if Instant::now() > deadline {
                let name = self.target.name();
                let deaf = heard.iter().position(|&heard| !heard).unwrap_or(0);
                let tail = tails[deaf].escape_ascii();
                return Err(io::Error::other(format!(
                    "{left} members of {name} hear nothing; one heard last: {tail}"
                )));
            }
        }
        Ok(())
    }
}
