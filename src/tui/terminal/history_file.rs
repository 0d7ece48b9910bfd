//! The history file, in the XDG state directory, readable only by its owner (mode 0600).
//!
//! It has one line per entry: an LF within an entry is written as `\n`, and a backslash as `\\`.
//! The program works without a history file that can be read or written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use rustix::fs::{FlockOperation, flock};

use crate::tui::model::editor::history::History;

/// The most octets of the file that are read.
const MAX_LEN: u64 = 4 << 20;

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
        let opened = File::open(path).and_then(|file| last_lines(&file));
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
        // Without locks in the file system, a line is lost if the file is shortened just now.
        let _ = flock(&file, FlockOperation::LockShared);
        file.write_all(format!("{}\n", escape(line)).as_bytes())
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

/// Opens a file, new or old, and makes it readable only by its owner.
fn private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = options.create(true).mode(0o600).open(path)?;
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
        let keeper = std::thread::spawn(move || {
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
