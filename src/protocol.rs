//! What can be said: the values that travel, and how each is written and read.
//!
//! | spec | here |
//! |---|---|
//! | 2 Transport and lines | [`LineFramer`], [`ServerCodec`], [`ClientCodec`] |
//! | 3.1 Characters | [`Text`], [`Word`] |
//! | 3.2 What a client sends | [`Command`], [`Verb`], [`Malformed`], [`parse_line`] |
//! | 3.3 What the server sends | [`Event`], [`parse_event`] |
//! | 4 Names | [`UserName`], [`NameKey`] |
//! | 9 Errors | [`ErrorCode`], [`Refusal`] |
//!
//! A value that exists can be written, and what is written reads back as the same value. There are
//! no sockets and no actors here.

mod codec;
mod command;
mod event;
mod grammar;
mod line_framer;
mod name;
mod text;

pub use codec::{ClientCodec, CommandError, ServerCodec, ServerLine, UnknownLine};
pub use command::{Command, Line, Malformed, Verb};
pub use event::{ErrorCode, Event, Names, OtherCode, Refusal};
pub use grammar::{parse_event, parse_line};
pub use line_framer::{Frame, LineFramer};
pub use name::{NameError, NameKey, Skeleton, UserName};
pub use text::{Text, TextError, Word, is_char};
