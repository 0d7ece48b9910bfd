//! The history file, in the XDG state directory, readable only by its owner (mode 0600).
//!
//! It has one line per entry: an LF within an entry is written as `\n`, and a backslash as `\\`.
//! The program works without a history file that can be read or written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

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

    /// Reads the history. Rewrites a file that has become too long.
    pub(in crate::tui) fn read(&self) -> History {
        let Some(path) = &self.0 else {
            return History::default();
        };
        let mut octets = Vec::new();
        let opened = File::open(path).and_then(|file| file.take(MAX_LEN).read_to_end(&mut octets));
        if opened.is_err() {
            return History::default();
        }
        let text = String::from_utf8_lossy(&octets);
        let history = History::new(text.lines().map(unescape));
        if text.lines().count() > 2 * History::LINES {
            // If this fails, the next start tries again.
            let _ = rewrite(path, &history);
        }
        history
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
        file.write_all(format!("{}\n", escape(line)).as_bytes())
    }
}

fn rewrite(path: &Path, history: &History) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = private(&new, OpenOptions::new().write(true).truncate(true))?;
    let lines: String = history
        .lines()
        .map(|line| format!("{}\n", escape(line)))
        .collect();
    file.write_all(lines.as_bytes())?;
    fs::rename(new, path)
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
}
