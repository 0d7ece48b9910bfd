//! Tab: the names of people who are here, the latest speaker first, and the words that begin with a slash.

use super::input_line::InputLine;
use crate::client::typed::slashed;
use crate::protocol::UserName;

/// The ways to complete a word, gone through by one Tab after the other.
#[derive(Clone, Debug)]
pub(super) struct Completion {
    before: String,
    after: String,
    choices: Vec<String>,
    at: usize,
}

impl Completion {
    /// The ways to complete the word at the cursor. `names` are those of the others, the likeliest first.
    pub(super) fn new(line: &InputLine, names: &[&UserName]) -> Option<Self> {
        let (left, after) = line.text().split_at(line.cursor());
        let start = left.rfind([' ', '\n']).map_or(0, |at| at + 1);
        let (before, word) = left.split_at(start);
        let lower = word.to_lowercase();
        let choices: Vec<String> = if before.is_empty() && word.starts_with('/') {
            slashed()
                .filter(|known| known.starts_with(&lower))
                .map(|known| format!("{known} "))
                .collect()
        } else {
            let end = if before.is_empty() { ": " } else { " " };
            let fits = |name: &&&UserName| name.as_str().to_lowercase().starts_with(&lower);
            names
                .iter()
                .filter(fits)
                .map(|name| format!("{name}{end}"))
                .collect()
        };
        (!choices.is_empty()).then(|| Self {
            before: before.to_owned(),
            after: after.to_owned(),
            choices,
            at: 0,
        })
    }

    /// Puts the word that is chosen into the line.
    pub(super) fn show(&self, line: &mut InputLine) {
        line.set(&self.before);
        line.insert(&self.choices[self.at]);
        let cursor = line.cursor();
        line.insert(self.after.strip_prefix(' ').unwrap_or(&self.after));
        line.go_to(cursor);
    }

    /// Chooses the next one, or the one before.
    pub(super) fn turn(&mut self, back: bool) {
        let count = self.choices.len();
        self.at = (self.at + if back { count - 1 } else { 1 }) % count;
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
        let names: Vec<&UserName> = names.iter().collect();
        let mut completion = Completion::new(&line, &names)?;
        completion.show(&mut line);
        for _ in 1..tabs {
            completion.turn(false);
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
    fn slashes_are_completed_too() {
        assert_eq!(completed("/m|", 1).as_deref(), Some("/msg |"));
        assert_eq!(completed("/h|", 1).as_deref(), Some("/help |"));
        assert_eq!(completed("/x|", 1), None);
    }
}
