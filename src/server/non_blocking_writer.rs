//! Writes lines to where somebody may read them, or not.
//!
//! A thread of its own does the writing, so that a reader who stops reading, or has gone, holds
//! nobody up and ends nothing: what does not fit the queue is left out, which the log says.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tracing::warn;

/// As many lines may wait to be written.
const QUEUE: usize = 4096;

/// Takes lines, and never waits.
#[derive(Clone, Debug)]
pub struct NonBlockingWriter {
    /// What it writes, for people.
    name: &'static str,
    entries: SyncSender<Entry>,
    dropped_lines: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Entry {
    Line(Vec<u8>),
    /// All that came before it is written.
    Flush(oneshot::Sender<()>),
}

impl NonBlockingWriter {
    /// A writer that writes `name`, for people, to `out`.
    ///
    /// # Errors
    /// What the system says when it has no thread for it.
    pub fn spawn(out: impl Write + Send + 'static, name: &'static str) -> io::Result<Self> {
        let (sender, entries) = mpsc::sync_channel(QUEUE);
        let dropped_lines = Arc::default();
        let writer = Self {
            name,
            entries: sender,
            dropped_lines: Arc::clone(&dropped_lines),
        };
        thread::Builder::new().spawn(move || write(out, &entries, &dropped_lines, name))?;
        Ok(writer)
    }

    /// Waits until all that it has taken is written, but for `limit` at most.
    pub async fn flush_within(&self, limit: Duration) {
        let (mark, written) = oneshot::channel();
        let all_written = async {
            let mut mark = Entry::Flush(mark);
            while let Err(TrySendError::Full(unsent)) = self.entries.try_send(mark) {
                mark = unsent;
                sleep(Duration::from_millis(10)).await;
            }
            written.await
        };
        let _written_or_not = timeout(limit, all_written).await;
    }

    /// Takes a line, with its LF.
    pub(super) fn enqueue(&self, line: Vec<u8>) {
        let is_dropped = self.entries.try_send(Entry::Line(line)).is_err();
        if is_dropped && self.dropped_lines.fetch_add(1, Ordering::Relaxed) == 0 {
            warn!("the {} is not read, lines are left out", self.name);
        }
    }
}

impl Write for NonBlockingWriter {
    /// Takes `line`, all of it, as a line with its LF.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.enqueue(line.to_vec());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(
    mut out: impl Write,
    entries: &Receiver<Entry>,
    dropped_lines: &AtomicU64,
    name: &'static str,
) {
    let mut reader_is_there = true;
    let wait_for_entry = || {
        let lines = dropped_lines.swap(0, Ordering::Relaxed);
        if lines > 0 {
            warn!(lines, "the {name} is read again, lines were left out");
        }
        entries.recv().ok()
    };
    while let Some(entry) = entries.try_recv().ok().or_else(wait_for_entry) {
        match entry {
            Entry::Line(line) => {
                reader_is_there =
                    reader_is_there && out.write_all(&line).and_then(|()| out.flush()).is_ok();
            }
            // Nobody may wait for it any more.
            Entry::Flush(mark) => drop(mark.send(())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Instant;

    use super::*;

    /// Takes nothing while the other end of its channel is there.
    struct Blocked {
        taken: Arc<Mutex<String>>,
        let_go: Receiver<()>,
    }

    impl Write for Blocked {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let _gone = self.let_go.recv();
            let mut taken = self.taken.lock().expect("no panic");
            taken.push_str(&String::from_utf8_lossy(line));
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nobody_waits_for_a_reader_who_takes_nothing_and_misses_what_does_not_fit() {
        let (hold, let_go) = mpsc::channel();
        let taken = Arc::default();
        let blocked = Blocked {
            taken: Arc::clone(&taken),
            let_go,
        };
        let writer = NonBlockingWriter::spawn(blocked, "test").expect("a thread");
        writer.enqueue(b"0\n".to_vec());
        // On this clock time passes when nothing else does.
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(writer.flush_within(Duration::from_secs(10)));
        for n in 1..QUEUE + 10 {
            writer.enqueue(format!("{n}\n").into_bytes());
        }
        assert!(writer.dropped_lines.load(Ordering::Relaxed) >= 9);
        runtime.block_on(writer.flush_within(Duration::from_secs(10)));

        drop(hold);
        let deadline = Instant::now() + Duration::from_secs(60);
        while writer.dropped_lines.load(Ordering::Relaxed) > 0 {
            assert!(Instant::now() < deadline, "it is never written");
            thread::yield_now();
        }
        let taken = taken.lock().expect("no panic");
        let lines = taken.lines().count();
        // One place of the queue is that of the first mark.
        assert!(lines >= QUEUE - 1, "{lines} lines");
        assert!(taken.lines().eq((0..lines).map(|n| n.to_string())));
    }
}
