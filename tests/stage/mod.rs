//! The stage of the transcript tests: one script, played by two drivers.
//!
//! [`on_room`] plays it on the bare room and predicts what every peer reads; [`on_sockets`] plays
//! it against the program, where each socket must read exactly that. Neither sleeps.

pub(crate) mod on_room;
pub(crate) mod on_sockets;
pub(crate) mod transcript;
