//! The picture of the screen at the top of the README: an SVG of a drawn frame.
//!
//! `INSTA_UPDATE=always cargo test --test picture` draws it anew into `tests/picture.svg`.

use std::fmt::Write;
use std::time::Duration;

use parlour::client::Happening;
use parlour::client::face::{Bell, Clock, Face, History, Input, Moment, draw};
use parlour::protocol::{UserName, parse_event};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

const COLUMNS: u16 = 76;
const ROWS: u16 = 15;

/// The size of a cell and the room around all of them, in pixels.
const WIDTH: u16 = 9;
const HEIGHT: u16 = 20;
const MARGIN: u16 = 16;

const GROUND: &str = "#1e1f29";
const INK: &str = "#e6e6e6";

#[test]
fn the_picture_in_the_readme_is_the_screen_as_it_is() {
    let picture = svg(&frame());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/picture.svg");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(path, &picture).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    assert!(
        kept == picture,
        "draw it anew: INSTA_UPDATE=always cargo test --test picture"
    );
}

/// dani's screen after a short conversation.
fn frame() -> (Buffer, (u16, u16)) {
    let name = |name| UserName::new(name).unwrap();
    let mut face = Face::new(
        "192.168.1.20:8001",
        Some(name("dani")),
        Bell::Off,
        History::default(),
    );
    let mut give = |minute: u8, input: Input| {
        let clock = Clock { hour: 10, minute };
        let since = Duration::ZERO;
        face.update(input, Moment { since, clock });
    };
    let room = |happening| Input::Room(Box::new(happening));
    let line = |line: &str| room(Happening::Told(Ok(parse_event(line.as_bytes()).unwrap())));
    give(41, Input::Resize(COLUMNS, ROWS));
    give(41, room(Happening::Connected));
    give(41, line("SERVER: dani joined the chat!"));
    give(41, room(Happening::Admitted(name("dani"))));
    give(41, line("Online: ann, dani"));
    give(41, line("SERVER: drew joined the chat!"));
    give(41, line("SERVER: kim joined the chat!"));
    give(42, line("dani: BCST hello, everyone!"));
    give(42, line("drew: BCST hi dani, is the build green again?"));
    give(
        43,
        line(
            "ann: BCST it is, since this morning. The fix was two lines, finding them took two days; I have written it all down",
        ),
    );
    give(43, line("drew: MESG dani lunch at one?"));
    give(44, Input::Focus(false));
    give(45, line("bot: BCST deploy done"));
    give(45, line("kim has left the chat"));
    give(45, Input::Focus(true));
    give(
        46,
        Input::Paste("drew: yes: \nfirst the review\nthen lunch".to_owned()),
    );
    let mut buffer = Buffer::empty(Rect::new(0, 0, COLUMNS, ROWS));
    let clock = Clock {
        hour: 10,
        minute: 46,
    };
    let now = Moment {
        since: Duration::ZERO,
        clock,
    };
    let cursor = draw(&face, now, true, &mut buffer).unwrap();
    (buffer, (cursor.x, cursor.y))
}

fn svg((buffer, cursor): &(Buffer, (u16, u16))) -> String {
    let (width, height) = (COLUMNS * WIDTH + 2 * MARGIN, ROWS * HEIGHT + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>The parlour client on a terminal: people talk, a pasted message waits for Enter</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{GROUND}\"/>\n\
         <g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"15\" xml:space=\"preserve\">\n"
    );
    for y in 0..ROWS {
        let mut x = 0;
        while x < COLUMNS {
            let cell = &buffer[(x, y)];
            let same = |at: &u16| look(&buffer[(*at, y)]) == look(cell);
            let end = (x..COLUMNS).take_while(same).last().unwrap_or(x) + 1;
            let text: String = (x..end).map(|x| buffer[(x, y)].symbol()).collect();
            run(&mut svg, cell, (x, y), end - x, &text);
            x = end;
        }
    }
    let (x, y) = (MARGIN + cursor.0 * WIDTH, MARGIN + cursor.1 * HEIGHT);
    writeln!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"{INK}\" opacity=\"0.8\"/>").unwrap();
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn look(cell: &Cell) -> (Color, Modifier) {
    (cell.fg, cell.modifier)
}

/// Cells that look the same.
fn run(svg: &mut String, cell: &Cell, (x, y): (u16, u16), cells: u16, text: &str) {
    let (left, top) = (MARGIN + x * WIDTH, MARGIN + y * HEIGHT);
    let width = cells * WIDTH;
    let reversed = cell.modifier.contains(Modifier::REVERSED);
    let (ink, ground) = if reversed {
        (GROUND, hex(cell.fg))
    } else {
        (hex(cell.fg), GROUND)
    };
    if reversed {
        writeln!(svg, "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"{ground}\"/>").unwrap();
    }
    if text.trim().is_empty() {
        return;
    }
    let mut style = String::new();
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::DIM, " opacity=\"0.6\""),
    ] {
        if cell.modifier.contains(modifier) {
            style.push_str(attribute);
        }
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let base = top + 15;
    writeln!(
        svg,
        "<text x=\"{left}\" y=\"{base}\" textLength=\"{width}\" fill=\"{ink}\"{style}>{text}</text>"
    )
    .unwrap();
}

fn hex(colour: Color) -> &'static str {
    match colour {
        Color::Red => "#f06c75",
        Color::Green => "#8ccf7e",
        Color::Yellow => "#e5c76b",
        Color::Blue => "#67b0e8",
        Color::Magenta => "#c47fd5",
        Color::Cyan => "#6cbfbf",
        Color::LightRed => "#ff8a92",
        Color::LightBlue => "#85c3f2",
        Color::LightMagenta => "#d898e8",
        Color::LightCyan => "#8ee0e0",
        Color::Reset
        | Color::Black
        | Color::Gray
        | Color::DarkGray
        | Color::LightGreen
        | Color::LightYellow
        | Color::White
        | Color::Rgb(..)
        | Color::Indexed(_) => INK,
    }
}
