//! The outcomes of a run, case by case: what every report is made of.

use std::time::Duration;

use parlour_spec::script::Profiles;
use serde::Serialize;

/// A run against one implementation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// What was checked: an address, or the command that was started.
    pub target: String,
    /// How much of the specification it was checked against.
    pub profile: Profile,
    /// The seed of its random choices; the same seed makes the same choices.
    pub seed: u64,
    /// In the order of the stages and, within a stage, of the cases.
    pub outcomes: Vec<Outcome>,
    /// Whether it was completed. An interrupted run has the outcomes until then.
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

/// How much of the specification is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// What the original class project must do.
    Seed,
    /// The whole of the specification.
    Full,
}

impl Profile {
    /// Whether it is one of them.
    pub fn is_in(self, profiles: Profiles) -> bool {
        matches!(
            (profiles, self),
            (Profiles::Both, _) | (Profiles::Full, Self::Full) | (Profiles::Seed, Self::Seed)
        )
    }
}

/// A stage of an implementation: a student takes one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// 1: to connect and to join.
    Join,
    /// 2: messages to everyone.
    Broadcast,
    /// 3: messages to one member.
    Private,
    /// 4: listing members, and leaving.
    ListAndQuit,
    /// 5: refused commands and malformed lines.
    Errors,
    /// 6: lines, however TCP segments them.
    Framing,
    /// 7: one order for everyone, each line exactly once.
    Order,
    /// 8: many clients at once, and some that do not read.
    Load,
}

impl Stage {
    /// All stages, in their order.
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

    /// Its number, from 1.
    pub fn number(self) -> usize {
        self as usize + 1
    }

    /// The name of the folder of its vectors.
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

/// One test case, for the clauses that it can show to be broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// The name of its vector: a sentence in `snake_case`.
    pub id: String,
    /// The clauses that it checks; the first is its main one.
    pub clauses: Vec<String>,
    /// Its stage.
    pub stage: Stage,
}

/// The outcome of one case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The case.
    pub case: Case,
    /// Its verdict.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
}

/// The verdict on a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The implementation does what the specification says.
    Pass,
    /// The specification permits what it does, but advises against it.
    Warn(Box<Finding>),
    /// The implementation violates the specification.
    Fail(Box<Finding>),
    /// The case was not tried, for this reason.
    Skip(String),
    /// The case could not be tried, for this reason: nothing is known of the implementation.
    Error(String),
}

/// What was wrong, and what led to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The violated clause.
    pub clause: String,
    /// The text of the clause in the document.
    pub sentence: String,
    /// How it is violated.
    pub fault: Fault,
    /// What was expected.
    pub expected: Expected,
    /// The connection on which it was expected, as the vector names it.
    pub who: Option<String>,
    /// The octets that were read instead; of a wrong line, from its beginning.
    pub got: Vec<u8>,
    /// The index of the first octet of `got` that differs from `expected`.
    pub differs_at: Option<usize>,
    /// All traffic on the case's connections.
    pub exchange: Vec<Exchanged>,
    /// The usual cause of this fault.
    pub hint: Option<String>,
    /// How the started process ended, if it has ended.
    pub process: Option<String>,
    /// The last octets that the started process wrote to standard error.
    pub stderr: Vec<u8>,
}

/// What was expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// A description in words.
    Words(String),
    /// Exactly these octets.
    Octets(Vec<u8>),
    /// An event with this prefix and free text after it.
    Beginning(Vec<u8>),
    /// These octets, and then the end of the stream.
    End(Vec<u8>),
}

impl Expected {
    /// A line, given without its LF.
    pub fn line(line: impl AsRef<[u8]>) -> Self {
        Self::Octets([line.as_ref(), b"\n"].concat())
    }

    /// A description in words.
    pub fn words(words: &str) -> Self {
        Self::Words(words.to_owned())
    }

    /// The fixed octets of it; none for a description in words.
    pub fn octets(&self) -> &[u8] {
        match self {
            Self::Words(_) => b"",
            Self::Octets(octets) | Self::Beginning(octets) | Self::End(octets) => octets,
        }
    }
}

/// How an implementation was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It sent something else, or sent something to a client that should not get it.
    WrongAnswer,
    /// It sent nothing within `--timeout`.
    Hang,
    /// It ended a connection, or its process, where it should not have.
    Crash,
    /// It accepted no connection.
    Refused,
}

/// Some octets that went over a connection, or its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchanged {
    /// The time since the case began.
    pub at: Duration,
    /// The connection, as the vector names it.
    pub who: String,
    /// The direction, or how the connection ended.
    pub way: Way,
    /// The octets; of a long exchange only the first ones.
    pub octets: Vec<u8>,
    /// The number of octets after these, which are not kept.
    pub left_out: usize,
}

/// Which way octets went, or how the connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// To the implementation.
    Sent,
    /// From the implementation.
    Read,
    /// The implementation ended the stream.
    Ended,
    /// The connection was reset.
    Reset,
}
