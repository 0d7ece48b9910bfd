//! Draws a frame of the full screen into cells.
//!
//! From the top: the people in the room, the conversation, the status line, the input line. No row
//! holds anything to the right of what people say, so if the terminal disagrees about a width, only
//! that row is affected.

mod input;
mod status;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use self::input::input;
use self::status::status;
use super::model::Model;
use super::model::outgoing::Progress;
use super::moment::Moment;
use super::text::cells::{cells, width};
use super::text::escape::escape;
use super::text::palette::{Palette, Role};
use super::text::wrap::{Line, Span, wrap};

/// The number of rows of each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) people: u16,
    pub(super) conversation: u16,
    pub(super) status: u16,
    pub(super) input: u16,
}

impl Layout {
    /// The layout for a screen of this size. On a small screen, the least important parts are left
    /// out.
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

/// The columns for text. The last column stays free: without line wrap, some terminals misplace the
/// text after it.
pub(super) fn text_columns(columns: u16) -> usize {
    usize::from(columns).saturating_sub(1).max(1)
}

/// Draws `model` at the time `now`, with or without `colour`. Returns the position of the cursor.
pub fn draw(model: &Model, now: Moment, colour: bool, buffer: &mut Buffer) -> Option<Position> {
    let area = *buffer.area();
    let layout = Layout::of(area.width, area.height);
    let palette = match model.background {
        _ if !colour => Palette::Mono,
        None => Palette::Ansi,
        Some(background) => Palette::On(background),
    };
    let mut canvas = Canvas {
        buffer,
        area,
        palette,
    };
    let columns = text_columns(area.width);
    let mut y = area.y;
    if layout.people > 0 {
        canvas.row(y, &people(model, columns), Style::new());
        y += layout.people;
    }
    let tail = tail(model, columns);
    for (row, y) in model
        .conversation
        .visible_rows(&tail)
        .iter()
        .take(usize::from(layout.conversation))
        .zip(y..)
    {
        canvas.row(y, row, Style::new());
    }
    y += layout.conversation;
    if layout.status > 0 {
        canvas.row(y, &status(model, now, columns), Role::Bar.style(palette));
        y += layout.status;
    }
    if layout.input == 0 {
        return None;
    }
    let (row, cursor) = input(model, usize::from(area.width));
    canvas.row(y, &row, Style::new());
    Some(Position::new(area.x + cursor as u16, y))
}

struct Canvas<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    palette: Palette,
}

impl Canvas<'_> {
    /// Draws a row over the whole width, cell by cell, on the style `ground`.
    fn row(&mut self, y: u16, row: &[Span], ground: Style) {
        self.buffer
            .set_style(Rect::new(self.area.x, y, self.area.width, 1), ground);
        let mut x = self.area.x;
        for span in row {
            let style = ground.patch(span.role.style(self.palette));
            for (cell, width) in cells(&span.text) {
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

/// The people in the room, the latest speaker first, as many as fit.
fn people(model: &Model, columns: usize) -> Line {
    let names = model.people.latest_first();
    if names.is_empty() {
        return vec![Span::new("not in the room yet", Role::Quiet)];
    }
    let mut row = vec![Span::new(format!("{} here", names.len()), Role::Quiet)];
    let mut taken = width(&row[0].text);
    for (i, name) in names.iter().enumerate() {
        let shown = escape(name.as_str());
        let rest = names.len() - i;
        let available = columns.saturating_sub(if rest > 1 { 6 } else { 0 });
        if taken + 2 + width(&shown) > available {
            row.push(Span::new(format!(" +{rest}"), Role::Quiet));
            break;
        }
        taken += 2 + width(&shown);
        row.push(Span::new(if i == 0 { ": " } else { ", " }, Role::Quiet));
        let role = Role::of(name.as_str(), model.membership.name() == Some(name));
        row.push(Span::new(shown, role));
    }
    row
}

/// The rows of the unconfirmed lines, which are not in the conversation yet.
fn tail(model: &Model, columns: usize) -> Vec<Line> {
    let last = model.outgoing.lines().len().saturating_sub(100);
    let rows = model.outgoing.lines().skip(last).flat_map(|line| {
        let (mark, role) = match line.progress {
            Progress::Waiting => ("WAITING ", Role::Alert),
            Progress::Sent => ("...     ", Role::Quiet),
            Progress::Unknown => ("UNKNOWN ", Role::Alert),
        };
        let to = line
            .to
            .as_ref()
            .map_or_else(String::new, |to| format!("to {to}: "));
        let text = Span::new(
            format!("{}{}", escape(&to), escape(line.text.as_str())),
            Role::Quiet,
        );
        wrap(&[Span::new(mark, role), text], columns, 8)
    });
    rows.collect()
}
