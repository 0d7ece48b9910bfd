//! The styles of text: a colour for each name, emphasised text and dimmed text. Colour adds no
//! information.
//!
//! On a background that is known, every colour has a contrast of 4.5 at least (WCAG 2). On one that
//! is not, only those of the sixteen ANSI colours are used that stay readable in the usual
//! palettes, light and dark.

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
    /// A name, with the number of its colour.
    Name(u8),
    /// The person's own name, with the number of its colour.
    Own(u8),
    /// A part of a private line.
    Private,
}

/// Which colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Palette {
    /// None, only text attributes.
    Mono,
    /// The sixteen ANSI colours, whatever they look like.
    Ansi,
    /// The 256 colours of xterm on a background of this red, green and blue.
    On([u8; 3]),
}

/// The ANSI colours that are readable on light and dark backgrounds. The first is for alerts.
const ANSI: [Color; 3] = [Color::LightRed, Color::LightBlue, Color::LightMagenta];

/// Hues from xterm's colour cube, for a light background and for a dark one. The first is for
/// alerts.
const HUES: [[u8; 2]; 10] = [
    [124, 210],
    [94, 215],
    [58, 186],
    [22, 114],
    [23, 79],
    [24, 80],
    [25, 111],
    [55, 147],
    [91, 183],
    [125, 218],
];

/// How many numbers of colours there are: a multiple of each list's length.
const NUMBERS: u64 = 30;

impl Palette {
    /// The colour with this number, if one is readable.
    fn colour(self, number: u8) -> Option<Color> {
        let number = usize::from(number);
        match self {
            Self::Mono => None,
            Self::Ansi => Some(ANSI[number % ANSI.len()]),
            Self::On(background) => HUES[number % HUES.len()]
                .into_iter()
                .find(|index| contrast(cube(*index), background) >= 4.5)
                .map(Color::Indexed),
        }
    }
}

/// The red, green and blue of a colour of xterm's cube.
fn cube(index: u8) -> [u8; 3] {
    let index = usize::from(index) - 16;
    [index / 36, index / 6 % 6, index % 6].map(|level| [0, 95, 135, 175, 215, 255][level])
}

/// The contrast of two colours (WCAG 2), from 1 to 21.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f32 {
    let [one, other] = [one, other].map(luminance);
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: [u8; 3]) -> f32 {
    let [red, green, blue] = colour.map(|part| (f32::from(part) / 255.0).powf(2.2));
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

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
        let colour = ((hash ^ (hash >> 32)) % NUMBERS) as u8;
        if own {
            Self::Own(colour)
        } else {
            Self::Name(colour)
        }
    }

    /// The style.
    pub(in crate::tui) fn style(self, palette: Palette) -> Style {
        let style = Style::new();
        let tint = |number| Style {
            fg: palette.colour(number),
            ..style
        };
        match self {
            Self::Plain => style,
            Self::Quiet => style.add_modifier(Modifier::DIM),
            Self::Alert => tint(0).add_modifier(Modifier::BOLD),
            Self::Bar => style.add_modifier(Modifier::REVERSED),
            Self::Name(n) => tint(n),
            Self::Own(n) => tint(n).add_modifier(Modifier::BOLD),
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
        let mut seen = [0; NUMBERS as usize];
        for i in 0..1000 {
            if let Role::Name(n) = Role::of(&format!("user{i}"), false) {
                seen[usize::from(n)] += 1;
            }
        }
        assert!(seen.iter().all(|n| *n > 15), "{seen:?}");
        assert!(
            NUMBERS.is_multiple_of(HUES.len() as u64) && NUMBERS.is_multiple_of(ANSI.len() as u64)
        );
    }

    #[test]
    fn on_the_usual_backgrounds_all_colours_are_readable() {
        // Black, One Dark, Solarized, Gruvbox, Ubuntu, Dracula, Nord, a grey; white, Solarized,
        // Gruvbox, light yellow, a grey.
        let dark = [
            0, 0x1e1e1e, 0x002b36, 0x282828, 0x300a24, 0x282a36, 0x2e3440, 0x383838,
        ];
        let light = [0xffffff, 0xfdf6e3, 0xfbf1c7, 0xffffdd, 0xe4e4e4];
        for background in dark.into_iter().chain(light) {
            let [_, red, green, blue] = u32::to_be_bytes(background);
            let palette = Palette::On([red, green, blue]);
            for number in 0..HUES.len() as u8 {
                let Some(Color::Indexed(index)) = palette.colour(number) else {
                    panic!("no colour {number} on {background:06x}");
                };
                assert!(contrast(cube(index), [red, green, blue]) >= 4.5);
            }
        }
        assert!(contrast([0; 3], [255; 3]) > 20.9 && contrast(cube(21), [0; 3]) < 2.5);
        // What is readable on none is not used.
        assert_eq!(Palette::On([0x80; 3]).colour(1), None);
    }

    #[test]
    fn without_colour_there_is_none() {
        let [alert, name, own] = [Role::Alert, Role::Name(3), Role::Own(3)];
        for role in [alert, name, own, Role::Private, Role::Bar] {
            assert_eq!(role.style(Palette::Mono).fg, None);
        }
        assert_ne!(own.style(Palette::Mono), name.style(Palette::Mono));
    }
}
