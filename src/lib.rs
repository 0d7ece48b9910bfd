//! A chat room over TCP whose protocol a person can type by hand, written down in
//! `spec/protocol.md` and checked against it.
//!
//! # Layers
//!
//! A layer imports only what its arrow points to; `tests/layers.rs` holds that.
//!
//! ```text
//! protocol   what can be said            no actors, no sockets
//!    ▲  ▲
//!    │  └──── client ◄──── tui           one connection, one person or script
//!  room       what it means              no clock, no IO, no actors
//!    ▲
//!  server     who carries it             actix, tokio
//! ```
//!
//! - [`protocol`]: names, texts, commands, events; the grammar; how octets are cut into lines
//! - [`room`]: the state machine, whose [`handle`](room::Room::handle) is the spec's state table
//! - [`server`]: the actors that carry lines to the room and events to the sockets
//! - [`client`]: a connection for programs, the [`session`](client::session) on it, and what
//!   `parlour` does for scripts and line by line
//! - [`tui`]: the full screen of `parlour`
//!
//! # The way of one BCST
//!
//! 1. `server/connection.rs` reads a socket; [`protocol::ServerCodec`] cuts the complete lines off
//!    what came.
//! 2. [`protocol::parse_line`] makes a [`Line`](protocol::Line) of each.
//! 3. `server/session_actor.rs` sends the room the lines of one read in one message (128 at most).
//!    It reads no more until the room has acknowledged them, and until its peer may talk again
//!    (`server/token_bucket.rs`).
//! 4. `server/scheduler.rs` says whose line is next, and `server/room_actor.rs` passes it to
//!    [`room::Room::handle`].
//! 5. The room's [`Outbox`](room::Outbox) names the audience once, however many members there are.
//! 6. `server/batch.rs` encodes the event once, into the chunk that all members share.
//! 7. When all sessions with something to say have said it, or the batch is full, the batch ends.
//!    Each member's session gets a reference to that one chunk, with its own lines spliced in.
//! 8. `server/send_queue.rs` writes all that a session holds in one vectored write.
//!
//! Actors carry and never decide: what a line means, who hears it and in which order is all in the
//! room, which can be stepped, replayed and searched without a socket.
//!
//! # Glossary
//!
//! | here | in the field |
//! |---|---|
//! | command, event | request; response or notification, one line each |
//! | refusal, malformed | a valid request that is rejected; a parse error |
//! | session | the server's side of one connection, from greeting to close |
//! | visitor, member | a session before its JOIN; one that has joined |
//! | seat, roster | a slot within the capacity; the table of members and their names |
//! | room | a deterministic state machine, sans-IO; the unit of total order |
//! | outbox, audience | the output of one step; the recipients of an event: multicast or unicast |
//! | name key, skeleton | what names are compared by; a confusable skeleton (UTS #39) |
//! | permit | a semaphore permit, one for each connection |
//! | turn, quantum, cost | a session's service in (start-time) fair queueing, in octets told |
//! | backlog | the lines of one session that wait for the room; at most one message |
//! | batch | what the room handles between two flushes; write coalescing |
//! | ack | the room's answer that lets a session read on: back-pressure, a window of one |
//! | talk | the commands that others may hear: JOIN, BCST, MESG |
//! | throttled | rate-limited by a token bucket |
//! | lag | a reader that is slow: its send queue has passed a watermark |
//! | lost, dropped | a connection that failed; one that the server gave up on |
//! | drain | the time for a graceful shutdown |

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
#[cfg(feature = "client")]
pub mod tui;
