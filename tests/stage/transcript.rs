//! Transcripts: a script, and what the server tells after each step of it.

use std::borrow::Cow;
use std::fmt;

use parlour_spec::script::{Action, Inside, Step};

/// The most lines of a scene, and the most characters of a line, that are shown.
const MOST_LINES: usize = 50;
const MOST_CHARS: usize = 200;

/// The outcome of a script. Its `Display` is the conversation: each step, and indented below it
/// each line with its recipients.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transcript {
    /// What was done, in order.
    pub(crate) scenes: Vec<Scene>,
    /// Two sentinels on each connection that is still open: what follows the script must be
    /// silence.
    pub(crate) epilogue: Vec<Scene>,
}

/// One deed and what the server tells because of it, in order.
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

impl Told {
    /// The event, without its line terminator.
    pub(crate) fn line(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.octets.strip_suffix(b"\n").unwrap_or(&self.octets))
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Scene { step, told } in &self.scenes {
            let (who, text) = (&step.who, step.text());
            match &step.action {
                Action::SendLine(_) => writeln!(f, "{who}> {text}")?,
                Action::SendSegments(_) => writeln!(f, "{who}| {text}")?,
                Action::HalfClose => writeln!(f, "half-close {who}")?,
                Action::Reset => writeln!(f, "lost {who}")?,
                Action::Inside(Inside::Connect) => writeln!(f, "connect {who}")?,
                Action::Inside(Inside::Quiet) => writeln!(f, "quiet {who}")?,
                Action::Inside(Inside::JoinTimeout) => writeln!(f, "join-timeout {who}")?,
                Action::Inside(Inside::Shutdown) => writeln!(f, "shutdown")?,
                Action::ExpectLine(_) | Action::ExpectEnd(_) | Action::ExpectNoMore => {}
            }
            for told in told.iter().take(MOST_LINES) {
                writeln!(f, "    {told}")?;
            }
            if let Some(more @ 1..) = told.len().checked_sub(MOST_LINES) {
                writeln!(f, "    … and {more} more")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line();
        write!(f, "{}< {:.MOST_CHARS$}", self.who, line)?;
        if line.chars().count() > MOST_CHARS {
            write!(f, "… ({} octets)", line.len())?;
        }
        f.write_str(if self.octets.ends_with(b"\n") {
            ""
        } else {
            " (no LF)"
        })
    }
}
