//! Renders terminal cells as an SVG with its own background, so that it is readable on light and on
//! dark pages.

use std::fmt::Write;

/// The size of a cell and the margin around all of them, in pixels.
const WIDTH: u16 = 9;
const HEIGHT: u16 = 20;
const MARGIN: u16 = 16;

const GROUND: &str = "#1e1f29";
const INK: &str = "#e6e6e6";

/// A picture that is being drawn.
pub(crate) struct Svg(String);

/// The style of a run of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// The index of its colour in the terminal's sixteen colours; `None` for the default.
    pub(crate) ink: Option<u8>,
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    pub(crate) dim: bool,
    pub(crate) reversed: bool,
}

impl Svg {
    /// An empty screen of this many columns and rows.
    pub(crate) fn new(title: &str, (columns, rows): (u16, u16)) -> Self {
        let (width, height) = (columns * WIDTH + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN);
        Self(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\">\n\
             <title>{title}</title>\n\
             <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{GROUND}\"/>\n\
             <g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, \
             monospace\" font-size=\"15\" xml:space=\"preserve\">\n"
        ))
    }

    /// Draws cells of one style, from this column and row on.
    pub(crate) fn run(&mut self, (x, y): (u16, u16), cells: u16, text: &str, look: Look) {
        let (left, top) = (MARGIN + x * WIDTH, MARGIN + y * HEIGHT);
        let width = cells * WIDTH;
        let mut ink = look.ink.map_or(INK, colour);
        if look.reversed {
            self.line(format_args!(
                "<rect x=\"{left}\" y=\"{top}\" \
                 width=\"{width}\" height=\"{HEIGHT}\" fill=\"{ink}\"/>"
            ));
            ink = GROUND;
        }
        if text.trim().is_empty() {
            return;
        }
        let mut style = String::new();
        for (is_so, attribute) in [
            (look.bold, " font-weight=\"bold\""),
            (look.italic, " font-style=\"italic\""),
            (look.dim, " opacity=\"0.6\""),
        ] {
            if is_so {
                style.push_str(attribute);
            }
        }
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let base = top + 15;
        self.line(format_args!(
            "<text x=\"{left}\" y=\"{base}\" textLength=\"{width}\" \
             fill=\"{ink}\"{style}>{text}</text>"
        ));
    }

    /// The whole picture, with a cursor if there is one.
    pub(crate) fn end(mut self, cursor: Option<(u16, u16)>) -> String {
        if let Some((x, y)) = cursor {
            let (x, y) = (MARGIN + x * WIDTH, MARGIN + y * HEIGHT);
            self.line(format_args!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" \
                 height=\"{HEIGHT}\" fill=\"{INK}\" opacity=\"0.8\"/>"
            ));
        }
        self.0 + "</g>\n</svg>\n"
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("a string takes all");
    }
}

/// Fails if the file at `path` is a different picture, or redraws it when asked to; `how` is the
/// command for that.
pub(crate) fn is_kept(picture: &str, path: &str, how: &str) {
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(path, picture).expect("the picture can be written");
    }
    let kept = std::fs::read_to_string(path).expect("there is a picture");
    assert!(kept == picture, "draw it anew: {how}");
}

fn colour(number: u8) -> &'static str {
    match number {
        1 => "#f06c75",
        2 => "#8ccf7e",
        3 => "#e5c76b",
        4 => "#67b0e8",
        5 => "#c47fd5",
        6 => "#6cbfbf",
        9 => "#ff8a92",
        12 => "#85c3f2",
        13 => "#d898e8",
        14 => "#8ee0e0",
        _ => INK,
    }
}
