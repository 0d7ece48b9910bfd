//! `parlour::client::Connection` against scripted servers.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt, TryStreamExt};
use parlour::client::{Connection, JoinError, Lost};
use parlour::protocol::{Command, CommandError, Event, ServerLine, Text, UserName};
use parlour_testkit::{DEADLINE, scripted};
use tokio::time::timeout;

use crate::pressure::ping;

pub(crate) async fn connect(addr: SocketAddr) -> Connection {
    Connection::connect(addr).await.unwrap()
}

pub(crate) async fn next(connection: &mut Connection) -> Option<Result<ServerLine, Lost>> {
    timeout(DEADLINE, connection.next()).await.unwrap()
}

pub(crate) async fn join(connection: &mut Connection, name: &str) -> Result<(), JoinError> {
    let name = UserName::new(name).unwrap();
    timeout(DEADLINE, connection.join(name)).await.unwrap()
}

/// CONN-4, LINE-9, LINE-10
#[tokio::test]
async fn close_ends_the_conversation_with_or_without_its_end() {
    for close in ["close\n", "close\r\n", "close"] {
        let server = scripted(move |mut peer| peer.send(close));
        let mut connection = connect(server.addr).await;
        assert_eq!(
            next(&mut connection).await.unwrap().unwrap(),
            Ok(Event::Close)
        );
        assert!(next(&mut connection).await.is_none(), "{close:?}");
        server.ends();
    }
}

/// LINE-10, CONN-6
#[tokio::test]
async fn an_event_that_is_cut_off_is_not_heard() {
    let said = "dani: BCST delete everything but the logs";
    for cut in [1, "dani: BCST delete everyth".len(), said.len()] {
        let server = scripted(move |mut peer| peer.send(format!("PONG 1\n{}", &said[..cut])));
        let mut connection = connect(server.addr).await;
        let pong = next(&mut connection).await.unwrap().unwrap();
        assert!(matches!(pong, Ok(Event::Pong(_))), "{pong:?}");
        let lost = next(&mut connection).await;
        assert!(matches!(lost, Some(Err(Lost::Ended))), "{lost:?}");
        assert!(next(&mut connection).await.is_none());
        server.ends();
    }
}

/// CONN-4: a server sends nothing after it; anything that comes nevertheless is not read.
#[tokio::test]
async fn nothing_is_heard_after_close() {
    let server = scripted(|mut peer| {
        peer.send("close\nPONG 1\n");
        peer.hears_the_end();
    });
    let mut connection = connect(server.addr).await;
    assert_eq!(
        next(&mut connection).await.unwrap().unwrap(),
        Ok(Event::Close)
    );
    assert!(next(&mut connection).await.is_none());
    drop(connection);
    server.ends();
}

/// CONN-4, CONN-6
#[tokio::test]
async fn an_end_without_close_is_a_loss() {
    let server = scripted(|mut peer| peer.send("SERVER: shutting down\n"));
    let mut connection = connect(server.addr).await;
    assert_eq!(
        next(&mut connection).await.unwrap().unwrap(),
        Ok(Event::ShuttingDown)
    );
    assert!(matches!(
        next(&mut connection).await,
        Some(Err(Lost::Ended))
    ));
    assert!(next(&mut connection).await.is_none());
    server.ends();
}

/// LINE-2
#[tokio::test]
async fn a_command_too_long_is_not_sent_and_the_next_one_is() {
    let server = scripted(|mut peer| {
        peer.hears("LIST");
        peer.hears_the_end();
    });
    let mut connection = connect(server.addr).await;
    let long = Command::Bcst(Text::new(&"x".repeat(4096)).unwrap());
    let unsent = connection.send(long).await;
    assert!(
        matches!(
            unsent,
            Err(CommandError::TooLong {
                len: 4102,
                max: 4096
            })
        ),
        "{unsent:?}"
    );
    connection.send(Command::List).await.unwrap();
    drop(connection);
    server.ends();
}

/// The two halves work at the same time, and `try_next` works in a loop.
#[tokio::test]
async fn the_halves_work_apart() {
    let server = scripted(|mut peer| {
        for _ in 0..3 {
            let line = peer.line();
            peer.send(line.replace("PING", "PONG") + "\n");
        }
        peer.hears("QUIT");
        peer.send("close\n");
        peer.hears_the_end();
    });
    let (mut commands, mut events) = connect(server.addr).await.split();
    let asking = async {
        for number in 0..3 {
            commands.send(ping(number)).await.unwrap();
        }
        commands.send(Command::Quit).await.unwrap();
        commands
    };
    let hearing = async {
        let mut pongs = 0;
        while let Some(told) = events.try_next().await.unwrap() {
            pongs += usize::from(matches!(told, Ok(Event::Pong(_))));
        }
        pongs
    };
    let (commands, pongs) = timeout(DEADLINE, futures_util::future::join(asking, hearing))
        .await
        .unwrap();
    assert_eq!(pongs, 3);
    drop((commands, events));
    server.ends();
}
