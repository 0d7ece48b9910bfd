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
pub struct Scribe {
    /// What it writes, for people.
    name: &'static str,
    entries: SyncSender<Entry>,
    left_out: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Entry {
    Line(Vec<u8>),
    /// All that came before it is written.
    Mark(oneshot::Sender<()>),
}

impl Scribe {
    /// A scribe that writes `name`, for people, to `out`.
    ///
    /// # Errors
    /// What the system says when it has no thread for it.
    pub fn on(out: impl Write + Send + 'static, name: &'static str) -> io::Result<Self> {
        let (sender, entries) = mpsc::sync_channel(QUEUE);
        let left_out = Arc::default();
        let scribe = Self {
            name,
            entries: sender,
            left_out: Arc::clone(&left_out),
        };
        thread::Builder::new().spawn(move || write(out, &entries, &left_out, name))?;
        Ok(scribe)
    }

    /// Waits until all that it has taken is written, but for `patience` at most.
    pub async fn finish(&self, patience: Duration) {
        let (mark, written) = oneshot::channel();
        let all_written = async {
            let mut mark = Entry::Mark(mark);
            while let Err(TrySendError::Full(unsent)) = self.entries.try_send(mark) {
                mark = unsent;
                sleep(Duration::from_millis(10)).await;
            }
            written.await
        };
        let _written_or_not = timeout(patience, all_written).await;
    }

    /// Takes a line, with its LF.
    pub(super) fn take(&self, line: Vec<u8>) {
        let is_left_out = self.entries.try_send(Entry::Line(line)).is_err();
        if is_left_out && self.left_out.fetch_add(1, Ordering::Relaxed) == 0 {
            warn!("the {} is not read, lines are left out", self.name);
        }
    }
}

impl Write for Scribe {
    /// Takes `line`, all of it, as a line with its LF.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.take(line.to_vec());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(mut out: impl Write, entries: &Receiver<Entry>, left_out: &AtomicU64, name: &'static str) {
    let mut reader_is_there = true;
    let say_what_was_left_out = || {
        let lines = left_out.swap(0, Ordering::Relaxed);
        if lines > 0 {
            warn!(lines, "the {name} is read again, lines were left out");
        }
        entries.recv().ok()
    };
    while let Some(entry) = entries.try_recv().ok().or_else(say_what_was_left_out) {
        match entry {
            Entry::Line(line) => {
                reader_is_there =
                    reader_is_there && out.write_all(&line).and_then(|()| out.flush()).is_ok();
            }
            // Nobody may wait for it any more.
            Entry::Mark(mark) => drop(mark.send(())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Instant;

    use super::*;

    /// Takes nothing while the other end of its channel is there.
    struct Shy {
        taken: Arc<Mutex<String>>,
        let_go: Receiver<()>,
    }

    impl Write for Shy {
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
        let shy = Shy {
            taken: Arc::clone(&taken),
            let_go,
        };
        let scribe = Scribe::on(shy, "test").expect("a thread");
        scribe.take(b"0\n".to_vec());
        // On this clock time passes when nothing else does.
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(scribe.finish(Duration::from_secs(10)));
        for n in 1..QUEUE + 10 {
            scribe.take(format!("{n}\n").into_bytes());
        }
        assert!(scribe.left_out.load(Ordering::Relaxed) >= 9);
        runtime.block_on(scribe.finish(Duration::from_secs(10)));

        drop(hold);
        let deadline = Instant::now() + Duration::from_secs(60);
        while scribe.left_out.load(Ordering::Relaxed) > 0 {
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
