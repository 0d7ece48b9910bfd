//! The full-screen face: the conversation, who is here, one line to type in, a status line.
//!
//! [`Face`] is a state that [`Face::update`] changes: an input and a moment in, deeds out, with no terminal, clock or connection in
//! it. [`draw()`] makes a frame of it. [`run()`] is the thin loop that owns the terminal, which [`Screen`] gives back on every exit.

#[expect(clippy::wildcard_enum_match_arm, reason = "most keys are no text")]
mod burst;
mod cells;
mod completion;
mod conversation;
mod draw;
mod entry;
mod hear;
mod history;
mod history_file;
mod input_line;
#[expect(clippy::wildcard_enum_match_arm, reason = "most keys mean nothing")]
mod keys;
mod moment;
mod outgoing;
mod painter;
mod palette;
mod paste;
mod people;
mod run;
mod say;
mod screen;
#[expect(clippy::wildcard_enum_match_arm, reason = "most keys mean nothing")]
mod search;
mod seat;
mod state;
mod tame;
mod wrap;

pub use self::draw::draw;
pub use self::history::History;
pub use self::moment::{Clock, Moment};
pub use self::palette::COLOURS;
pub use self::run::{Options, run};
pub use self::screen::Screen;
pub use self::state::{Bell, Deed, Face, Input};

impl Face {
    /// What happens when `input` comes at the moment `now`.
    pub fn update(&mut self, input: Input, now: Moment) -> Vec<Deed> {
        match input {
            Input::Key(key) => self.key(key, now),
            Input::Paste(text) => {
                self.paste(&text);
                Vec::new()
            }
            Input::Resize(columns, rows) => {
                self.size = (columns, rows);
                let layout = draw::Layout::of(columns, rows);
                let rows = usize::from(layout.conversation);
                self.conversation.resize(draw::text_columns(columns), rows);
                Vec::new()
            }
            Input::Focus(looking) => {
                self.conversation.look(looking);
                Vec::new()
            }
            Input::Room(update) => self.hear(*update, now),
        }
    }
}
