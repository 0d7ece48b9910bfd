//! The styles of text: a colour for each name, emphasised text and dimmed text. Colour adds no
//! information.
//!
//! The ten colours are those of the sixteen ANSI colours that are readable on both light and dark
//! backgrounds: no black, white or greys, no bright green or yellow.

use ratatui::style::{Color, Modifier, Style};

/// The role of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Role {
    /// Text that people say.
    Plain,
    /// Less important text: times, people who join or leave, notices.
    Quiet,
    /// Text that needs attention.
    Alert,
    /// The status line.
    Bar,
    /// A name, with the index of its colour in [`COLOURS`].
    Name(u8),
    /// The person's own name, with the index of its colour.
    Own(u8),
    /// A part of a private line.
    Private,
}

/// The colours of names.
pub const COLOURS: [Color; 10] = [
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::LightRed,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
];

impl Role {
    /// The role of a name. A name has the same colour everywhere and always.
    pub(in crate::tui) fn of(name: &str, own: bool) -> Self {
        // FNV-1a, so that colours stay the same in later versions.
        let hash = name
            .to_lowercase()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| {
                (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
            });
        let colour = ((hash ^ (hash >> 32)) % COLOURS.len() as u64) as u8;
        if own {
            Self::Own(colour)
        } else {
            Self::Name(colour)
        }
    }

    /// The style, which uses only text attributes without `colour`.
    pub(in crate::tui) fn style(self, colour: bool) -> Style {
        let style = Style::new();
        let tint = |style: Style, tint: Color| if colour { style.fg(tint) } else { style };
        let nth = |n: u8| COLOURS[usize::from(n) % COLOURS.len()];
        match self {
            Self::Plain => style,
            Self::Quiet => style.add_modifier(Modifier::DIM),
            Self::Alert => tint(style, Color::Red).add_modifier(Modifier::BOLD),
            Self::Bar => style.add_modifier(Modifier::REVERSED),
            Self::Name(n) => tint(style, nth(n)),
            Self::Own(n) => tint(style, nth(n)).add_modifier(Modifier::BOLD),
            Self::Private => style.add_modifier(Modifier::ITALIC),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_colour() {
        assert_eq!(Role::of("dani", false), Role::of("Dani", false));
        let Role::Name(n) = Role::of("dani", false) else {
            panic!()
        };
        assert_eq!(Role::of("dani", true), Role::Own(n));
    }

    #[test]
    fn names_are_spread_over_all_colours() {
        let mut seen = [0; COLOURS.len()];
        for i in 0..1000 {
            if let Role::Name(n) = Role::of(&format!("user{i}"), false) {
                seen[usize::from(n)] += 1;
            }
        }
        assert!(seen.iter().all(|n| *n > 50), "{seen:?}");
    }

    #[test]
    fn without_colour_there_is_none() {
        for role in [
            Role::Alert,
            Role::Name(3),
            Role::Own(3),
            Role::Private,
            Role::Bar,
        ] {
            assert_eq!(role.style(false).fg, None);
        }
        assert_ne!(Role::Own(3).style(false), Role::Name(3).style(false));
    }
}
