//! The client: a [`Connection`] to a room for programs, and what people and scripts use over it.
//!
//! | what | where |
//! |---|---|
//! | connect, join, [`Event`]s as a stream, [`Command`]s as a sink | [`Connection`], [`Events`], [`Commands`] |
//! | what a client knows of its session, without IO | [`session`] |
//! | a connection that is made again when it is lost | [`Reconnecting`] |
//! | why there is no connection any more | [`Disconnect`] |
//! | the full screen of the program `parlour` | [`tui`](crate::tui) |
//! | the line mode of the program `parlour` | [`plain`] |
//! | `parlour send`, `parlour listen` | [`send`], [`listen`] |
//! | under which names those join | [`NamePolicy`] |
//! | what the program's argument says to connect to | [`Address`] |
//! | how the program ends | [`Exit`] |
//! | text that cannot drive a terminal (SEC-2) | [`Safe`] |
//!
//! Of the other layers only [`protocol`](crate::protocol) is used here: any server that speaks it will do.
//!
//! # Promises
//!
//! - **Closed and typed.** [`Event`] and [`Command`] are exhaustive: a `match` without a wildcard is told by the compiler when the
//!   protocol grows. A line that is no event is an item of the stream, not its end (GRAM-6).
//! - **Cancellation safe.** Every future of a [`Connection`] may be dropped, in a `select!` for one: no event is lost and no line
//!   cut.
//! - **Back-pressure.** Nothing is buffered without a bound. Events are read when they are asked for; whoever does not ask is
//!   dropped by the server in the end (SLOW-1). [`Commands`] wait while the server does not take them.
//! - **An end is an end.** The stream ends after `close`; whatever breaks off without it is
//!   [`Lost`], and so is, within about a minute, a link that is dead. A line that was cut off is no
//!   item of the stream (LINE-10).
//!
//! # A bot that answers
//!
//! ```
//! use futures_util::{SinkExt, TryStreamExt};
//! use parlour::client::Connection;
//! use parlour::protocol::{Command, Event, Text, UserName};
//! use tokio::net::ToSocketAddrs;
//!
//! /// Tells everybody who whispers to it how long the whisper was, until somebody says `bye`.
//! async fn bot(server: impl ToSocketAddrs) -> Result<(), Box<dyn std::error::Error>> {
//!     let mut connection = Connection::connect(server).await?;
//!     connection.join(UserName::new("counter")?).await?;
//!     while let Some(told) = connection.try_next().await? {
//!         match told {
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
//! #     let bot = tokio::task::spawn_local(async move { bot(server).await.map_err(|e| e.to_string()) });
//! #     let name = UserName::new("counter")?;
//! #     while dani.try_next().await? != Some(Ok(Event::Joined(name.clone()))) {}
//! #     dani.send(Command::Mesg { to: name.clone(), text: Text::new("psst")? }).await?;
//! #     let told = dani.try_next().await?.expect("not closed").expect("an event");
//! #     assert_eq!(told.to_string(), "counter: MESG dani 4 characters");
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
//! #         tokio::task::spawn_local(server::run(listener, Config::default(), Console::silent(), std::future::pending()));
//! #         play(addr).await
//! #     })
//! # }
//! ```
//!
//! A room in which two such bots whisper to each other does not come to rest: answer people.
//!
//! # A bridge from standard input
//!
//! Both directions at once, as whoever sends much has to read meanwhile (SLOW-3):
//!
//! ```
//! use futures_util::{SinkExt, TryStreamExt};
//! use parlour::client::Connection;
//! use parlour::protocol::{Command, Event, Text, UserName};
//! use tokio::io::{AsyncBufRead, AsyncBufReadExt};
//! use tokio::net::ToSocketAddrs;
//!
//! /// Says each line of `input`, such as `BufReader::new(tokio::io::stdin())`, and prints what is said. Returns how much that was.
//! async fn bridge(
//!     server: impl ToSocketAddrs,
//!     input: impl AsyncBufRead + Unpin,
//! ) -> Result<usize, Box<dyn std::error::Error>> {
//!     let mut connection = Connection::connect(server).await?;
//!     connection.join(UserName::new("bridge")?).await?;
//!     let (mut commands, mut events) = connection.split();
//!     let saying = async {
//!         let mut lines = input.lines();
//!         while let Some(line) = lines.next_line().await? {
//!             match Text::new(line.trim()) {
//!                 Ok(text) => commands.send(Command::Bcst(text)).await?,
//!                 Err(e) => eprintln!("not said: {e}"),
//!             }
//!         }
//!         Ok::<_, Box<dyn std::error::Error>>(commands.send(Command::Quit).await?)
//!     };
//!     let hearing = async {
//!         let mut heard = 0;
//!         while let Some(told) = events.try_next().await? {
//!             if let Ok(Event::Broadcast { from, text }) = told {
//!                 println!("<{from}> {text}");
//!                 heard += 1;
//!             }
//!         }
//!         Ok(heard)
//!     };
//!     tokio::select! {
//!         biased;
//!         heard = hearing => heard, // The server said `close`, asked to or not.
//!         Err(e) = saying => Err(e),
//!     }
//! }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #     use parlour::server::{self, Config, Console};
//! #     let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! #     tokio::task::LocalSet::new().block_on(&runtime, async {
//! #         let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! #         let addr = listener.local_addr()?;
//! #         tokio::task::spawn_local(server::run(listener, Config::default(), Console::silent(), std::future::pending()));
//! #         assert_eq!(bridge(addr, &b"deploy\n\nstarted\nand done\n"[..]).await?, 3);
//! #         Ok(())
//! #     })
//! # }
//! ```
//!
//! [`send`] and [`listen`] are these two with every corner seen to.
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
