//! Back-pressure on `Connection`, and futures dropped half-way: nothing is buffered without bound,
//! lost or cut.

use std::future::poll_fn;
use std::io::Write;
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlour::protocol::{Command, Event, Word};
use parlour_testkit::{DEADLINE, scripted};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::library::{connect, next};

/// SLOW-3: what the server does not read waits with the sender, not in the client.
///
/// > SLOW-3: While output for a connection waits, the server MAY leave its input unread.
#[tokio::test]
async fn a_server_that_does_not_read_is_not_outrun() {
    const MOST: usize = 64 << 20;
    let (read, may_read) = mpsc::channel::<()>();
    let (heard, was_heard) = mpsc::channel();
    let server = scripted(move |mut peer| {
        may_read.recv().unwrap();
        let mut count = 0_usize;
        while peer
            .try_line()
            .is_ok_and(|line| line == ping(count).to_string())
        {
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

/// SLOW-1: what the program does not ask for waits with the server, not in the client, and is
/// complete when it is asked for.
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

/// A command whose sending is dropped again and again while the server does not read is neither cut
/// nor sent twice.
#[tokio::test]
async fn a_command_whose_sending_was_dropped_goes_whole_and_once() {
    let (read, may_read) = mpsc::channel::<()>();
    let (heard, was_heard) = mpsc::channel();
    let server = scripted(move |mut peer| {
        may_read.recv().unwrap();
        let lines = std::iter::repeat_with(|| peer.try_line()).map_while(Result::ok);
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
        assert_eq!(*line, ping(number).to_string());
    }
    server.ends();
}

/// A reader that is dropped in the middle of a line has lost nothing of it.
#[tokio::test]
async fn an_event_whose_reading_was_dropped_comes_whole() {
    let (drop_it, dropped) = mpsc::channel::<()>();
    let server = scripted(move |mut peer| {
        for part in ["PONG 1\nann: BC", "ST hel", "lo\nclose\n"] {
            peer.send(part);
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

pub(crate) fn ping(number: usize) -> Command {
    Command::Ping(Word::new(&format!("{number:04000}")).unwrap())
}
