//! The parser of lines (sections 3.2 and 4).

use parlour::protocol::{NameError, UserName, is_char};

/// A command, or the code of its error.
pub(crate) type Line = Result<Command, &'static str>;

/// A command with valid names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    Join(String),
    Bcst(String),
    Mesg(String, String),
    List,
    Quit,
    Help,
    Ping(String),
}

/// Parses a line; `None` if it is ignored (LINE-5).
pub(crate) fn read(line: &[u8]) -> Option<Line> {
    read_with(line, name)
}

/// The same with another parser of names.
pub(crate) fn read_with(
    line: &[u8],
    name: impl Fn(&str) -> Result<String, &'static str>,
) -> Option<Line> {
    let is_ignored = line.iter().all(|&octet| octet == b' ');
    (!is_ignored).then(|| command(line, name))
}

/// NAME-1, NAME-2, NAME-5, NAME-7
pub(crate) fn name(word: &str) -> Result<String, &'static str> {
    match UserName::new(word) {
        Ok(name) => Ok(name.to_string()),
        Err(NameError::Invalid) => Err("name-invalid"),
        Err(NameError::Reserved) => Err("name-reserved"),
    }
}

fn command(line: &[u8], name: impl Fn(&str) -> Result<String, &'static str>) -> Line {
    let line = std::str::from_utf8(line).map_err(|_| "not-utf8")?;
    if !line.chars().all(is_char) {
        return Err("control-character");
    }
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim_start_matches(' ');
    match verb.to_ascii_uppercase().as_str() {
        "JOIN" => name(word(rest.trim_end_matches(' '))?).map(Command::Join),
        "BCST" => Ok(Command::Bcst(text(rest)?.into())),
        "MESG" => {
            let (to, said) = rest.split_once(' ').ok_or("usage")?;
            let (to, said) = (word(to)?, text(said.trim_start_matches(' '))?);
            Ok(Command::Mesg(name(to)?, said.into()))
        }
        "LIST" => Ok(Command::List),
        "QUIT" => Ok(Command::Quit),
        "HELP" if rest.is_empty() => Ok(Command::Help),
        "HELP" => Err("usage"),
        "PING" => Ok(Command::Ping(word(rest.trim_end_matches(' '))?.into())),
        _ => Err("unknown-command"),
    }
}

fn word(written: &str) -> Result<&str, &'static str> {
    let is_word = !written.is_empty() && !written.contains([' ', '\t']);
    is_word.then_some(written).ok_or("usage")
}

fn text(written: &str) -> Result<&str, &'static str> {
    (!written.is_empty()).then_some(written).ok_or("usage")
}
