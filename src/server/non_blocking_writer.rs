//! Writes lines to an output whose reader may stop reading, such as a pipe.
//!
//! A thread of its own does the writing behind a bounded queue, so a reader that stops or goes away
//! neither delays nor ends the server. Lines that find the queue full are dropped, and the log says
//! so.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tracing::warn;

/// The most lines that may wait to be written.
const MAX_QUEUED: usize = 4096;

/// A handle that queues lines and never blocks.
#[derive(Clone, Debug)]
pub struct NonBlockingWriter {
    /// What it writes, for the log.
    name: &'static str,
    entries: SyncSender<Entry>,
    dropped_lines: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Entry {
    Line(Vec<u8>),
    /// Answered when everything queued before it is written.
    Flush(oneshot::Sender<()>),
}

impl NonBlockingWriter {
    /// Starts the thread that writes to `out`. Warnings in the log call the output `name`.
    ///
    /// # Errors
    /// That of the system, if it has no thread to spare.
    pub fn spawn(out: impl Write + Send + 'static, name: &'static str) -> io::Result<Self> {
        let (sender, entries) = mpsc::sync_channel(MAX_QUEUED);
        let dropped_lines = Arc::default();
        let writer = Self {
            name,
            entries: sender,
            dropped_lines: Arc::clone(&dropped_lines),
        };
        thread::Builder::new().spawn(move || write(out, &entries, &dropped_lines, name))?;
        Ok(writer)
    }

    /// Waits until everything queued so far is written, for at most `limit`.
    pub async fn flush_within(&self, limit: Duration) {
        let (done, written) = oneshot::channel();
        let all_written = async {
            let mut flush = Entry::Flush(done);
            while let Err(TrySendError::Full(unsent)) = self.entries.try_send(flush) {
                flush = unsent;
                sleep(Duration::from_millis(10)).await;
            }
            written.await
        };
        let _written_or_not = timeout(limit, all_written).await;
    }

    /// Queues a line, with its LF.
    pub(super) fn enqueue(&self, line: Vec<u8>) {
        let is_dropped = self.entries.try_send(Entry::Line(line)).is_err();
        if is_dropped && self.dropped_lines.fetch_add(1, Ordering::Relaxed) == 0 {
            warn!("the {} is not read, lines are left out", self.name);
        }
    }
}

impl Write for NonBlockingWriter {
    /// Queues all of `line`, a line with its LF.
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
    let report_drops_and_wait = || {
        let lines = dropped_lines.swap(0, Ordering::Relaxed);
        if lines > 0 {
            warn!(lines, "the {name} is read again, lines were left out");
        }
        entries.recv().ok()
    };
    while let Some(entry) = entries.try_recv().ok().or_else(report_drops_and_wait) {
        match entry {
            // It fails while the output has no reader; another may come, as that of a FIFO does.
            Entry::Line(line) => drop(out.write_all(&line).and_then(|()| out.flush())),
            // The flush may have timed out.
            Entry::Flush(done) => drop(done.send(())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::AtomicBool;
    use std::time::Instant;

    use super::*;

    /// Blocks until the other end of its channel is dropped.
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
    fn nobody_waits_for_a_blocked_output_and_it_misses_what_does_not_fit() {
        let (hold, let_go) = mpsc::channel();
        let taken = Arc::default();
        let blocked = Blocked {
            taken: Arc::clone(&taken),
            let_go,
        };
        let writer = NonBlockingWriter::spawn(blocked, "test").expect("a thread");
        writer.enqueue(b"0\n".to_vec());
        // This clock advances whenever everything waits.
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(writer.flush_within(Duration::from_secs(10)));
        for n in 1..MAX_QUEUED + 10 {
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
        // The first flush takes one entry of the queue.
        assert!(lines >= MAX_QUEUED - 1, "{lines} lines");
        assert!(taken.lines().eq((0..lines).map(|n| n.to_string())));
    }

    /// A FIFO whose reader may be away, behind a buffer.
    #[derive(Default)]
    struct Fifo {
        has_reader: Arc<AtomicBool>,
        buffered: Vec<u8>,
        taken: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Fifo {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            if !self.has_reader.load(Ordering::SeqCst) {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.buffered.write(line)
        }

        fn flush(&mut self) -> io::Result<()> {
            let mut taken = self.taken.lock().expect("no panic");
            taken.append(&mut self.buffered);
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_comes_back_is_shown_each_line_at_once() {
        let fifo = Fifo::default();
        let (has_reader, taken) = (Arc::clone(&fifo.has_reader), Arc::clone(&fifo.taken));
        let writer = NonBlockingWriter::spawn(fifo, "test").expect("a thread");
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().build().expect("a runtime");
        let flush = || {
            let begun = Instant::now();
            runtime.block_on(writer.flush_within(Duration::from_secs(60)));
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "it is never written"
            );
        };
        writer.enqueue(b"nobody reads this\n".to_vec());
        flush();
        has_reader.store(true, Ordering::SeqCst);
        writer.enqueue(b"somebody reads this\n".to_vec());
        flush();
        assert_eq!(*taken.lock().expect("no panic"), b"somebody reads this\n");
    }
}
