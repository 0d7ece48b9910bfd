//! The terminal, and the history file.

pub(super) mod colours;
pub(super) mod history_file;
#[expect(clippy::wildcard_enum_match_arm, reason = "most inputs are no keys")]
pub(super) mod keyboard;
mod painter;
#[expect(clippy::wildcard_enum_match_arm, reason = "most keys are no text")]
pub(super) mod paste_detection;
pub(super) mod screen;
