//! The client: a [`Connection`] to a room for programs, and the faces over it for people and scripts.
//!
//! | what | where |
//! |---|---|
//! | connect, join, [`Event`]s as a stream, [`Command`]s as a sink | [`Connection`], [`Events`], [`Commands`] |
//! | the line mode of the program `parlour` | [`plain`] |
//! | `parlour send`, `parlour listen` | [`send`], [`listen`] |
//! | under which name those enter | [`Wanted`] |
//! | what the program's argument says to connect to | [`Address`] |
//! | how the program ends | [`Exit`] |
//! | text that cannot drive a terminal (SEC-2) | [`Safe`] |
//!
//! Of the other layers only [`protocol`](crate::protocol) is used here: any server that speaks it will do.
//!
//! [`Event`]: crate::protocol::Event
//! [`Command`]: crate::protocol::Command

mod address;
mod connection;
mod exit;
mod join;
pub mod listen;
pub mod plain;
mod printer;
mod safe;
pub mod send;
mod visit;
mod wanted;

pub use address::{Address, AddressError};
pub use connection::{CONNECT_TIMEOUT, Commands, ConnectError, Connection, Events, Lost, MAX_LINE};
pub use exit::Exit;
pub use join::JoinError;
pub use safe::Safe;
pub use wanted::Wanted;
