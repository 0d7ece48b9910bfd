//! A frame of the face, drawn into cells.
//!
//! From the top: who is here, the conversation, the status, the line that is typed. Each row is one thing, and nothing is drawn to
//! the right of what people say, so that a terminal with other ideas of a width can hurt that row alone.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::moment::Moment;
use super::palette::Ink;
use super::state::{Face, Link};
use super::tame::tame;
use super::wrap::{Piece, Row, width, wrap};

/// The rows that each part has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) people: u16,
    pub(super) conversation: u16,
    pub(super) status: u16,
    pub(super) input: u16,
}

impl Layout {
    /// What is least needed goes first.
    pub(super) fn of(columns: u16, rows: u16) -> Self {
        let rows = if columns == 0 { 0 } else { rows };
        let input = rows.min(1);
        let status = u16::from(rows >= 2);
        let people = u16::from(rows >= 6);
        let conversation = rows - input - status - people;
        Self {
            people,
            conversation,
            status,
            input,
        }
    }
}

/// The columns for text. The last one stays free: where lines are not wrapped, a mark after it goes astray in some terminals.
pub(super) fn text_columns(columns: u16) -> usize {
    usize::from(columns).saturating_sub(1).max(1)
}

/// Draws `face` as it is at the moment `now`, with or without `colour`. Returns where the cursor belongs.
pub fn draw(face: &Face, now: Moment, colour: bool, buffer: &mut Buffer) -> Option<Position> {
    let area = *buffer.area();
    let layout = Layout::of(area.width, area.height);
    let mut brush = Brush {
        buffer,
        area,
        colour,
    };
    let columns = text_columns(area.width);
    let mut y = area.y;
    if layout.people > 0 {
        brush.row(y, &people(face, columns), Style::new());
        y += layout.people;
    }
    let tail = tail(face, columns);
    for (row, y) in face
        .conversation
        .seen(&tail)
        .iter()
        .take(usize::from(layout.conversation))
        .zip(y..)
    {
        brush.row(y, row, Style::new());
    }
    y += layout.conversation;
    if layout.status > 0 {
        brush.row(y, &status(face, now), Ink::Bar.style(colour));
        y += layout.status;
    }
    if layout.input == 0 {
        return None;
    }
    let (row, cursor) = input(face, usize::from(area.width));
    brush.row(y, &row, Style::new());
    Some(Position::new(area.x + cursor as u16, y))
}

struct Brush<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    colour: bool,
}

impl Brush<'_> {
    /// Draws a row over the whole width, grapheme by grapheme.
    fn row(&mut self, y: u16, row: &[Piece], ground: Style) {
        self.buffer
            .set_style(Rect::new(self.area.x, y, self.area.width, 1), ground);
        let mut x = self.area.x;
        for piece in row {
            let style = ground.patch(piece.ink.style(self.colour));
            for grapheme in piece.text.graphemes(true) {
                let width = grapheme.width() as u16;
                if width == 0 {
                    continue;
                }
                if width > self.area.right() - x {
                    return;
                }
                self.buffer[(x, y)].set_symbol(grapheme).set_style(style);
                for covered in x + 1..x + width {
                    self.buffer[(covered, y)].set_symbol(" ").set_style(style);
                }
                x += width;
            }
        }
    }
}

/// Who is here, the latest speaker first, as far as there is room.
fn people(face: &Face, columns: usize) -> Row {
    let names = face.people.latest_first();
    if names.is_empty() {
        return vec![Piece::new("not in the room yet", Ink::Quiet)];
    }
    let mut row = vec![Piece::new(format!("{} here", names.len()), Ink::Quiet)];
    let mut taken = width(&row[0].text);
    for (i, name) in names.iter().enumerate() {
        let shown = tame(name.as_str());
        let rest = names.len() - i;
        let room = columns.saturating_sub(if rest > 1 { 6 } else { 0 });
        if taken + 2 + width(&shown) > room {
            row.push(Piece::new(format!(" +{rest}"), Ink::Quiet));
            break;
        }
        taken += 2 + width(&shown);
        row.push(Piece::new(if i == 0 { ": " } else { ", " }, Ink::Quiet));
        let ink = Ink::of(name.as_str(), face.name.as_ref() == Some(name));
        row.push(Piece::new(shown, ink));
    }
    row
}

/// What is not in the conversation yet: the lines on their way, the lines unsent.
fn tail(face: &Face, columns: usize) -> Vec<Row> {
    let last = face.outgoing.lines().len().saturating_sub(100);
    let rows = face.outgoing.lines().skip(last).flat_map(|line| {
        let (mark, ink) = if line.unsent {
            ("UNSENT ", Ink::Alarm)
        } else {
            ("...    ", Ink::Quiet)
        };
        let to = line
            .to
            .as_ref()
            .map_or_else(String::new, |to| format!("to {to}: "));
        let text = Piece::new(
            format!("{}{}", tame(&to), tame(line.text.as_str())),
            Ink::Quiet,
        );
        wrap(&[Piece::new(mark, ink), text], columns, 8)
    });
    rows.collect()
}

/// What matters most at this moment, then how things stand.
fn status(face: &Face, now: Moment) -> Row {
    let mut parts: Vec<Piece> = Vec::new();
    let mut say = |text: String, ink: Ink| {
        if !text.is_empty() {
            parts.push(Piece::new(
                format!("{}{text}", if parts.is_empty() { " " } else { " | " }),
                ink,
            ));
        }
    };
    let seconds =
        |until: std::time::Duration| until.saturating_sub(now.since).as_secs_f32().ceil() as u64;
    match face.link {
        Link::Connecting => say("connecting...".to_owned(), Ink::Bar),
        Link::Up => {}
        Link::Down { until } => {
            say(
                format!("lost: again in {} s (Enter: now)", seconds(until)),
                Ink::Alarm,
            );
        }
        Link::Haunted { until } => {
            let what = format!(
                "name held by the lost connection: again in {} s (Enter: now)",
                seconds(until)
            );
            say(what, Ink::Alarm);
        }
    }
    if face.leaving {
        say("leaving... (Ctrl-C: at once)".to_owned(), Ink::Alarm);
    }
    if let Some(hint) = &face.hint {
        say(hint.clone(), Ink::Alarm);
    } else if face.asks_for_name() {
        say(naming(face), Ink::Alarm);
    } else if let Some(lines) = face.waiting_lines() {
        let lines = if lines == 1 {
            "1 line".to_owned()
        } else {
            format!("{lines} lines")
        };
        say(
            format!("Enter sends {lines}, Esc drops what was pasted"),
            Ink::Alarm,
        );
    }
    match face.conversation.below() {
        0 if !face.conversation.follows() => say("scrolled up (End)".to_owned(), Ink::Bar),
        0 => {}
        below => say(format!("{below} new below (End)"), Ink::Alarm),
    }
    if face.member && face.outgoing.unsent() > 0 {
        let unsent = face.outgoing.unsent();
        say(
            format!("{unsent} unsent: on an empty line Enter sends again, Esc drops"),
            Ink::Alarm,
        );
    }
    if let Some(name) = &face.name {
        say(tame(name.as_str()), Ink::Bar);
    }
    if Layout::of(face.size.0, face.size.1).people == 0 && face.people.count() > 0 {
        say(format!("{} here", face.people.count()), Ink::Bar);
    }
    say(face.place.clone(), Ink::Bar);
    parts
}

/// What is wrong with the name that is being typed, or with the last one.
fn naming(face: &Face) -> String {
    let typed = face.input.text().trim();
    let wrong = match crate::protocol::UserName::new(typed) {
        Err(e) if !typed.is_empty() && !typed.starts_with('/') && !typed.contains(' ') => {
            Some(e.to_string())
        }
        Ok(_) | Err(_) => None,
    };
    wrong
        .or_else(|| face.refused.clone())
        .unwrap_or_else(|| "a name is letters and digits; Enter joins the room".to_owned())
}

/// The line that is typed, as much of it as there is room for around the cursor, and the column of the cursor.
fn input(face: &Face, columns: usize) -> (Row, usize) {
    let (prompt, short) = if let Some(search) = &face.search {
        (format!("search `{}`: ", tame(&search.needle)), "? ")
    } else if face.asks_for_name() {
        ("What should people call you? ".to_owned(), "name? ")
    } else {
        ("> ".to_owned(), "> ")
    };
    let fits = width(&prompt) * 2 <= columns;
    let prompt = if fits { prompt } else { short.to_owned() };
    let taken = width(&prompt).min(columns.saturating_sub(1));
    let room = (columns - taken).max(1);
    let mut row = vec![Piece::new(prompt, Ink::Quiet)];
    let (left, right) = face.input.text().split_at(face.input.cursor());
    // The cursor has a cell of its own at the end.
    let (mut shown, mut used) = (Vec::new(), 0);
    for grapheme in left.graphemes(true).rev().map(shape) {
        let width = width(&grapheme);
        if used + width >= room {
            break;
        }
        used += width;
        shown.push(grapheme);
    }
    let cursor = taken + used;
    let mut text: String = shown.into_iter().rev().collect();
    for grapheme in right.graphemes(true).map(shape) {
        used += width(&grapheme);
        if used > room {
            break;
        }
        text.push_str(&grapheme);
    }
    if face.input.is_empty() && face.search.is_none() && !face.asks_for_name() {
        row.push(Piece::new("type a message, /help for help", Ink::Quiet));
    }
    for part in text.split_inclusive('⏎') {
        match part.strip_suffix('⏎') {
            Some(before) => {
                row.push(Piece::new(before, Ink::Plain));
                row.push(Piece::new("⏎", Ink::Alarm));
            }
            None => row.push(Piece::new(part, Ink::Plain)),
        }
    }
    (row, cursor.min(columns.saturating_sub(1)))
}

/// A typed grapheme as it is shown.
fn shape(grapheme: &str) -> String {
    if grapheme == "\n" {
        "⏎".to_owned()
    } else {
        tame(grapheme)
    }
}
