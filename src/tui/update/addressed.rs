//! Turns typed or pasted lines into texts with an addressee, split to fit into lines of the
//! protocol.

use crate::client::typed::{Typed, parse};
use crate::protocol::{Command, UserName};
use crate::tui::text::escape::escape;

/// The addressee (`None` for everyone), the prefix before the first text, and the texts.
pub(super) type Addressed<'a> = (Option<UserName>, &'a str, Vec<&'a str>);

/// Parses typed or pasted lines as texts for everyone or, if the first line is a private one, for
/// that one person.
pub(super) fn addressed(typed: &str) -> Result<Addressed<'_>, String> {
    let mut lines: Vec<&str> = typed
        .split('\n')
        .filter(|line| !line.trim().is_empty())
        .collect();
    let Some(first) = lines.first_mut() else {
        return Ok((None, "", lines));
    };
    let (to, len) = match parse(first.as_bytes()) {
        Some(Ok(Typed::Command(Command::Mesg { to, text }))) => (Some(to), text.as_str().len()),
        Some(Ok(
            Typed::Command(Command::Bcst(text))
            | Typed::Say(Command::Bcst(text))
            | Typed::Unsure(Command::Bcst(text), _),
        )) => {
            // A line that began with // says a single slash.
            (None, text.as_str().len())
        }
        // A pasted line is said even if it looks like a command.
        Some(Ok(_)) | None => (None, first.len()),
        Some(Err(_)) if typed.contains('\n') => (None, first.len()),
        Some(Err(wrong)) => return Err(escape(&wrong.to_string())),
    };
    let (prefix, text) = first.split_at(first.len() - len);
    *first = text;
    Ok((to, prefix, lines))
}

/// The number of lines and the addressee, in words.
pub(super) fn counted(lines: usize, to: Option<&UserName>) -> String {
    let plural = if lines == 1 { "" } else { "s" };
    let to = to.map_or_else(String::new, |to| {
        format!(" to {} alone", escape(to.as_str()))
    });
    format!("{lines} line{plural}{to}")
}

/// Splits a text into parts of at most `max` octets, between words if possible.
pub(super) fn split(text: &str, max: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.len() > max {
        let mut end = max;
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        // A word may end exactly at the limit.
        let word = if rest[end..].starts_with(' ') {
            Some(end)
        } else {
            rest[..end].rfind(' ')
        };
        // Do not cut within the indentation.
        let is_word = |at: &usize| !rest[..*at].trim().is_empty();
        let end = word.filter(is_word).unwrap_or(end);
        parts.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start_matches(' ');
    }
    if !rest.is_empty() {
        parts.push(rest.to_owned());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_words() {
        assert_eq!(split("one two three", 7), ["one two", "three"]);
        assert_eq!(split("one two three", 8), ["one two", "three"]);
        assert_eq!(split("one two three", 6), ["one", "two", "three"]);
        assert_eq!(split("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(split("李李李", 4), ["李", "李", "李"]);
        assert_eq!(split("\t   abcdef", 7), ["\t   abc", "def"]);
        for max in 4..60 {
            let parts = split("wörds of 李 many lengths, 👩‍👧 and more of them here", max);
            assert!(
                parts
                    .iter()
                    .all(|part| part.len() <= max && !part.is_empty()),
                "{parts:?}"
            );
        }
    }
}
