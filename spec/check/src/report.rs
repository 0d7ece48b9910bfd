//! Reports of a [`Run`]: each of them a function from a run to text.
//!
//! All of them show octets quoted, and what went wrong in the same lines, so that what a stranger's program sends can be read in a
//! terminal, in XML and in Markdown, and drives none of them. [`Progress`] keeps the files of a run whole while it lasts.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;

use crate::outcome::Run;

mod detail;
mod files;
mod gradescope;
mod json;
mod junit;
mod labels;
mod markdown;
mod points;
mod progress;
mod quoted;
mod table;
mod tally;
mod tap;

pub use files::{Files, NotWritten};
pub use points::{Points, PointsError, Visibility};
pub use progress::{NOT_REACHED, Progress};
pub use quoted::plain;
pub use table::{Live, closing, heading, table};
pub use tally::Tally;

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// JSON, as report.schema.json describes it.
    Json,
    /// JUnit XML, which most servers for continuous integration read.
    Junit,
    /// TAP 14, the Test Anything Protocol.
    Tap,
    /// Markdown, for a comment or a summary.
    Markdown,
    /// The results.json of a Gradescope autograder.
    Gradescope,
}

/// A report that is asked for, `FORMAT=PATH`; as an option of a command, given as often as there are reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// As what.
    pub format: Format,
    /// Where to.
    pub path: PathBuf,
}

impl Format {
    /// What is said of `run`, in this format. Only Gradescope's asks for `points`.
    pub fn render(self, run: &Run, points: &Points) -> String {
        match self {
            Self::Json => json::json(run),
            Self::Junit => junit::junit(run),
            Self::Tap => tap::tap(run),
            Self::Markdown => markdown::markdown(run),
            Self::Gradescope => gradescope::gradescope(run, points),
        }
    }

    fn name(self) -> String {
        let value = self.to_possible_value();
        value.expect("no format is hidden").get_name().to_owned()
    }
}

impl FromStr for Destination {
    type Err = DestinationError;

    fn from_str(written: &str) -> Result<Self, DestinationError> {
        let (format, path) = written.split_once('=').ok_or(DestinationError::NoEquals)?;
        let format = Format::from_str(format, true)
            .map_err(|_| DestinationError::NoFormat(format.to_owned()))?;
        if path.is_empty() {
            return Err(DestinationError::NoPath);
        }
        Ok(Self {
            format,
            path: path.into(),
        })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.format.name(), self.path.display())
    }
}

/// Why something is no [`Destination`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// It has one part only.
    #[error("a report is FORMAT=PATH, as in junit=results.xml")]
    NoEquals,
    /// Its format is none.
    #[error(
        "there is no format {0:?}: it is one of {formats}",
        formats = Format::value_variants().iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
    )]
    NoFormat(String),
    /// It says no path.
    #[error("after the = comes the path of a file")]
    NoPath,
}
