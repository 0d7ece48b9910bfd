//! A person at a model without a terminal: keys, lines of a server and a clock go in, effects and
//! frames come out.

use std::fmt::Write;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::civil::date;
use parlour::client::session::{Answer, Session};
use parlour::client::{Disconnect, Lost, Update};
use parlour::protocol::{Command, UnknownLine, UserName, parse_event};
use parlour::tui::{Bell, Clock, Effect, History, Input, Model, Moment, draw};
use parlour_testkit::GREETING;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

pub(crate) struct Person {
    pub(crate) model: Model,
    pub(crate) now: Moment,
    session: Session,
    /// The name to ask for on the next connection.
    name: Option<UserName>,
    /// The effects since the last check.
    effects: Vec<Effect>,
}

pub(crate) fn name(name: &str) -> UserName {
    UserName::new(name).unwrap()
}

impl Person {
    /// A person who has just started the program.
    pub(crate) fn new(name: Option<&str>, bell: Bell) -> Self {
        let history = History::new(["hello", "how are you?", "/msg drew hi"].map(str::to_owned));
        let model = Model::new("127.0.0.1:8001", name.map(self::name), bell, history);
        let clock = Clock {
            date: date(2026, 3, 9),
            hour: 9,
            minute: 58,
        };
        let since = Duration::from_secs(100);
        let mut person = Self {
            model,
            now: Moment { since, clock },
            session: Session::default(),
            name: name.map(self::name),
            effects: Vec::new(),
        };
        person.sized(80, 16);
        person
    }

    /// A person without a name on a connection.
    pub(crate) fn visitor() -> Self {
        let mut person = Self::new(None, Bell::default());
        person.happens(Update::Connected);
        person.hears(GREETING);
        person
    }

    /// dani, in the room with drew and ann.
    pub(crate) fn member() -> Self {
        let mut person = Self::new(Some("dani"), Bell::default());
        person.joins();
        person.done();
        person
    }

    pub(crate) fn joins(&mut self) {
        self.happens(Update::Connected);
        self.hears(GREETING);
        self.hears("SERVER: dani joined the chat!");
        self.hears("Online: drew, ann, dani");
    }

    pub(crate) fn loses(&mut self, again: u64) {
        let why = Disconnect::Lost(Lost::Ended);
        self.happens(Update::Disconnected(why, Duration::from_secs(again)));
    }

    pub(crate) fn gives(&mut self, input: Input) {
        let mut effects = Vec::new();
        self.model.update(input, self.now, &mut effects);
        for effect in &effects {
            if let Effect::Send(command, tag) = effect {
                self.session.sent(command, *tag);
                if let Command::Join(name) = command {
                    self.name = Some(name.clone());
                }
            }
        }
        self.effects.extend(effects);
    }

    pub(crate) fn happens(&mut self, update: Update) {
        if let Update::Connected = update {
            self.session = Session::default();
            if let Some(name) = self.name.clone() {
                self.session.sent(&Command::Join(name), None);
            }
        }
        self.gives(Input::Room(Box::new(update)));
    }

    /// A line from the server.
    pub(crate) fn hears(&mut self, line: &str) {
        let told = parse_event(line.as_bytes());
        let told = told.ok_or_else(|| UnknownLine::NotAnEvent(line.to_owned()));
        let answers = self.session.heard(&told);
        if let Some(Answer::NotAdmitted(..)) = answers.last() {
            self.name = None;
        }
        self.happens(Update::Line(told, answers));
    }

    pub(crate) fn types(&mut self, text: &str) {
        for c in text.chars() {
            self.hits(KeyCode::Char(c));
        }
    }

    /// Types a line, and Enter.
    pub(crate) fn says(&mut self, line: &str) {
        self.types(line);
        self.hits(KeyCode::Enter);
    }

    pub(crate) fn hits(&mut self, code: KeyCode) {
        self.gives(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    pub(crate) fn ctrl(&mut self, c: char) {
        self.gives(Input::Key(KeyEvent::new(
            KeyCode::Char(c),
            KeyModifiers::CONTROL,
        )));
    }

    pub(crate) fn alt(&mut self, c: char) {
        self.gives(Input::Key(KeyEvent::new(
            KeyCode::Char(c),
            KeyModifiers::ALT,
        )));
    }

    pub(crate) fn pastes(&mut self, text: &str) {
        self.gives(Input::Paste(text.to_owned()));
    }

    pub(crate) fn sized(&mut self, columns: u16, rows: u16) {
        self.gives(Input::Resize(columns, rows));
    }

    pub(crate) fn waits(&mut self, secs: u64) {
        self.now.since += Duration::from_secs(secs);
    }

    pub(crate) fn clock(&mut self, hour: u8, minute: u8) {
        let date = self.now.clock.date;
        self.now.clock = Clock { date, hour, minute };
    }

    /// The same time on the next day.
    pub(crate) fn sleeps(&mut self) {
        let date = &mut self.now.clock.date;
        *date = date.tomorrow().unwrap();
    }

    /// The effects since the last call, each as a word or as the line that is sent.
    pub(crate) fn done(&mut self) -> Vec<String> {
        let word = |effect| match effect {
            Effect::Send(command, _) => command.to_string(),
            Effect::Keep(line) => format!("keep {line}"),
            Effect::Leave(exit, words) => format!("{exit:?} {}", words.unwrap_or_default()),
            Effect::RetryNow | Effect::Bell | Effect::Suspend | Effect::Redraw => {
                format!("{effect:?}")
            }
        };
        self.effects.drain(..).map(word).collect()
    }

    pub(crate) fn frame(
        &mut self,
        columns: u16,
        rows: u16,
        colour: bool,
    ) -> (Buffer, Option<(u16, u16)>) {
        self.sized(columns, rows);
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        let cursor = draw(&self.model, self.now, colour, &mut buffer);
        (buffer, cursor.map(|at| (at.x, at.y)))
    }

    /// The rows of the screen at this size, without trailing spaces.
    pub(crate) fn screen(&mut self, columns: u16, rows: u16) -> Vec<String> {
        let (buffer, _) = self.frame(columns, rows, true);
        (0..rows)
            .map(|y| row(&buffer, y).trim_end().to_owned())
            .collect()
    }

    /// The last row, with a bar for the cursor.
    pub(crate) fn input(&mut self) -> String {
        let (buffer, cursor) = self.frame(80, 16, true);
        let (x, y) = cursor.unwrap();
        let width = usize::from(buffer.area.width);
        let cells = &buffer.content()[usize::from(y) * width..][..width];
        let cut = |cells: &[ratatui::buffer::Cell]| {
            cells.iter().map(|cell| cell.symbol()).collect::<String>()
        };
        let (left, right) = cells.split_at(usize::from(x));
        format!("{}|{}", cut(left), cut(right))
            .trim_end()
            .to_owned()
    }

    /// The row above it.
    pub(crate) fn status(&mut self) -> String {
        let screen = self.screen(80, 16);
        screen[screen.len() - 2].clone()
    }

    /// Text and style of the screen at several sizes, for a snapshot.
    pub(crate) fn seen(&mut self, colour: bool) -> String {
        let mut seen = String::new();
        for (columns, rows) in [(20, 5), (40, 10), (80, 16)] {
            let (buffer, cursor) = self.frame(columns, rows, colour);
            writeln!(seen, "{columns} x {rows}, cursor at {:?}", cursor.unwrap()).unwrap();
            for y in 0..rows {
                let text = row(&buffer, y);
                writeln!(seen, "│{text}│ {}", styles(&buffer, y)).unwrap();
            }
        }
        seen
    }
}

/// The text of a row. A wide character covers two cells.
pub(crate) fn row(buffer: &Buffer, y: u16) -> String {
    let mut text = String::new();
    let mut x = 0;
    while x < buffer.area.width {
        let symbol = buffer[(x, y)].symbol();
        text.push_str(symbol);
        x += unicode_width::UnicodeWidthStr::width(symbol).max(1) as u16;
    }
    text
}

/// The styles of a row, if any, with the columns at which they begin.
fn styles(buffer: &Buffer, y: u16) -> String {
    let mut styles = Vec::new();
    let mut before = (Color::Reset, Modifier::empty());
    for x in 0..buffer.area.width {
        let cell = &buffer[(x, y)];
        let style = (cell.fg, cell.modifier);
        if style != before {
            let mut words = Vec::new();
            if style.0 != Color::Reset {
                words.push(style.0.to_string().to_lowercase());
            }
            words.extend(style.1.iter_names().map(|(name, _)| name.to_lowercase()));
            if words.is_empty() {
                words.push("plain".into());
            }
            styles.push(format!("{x} {}", words.join(" ")));
            before = style;
        }
    }
    styles.join(", ")
}
