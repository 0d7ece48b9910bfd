//! The client: a [`Connection`] to a room for programs, and the tools for people and scripts built
//! on it.
//!
//! | task | item |
//! |---|---|
//! | connect and join | [`Connection`] |
//! | read [`Event`]s as a stream, write [`Command`]s as a sink | [`Events`], [`Commands`] |
//! | track the state of a session, without IO | [`session`] |
//! | reconnect after a loss | [`Reconnecting`] |
//! | find out why a connection ended | [`Disconnect`] |
//! | run the full screen of `parlour` | [`tui`](crate::tui) |
//! | run the line mode of `parlour` | [`plain`] |
//! | run `parlour send` and `parlour listen` | [`send`], [`listen`] |
//! | choose the names that these two try | [`NamePolicy`] |
//! | parse the server's address from the command line | [`Address`] |
//! | report how the program ended | [`Exit`] |
//! | escape text for a terminal (SEC-2) | [`Safe`] |
//!
//! Of the other layers, the client uses only [`protocol`](crate::protocol), so it works with any
//! server that speaks the protocol.
//!
//! # Promises
//!
//! - **Exhaustive types.** [`Event`] and [`Command`] are exhaustive: when the protocol grows, the
//!   compiler rejects a `match` without a wildcard. The stream yields a line that is not an event
//!   as an item and goes on (GRAM-6).
//! - **Cancellation safety.** You may drop any future of a [`Connection`], for example in a
//!   `select!`: no event is lost and no line is cut.
//! - **Back-pressure.** Every buffer is bounded. The client reads an event only when the program
//!   asks for one; the server eventually drops a client that does not read (SLOW-1). [`Commands`]
//!   wait until the server reads them.
//! - **Clear ends.** The stream ends after `close`. A connection that ends without it yields
//!   [`Lost`], and so does a dead link, within about a minute. The stream never yields part of a
//!   line (LINE-10).
//!
//! # A bot that answers
//!
//! ```
//! use futures_util::{SinkExt, TryStreamExt};
//! use parlour::client::Connection;
//! use parlour::protocol::{Command, Event, Text, UserName};
//! use tokio::net::ToSocketAddrs;
//!
//! /// Answers each private line with its length, until somebody says `bye` to the room.
//! async fn bot(server: impl ToSocketAddrs) -> Result<(), Box<dyn std::error::Error>> {
//!     let mut connection = Connection::connect(server).await?;
//!     connection.join(UserName::new("counter")?).await?;
//!     while let Some(line) = connection.try_next().await? {
//!         match line {
//!             Ok(Event::Private { from, text, .. }) => {
//!                 let count = text.as_str().chars().count();
//!                 let text = Text::new(&format!("{count} characters"))?;
//!                 connection.send(Command::Mesg { to: from, text }).await?;
//!             }
//!             Ok(Event::Broadcast { text, .. }) if text.as_str() == "bye" => {
//!                 connection.send(Command::Quit).await?;
//!             }
//!             Ok(_) | Err(_) => {}
//!         }
//!     }
//!     Ok(()) // The server has said `close`.
//! }
//! # async fn play(server: std::net::SocketAddr) -> Result<(), Box<dyn std::error::Error>> {
//! #     let mut dani = Connection::connect(server).await?;
//! #     dani.join(UserName::new("dani")?).await?;
//! #     let bot = async move { bot(server).await.map_err(|e| e.to_string()) };
//! #     let bot = tokio::task::spawn_local(bot);
//! #     let name = UserName::new("counter")?;
//! #     while dani.try_next().await? != Some(Ok(Event::Joined(name.clone()))) {}
//! #     dani.send(Command::Mesg { to: name.clone(), text: Text::new("psst")? }).await?;
//! #     let line = dani.try_next().await?.expect("not closed").expect("an event");
//! #     assert_eq!(line.to_string(), "counter: MESG dani 4 characters");
//! #     dani.send(Command::Bcst(Text::new("bye")?)).await?;
//! #     while dani.try_next().await? != Some(Ok(Event::Left(name.clone()))) {}
//! #     bot.await??;
//! #     Ok(())
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #     use parlour::server::{self, Config, Console};
//! #     let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! #     tokio::task::LocalSet::new().block_on(&runtime, async {
//! #         let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! #         let addr = listener.local_addr()?;
//! #         let (config, console) = (Config::default(), Console::silent());
//! #         let server = server::run(listener, config, console, std::future::pending());
//! #         tokio::task::spawn_local(server);
//! #         play(addr).await
//! #     })
//! # }
//! ```
//!
//! Two such bots that answer each other never stop, so a bot should answer only people.
//!
//! # A bridge from standard input
//!
//! This reads and writes at the same time, as every program that sends much must (SLOW-3):
//!
//! ```
//! use futures_util::{SinkExt, TryStreamExt};
//! use parlour::client::Connection;
//! use parlour::protocol::{Command, Event, Text, UserName};
//! use tokio::io::{AsyncBufRead, AsyncBufReadExt};
//! use tokio::net::ToSocketAddrs;
//!
//! /// Says each line of `input`, such as `BufReader::new(tokio::io::stdin())`, and prints each
//! /// broadcast. Returns the number of broadcasts.
//! async fn bridge(
//!     server: impl ToSocketAddrs,
//!     input: impl AsyncBufRead + Unpin,
//! ) -> Result<usize, Box<dyn std::error::Error>> {
//!     let mut connection = Connection::connect(server).await?;
//!     connection.join(UserName::new("bridge")?).await?;
//!     let (mut commands, mut events) = connection.split();
//!     let sending = async {
//!         let mut lines = input.lines();
//!         while let Some(line) = lines.next_line().await? {
//!             match Text::new(line.trim()) {
//!                 Ok(text) => commands.send(Command::Bcst(text)).await?,
//!                 Err(e) => eprintln!("not said: {e}"),
//!             }
//!         }
//!         Ok::<_, Box<dyn std::error::Error>>(commands.send(Command::Quit).await?)
//!     };
//!     let receiving = async {
//!         let mut count = 0;
//!         while let Some(line) = events.try_next().await? {
//!             if let Ok(Event::Broadcast { from, text }) = line {
//!                 println!("<{from}> {text}");
//!                 count += 1;
//!             }
//!         }
//!         Ok(count)
//!     };
//!     tokio::select! {
//!         biased;
//!         count = receiving => count, // The server said `close`, asked or unasked.
//!         Err(e) = sending => Err(e),
//!     }
//! }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #     use parlour::server::{self, Config, Console};
//! #     let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! #     tokio::task::LocalSet::new().block_on(&runtime, async {
//! #         let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! #         let addr = listener.local_addr()?;
//! #         let (config, console) = (Config::default(), Console::silent());
//! #         let server = server::run(listener, config, console, std::future::pending());
//! #         tokio::task::spawn_local(server);
//! #         assert_eq!(bridge(addr, &b"deploy\n\nstarted\nand done\n"[..]).await?, 3);
//! #         Ok(())
//! #     })
//! # }
//! ```
//!
//! [`send`] and [`listen`] do the same and also handle every edge case.
//!
//! [`Event`]: crate::protocol::Event
//! [`Command`]: crate::protocol::Command

mod address;
mod connection;
mod disconnect;
mod exit;
pub mod listen;
mod name_policy;
pub mod plain;
mod printer;
mod readable;
mod reconnect;
mod safe;
pub mod send;
pub mod session;
pub(crate) mod typed;

pub use address::{Address, AddressError};
pub use connection::{
    CONNECT_TIMEOUT, Commands, ConnectError, Connection, Events, JoinError, Lost, MAX_LINE,
};
pub use disconnect::Disconnect;
pub use exit::Exit;
pub use name_policy::NamePolicy;
pub use reconnect::{Backoff, Reconnecting, Update};
pub use safe::Safe;
