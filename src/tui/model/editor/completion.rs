//! Tab completion of slash commands and of the names of people in the room, the latest speaker
//! first.

use super::input_line::InputLine;
use crate::client::typed::slash_commands;
use crate::protocol::UserName;

/// The completions of a word. Each Tab selects the next.
#[derive(Clone, Debug)]
pub(super) struct Completion {
    before: String,
    after: String,
    choices: Vec<String>,
    /// Typed after the word.
    suffix: &'static str,
    selected: usize,
}

/// The slash commands of the full screen alone.
const SCREEN_COMMANDS: [&str; 3] = ["/again", "/bell", "/find"];

/// Punctuation that may come directly before a name.
const OPENING: [char; 9] = ['@', '(', '[', '{', '"', '\'', '“', '„', '«'];

impl Completion {
    /// The completions of the word at the cursor, or `None` if there are none. `names` are the
    /// names of the others, the likeliest first.
    pub(super) fn new(line: &InputLine, names: &[UserName]) -> Option<Self> {
        let (left, after) = line.text().split_at(line.cursor());
        let start = left.rfind([' ', '\n']).map_or(0, |at| at + 1);
        let is_slashed = start == 0 && left.starts_with('/');
        let opening = left.len() - left[start..].trim_start_matches(OPENING).len();
        let (before, word) = left.split_at(opening);
        let lower = word.to_lowercase();
        let fits = |known: &&str| known.to_lowercase().starts_with(&lower);
        let choices: Vec<String> = if is_slashed {
            let slashed = slash_commands().chain(SCREEN_COMMANDS);
            slashed.filter(fits).map(str::to_owned).collect()
        } else {
            let names = names.iter().map(|name| name.as_str());
            names.filter(fits).map(str::to_owned).collect()
        };
        let suffix = if after.starts_with(|c: char| !c.is_alphanumeric() && !c.is_whitespace()) {
            ""
        } else if before.is_empty() && !is_slashed {
            ": "
        } else {
            " "
        };
        (!choices.is_empty()).then(|| Self {
            before: before.to_owned(),
            after: after.to_owned(),
            choices,
            suffix,
            selected: 0,
        })
    }

    /// Puts the selected completion into the line.
    pub(super) fn show(&self, line: &mut InputLine) {
        let after = match self.suffix {
            "" => None,
            _ => self.after.strip_prefix(' '),
        };
        self.put(line, self.suffix, after.unwrap_or(&self.after));
    }

    /// Removes what was typed after a name, if `next` is punctuation that directly follows a name.
    pub(super) fn drop_suffix(&self, next: char, line: &mut InputLine) {
        let is_name = !self.choices[self.selected].starts_with('/');
        if is_name && matches!(next, ',' | '.' | '!' | '?' | ')' | ']' | '}') {
            self.put(line, "", &self.after);
        }
    }

    fn put(&self, line: &mut InputLine, suffix: &str, after: &str) {
        line.set(&self.before);
        line.insert(&self.choices[self.selected]);
        line.insert(suffix);
        let cursor = line.cursor();
        line.insert(after);
        line.go_to(cursor);
    }

    /// Selects the next completion, or the one before.
    pub(super) fn cycle(&mut self, back: bool) {
        let count = self.choices.len();
        self.selected = (self.selected + if back { count - 1 } else { 1 }) % count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(shown: &str, tabs: usize) -> Option<String> {
        let cursor = shown.find('|').expect("a cursor");
        let mut line = InputLine::default();
        line.insert(&shown.replace('|', ""));
        line.go_to(cursor);
        let names = ["drew", "dani", "Ann"].map(|name| UserName::new(name).expect(name));
        let mut completion = Completion::new(&line, &names)?;
        completion.show(&mut line);
        for _ in 1..tabs {
            completion.cycle(false);
            completion.show(&mut line);
        }
        let (left, right) = line.text().split_at(line.cursor());
        Some(format!("{left}|{right}"))
    }

    #[test]
    fn names_come_in_their_order_and_again() {
        assert_eq!(completed("d|", 1).as_deref(), Some("drew: |"));
        assert_eq!(completed("d|", 2).as_deref(), Some("dani: |"));
        assert_eq!(completed("d|", 3).as_deref(), Some("drew: |"));
        assert_eq!(completed("a|", 1).as_deref(), Some("Ann: |"));
        assert_eq!(completed("|", 1).as_deref(), Some("drew: |"));
        assert_eq!(completed("x|", 1), None);
    }

    #[test]
    fn within_a_line_a_name_stands_alone() {
        assert_eq!(
            completed("hi DA| there", 1).as_deref(),
            Some("hi dani |there")
        );
        assert_eq!(completed("/msg a|", 1).as_deref(), Some("/msg Ann |"));
    }

    #[test]
    fn punctuation_around_a_name_is_kept() {
        assert_eq!(completed("@dr|", 1).as_deref(), Some("@drew |"));
        assert_eq!(completed("ask (\"d|", 2).as_deref(), Some("ask (\"dani |"));
        assert_eq!(completed("hi @|", 1).as_deref(), Some("hi @drew |"));
        assert_eq!(completed("dr|, bye", 1).as_deref(), Some("drew|, bye"));
        assert_eq!(completed("hi (dr|)", 1).as_deref(), Some("hi (drew|)"));
        assert_eq!(completed("d|\nx", 1).as_deref(), Some("drew: |\nx"));
        assert_eq!(completed(":|", 1), None);
    }

    #[test]
    fn slashes_are_completed_too() {
        assert_eq!(completed("/m|", 1).as_deref(), Some("/msg |"));
        assert_eq!(completed("/h|", 1).as_deref(), Some("/help |"));
        assert_eq!(completed("/x|", 1), None);
    }
}
