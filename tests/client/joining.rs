//! `Connection::join`: its outcomes, and what it leaves in the stream.

use futures_util::{FutureExt, SinkExt};
use parlour::client::JoinError;
use parlour::client::session::JoinRefusal;
use parlour::protocol::{Command, ErrorCode, Event, Text, UnknownLine, UserName, Word};
use parlour_testkit::{GREETING, scripted};

use crate::library::{connect, join, next};

/// JOIN-2, JOIN-4, GRAM-6: lines that came before the answer are not lost.
#[tokio::test]
async fn joining_tells_how_it_went_and_can_be_tried_again() {
    let server = scripted(|mut peer| {
        peer.send(format!("{GREETING}\nwhat is this?\n"));
        peer.hears("JOIN ann");
        peer.send("ERROR name-taken: too late\n");
        peer.hears("JOIN bea");
        peer.send("Sorry the chat is full, please try later\n");
        peer.hears("JOIN cid");
        peer.send("PONG 1\nSERVER: cid joined the chat!\n");
        peer.send("dan: BCST hi\n");
        peer.hears_the_end();
    });
    let mut connection = connect(server.addr).await;
    let refused = join(&mut connection, "ann").await;
    let is_taken = matches!(
        &refused,
        Err(JoinError::Refused(JoinRefusal::Name { code: ErrorCode::NameTaken, text }))
            if text.as_str() == "too late"
    );
    assert!(is_taken, "{refused:?}");
    let full = join(&mut connection, "bea").await;
    assert!(
        matches!(full, Err(JoinError::Refused(JoinRefusal::Full))),
        "{full:?}"
    );
    join(&mut connection, "cid").await.unwrap();

    assert_eq!(
        next(&mut connection).await.unwrap().unwrap(),
        Ok(Event::Greeting)
    );
    let unreadable = UnknownLine::NotAnEvent("what is this?".to_owned());
    assert_eq!(
        next(&mut connection).await.unwrap().unwrap(),
        Err(unreadable)
    );
    let pong = Event::Pong(Word::new("1").unwrap());
    assert_eq!(next(&mut connection).await.unwrap().unwrap(), Ok(pong));
    let broadcast = Event::Broadcast {
        from: UserName::new("dan").unwrap(),
        text: Text::new("hi").unwrap(),
    };
    assert_eq!(next(&mut connection).await.unwrap().unwrap(), Ok(broadcast));
    drop(connection);
    server.ends();
}

/// CONN-3
#[tokio::test]
async fn a_full_server_is_full_before_it_is_asked() {
    let server = scripted(|mut peer| {
        peer.send("Sorry the chat is full, please try later\nclose\n");
        let _line_or_end = peer.try_line();
    });
    let mut connection = connect(server.addr).await;
    let full = join(&mut connection, "ann").await;
    assert!(
        matches!(full, Err(JoinError::Refused(JoinRefusal::Full))),
        "{full:?}"
    );
    assert_eq!(
        next(&mut connection).await.unwrap().unwrap(),
        Ok(Event::Close)
    );
    assert!(next(&mut connection).await.is_none());
    server.ends();
}

/// CONN-4
#[tokio::test]
async fn joining_ends_when_the_connection_does() {
    let server = scripted(|mut peer| {
        peer.hears("JOIN ann");
        peer.send("close\n");
    });
    let mut connection = connect(server.addr).await;
    let closed = join(&mut connection, "ann").await;
    assert!(matches!(closed, Err(JoinError::Closed)), "{closed:?}");
    assert_eq!(
        next(&mut connection).await.unwrap().unwrap(),
        Ok(Event::Close)
    );
    server.ends();
}

/// A server that talks without end instead of answering can't make the client buffer all of it.
#[tokio::test]
async fn joining_does_not_listen_for_ever() {
    let server = scripted(|mut peer| {
        peer.hears("JOIN ann");
        peer.send("PONG 1\n".repeat(1000));
        peer.hears_the_end();
    });
    let mut connection = connect(server.addr).await;
    let unanswered = join(&mut connection, "ann").await;
    assert!(
        matches!(unanswered, Err(JoinError::NoAnswer)),
        "{unanswered:?}"
    );
    drop(connection);
    server.ends();
}

/// A JOIN whose future is dropped is neither cut nor forgotten.
#[tokio::test]
async fn the_answer_to_a_dropped_join_is_in_the_stream() {
    let server = scripted(|mut peer| {
        peer.send(format!("{GREETING}\n"));
        peer.hears("JOIN ann");
        peer.send("SERVER: ann joined the chat!\n");
        peer.hears("LIST");
        peer.hears_the_end();
    });
    let mut connection = connect(server.addr).await;
    let ann = UserName::new("ann").unwrap();
    assert!(connection.join(ann.clone()).now_or_never().is_none());
    connection.flush().await.unwrap();
    assert_eq!(
        next(&mut connection).await.unwrap().unwrap(),
        Ok(Event::Greeting)
    );
    assert_eq!(
        next(&mut connection).await.unwrap().unwrap(),
        Ok(Event::Joined(ann))
    );
    connection.send(Command::List).await.unwrap();
    drop(connection);
    server.ends();
}
