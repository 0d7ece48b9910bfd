//! The commands that a client sends: lines that the grammar must derive.

use parlour_spec::{Oracle, Reading};

use crate::failure::{Failure, Violation};
use crate::outcome::Fault;

/// LINE-2: the longest line, in octets, with its LF.
const MAX_LINE: usize = 4096;

/// A command that a client has sent.
#[derive(Debug)]
pub(super) struct SentCommand {
    pub(super) line: Vec<u8>,
    pub(super) rule: String,
    /// Its name or word, and its text; each may be empty.
    pub(super) name: String,
    pub(super) text: String,
}

/// Reads a line, which must be a command by the grammar.
pub(super) fn read(line: &[u8]) -> Result<SentCommand, Failure> {
    let (clause, expected, hint) = if line.len() >= MAX_LINE {
        (
            "LINE-2",
            "a line of at most 4096 octets",
            "a line is cut, or refused, before it is sent",
        )
    } else {
        match Oracle::parlour().read_line(line) {
            Reading::Command(derivation, name) => {
                let part = |rule| match derivation.all(rule).is_empty() {
                    true => String::new(),
                    false => derivation.part(line, rule, 0).to_owned(),
                };
                return Ok(SentCommand {
                    line: line.to_vec(),
                    rule: derivation.rule.to_string(),
                    name: name.unwrap_or_else(|| part("word")),
                    text: part("text"),
                });
            }
            Reading::Malformed(code, _) => match code {
                "not-utf8" => (
                    "LINE-3",
                    "a line in UTF-8",
                    "text is encoded as UTF-8 before it is sent",
                ),
                "control-character" => (
                    "LINE-4",
                    "a line without control characters",
                    "what ends a line, or moves a cursor, belongs to no line",
                ),
                "name-invalid" | "name-reserved" => (
                    "GRAM-4",
                    "a name",
                    "the name is sent as it was typed, and nothing is added to it",
                ),
                _ => (
                    "GRAM-3",
                    "a line that is a command",
                    "a line begins with its verb and a space; nothing comes before it",
                ),
            },
            Reading::Ignored => (
                "LINE-5",
                "a line that is a command",
                "an empty line says nothing",
            ),
        }
    };
    let mut violation = Violation::new(Fault::WrongAnswer, expected, line);
    violation.clause = Some(clause);
    violation.hint = Some(hint);
    violation.differs_at = (clause == "GRAM-3").then_some(0);
    Err(violation.into())
}
