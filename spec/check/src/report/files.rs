//! The report files. Each is complete at any time: it is written to a temporary file beside it,
//! which then replaces it in one step.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::outcome::Run;
use crate::report::{Destination, Points};

/// The requested reports.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Their formats and paths.
    pub destinations: Vec<Destination>,
    /// The points for Gradescope's report.
    pub points: Points,
}

impl Files {
    /// Rewrites all of them. A reader finds a complete report at any time, even if this process is
    /// killed: the one before, or this one. A path that is no plain file, such as `/dev/stdout`, is
    /// written at the end of the run only.
    ///
    /// # Errors
    /// If one of them could not be written; the others are written all the same.
    pub fn write(&self, run: &Run) -> Result<(), NotWritten> {
        let written = self.destinations.iter().map(|destination| {
            let report = destination.format.render(run, &self.points);
            put(&destination.path, &report, run.complete).map_err(|source| NotWritten {
                path: destination.path.clone(),
                source,
            })
        });
        written.fold(Ok(()), Result::and)
    }
}

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the report {} was not written: {source}", path.display())]
pub struct NotWritten {
    /// Its path.
    pub path: PathBuf,
    /// The cause.
    pub source: io::Error,
}

fn put(path: &Path, report: &str, last: bool) -> io::Result<()> {
    // A symbolic link stays, and the file that it names is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&path).is_ok_and(|there| !there.is_file()) {
        return if last {
            fs::write(path, report)
        } else {
            Ok(())
        };
    }
    let mut beside = OsString::from(path.as_os_str());
    beside.push(".part");
    fs::write(&beside, report)?;
    fs::rename(beside, path)
}
