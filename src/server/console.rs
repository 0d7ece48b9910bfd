//! The original's console: what happens in the room, a line each.
//!
//! A thread of its own writes it, so that a reader who stops reading, or has gone, holds nobody up and ends nothing: what does
//! not fit its queue is left out, which the log says.

use std::io::Write;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

use tracing::warn;

use crate::protocol::Event;

/// As many lines may wait to be written.
const QUEUE: usize = 4096;

/// Where the console's lines go.
#[derive(Debug, Default)]
pub struct Console {
    lines: Option<SyncSender<Entry>>,
    left_out: u64,
}

/// The thread that writes a [`Console`].
#[derive(Debug)]
pub struct ConsoleThread {
    lines: SyncSender<Entry>,
    ended: Receiver<()>,
}

#[derive(Debug)]
enum Entry {
    Line(String),
    End,
}

impl Console {
    /// A console that `out` shows, and the thread that writes it.
    pub fn on(out: impl Write + Send + 'static) -> (Self, ConsoleThread) {
        let (sender, lines) = mpsc::sync_channel(QUEUE);
        let (end, ended) = mpsc::sync_channel(1);
        thread::spawn(move || {
            write(out, &lines);
            end.send(())
        });
        let thread = ConsoleThread {
            lines: sender.clone(),
            ended,
        };
        let console = Self {
            lines: Some(sender),
            left_out: 0,
        };
        (console, thread)
    }

    /// A console that nobody sees.
    pub fn silent() -> Self {
        Self::default()
    }

    pub(super) fn listening(&mut self, port: u16) {
        self.say(format!("Server is listening on {port}"));
    }

    pub(super) fn connected(&mut self, peer: &str) {
        self.say(format!("Connected with {peer}"));
    }

    /// Says who came and who left; of what is said in the room the console is silent.
    pub(super) fn show(&mut self, event: &Event) {
        if let Event::Joined(name) = event {
            self.say(format!("{name} joined the chat!"));
        } else if let Event::Left(_) = event {
            self.say(event.to_string());
        }
    }

    fn say(&mut self, line: String) {
        let Some(lines) = &self.lines else { return };
        if lines.try_send(Entry::Line(line)).is_err() {
            self.left_out += 1;
        } else if self.left_out > 0 {
            warn!(
                lines = self.left_out,
                "the console was not read, lines were left out"
            );
            self.left_out = 0;
        }
    }
}

impl ConsoleThread {
    /// Waits until what was said is written, but not for a reader who takes nothing for this long.
    pub fn finish(self, patience: Duration) {
        if self.lines.try_send(Entry::End).is_ok() {
            let _gave_up = self.ended.recv_timeout(patience);
        }
    }
}

fn write(mut out: impl Write, lines: &Receiver<Entry>) {
    let mut reader_is_there = true;
    while let Ok(Entry::Line(line)) = lines.recv() {
        reader_is_there =
            reader_is_there && writeln!(out, "{line}").and_then(|()| out.flush()).is_ok();
    }
}
