//! The screenshot at the top of the README: an SVG of a drawn frame.
//!
//! `INSTA_UPDATE=always cargo test --test picture` redraws `tests/picture.svg`.

#[path = "picture/svg.rs"]
mod svg;

use std::cell::RefCell;
use std::time::Duration;

use jiff::civil::date;
use parlour::client::Update;
use parlour::client::session::Session;
use parlour::protocol::{Command, UserName, parse_event};
use parlour::tui::{Bell, Clock, Effect, History, Input, Model, Moment, draw};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use svg::{Look, Svg, is_kept};

const COLUMNS: u16 = 76;
const ROWS: u16 = 15;

const DRAW: &str = "INSTA_UPDATE=always cargo test --test picture";

#[test]
fn the_picture_in_the_readme_is_the_screen_as_it_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/picture.svg");
    is_kept(&drawn(&frame()), path, DRAW);
}

/// dani's screen after a short conversation.
fn frame() -> (Buffer, (u16, u16)) {
    let name = |name| UserName::new(name).unwrap();
    let mut model = Model::new(
        "192.168.1.20:8001",
        Some(name("dani")),
        Bell::Off,
        History::default(),
    );
    let session = RefCell::new(Session::default());
    let send = |command: &Command, tag| session.borrow_mut().sent(command, tag);
    send(&Command::Join(name("dani")), None);
    let mut give = |minute: u8, input: Input| {
        let clock = Clock {
            date: date(2026, 3, 9),
            hour: 10,
            minute,
        };
        let since = Duration::ZERO;
        let mut effects = Vec::new();
        model.update(input, Moment { since, clock }, &mut effects);
        for effect in effects {
            if let Effect::Send(command, tag) = effect {
                send(&command, tag);
            }
        }
    };
    let room = |update| Input::Room(Box::new(update));
    let line = |line: &str| {
        let told = Ok(parse_event(line.as_bytes()).unwrap());
        let answers = session.borrow_mut().heard(&told);
        room(Update::Line(told, answers))
    };
    give(41, Input::Resize(COLUMNS, ROWS));
    give(41, room(Update::Connected));
    give(41, line("SERVER: dani joined the chat!"));
    give(41, line("Online: ann, dani"));
    give(41, line("SERVER: drew joined the chat!"));
    give(41, line("SERVER: kim joined the chat!"));
    give(42, line("dani: BCST hello, everyone!"));
    give(42, line("drew: BCST hi dani, is the build green again?"));
    give(
        43,
        line(
            "ann: BCST it is, since this morning. The fix was two lines, finding them \
             took two days; I have written it all down",
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
        date: date(2026, 3, 9),
        hour: 10,
        minute: 46,
    };
    let now = Moment {
        since: Duration::ZERO,
        clock,
    };
    let cursor = draw(&model, now, true, &mut buffer).unwrap();
    (buffer, (cursor.x, cursor.y))
}

fn drawn((buffer, cursor): &(Buffer, (u16, u16))) -> String {
    let title = "The parlour client on a terminal: people talk, a pasted message waits for Enter";
    let mut svg = Svg::new(title, (COLUMNS, ROWS));
    for y in 0..ROWS {
        let mut x = 0;
        while x < COLUMNS {
            let look = look(&buffer[(x, y)]);
            let same = |at: &u16| self::look(&buffer[(*at, y)]) == look;
            let end = (x..COLUMNS).take_while(same).last().unwrap_or(x) + 1;
            let text: String = (x..end).map(|x| buffer[(x, y)].symbol()).collect();
            svg.run((x, y), end - x, &text, look);
            x = end;
        }
    }
    svg.end(Some(*cursor))
}

fn look(cell: &Cell) -> Look {
    let has = |modifier| cell.modifier.contains(modifier);
    Look {
        ink: ink(cell.fg),
        bold: has(Modifier::BOLD),
        italic: has(Modifier::ITALIC),
        dim: has(Modifier::DIM),
        reversed: has(Modifier::REVERSED),
    }
}

fn ink(colour: Color) -> Option<u8> {
    let all = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    (0..)
        .zip(all)
        .find_map(|(number, one)| (one == colour).then_some(number))
}
