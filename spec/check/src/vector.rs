//! Test vectors: conversations with a server as plain files, for any implementation;
//! `spec/vectors/README.md` describes the format.
//!
//! A head of `key: value` lines states the purpose; an empty line ends it. The script follows, with
//! the marks of the specification's conversations and records, and some more for octets and
//! segments.

use include_dir::{Dir, File};

use crate::octets::unescaped;
use crate::outcome::Stage;

mod head;

pub(crate) use head::needs;
pub use head::{Head, Need, Profiles};

/// A conversation with a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    /// Its purpose and needs.
    pub head: Head,
    /// What it does.
    pub script: Script,
}

/// A script, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// The usual cause if something unexpected has arrived at the end.
    pub closing: Option<String>,
}

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line as it is written.
    pub source: String,
    /// The name of the connection.
    pub who: String,
    /// What it does.
    pub action: Action,
    /// The usual cause if it fails.
    pub hint: Option<String>,
    /// Whether it stands after `seed:`, and is played in that profile only.
    pub seed_only: bool,
}

/// An action on a connection, which is opened when it is first named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `C ann: BCST hi`: sends this line.
    SendLine(Vec<u8>),
    /// `B ann: BC\|ST hi
    /// `: sends these octets, each part in a segment of its own.
    SendSegments(Vec<Vec<u8>>),
    /// `S ann: ann: BCST hi`: the next line that arrives is this.
    ExpectLine(Vec<u8>),
    /// `X ann`, `X ann: close`: all that still arrives is this, and then the stream ends.
    ExpectEnd(Vec<u8>),
    /// `H ann`: half-closes the connection.
    HalfClose,
    /// `R ann`: resets the connection.
    Reset,
    /// `P ann`: nothing has arrived that was not read. A PING is sent, and what arrives next is its
    /// answer.
    ExpectNoMore,
}

/// Reads the files of a folder of vectors, stage by stage: each from its stage, its name and its
/// text.
///
/// # Panics
/// If one of them can't be read.
pub(crate) fn files<T>(
    vectors: &Dir<'_>,
    read: impl Fn(Stage, &str, &str) -> Result<T, String>,
) -> Vec<T> {
    let of_stage = |stage: Stage| {
        let folder = vectors.get_dir(stage.name()).into_iter();
        folder.flat_map(Dir::files).map(move |file| (stage, file))
    };
    let files = Stage::ALL.into_iter().flat_map(of_stage);
    let read = |(stage, file): (Stage, &File<'_>)| {
        let id = file.path().file_stem().unwrap_or_default();
        let text = file.contents_utf8().ok_or("it is not UTF-8");
        let vector = text.map_err(str::to_owned);
        let vector = vector.and_then(|text| read(stage, &id.to_string_lossy(), text));
        vector.unwrap_or_else(|why| panic!("{}: {why}", file.path().display()))
    };
    files.map(read).collect()
}

impl Vector {
    /// Reads a vector.
    ///
    /// # Errors
    /// The line that is wrong, and why.
    pub fn read(source: &str) -> Result<Self, String> {
        let (head, script) = Head::split(source)?;
        let script = Script::read(script)?;
        Ok(Self { head, script })
    }
}

impl Script {
    pub(crate) fn read(source: &str) -> Result<Self, String> {
        let (lines, closing) = with_hints(source);
        let mut seed_only = false;
        let mut steps = Vec::new();
        for (line, hint) in lines {
            if line == "seed:" {
                seed_only = true;
                continue;
            }
            let step = step(line).ok_or_else(|| format!("no line of a script: {line}"))?;
            steps.push(Step {
                seed_only,
                hint,
                ..step
            });
        }
        Ok(Self { steps, closing })
    }
}

/// The lines of a script, each with its hint, and the hint that stands after the last line.
pub(crate) fn with_hints(source: &str) -> (Vec<(&str, Option<String>)>, Option<String>) {
    let mut lines = Vec::new();
    let mut hint = None;
    let mut closing = None;
    for line in source.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(cause) = line.strip_prefix("hint:") {
            hint = Some(cause.trim_start().to_owned()).filter(|cause| !cause.is_empty());
            closing.clone_from(&hint);
        } else {
            lines.push((line, hint.clone()));
            closing = None;
        }
    }
    (lines, closing)
}

fn step(line: &str) -> Option<Step> {
    let (mark, rest) = line.split_once(' ')?;
    let (who, text) = match rest.split_once(": ") {
        Some((who, text)) => (who, Some(text)),
        None => (rest, None),
    };
    let octets = || unescaped(text?);
    let action = match (mark, text) {
        ("C", Some(_)) => Action::SendLine(octets()?),
        ("B", Some(text)) => {
            Action::SendSegments(text.split("\\|").map(unescaped).collect::<Option<_>>()?)
        }
        ("O", Some(_)) => {
            Action::SendSegments(octets()?.into_iter().map(|octet| vec![octet]).collect())
        }
        ("S", Some(_)) => Action::ExpectLine(octets()?),
        ("X", Some(_)) => Action::ExpectEnd(octets()?),
        ("X", None) => Action::ExpectEnd(Vec::new()),
        ("H", None) => Action::HalfClose,
        ("R", None) => Action::Reset,
        ("P", None) => Action::ExpectNoMore,
        _ => return None,
    };
    let is_name = !who.is_empty() && who.bytes().all(|octet| octet.is_ascii_alphanumeric());
    is_name.then(|| Step {
        source: line.to_owned(),
        who: who.to_owned(),
        action,
        hint: None,
        seed_only: false,
    })
}
