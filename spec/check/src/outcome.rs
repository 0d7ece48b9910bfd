//! What a run finds out, case by case: what every report is made of.

use std::time::Duration;

use serde::Serialize;

/// A run against one implementation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// What was held against the specification: an address, or the command that was started.
    pub target: String,
    /// What it was held to.
    pub profile: Profile,
    /// What made its choices; the same seed makes the same ones.
    pub seed: u64,
    /// In the order of the stages and, within one, of the cases.
    pub outcomes: Vec<Outcome>,
    /// Whether it came to its end. A run that was interrupted has the outcomes until then.
    pub complete: bool,
}

impl Run {
    /// The outcomes of each stage that has any, in the order of the stages.
    pub fn stages(&self) -> impl Iterator<Item = (Stage, Vec<&Outcome>)> {
        let of_stage = |stage| {
            let outcomes = self.outcomes.iter();
            let outcomes = outcomes.filter(move |outcome| outcome.case.stage == stage);
            (stage, outcomes.collect::<Vec<_>>())
        };
        let stages = Stage::ALL.into_iter().map(of_stage);
        stages.filter(|(_, outcomes)| !outcomes.is_empty())
    }
}

/// How much of the specification is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// What the original class project must do.
    Seed,
    /// The whole of the specification.
    Full,
}

/// How far an implementation has come: a student takes one stage after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// 1: to connect and to join.
    Join,
    /// 2: what is said to all.
    Broadcast,
    /// 3: what is said to one.
    Private,
    /// 4: who is here, and leaving.
    ListAndQuit,
    /// 5: refusals and malformed lines.
    Errors,
    /// 6: lines, however they are cut.
    Framing,
    /// 7: one order, exactly once.
    Order,
    /// 8: many at once, and some that do not read.
    Load,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Join,
        Self::Broadcast,
        Self::Private,
        Self::ListAndQuit,
        Self::Errors,
        Self::Framing,
        Self::Order,
        Self::Load,
    ];

    /// From 1.
    pub fn number(self) -> usize {
        self as usize + 1
    }

    /// As the folder of its vectors is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Broadcast => "broadcast",
            Self::Private => "private",
            Self::ListAndQuit => "list-and-quit",
            Self::Errors => "errors",
            Self::Framing => "framing",
            Self::Order => "order",
            Self::Load => "load",
        }
    }
}

/// One thing that is tried, for the clauses that it can show to be broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// The name of its vector: a sentence in `snake_case`.
    pub id: String,
    /// The clauses that it holds; the first is the one that it is for.
    pub clauses: Vec<String>,
    /// Where it belongs.
    pub stage: Stage,
}

/// How one case ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// What was tried.
    pub case: Case,
    /// What came of it.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As the specification wants it.
    Pass,
    /// The specification permits it and advises against it.
    Warn(Box<Finding>),
    /// The specification is broken.
    Fail(Box<Finding>),
    /// It was not tried, for this reason.
    Skip(String),
    /// It could not be tried, for this reason: nothing is known of the implementation.
    Error(String),
}

/// What was wrong, and how it came to be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The clause that is broken.
    pub clause: String,
    /// Its sentence, as the document has it.
    pub sentence: String,
    /// In which way it is broken.
    pub fault: Fault,
    /// What should have come.
    pub expected: Expected,
    /// On which connection it should have come, as the vector calls it.
    pub who: Option<String>,
    /// The octets that came instead, as far as they were read; of the line that is wrong, from its beginning.
    pub got: Vec<u8>,
    /// The first octet of `got` that is not as `expected` has it.
    pub differs_at: Option<usize>,
    /// All that went over the connections of the case.
    pub exchange: Vec<Exchanged>,
    /// The usual cause.
    pub hint: Option<String>,
    /// How the process that was started ended, if it has.
    pub process: Option<String>,
    /// The last that the process that was started has written to standard error.
    pub stderr: Vec<u8>,
}

/// What should have come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// What these words say.
    Words(String),
    /// These octets.
    Octets(Vec<u8>),
    /// An event that begins like this, and goes on in words of its own.
    Beginning(Vec<u8>),
    /// These octets, and then the end of the stream.
    End(Vec<u8>),
}

impl Expected {
    /// A line, given without its LF.
    pub fn line(line: impl AsRef<[u8]>) -> Self {
        Self::Octets([line.as_ref(), b"\n"].concat())
    }

    /// What these words say.
    pub fn words(words: &str) -> Self {
        Self::Words(words.to_owned())
    }

    /// Its octets, as far as they are fixed; none where only words say it.
    pub fn octets(&self) -> &[u8] {
        match self {
            Self::Words(_) => b"",
            Self::Octets(octets) | Self::Beginning(octets) | Self::End(octets) => octets,
        }
    }
}

/// In which way an implementation was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It answered something else, or told somebody what was not his to know.
    WrongAnswer,
    /// It answered nothing for as long as `--timeout` allows.
    Hang,
    /// It ended a connection, or itself, where it should not have.
    Crash,
    /// It took no connection.
    Refused,
}

/// Some octets that went over a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchanged {
    /// Since the case began.
    pub at: Duration,
    /// Which connection, as the vector calls it.
    pub who: String,
    /// Which way.
    pub way: Way,
    /// What; of very much, the beginning.
    pub octets: Vec<u8>,
    /// As many octets more there were, which are not kept.
    pub left_out: usize,
}

/// Which way octets went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// To the implementation.
    Sent,
    /// From the implementation.
    Read,
    /// Nothing more can come: the implementation ended the stream.
    Ended,
    /// The connection was reset.
    Reset,
}
