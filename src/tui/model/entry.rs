//! One entry of the conversation: a message, people who joined or left, or a notice.

use std::ops::Range;

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
        /// Where the text names the person.
        mentions: Vec<Range<usize>>,
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

/// People who joined and people who left. Each person is listed once, by the last that they did;
/// beyond the names that are kept, each coming and each going counts.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct Presence {
    joined: Side,
    left: Side,
}

#[derive(Clone, Debug, Default)]
struct Side {
    names: Vec<String>,
    /// How many more there are than names.
    more: usize,
}

impl Presence {
    pub(in crate::tui) fn add(&mut self, name: String, joined: bool) {
        let (these, others) = if joined {
            (&mut self.joined, &mut self.left)
        } else {
            (&mut self.left, &mut self.joined)
        };
        others.names.retain(|other| *other != name);
        if these.names.len() < MAX_NAMES_KEPT {
            these.names.push(name);
        } else {
            these.more += 1;
        }
    }

    fn spans(&self, out: &mut Vec<Span>) {
        let mut is_separated = false;
        for (Side { names, more }, verb) in [(&self.joined, "joined"), (&self.left, "left")] {
            if names.is_empty() && *more == 0 {
                continue;
            }
            quiet(out, if is_separated { " · " } else { "" });
            is_separated = true;
            if names.len() + more > MAX_NAMES_SHOWN {
                quiet(out, &format!("{} people {verb}", names.len() + more));
                continue;
            }
            for (i, name) in names.iter().enumerate() {
                quiet(out, if i == 0 { "" } else { ", " });
                out.push(Span::new(name, Role::of(name, false)));
            }
            quiet(out, &format!(" {verb}"));
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

    /// Whether another said it to or of the person.
    pub(in crate::tui) fn is_for_person(&self) -> bool {
        match self {
            Self::Said { own, mentions, .. } => !own && !mentions.is_empty(),
            Self::Private { own, .. } => !own,
            Self::Presence(_) | Self::Notice(_) | Self::Warning(_) => false,
        }
    }

    /// The text without its style.
    pub(in crate::tui) fn text(&self) -> String {
        self.spans().into_iter().map(|span| span.text).collect()
    }

    /// The text and its style.
    pub(in crate::tui) fn spans(&self) -> Vec<Span> {
        let mut out = Vec::with_capacity(4);
        match self {
            Self::Said {
                from,
                own,
                mentions,
                text,
            } => {
                out.push(Span::new(from, Role::of(from, *own)));
                out.push(Span::new(": ", Role::Plain));
                let mut end = 0;
                for at in mentions {
                    out.push(Span::new(&text[end..at.start], Role::Plain));
                    let name = &text[at.clone()];
                    out.push(Span::new(name, Role::of(name, true)));
                    end = at.end;
                }
                out.push(Span::new(&text[end..], Role::Plain));
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
        EntryKind::Presence(folded).text()
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
        let gone: Vec<_> = crowd[..98].iter().map(|(name, _)| (*name, false)).collect();
        assert_eq!(presence(&gone), "-- 98 people left");
        let both = [&crowd[..], &gone[..3]].concat();
        assert_eq!(presence(&both), "-- 97 people joined · u0, u1, u2 left");
        assert_eq!(presence(&crowd), "-- 100 people joined");
    }
}
