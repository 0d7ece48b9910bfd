//! The files that reports go to. Each is whole at any time: it is written beside its place, and then put there in one step.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::outcome::Run;
use crate::report::{Destination, Points};

/// The reports that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Where to, and as what.
    pub destinations: Vec<Destination>,
    /// What Gradescope's report gives points by.
    pub points: Points,
}

impl Files {
    /// Writes all of them anew. Whoever reads meanwhile, and whoever is left when this process is killed, has a whole report:
    /// the one before, or this one. What is no plain file, `/dev/stdout` for one, is written at the end of the run only.
    ///
    /// # Errors
    /// If one of them could not be written. The others are.
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
    /// Which one.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

fn put(path: &Path, report: &str, last: bool) -> io::Result<()> {
    // A link stays a link, and the file that it names is replaced.
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
