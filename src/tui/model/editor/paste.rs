//! Pasted text. Several pasted lines wait in the input line until Enter sends them, one by one.

use super::input_line::InputLine;
use super::{Editor, WaitingLines};
use crate::protocol::is_char;
use crate::tui::model::outgoing::Outgoing;

/// The characters that end a pasted line: the mandatory breaks of Unicode (UAX #14).
const LINE_ENDS: [char; 7] = [
    '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
];

impl Editor {
    /// Inserts pasted text. It never sends by itself: several lines wait for Enter.
    pub(in crate::tui) fn paste(&mut self, text: &str) {
        self.hint = None;
        self.completion = None;
        self.search = None;
        self.forget_paste();
        if self.lines.as_ref().is_some_and(|lines| lines.is_cut) {
            return self.leave_out(text.matches(LINE_ENDS).count());
        }
        let lines: Vec<String> = text
            .split(LINE_ENDS)
            .map(sanitize)
            .filter(|line| !line.trim().is_empty())
            .collect();
        if self.asks_for_name() {
            if std::mem::take(&mut self.is_refused) {
                self.line.kill_all();
            }
            self.type_in(lines.first().map_or("", |line| line.trim()));
            return;
        }
        if lines.len() < 2 && !self.is_multiline() {
            self.type_in(&lines.concat());
            return;
        }
        self.begin_lines();
        self.type_lines(&lines, text);
    }

    /// Keeps the line as it is before several lines are typed into it.
    fn begin_lines(&mut self) {
        if self.lines.is_none() {
            self.lines = Some(WaitingLines {
                before: self.line.text().to_owned(),
                ..WaitingLines::default()
            });
        }
    }

    /// Inserts the lines of `text`. Where `text` begins or ends with a line end, it is separated
    /// from the text beside it.
    fn type_lines(&mut self, lines: &[String], text: &str) {
        let left = &self.line.text()[..self.line.cursor()];
        let mut begins = left.is_empty() || left.ends_with('\n');
        let tab = tab(lines);
        let mut typed = String::new();
        if !begins && text.starts_with(LINE_ENDS) {
            typed.push('\n');
            begins = true;
        }
        for (i, line) in lines.iter().enumerate() {
            if i > 0 {
                typed.push('\n');
                begins = true;
            }
            match line.strip_prefix(tab) {
                // A text cannot begin with a space, but it can begin with a tab (GRAM-2).
                Some(rest) if begins => typed.extend(["\t", rest]),
                _ => typed.push_str(line),
            }
        }
        if text.ends_with(LINE_ENDS) {
            typed.push('\n');
        }
        let fits = self.fitting_lines(&typed);
        self.type_in(&typed[..fits]);
        let fitting = count(&typed[..fits]);
        if fitting < lines.len() {
            self.leave_out(lines.len() - fitting);
        }
    }

    /// Notes that so many pasted lines did not fit.
    fn leave_out(&mut self, more: usize) {
        let fitting = self.line_count();
        let lines = self.lines.get_or_insert_default();
        lines.left_out += more;
        lines.is_cut = true;
        let all = fitting + lines.left_out;
        self.set_hint(format!(
            "only {fitting} of {all} pasted lines fit; Enter sends, Esc drops them"
        ));
    }

    /// How many pasted lines did not fit beside those that wait.
    pub(in crate::tui) fn left_out(&self) -> usize {
        self.lines.as_ref().map_or(0, |lines| lines.left_out)
    }

    /// The length of the lines of `typed` that fit whole into the input line, and that can be on
    /// their way at once.
    fn fitting_lines(&self, typed: &str) -> usize {
        let free = InputLine::MAX_LEN.saturating_sub(self.line.text().len());
        let free_lines = Outgoing::MAX_LINES.saturating_sub(self.line_count());
        let ends = typed.match_indices('\n').map(|(at, _)| at);
        ends.chain([typed.len()])
            .take(free_lines)
            .take_while(|end| *end <= free)
            .last()
            .unwrap_or(0)
    }

    /// The number of lines in the input line, without blank ones.
    pub(in crate::tui) fn line_count(&self) -> usize {
        count(self.line.text())
    }

    /// Whether several lines wait in the input line.
    pub(in crate::tui) fn is_multiline(&self) -> bool {
        self.line.text().contains('\n')
    }

    /// Whether the lines come from a paste or a split, so that Esc can restore the line before it.
    pub(in crate::tui) fn has_paste(&self) -> bool {
        self.lines.is_some()
    }

    /// Drops the waiting lines and restores the line before them.
    pub(in crate::tui) fn drop_lines(&mut self) {
        self.line.kill_all();
        self.line.set(self.lines.take().unwrap_or_default().before);
    }

    /// Replaces a line that is too long by these parts, with the cursor at the first cut.
    pub(in crate::tui) fn split(&mut self, prefix: &str, parts: &[String]) {
        self.begin_lines();
        self.line.set(format!("{prefix}{}", parts.join("\n")));
        let cut = self.line.text().find('\n').unwrap_or_default();
        self.line.go_to(cut);
    }

    /// Forgets the line before the paste once the pasted lines are gone.
    pub(super) fn forget_paste(&mut self) {
        if !self.is_multiline() {
            self.lines = None;
        }
    }
}

fn count(text: &str) -> usize {
    let lines = text.split('\n');
    lines.filter(|line| !line.trim().is_empty()).count()
}

/// Removes what cannot be sent from a pasted line. A tab becomes spaces, except at its beginning.
fn sanitize(line: &str) -> String {
    let text = line.trim_start_matches('\t');
    let (tabs, text) = line.split_at(line.len() - text.len());
    let text = text.replace('\t', "    ");
    tabs.chars()
        .chain(text.chars().filter(|&c| is_char(c)))
        .collect()
}

/// The indentation that becomes a tab at the beginning of these lines: four spaces or, if four
/// would make two indentations equal, one.
fn tab(lines: &[String]) -> &'static str {
    let shallow = |line: &String| line.starts_with(' ') && !line.starts_with("    ");
    if lines.iter().any(shallow) {
        " "
    } else {
        "    "
    }
}
