//! One entry of the conversation: what was said, who came and went, what the program has to say.

use super::moment::Clock;
use super::palette::Ink;
use super::wrap::Piece;

/// As many names are told of those who came and went together; beyond it they are counted.
const NAMED: usize = 6;

/// As many names are kept of those who came, and as many of those who left.
const KEPT: usize = 64;

/// An entry and when it came. All text in it is [tame](super::tame::tame).
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Entries are numbered as they come.
    pub(super) id: u64,
    pub(super) clock: Clock,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// To everyone.
    Said {
        from: String,
        own: bool,
        text: String,
    },
    /// To the person alone, or by the person to `to` alone.
    Private {
        from: String,
        to: String,
        own: bool,
        text: String,
    },
    /// Comings and goings with nothing between them.
    Moves(Moves),
    /// The room's answers and the program's own words.
    Notice(String),
    /// What went wrong.
    Alarm(String),
}

/// Folded comings and goings: of each person the last one counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Moves {
    came: Vec<String>,
    left: Vec<String>,
    /// Comings and goings beyond the names that are kept.
    more: usize,
}

impl Moves {
    pub(super) fn add(&mut self, name: String, came: bool) {
        let (these, others) = if came {
            (&mut self.came, &mut self.left)
        } else {
            (&mut self.left, &mut self.came)
        };
        others.retain(|other| *other != name);
        if these.len() < KEPT {
            these.push(name);
        } else {
            self.more += 1;
        }
    }

    fn pieces(&self, out: &mut Vec<Piece>) {
        let mut parted = false;
        for (names, deed) in [(&self.came, "joined"), (&self.left, "left")] {
            if names.is_empty() {
                continue;
            }
            quiet(out, if parted { " · " } else { "" });
            parted = true;
            if names.len() > NAMED {
                quiet(out, &format!("{} people {deed}", names.len()));
                continue;
            }
            for (i, name) in names.iter().enumerate() {
                quiet(out, if i == 0 { "" } else { ", " });
                out.push(Piece::new(name, Ink::of(name, false)));
            }
            quiet(out, &format!(" {deed}"));
        }
        if self.more > 0 {
            quiet(out, &format!(" · {} more came or left", self.more));
        }
    }
}

impl What {
    /// Whether somebody else wants to be read.
    pub(super) fn is_message(&self) -> bool {
        match self {
            Self::Said { .. } | Self::Private { .. } => true,
            Self::Moves(_) | Self::Notice(_) | Self::Alarm(_) => false,
        }
    }

    /// The words and how they look.
    pub(super) fn pieces(&self) -> Vec<Piece> {
        let mut out = Vec::with_capacity(4);
        match self {
            Self::Said { from, own, text } => {
                out.push(Piece::new(from, Ink::of(from, *own)));
                out.push(Piece::new(format!(": {text}"), Ink::Plain));
            }
            Self::Private {
                from,
                to,
                own,
                text,
            } => {
                out.push(Piece::new("[private] ", Ink::Private));
                out.push(Piece::new(from, Ink::of(from, *own)));
                out.push(Piece::new(" → ", Ink::Private));
                out.push(Piece::new(to, Ink::of(to, !own)));
                out.push(Piece::new(format!(": {text}"), Ink::Private));
            }
            Self::Moves(moves) => {
                quiet(&mut out, "-- ");
                moves.pieces(&mut out);
            }
            Self::Notice(text) => quiet(&mut out, &format!("-- {text}")),
            Self::Alarm(text) => out.push(Piece::new(format!("!! {text}"), Ink::Alarm)),
        }
        out
    }
}

fn quiet(out: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        out.push(Piece::new(text, Ink::Quiet));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(moves: &[(&str, bool)]) -> String {
        let mut folded = Moves::default();
        for (name, came) in moves {
            folded.add((*name).to_owned(), *came);
        }
        let pieces = What::Moves(folded).pieces();
        pieces.into_iter().map(|piece| piece.text).collect()
    }

    #[test]
    fn comings_and_goings_are_folded() {
        assert_eq!(moves(&[("ann", true)]), "-- ann joined");
        assert_eq!(
            moves(&[("ann", true), ("bob", true), ("cy", false)]),
            "-- ann, bob joined · cy left"
        );
        assert_eq!(moves(&[("ann", true), ("ann", false)]), "-- ann left");
        assert_eq!(moves(&[("ann", false), ("ann", true)]), "-- ann joined");
    }

    #[test]
    fn a_crowd_is_counted() {
        let names: Vec<String> = (0..100).map(|i| format!("u{i}")).collect();
        let crowd: Vec<(&str, bool)> = names.iter().map(|name| (&**name, true)).collect();
        assert_eq!(moves(&crowd[..7]), "-- 7 people joined");
        assert_eq!(moves(&crowd), "-- 64 people joined · 36 more came or left");
    }
}
