//! Reconnecting after a lost connection, over real sockets.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use parlour::client::session::Answer;
use parlour::client::{Address, Disconnect, NamePolicy, Reconnecting, Update};
use parlour::protocol::{Command, Event, UserName, Word};
use parlour_testkit::{DEADLINE, GREETING, Server, scripted, serial};
use tokio::time::timeout;

use crate::SERVER;

fn reconnecting(addr: std::net::SocketAddr) -> Reconnecting {
    let address = Address::new(Some(&addr.to_string()), None).unwrap();
    let name = NamePolicy::Exact(UserName::new("dani").unwrap());
    Reconnecting::new(address, Some(name))
}

/// A connection that the room has admitted.
async fn member(addr: std::net::SocketAddr) -> Reconnecting {
    let mut room = reconnecting(addr);
    let admitted = |update: &Update| {
        matches!(update, Update::Line(_, answers)
            if matches!(answers[..], [Answer::Admitted(_)]))
    };
    until(&mut room, admitted).await;
    room
}

async fn next(room: &mut Reconnecting) -> Update {
    timeout(DEADLINE, room.next()).await.unwrap().unwrap()
}

/// Waits for the update that is wanted.
async fn until(room: &mut Reconnecting, wanted: impl Fn(&Update) -> bool) -> Update {
    loop {
        let update = next(room).await;
        if wanted(&update) {
            return update;
        }
    }
}

/// PING-1: silence leads to a PING, and further silence to a lost connection. The clock is paused:
/// it jumps to the next deadline.
#[tokio::test]
async fn a_server_that_says_nothing_any_more_is_lost_within_thirty_seconds() {
    let server = scripted(|mut peer| {
        peer.send(format!("{GREETING}\n"));
        peer.hears("JOIN dani");
        peer.send("SERVER: dani joined the chat!\n");
        peer.hears("PING parlour-is-there");
        peer.hears_the_end();
    });
    let mut room = member(server.addr).await;
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    let update = room.next().await.unwrap();
    assert!(
        matches!(update, Update::Disconnected(Disconnect::Silent, _)),
        "{update:?}"
    );
    assert!(
        start.elapsed() <= Duration::from_secs(26),
        "{:?}",
        start.elapsed()
    );
    tokio::time::resume();
    server.ends();
}

/// A program that was stopped, or did not ask for events, reads what has come before it reports
/// that the server is silent.
#[tokio::test]
async fn a_sleeper_does_not_call_the_server_silent() {
    let server = scripted(|mut peer| {
        peer.hears("JOIN dani");
        peer.send("SERVER: dani joined the chat!\ndrew: BCST hi\n");
        peer.lines_until("PING parlour-is-there");
        peer.send("drew: BCST awake?\n");
        peer.hears_the_end();
    });
    let mut room = member(server.addr).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(3600)).await;
    tokio::time::resume();
    for expected in ["drew: BCST hi", "drew: BCST awake?"] {
        let update = next(&mut room).await;
        let Update::Line(Ok(event), _) = update else {
            panic!("{update:?} instead of {expected:?}");
        };
        assert_eq!(event.to_string(), expected);
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(10)).await;
        tokio::time::resume();
    }
    drop(room);
    server.ends();
}

/// JOIN-4: a name that the lost connection still holds is requested again at the reported time. The
/// PING is a sentinel.
#[tokio::test]
async fn a_held_name_is_waited_for_no_longer_than_was_said() {
    let server = serial([
        Box::new(|mut peer| {
            peer.hears("JOIN dani");
            peer.send("SERVER: dani joined the chat!\n");
        }),
        Box::new(|mut peer| {
            peer.hears("JOIN dani");
            peer.send("ERROR name-taken: that name is taken, choose another\n");
            peer.hears("JOIN dani");
            peer.hears("PING sentinel");
        }),
    ]);
    let mut room = member(server.addr).await;
    until(&mut room, |update| {
        matches!(update, Update::Disconnected(..))
    })
    .await;
    room.retry_now();
    let held = |update: &Update| matches!(update, Update::NameHeld(..));
    let Update::NameHeld(_, _, wait) = until(&mut room, held).await else {
        unreachable!("it was waited for");
    };
    tokio::time::pause();
    tokio::time::advance(wait + Duration::from_millis(1)).await;
    let nothing = room.next().now_or_never();
    assert!(nothing.is_none(), "{nothing:?}");
    tokio::time::resume();
    room.send(Command::Ping(Word::new("sentinel").unwrap()), None)
        .unwrap();
    until(&mut room, |update| {
        matches!(update, Update::Disconnected(..))
    })
    .await;
    server.ends();
}

/// CONN-4: after QUIT the client does not reconnect.
#[tokio::test]
async fn quit_is_the_end() {
    let server = Server::start(SERVER, &[]);
    let mut room = member(server.addr).await;
    room.send(Command::Quit, None).unwrap();
    let close = |update: &Update| matches!(update, Update::Line(Ok(Event::Close), _));
    until(&mut room, close).await;
    let end = next(&mut room).await;
    assert!(matches!(end, Update::Ended(Disconnect::Left)), "{end:?}");
    assert!(room.next().await.is_none());
}

/// CONN-3: the client does not reconnect to a server that turns it away.
#[tokio::test]
async fn a_refusal_is_the_end() {
    let server = scripted(|mut peer| {
        peer.send("Sorry the chat is full, please try later\nclose\n");
        peer.hears("JOIN dani");
    });
    let mut room = reconnecting(server.addr);
    let ended = |update: &Update| matches!(update, Update::Ended(_));
    let end = until(&mut room, ended).await;
    assert!(matches!(end, Update::Ended(Disconnect::Full)), "{end:?}");
    server.ends();
}

/// Without a connection a command is handed back, and QUIT is enough.
#[tokio::test]
async fn without_a_connection_nothing_is_taken_but_quit() {
    let server = scripted(|mut peer| {
        peer.hears("JOIN dani");
        peer.send("SERVER: dani joined the chat!\n");
    });
    let mut room = reconnecting(server.addr);
    assert_eq!(room.send(Command::List, None), Err(Command::List));
    let lost = |update: &Update| matches!(update, Update::Disconnected(..));
    until(&mut room, lost).await;
    assert_eq!(room.send(Command::List, None), Err(Command::List));
    room.send(Command::Quit, None).unwrap();
    let end = next(&mut room).await;
    assert!(matches!(end, Update::Ended(Disconnect::Left)), "{end:?}");
    server.ends();
}
