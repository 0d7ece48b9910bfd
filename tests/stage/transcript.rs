//! Transcripts: a script, and what the server tells after each step of it.

use std::borrow::Cow;
use std::fmt;

use super::script::Step;

/// The outcome of a script. Its `Display` is the conversation: each step, and indented below it
/// each line with its recipients.
#[derive(Clone, Debug)]
pub(crate) struct Transcript {
    /// The steps of the script.
    pub(crate) scenes: Vec<Scene>,
    /// Two sentinels on each connection that is still open: what follows the script must be
    /// silence.
    pub(crate) epilogue: Vec<Scene>,
}

/// One step and what the server tells because of it, in order.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) step: Step,
    pub(crate) told: Vec<Told>,
}

/// One event as one peer reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) who: String,
    /// With its LF, unless it is the `close` of LINE-9.
    pub(crate) octets: Vec<u8>,
}

impl Transcript {
    /// Everything that this peer reads.
    pub(crate) fn told_to(&self, who: &str) -> Vec<u8> {
        let told = self.scenes.iter().flat_map(|scene| &scene.told);
        let told = told.filter(|told| told.who == who);
        told.flat_map(|told| told.octets.iter().copied()).collect()
    }
}

impl Told {
    /// The event, without its line terminator.
    pub(crate) fn line(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.octets.strip_suffix(b"\n").unwrap_or(&self.octets))
    }

    /// Whether it is the last event of its connection (CONN-4).
    pub(crate) fn is_close(&self) -> bool {
        self.line() == "close"
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for scene in &self.scenes {
            writeln!(f, "{}", scene.step.source)?;
            for told in &scene.told {
                writeln!(f, "    {told}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.octets.ends_with(b"\n") {
            ""
        } else {
            " (no LF)"
        };
        write!(f, "{}< {}{end}", self.who, self.line())
    }
}
