//! The stage of the transcript tests: one script, played by two drivers.
//!
//! [`on_room`] plays it on the bare room and predicts what every peer reads; [`on_sockets`] plays
//! it against a running server, where each socket must read exactly that. Neither sleeps.

#![allow(dead_code, reason = "each crate of tests uses a part of the stage")]

pub(crate) mod conversation;
pub(crate) mod on_room;
pub(crate) mod on_sockets;
pub(crate) mod script;
pub(crate) mod transcript;
