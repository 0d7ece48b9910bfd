//! The full screen: the conversation, who is here, one line to type in, a status line.
//!
//! [`Model`] holds all that is shown. [`Model::update`] changes it: an input and a moment in, effects
//! out, with no terminal, clock or connection. [`draw()`] makes a frame of it. [`run()`] is the thin
//! loop that owns the terminal, which [`Screen`] gives back on every exit.

mod model;
mod moment;
mod run;
mod terminal;
mod text;
mod update;
mod view;

pub use self::model::editor::history::History;
pub use self::model::ringer::Bell;
pub use self::model::{Effect, Input, Model};
pub use self::moment::{Clock, Moment};
pub use self::run::{Options, run};
pub use self::terminal::screen::Screen;
pub use self::text::palette::COLOURS;
pub use self::view::draw;
