//! The history file, in the XDG state directory, readable only by its owner (mode 0600).
//!
//! It has one line per entry: an LF within an entry is written as `\n`, and a backslash as `\\`.
//! The program works without a history file that can be read or written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use etcetera::BaseStrategy;
use rustix::fs::{FlockOperation, OFlags, flock};

use crate::tui::model::editor::history::History;

/// The most octets of the file that are read.
const MAX_LEN: u64 = 4 << 20;

/// The most lines that wait to be written. What comes while more wait is not kept.
const MAX_WAITING: usize = 1000;

/// The longest wait for them at the end.
const PATIENCE: Duration = Duration::from_millis(300);

/// The path of the history file, if there is one.
#[derive(Clone, Debug)]
pub(in crate::tui) struct HistoryFile(Option<PathBuf>);

impl HistoryFile {
    /// `parlour/history` in `$XDG_STATE_HOME`, or in `~/.local/state`.
    pub(in crate::tui) fn of_user() -> Self {
        let state = etcetera::base_strategy::Xdg::new()
            .ok()
            .and_then(|dirs| dirs.state_dir());
        Self(state.map(|state| state.join("parlour/history")))
    }

    /// Reads the history. Shortens a file that has become too long.
    pub(in crate::tui) fn read(&self) -> History {
        let Some(path) = &self.0 else {
            return History::default();
        };
        let opened =
            regular(path, OpenOptions::new().read(true)).and_then(|file| last_lines(&file));
        let Ok((lines, is_long)) = opened else {
            return History::default();
        };
        if is_long {
            // If this fails, or another program is doing it, the next start tries again.
            let _ = shorten(path);
        }
        History::new(lines)
    }

    /// Appends a line.
    pub(in crate::tui) fn keep(&self, line: &str) -> io::Result<()> {
        let Some(path) = &self.0 else {
            return Ok(());
        };
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        let mut file = private(path, OpenOptions::new().append(true))?;
        // Without a lock, a line is lost if the file is shortened just now.
        let _ = flock(&file, FlockOperation::LockShared);
        file.write_all(format!("{}\n", escape(line)).as_bytes())
    }
}

/// Appends lines on a thread of its own, as another program may hold the lock for long.
#[derive(Debug)]
pub(in crate::tui) struct HistoryWriter {
    lines: Option<SyncSender<String>>,
    /// Ends with the thread.
    ended: Receiver<()>,
}

impl HistoryWriter {
    /// A writer to this file.
    pub(in crate::tui) fn new(file: HistoryFile) -> Self {
        let (lines, waiting) = sync_channel::<String>(MAX_WAITING);
        let (ends, ended) = channel::<()>();
        // The program works without the thread, too.
        let _ = thread::Builder::new().spawn(move || {
            for line in waiting {
                let _ = file.keep(&line);
            }
            drop(ends);
        });
        Self {
            lines: Some(lines),
            ended,
        }
    }

    /// Appends a line, soon.
    pub(in crate::tui) fn keep(&self, line: String) {
        let _ = self.lines.as_ref().map(|lines| lines.try_send(line));
    }
}

impl Drop for HistoryWriter {
    fn drop(&mut self) {
        self.lines = None;
        let _ = self.ended.recv_timeout(PATIENCE);
    }
}

/// The last lines of the file, at most [`MAX_LEN`] octets of them, and whether to shorten it.
fn last_lines(mut file: &File) -> io::Result<(Vec<String>, bool)> {
    let start = file.metadata()?.len().saturating_sub(MAX_LEN);
    file.seek(SeekFrom::Start(start))?;
    let mut octets = Vec::new();
    file.take(MAX_LEN).read_to_end(&mut octets)?;
    let text = String::from_utf8_lossy(&octets);
    let is_cut = start > 0;
    let lines: Vec<_> = text.lines().skip(is_cut.into()).map(unescape).collect();
    let is_long = is_cut || lines.len() > 2 * History::LINES;
    Ok((lines, is_long))
}

/// Drops the lines before the last [`History::LINES`]. Meanwhile no other program writes.
fn shorten(path: &Path) -> io::Result<()> {
    let mut file = private(path, OpenOptions::new().read(true).write(true))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    let (lines, _) = last_lines(&file)?;
    let history = History::new(lines);
    let lines = history.lines().map(|line| format!("{}\n", escape(line)));
    let text: String = lines.collect();
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

/// Opens a regular file, and nothing else, such as a FIFO that nobody writes.
fn regular(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = options
        .custom_flags(OFlags::NONBLOCK.bits() as i32)
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::ErrorKind::InvalidInput.into())
    }
}

/// Opens a file, new or old, and makes it readable only by its owner.
fn private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = regular(path, options.create(true).mode(0o600))?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

fn escape(line: &str) -> String {
    line.replace('\\', "\\\\").replace('\n', "\\n")
}

fn unescape(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next().map(|c| if c == 'n' { '\n' } else { c })),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_as_they_were() {
        for line in ["plain", "one\ntwo", r"C:\new\\", "\\n", "дани 李"] {
            assert!(!escape(line).contains('\n'));
            assert_eq!(unescape(&escape(line)), line);
        }
    }

    /// A history file in a folder of its own, which is removed when dropped.
    struct Temporary(PathBuf);

    impl Temporary {
        fn new(test: &str, text: &str) -> (Self, HistoryFile) {
            let folder = format!("parlour-history-{test}-{}", std::process::id());
            let folder = Self(std::env::temp_dir().join(folder));
            fs::create_dir_all(&folder.0).unwrap();
            let path = folder.0.join("history");
            fs::write(&path, text).unwrap();
            (folder, HistoryFile(Some(path)))
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn of_a_long_file_the_newest_lines_are_read_and_kept() {
        let long = format!("{}\n", "x".repeat(MAX_LEN as usize));
        let (_folder, file) = Temporary::new("long", &(long + "one\ntwo\n"));
        let lines = |history: History| history.lines().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(file.read()), ["one", "two"]);
        let path = file.0.as_ref().unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "one\ntwo\n");
        file.keep("three").unwrap();
        assert_eq!(lines(file.read()), ["one", "two", "three"]);
    }

    /// Two programs share the file, and each start shortens it.
    #[test]
    fn a_line_that_is_kept_while_the_file_is_shortened_is_not_lost() {
        const LINES: usize = 400;
        let old: String = (0..3_000).map(|i| format!("old {i}\n")).collect();
        let (_folder, file) = Temporary::new("shared", &old);
        let keeping = file.clone();
        let keeper = thread::spawn(move || {
            for i in 0..LINES {
                keeping.keep(&format!("new {i}")).unwrap();
            }
        });
        while !keeper.is_finished() {
            shorten(file.0.as_ref().unwrap()).ok();
        }
        keeper.join().unwrap();
        let history = file.read();
        let new = history.lines().filter(|line| line.starts_with("new"));
        assert!(
            new.eq((0..LINES).map(|i| format!("new {i}"))),
            "{history:?}"
        );
    }
}
