//! A frame of the face, drawn into cells.
//!
//! From the top: who is here, the conversation, the status, the line that is typed. Each row is one thing, and nothing is drawn to
//! the right of what people say, so that a terminal with other ideas of a width can hurt that row alone.

mod status;
mod typing;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use self::status::status;
use self::typing::input;
use super::cells::{cells, width};
use super::moment::Moment;
use super::palette::Ink;
use super::state::Face;
use super::tame::tame;
use super::wrap::{Piece, Row, wrap};

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
    /// Draws a row over the whole width, cell by cell.
    fn row(&mut self, y: u16, row: &[Piece], ground: Style) {
        self.buffer
            .set_style(Rect::new(self.area.x, y, self.area.width, 1), ground);
        let mut x = self.area.x;
        for piece in row {
            let style = ground.patch(piece.ink.style(self.colour));
            for (cell, width) in cells(&piece.text) {
                let width = width as u16;
                if width > self.area.right() - x {
                    return;
                }
                self.buffer[(x, y)].set_symbol(cell).set_style(style);
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
