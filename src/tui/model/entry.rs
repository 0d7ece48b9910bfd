//! One entry of the conversation: a message, people who joined or left, or a notice.

use crate::tui::moment::Clock;
use crate::tui::text::palette::Role;
use crate::tui::text::wrap::Span;

/// The most names shown of people who joined or left together. If there are more, only the number
/// is shown.
const MAX_NAMES_SHOWN: usize = 6;

/// The most names kept of people who joined, and of people who left.
const MAX_NAMES_KEPT: usize = 64;

/// An entry and when it came. All text in it is [escaped](crate::tui::text::escape::escape).
#[derive(Clone, Debug)]
pub(in crate::tui) struct Entry {
    /// Entries are numbered consecutively.
    pub(in crate::tui) id: u64,
    pub(in crate::tui) clock: Clock,
    pub(in crate::tui) kind: EntryKind,
    /// How many more like it came and are not shown.
    pub(in crate::tui) more: u32,
}

#[derive(Clone, Debug)]
pub(in crate::tui) enum EntryKind {
    /// A message to everyone.
    Said {
        from: String,
        own: bool,
        text: String,
    },
    /// A private message to or from the person.
    Private {
        from: String,
        to: String,
        own: bool,
        text: String,
    },
    /// People who joined or left, with nothing in between.
    Presence(Presence),
    /// An answer from the server, or a message from the program.
    Notice(String),
    /// An error.
    Warning(String),
}

/// People who joined and people who left. Each person is listed once, by the last that they did.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct Presence {
    joined: Vec<String>,
    left: Vec<String>,
    /// How many more joined or left, beyond the names that are kept.
    more: usize,
}

impl Presence {
    pub(in crate::tui) fn add(&mut self, name: String, joined: bool) {
        let (these, others) = if joined {
            (&mut self.joined, &mut self.left)
        } else {
            (&mut self.left, &mut self.joined)
        };
        others.retain(|other| *other != name);
        if these.len() < MAX_NAMES_KEPT {
            these.push(name);
        } else {
            self.more += 1;
        }
    }

    fn spans(&self, out: &mut Vec<Span>) {
        let mut is_separated = false;
        for (names, verb) in [(&self.joined, "joined"), (&self.left, "left")] {
            if names.is_empty() {
                continue;
            }
            quiet(out, if is_separated { " · " } else { "" });
            is_separated = true;
            if names.len() > MAX_NAMES_SHOWN {
                quiet(out, &format!("{} people {verb}", names.len()));
                continue;
            }
            for (i, name) in names.iter().enumerate() {
                quiet(out, if i == 0 { "" } else { ", " });
                out.push(Span::new(name, Role::of(name, false)));
            }
            quiet(out, &format!(" {verb}"));
        }
        if self.more > 0 {
            quiet(out, &format!(" · {} more came or left", self.more));
        }
    }
}

impl EntryKind {
    /// Whether a person said it.
    pub(in crate::tui) fn is_message(&self) -> bool {
        match self {
            Self::Said { .. } | Self::Private { .. } => true,
            Self::Presence(_) | Self::Notice(_) | Self::Warning(_) => false,
        }
    }

    /// The text and its style.
    pub(in crate::tui) fn spans(&self) -> Vec<Span> {
        let mut out = Vec::with_capacity(4);
        match self {
            Self::Said { from, own, text } => {
                out.push(Span::new(from, Role::of(from, *own)));
                out.push(Span::new(format!(": {text}"), Role::Plain));
            }
            Self::Private {
                from,
                to,
                own,
                text,
            } => {
                out.push(Span::new("[private] ", Role::Private));
                out.push(Span::new(from, Role::of(from, *own)));
                out.push(Span::new(" → ", Role::Private));
                out.push(Span::new(to, Role::of(to, !own)));
                out.push(Span::new(format!(": {text}"), Role::Private));
            }
            Self::Presence(presence) => {
                quiet(&mut out, "-- ");
                presence.spans(&mut out);
            }
            Self::Notice(text) => quiet(&mut out, &format!("-- {text}")),
            Self::Warning(text) => out.push(Span::new(format!("!! {text}"), Role::Alert)),
        }
        out
    }
}

fn quiet(out: &mut Vec<Span>, text: &str) {
    if !text.is_empty() {
        out.push(Span::new(text, Role::Quiet));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presence(presence: &[(&str, bool)]) -> String {
        let mut folded = Presence::default();
        for (name, joined) in presence {
            folded.add((*name).to_owned(), *joined);
        }
        let spans = EntryKind::Presence(folded).spans();
        spans.into_iter().map(|span| span.text).collect()
    }

    #[test]
    fn comings_and_goings_are_folded() {
        assert_eq!(presence(&[("ann", true)]), "-- ann joined");
        assert_eq!(
            presence(&[("ann", true), ("bob", true), ("cy", false)]),
            "-- ann, bob joined · cy left"
        );
        assert_eq!(presence(&[("ann", true), ("ann", false)]), "-- ann left");
        assert_eq!(presence(&[("ann", false), ("ann", true)]), "-- ann joined");
    }

    #[test]
    fn a_crowd_is_counted() {
        let names: Vec<String> = (0..100).map(|i| format!("u{i}")).collect();
        let crowd: Vec<(&str, bool)> = names.iter().map(|name| (&**name, true)).collect();
        assert_eq!(presence(&crowd[..7]), "-- 7 people joined");
        assert_eq!(
            presence(&crowd),
            "-- 64 people joined · 36 more came or left"
        );
    }
}
