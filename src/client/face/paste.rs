//! Pasted text: what waits in the input line is what an Enter sends, line by line.

use super::state::Face;
use crate::protocol::is_char;

/// What ends a pasted line.
const ENDS: [char; 2] = ['\n', '\r'];

impl Face {
    /// Pasted text never sends: several lines wait for an Enter of their own.
    pub(super) fn paste(&mut self, text: &str) {
        self.hint = None;
        self.completion = None;
        self.end_search();
        self.forget_paste();
        let lines: Vec<String> = text
            .split(ENDS)
            .map(clean)
            .filter(|line| !line.trim().is_empty())
            .collect();
        if self.asks_for_name() {
            if std::mem::take(&mut self.spent) {
                self.input.kill_all();
            }
            self.type_in(lines.first().map_or("", |line| line.trim()));
            return;
        }
        if lines.len() < 2 && !self.holds_lines() {
            self.type_in(&lines.concat());
            return;
        }
        if self.before_paste.is_none() {
            self.before_paste = Some(self.input.text().to_owned());
        }
        self.type_lines(&lines, text);
    }

    /// Types the lines of `text`, apart from what stands before them and after them if they are so in `text`.
    fn type_lines(&mut self, lines: &[String], text: &str) {
        let left = &self.input.text()[..self.input.cursor()];
        let mut begins = left.is_empty() || left.ends_with('\n');
        let tab = tab(lines);
        let mut typed = String::new();
        if !begins && text.starts_with(ENDS) {
            typed.push('\n');
            begins = true;
        }
        for (i, line) in lines.iter().enumerate() {
            if i > 0 {
                typed.push('\n');
                begins = true;
            }
            match line.strip_prefix(tab) {
                // No text begins with a space, but one may begin with a tab (GRAM-2).
                Some(rest) if begins => typed.extend(["\t", rest]),
                _ => typed.push_str(line),
            }
        }
        if text.ends_with(ENDS) {
            typed.push('\n');
        }
        self.type_in(&typed);
    }

    /// What stood there before several lines is of no use once these are gone.
    pub(super) fn forget_paste(&mut self) {
        if !self.holds_lines() {
            self.before_paste = None;
        }
    }
}

/// What may travel of a pasted line. Within it a tab becomes room: Tab means another thing here.
fn clean(line: &str) -> String {
    let text = line.trim_start_matches('\t');
    let (tabs, text) = line.split_at(line.len() - text.len());
    let text = text.replace('\t', "    ");
    tabs.chars()
        .chain(text.chars().filter(|&c| is_char(c)))
        .collect()
}

/// The spaces that a tab stands for at the beginning of these lines: four, or one where that would make two indentations the same.
fn tab(lines: &[String]) -> &'static str {
    let shallow = |line: &String| line.starts_with(' ') && !line.starts_with("    ");
    if lines.iter().any(shallow) {
        " "
    } else {
        "    "
    }
}
