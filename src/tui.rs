//! The full screen: the people in the room, the conversation, a status line and an input line.
//!
//! [`Model`] holds everything that is shown. [`Model::update`] changes it: it takes an input and
//! the time, and returns effects, without a terminal, clock or connection. [`draw()`] draws a
//! frame. [`run()`] is the thin loop that owns the terminal, which [`Screen`] restores on every
//! exit.

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
pub use self::view::draw;
