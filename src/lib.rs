//! A chat room over TCP whose protocol a person can type by hand, written down in
//! `spec/protocol.md` and checked against it.
//!
//! # Layers
//!
//! Arrows are the only imports there are.
//!
//! ```text
//! protocol   what can be said            no actors, no sockets
//!    ▲  ▲
//!    │  └────── client                   one connection, one person or script
//!  room       what it means              no clock, no IO, no actors
//!    ▲
//!  server     who carries it             actix, tokio
//! ```
//!
//! - [`protocol`]: names, texts, commands, events; the grammar; how octets are cut into lines
//! - [`room`]: the state machine, whose [`handle`](room::Room::handle) is the spec's state table
//! - [`server`]: the actors that carry lines to the room and events to the sockets
//! - [`client`]: a connection for programs, and over it what `parlour` does for people and for
//!   scripts
//!
//! # The way of one BCST
//!
//! 1. `server/connection.rs` reads a socket; [`protocol::ServerCodec`] cuts the complete lines off what
//!    came.
//! 2. [`protocol::parse_line`] makes a [`Line`](protocol::Line) of each.
//! 3. `server/session_actor.rs` tells the room the lines of one read in one message (128 at most),
//!    and reads no more until they are taken, and until its peer may talk again
//!    (`server/token_bucket.rs`).
//! 4. `server/scheduler.rs` says whose line is next, and `server/room_actor.rs` puts it before
//!    [`room::Room::handle`].
//! 5. The room's [`Outbox`](room::Outbox) names the audience once, however many members there are.
//! 6. `server/batch.rs` encodes the event once, into the chunk of this turn.
//! 7. When all have spoken who had something to say, or the turn is full, it ends, and each
//!    member's session gets a reference to that one chunk, with its own lines spliced in.
//! 8. `server/send_queue.rs` writes all that a session holds in one vectored write.
//!
//! Actors carry and never decide: what a line means, who hears it and in which order is all in the
//! room, which can be stepped, replayed and searched without a socket.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

#[cfg(any(feature = "client", feature = "server"))]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "client")]
pub mod client;
pub mod protocol;
pub mod room;
#[cfg(feature = "server")]
pub mod server;
