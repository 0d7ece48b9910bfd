//! The status line: the most important part comes first. What does not fit is cut after a word, or
//! left out.

use std::time::Duration;

use super::Layout;
use crate::protocol::UserName;
use crate::tui::model::outgoing::{Outgoing, Progress};
use crate::tui::model::{Link, Model};
use crate::tui::moment::Moment;
use crate::tui::text::cells::width;
use crate::tui::text::escape::escape;
use crate::tui::text::palette::Role;
use crate::tui::text::wrap::{Line, Span};
use crate::tui::update::waiting_lines;

/// The parts of the status line that fit, the most important first.
pub(super) fn status(model: &Model, now: Moment, columns: usize) -> Line {
    let mut parts: Vec<Span> = Vec::new();
    let mut say = |text: String, role: Role| {
        if !text.is_empty() {
            parts.push(Span::new(
                format!("{}{text}", if parts.is_empty() { " " } else { " | " }),
                role,
            ));
        }
    };
    let seconds = |until: Duration| until.saturating_sub(now.since).as_secs_f32().ceil() as u64;
    match model.link {
        Link::Connecting => say("connecting...".to_owned(), Role::Bar),
        Link::Up if model.membership.is_full() => say(
            "the room is full (Enter: try again)".to_owned(),
            Role::Alert,
        ),
        Link::Up if model.is_joining() => say("joining...".to_owned(), Role::Bar),
        Link::Up => {}
        Link::Down { until } => {
            say(
                format!("lost: again in {} s (Enter: now)", seconds(until)),
                Role::Alert,
            );
        }
        Link::NameHeld { ref why, until } => {
            let held = why.held("the name");
            let what = format!("{held}: again in {} s (Enter: now)", seconds(until));
            say(what, Role::Alert);
        }
    }
    if model.is_leaving {
        say("leaving... (Ctrl-C: at once)".to_owned(), Role::Alert);
    }
    if let Some(hint) = model.editor.hint() {
        say(hint.to_owned(), Role::Alert);
    } else if model.editor.asks_for_name() {
        say(naming(model), Role::Alert);
    } else if let Some(lines) = waiting_lines(&model.editor) {
        let what = if model.editor.has_paste() {
            "what was pasted"
        } else {
            "them"
        };
        let text = if model.outgoing.has_capacity(model.editor.line_count()) {
            let left_out = match model.editor.left_out() {
                0 => String::new(),
                more => format!(" ({more} more did not fit)"),
            };
            format!("Enter sends {lines}{left_out}, Esc drops {what}")
        } else {
            let most = Outgoing::MAX_LINES;
            format!("at most {most} lines are on their way at once, Esc drops {what}")
        };
        say(text, Role::Alert);
    }
    if let Some(found) = model.conversation.found() {
        let (nth, of, words) = (found.nth, found.of, escape(&found.words));
        say(
            format!("{nth} of {of} with `{words}` (/find: older)"),
            Role::Alert,
        );
    }
    match model.conversation.new_below() {
        (0, _) if !model.conversation.is_at_end() => say("scrolled up (End)".to_owned(), Role::Bar),
        (0, _) => {}
        (below, 0) => say(format!("{below} new below (End)"), Role::Alert),
        (below, own) => say(
            format!("{below} new below, {own} for you (End)"),
            Role::Alert,
        ),
    }
    if model.membership.is_member() {
        let count = |progress| model.outgoing.count(progress);
        let (waiting, unknown) = (count(Progress::Waiting), count(Progress::Unknown));
        let esc = if unknown > 0 { "" } else { ", Esc: drop" };
        if waiting > 0 {
            say(format!("{waiting} waiting (Enter: send{esc})"), Role::Alert);
        }
        if unknown > 0 {
            let what = format!("{unknown} unknown, may have been heard (/again, Esc: drop)");
            say(what, Role::Alert);
        }
    }
    if let Some(name) = model.membership.name() {
        say(escape(name.as_str()), Role::Bar);
    }
    if Layout::of(model.size.0, model.size.1).people == 0 && model.people.count() > 0 {
        say(format!("{} here", model.people.count()), Role::Bar);
    }
    say(model.address.clone(), Role::Bar);
    fit(parts, columns)
}

/// The parts that fit into a row. An alert is cut after a word; the rest is whole or left out.
fn fit(parts: Vec<Span>, columns: usize) -> Line {
    let mut line = Line::new();
    let mut free = columns;
    for part in parts {
        let cut = if width(&part.text) <= free {
            Some(part.text)
        } else if part.role == Role::Alert || line.is_empty() {
            cut(&part.text, free)
        } else {
            None
        };
        if let Some(text) = cut {
            free -= width(&text);
            line.push(Span::new(text, part.role));
        }
    }
    line
}

/// The words of `text` that fit, followed by an ellipsis. `None` if not one fits.
fn cut(text: &str, columns: usize) -> Option<String> {
    let mut ends = text.match_indices(' ').map(|(at, _)| &text[..at]);
    let fits = |words: &&str| width(words) < columns && words.contains(char::is_alphanumeric);
    let words = ends.rfind(fits)?;
    Some(format!("{}…", words.trim_end_matches([':', ',', ';', '.'])))
}

/// What is wrong with the name in the input line or with the last one, or else a hint.
fn naming(model: &Model) -> String {
    let typed = model.editor.line().text().trim();
    let wrong = match UserName::new(typed) {
        Err(e) if !typed.is_empty() && !typed.starts_with('/') && !typed.contains(' ') => {
            Some(e.to_string())
        }
        Ok(_) | Err(_) => None,
    };
    wrong
        .or_else(|| model.membership.refusal().map(str::to_owned))
        .unwrap_or_else(|| "a name is letters and digits; Enter joins the room".to_owned())
}
