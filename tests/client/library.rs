//! `parlour::client::Connection` against servers that follow a script.

use std::future::poll_fn;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt, TryStreamExt};
use parlour::client::{Connection, JoinError, Lost};
use parlour::protocol::{
    Command, CommandError, ErrorCode, Event, Text, Told, Unreadable, UserName, Word,
};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::scripted::{DEADLINE, GREETING, scripted};

async fn connect(addr: SocketAddr) -> Connection {
    Connection::connect(addr).await.unwrap()
}

async fn next(connection: &mut Connection) -> Option<Result<Told, Lost>> {
    timeout(DEADLINE, connection.next()).await.unwrap()
}

async fn join(connection: &mut Connection, name: &str) -> Result<(), JoinError> {
    let name = UserName::new(name).unwrap();
    timeout(DEADLINE, connection.join(name)).await.unwrap()
}

/// JOIN-2, JOIN-4, GRAM-6: what came before the answer is not lost.
#[tokio::test]
async fn joining_tells_how_it_went_and_can_be_tried_again() {
    let server = scripted(|mut peer| {
        peer.says(&format!("{GREETING}\nwhat is this?\n"));
        peer.hears("JOIN ann");
        peer.says("ERROR name-taken: too late\n");
        peer.hears("JOIN bea");
        peer.says("Sorry the chat is full, please try later\n");
        peer.hears("JOIN cid");
        peer.says("PONG 1\nSERVER: cid joined the chat!\n");
        peer.says("dan: BCST hi\n");
        peer.hears_the_end();
    });
    let mut connection = connect(server.addr).await;
    let refused = join(&mut connection, "ann").await;
    let is_taken = matches!(&refused, Err(JoinError::Refused { code: ErrorCode::NameTaken, text }) if text.as_str() == "too late");
    assert!(is_taken, "{refused:?}");
    let full = join(&mut connection, "bea").await;
    assert!(matches!(full, Err(JoinError::Full)), "{full:?}");
    join(&mut connection, "cid").await.unwrap();

    assert_eq!(
        next(&mut connection).await.unwrap().unwrap(),
        Ok(Event::Greeting)
    );
    let unreadable = Unreadable::NoEvent("what is this?".to_owned());
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
        peer.says("Sorry the chat is full, please try later\nclose\n");
        peer.line();
    });
    let mut connection = connect(server.addr).await;
    let full = join(&mut connection, "ann").await;
    assert!(matches!(full, Err(JoinError::Full)), "{full:?}");
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
        peer.says("close\n");
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

/// A server that talks without end instead of answering can't make the client hold all of it.
#[tokio::test]
async fn joining_does_not_listen_for_ever() {
    let server = scripted(|mut peer| {
        peer.hears("JOIN ann");
        peer.says(&"PONG 1\n".repeat(1000));
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
        peer.says(&format!("{GREETING}\n"));
        peer.hears("JOIN ann");
        peer.says("SERVER: ann joined the chat!\n");
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

/// CONN-4, LINE-9, LINE-10
#[tokio::test]
async fn close_ends_the_conversation_with_or_without_its_end() {
    for close in ["close\n", "close\r\n", "close"] {
        let server = scripted(move |mut peer| peer.says(close));
        let mut connection = connect(server.addr).await;
        assert_eq!(
            next(&mut connection).await.unwrap().unwrap(),
            Ok(Event::Close)
        );
        assert!(next(&mut connection).await.is_none(), "{close:?}");
        server.ends();
    }
}

/// CONN-4: nothing else is ever sent after it; if it is, it is not heard.
#[tokio::test]
async fn nothing_is_heard_after_close() {
    let server = scripted(|mut peer| {
        peer.says("close\nPONG 1\n");
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
    let server = scripted(|mut peer| peer.says("SERVER: shutting down\n"));
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

/// SLOW-3: what the server does not read waits with whoever sends, not in the client.
#[tokio::test]
async fn a_server_that_does_not_read_is_not_outrun() {
    const MOST: usize = 64 << 20;
    let (read, may_read) = mpsc::channel::<()>();
    let (heard, was_heard) = mpsc::channel();
    let server = scripted(move |mut peer| {
        may_read.recv().unwrap();
        let mut count = 0_usize;
        while peer.line() == ping(count).to_string() + "\n" {
            count += 1;
        }
        heard.send(count).unwrap();
    });
    let mut connection = connect(server.addr).await;
    let mut sent = 0;
    while let Ok(ready) = timeout(
        Duration::from_millis(300),
        poll_fn(|cx| connection.poll_ready_unpin(cx)),
    )
    .await
    {
        ready.unwrap();
        connection.start_send_unpin(ping(sent)).unwrap();
        sent += 1;
        assert!(sent * 4000 < MOST, "the sink takes everything");
    }
    read.send(()).unwrap();
    connection.close().await.unwrap();
    assert_eq!(was_heard.recv_timeout(DEADLINE).unwrap(), sent);
    server.ends();
}

/// SLOW-1: what is not asked for waits with the server, not in the client, and is all there when it is asked for.
#[tokio::test]
async fn a_server_that_talks_does_not_fill_the_client() {
    const MOST: usize = 64 << 20;
    let line = format!("PONG {}\n", "x".repeat(1_000));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let (held, is_held) = oneshot::channel();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let patience = Duration::from_millis(300);
        stream.set_write_timeout(Some(patience)).unwrap();
        let mut said = 0;
        let mut chunk = line.clone().into_bytes();
        while said < MOST {
            match stream.write(&chunk) {
                Ok(len) => {
                    said += len;
                    chunk.drain(..len);
                }
                Err(_held_up) => break,
            }
            if chunk.is_empty() {
                chunk.extend_from_slice(line.as_bytes());
            }
        }
        held.send(said).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream.write_all(&chunk).unwrap();
        stream.write_all(b"close\n").unwrap();
        (said + chunk.len()) / line.len()
    });
    let mut connection = connect(addr).await;
    let first = next(&mut connection).await.unwrap().unwrap();
    assert!(matches!(first, Ok(Event::Pong(_))), "{first:?}");
    let said = timeout(DEADLINE, is_held).await.unwrap().unwrap();
    assert!(said < MOST, "the client reads what it was not asked for");
    let mut pongs = 1;
    while let Some(told) = next(&mut connection).await {
        pongs += usize::from(matches!(told.unwrap(), Ok(Event::Pong(_))));
    }
    assert_eq!(pongs, server.join().unwrap());
}

/// A reader that is dropped in the middle of a line has lost nothing of it.
#[tokio::test]
async fn an_event_whose_reading_was_dropped_comes_whole() {
    let (drop_it, dropped) = mpsc::channel::<()>();
    let server = scripted(move |mut peer| {
        for part in ["PONG 1\nann: BC", "ST hel", "lo\nclose\n"] {
            peer.says(part);
            dropped.recv().unwrap();
        }
        peer.hears_the_end();
    });
    let mut connection = connect(server.addr).await;
    let pong = Event::Pong(Word::new("1").unwrap());
    assert_eq!(next(&mut connection).await.unwrap().unwrap(), Ok(pong));
    for _ in 0..2 {
        let unfinished = timeout(Duration::from_millis(50), connection.next()).await;
        assert!(unfinished.is_err(), "{unfinished:?}");
        drop_it.send(()).unwrap();
    }
    let told = next(&mut connection).await.unwrap().unwrap().unwrap();
    assert_eq!(told.to_string(), "ann: BCST hello");
    let told = next(&mut connection).await.unwrap().unwrap();
    assert_eq!(told, Ok(Event::Close));
    drop_it.send(()).unwrap();
    drop(connection);
    server.ends();
}

/// Nor is a command cut or said twice whose sending is dropped again and again while the server does not read.
#[tokio::test]
async fn a_command_whose_sending_was_dropped_goes_whole_and_once() {
    let (read, may_read) = mpsc::channel::<()>();
    let (heard, was_heard) = mpsc::channel();
    let server = scripted(move |mut peer| {
        may_read.recv().unwrap();
        let lines = std::iter::repeat_with(|| peer.line()).take_while(|line| !line.is_empty());
        heard.send(lines.collect::<Vec<_>>()).unwrap();
    });
    let mut connection = connect(server.addr).await;
    let mut held_up = 0;
    for number in 0..16_384 {
        let sending = connection.send(ping(number));
        held_up += usize::from(timeout(Duration::from_millis(20), sending).await.is_err());
        if held_up == 5 {
            break;
        }
    }
    assert_eq!(held_up, 5, "the sink takes everything");
    read.send(()).unwrap();
    timeout(DEADLINE, connection.close())
        .await
        .unwrap()
        .unwrap();
    let heard = was_heard.recv_timeout(DEADLINE).unwrap();
    let numbers: Vec<usize> = heard
        .iter()
        .map(|line| line["PING ".len()..].trim().parse().unwrap())
        .collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    for (line, number) in heard.iter().zip(numbers) {
        assert_eq!(*line, format!("{}\n", ping(number)));
    }
    server.ends();
}

fn ping(number: usize) -> Command {
    Command::Ping(Word::new(&format!("{number:04000}")).unwrap())
}

/// The two halves work at the same time, and `try_next` reads as a loop should.
#[tokio::test]
async fn the_halves_work_apart() {
    let server = scripted(|mut peer| {
        for _ in 0..3 {
            let line = peer.line();
            peer.says(&line.replace("PING", "PONG"));
        }
        peer.hears("QUIT");
        peer.says("close\n");
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
