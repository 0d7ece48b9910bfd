//! Reports of a [`Run`], each a function from a run to text.
//!
//! All of them quote octets and describe a finding in the same lines, so that what a stranger's
//! program sends can be read in a terminal, in XML and in Markdown, and controls none of them.
//! [`Progress`] keeps the report files complete while a run lasts.

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

/// The format of a report.
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

/// A requested report, `FORMAT=PATH`; the option can be given once for each report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The format.
    pub format: Format,
    /// The path of the file.
    pub path: PathBuf,
}

impl Format {
    /// Renders `run` in this format. Only Gradescope's uses `points`.
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

impl DestinationError {
    fn names() -> String {
        let names = Format::value_variants().iter().map(|format| format.name());
        names.collect::<Vec<_>>().join(", ")
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

/// Why a text is not a [`Destination`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// It has no `=`.
    #[error("a report is FORMAT=PATH, as in junit=results.xml")]
    NoEquals,
    /// There is no such format.
    #[error(
        "there is no format {0:?}: it is one of {formats}",
        formats = Self::names()
    )]
    NoFormat(String),
    /// The path is empty.
    #[error("after the = comes the path of a file")]
    NoPath,
}
