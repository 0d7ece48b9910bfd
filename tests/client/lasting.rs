//! The connection that outlives its connections, over real sockets.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use parlour::client::{Address, Cause, Ending, Happening, Lasting};
use parlour::protocol::{Command, Event, UserName, Word};
use tokio::time::timeout;

use crate::real_server::Server;
use crate::scripted::{DEADLINE, GREETING, scripted, serial};

fn lasting(addr: std::net::SocketAddr) -> Lasting {
    let address = Address::new(Some(&addr.to_string()), None).unwrap();
    Lasting::new(address, Some(UserName::new("dani").unwrap()))
}

/// One that the room has admitted.
async fn member(addr: std::net::SocketAddr) -> Lasting {
    let mut room = lasting(addr);
    let admitted = |happening: &Happening| matches!(happening, Happening::Admitted(_));
    until(&mut room, admitted).await;
    room
}

async fn next(room: &mut Lasting) -> Happening {
    timeout(DEADLINE, room.next()).await.unwrap().unwrap()
}

/// Waits for the one that is wanted.
async fn until(room: &mut Lasting, wanted: impl Fn(&Happening) -> bool) -> Happening {
    loop {
        let happening = next(room).await;
        if wanted(&happening) {
            return happening;
        }
    }
}

/// PING-1: silence is asked, and then it is death. The clock is stopped: it jumps to the next alarm.
#[tokio::test]
async fn a_server_that_says_nothing_any_more_is_lost_within_thirty_seconds() {
    let server = scripted(|mut peer| {
        peer.says(&format!("{GREETING}\n"));
        peer.hears("JOIN dani");
        peer.says("SERVER: dani joined the chat!\n");
        peer.hears("PING parlour-is-there");
        peer.hears_the_end();
    });
    let mut room = member(server.addr).await;
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    let happening = room.next().await.unwrap();
    assert!(
        matches!(happening, Happening::Lost(Cause::Silent, _)),
        "{happening:?}"
    );
    assert!(
        start.elapsed() <= Duration::from_secs(26),
        "{:?}",
        start.elapsed()
    );
    tokio::time::resume();
    server.ends();
}

/// A program that was stopped, or did not ask for events, hears what has come before it says that the server is silent.
#[tokio::test]
async fn a_sleeper_does_not_call_the_server_silent() {
    let server = scripted(|mut peer| {
        peer.hears("JOIN dani");
        peer.says("SERVER: dani joined the chat!\ndrew: BCST hi\n");
        while peer.line() != "PING parlour-is-there\n" {}
        peer.says("drew: BCST awake?\n");
        peer.hears_the_end();
    });
    let mut room = member(server.addr).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(3600)).await;
    tokio::time::resume();
    for expected in ["drew: BCST hi", "drew: BCST awake?"] {
        let happening = next(&mut room).await;
        let Happening::Told(Ok(event)) = happening else {
            panic!("{happening:?} instead of {expected:?}");
        };
        assert_eq!(event.to_string(), expected);
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(10)).await;
        tokio::time::resume();
    }
    drop(room);
    server.ends();
}

/// JOIN-4: a name that its ghost holds is asked for again at the time that was said. The PING is a sentinel.
#[tokio::test]
async fn a_ghost_is_waited_for_no_longer_than_it_was_said() {
    let server = serial([
        Box::new(|mut peer| {
            peer.hears("JOIN dani");
            peer.says("SERVER: dani joined the chat!\n");
        }),
        Box::new(|mut peer| {
            peer.hears("JOIN dani");
            peer.says("ERROR name-taken: that name is taken, choose another\n");
            peer.hears("JOIN dani");
            peer.hears("PING sentinel");
        }),
    ]);
    let mut room = member(server.addr).await;
    until(&mut room, |happening| {
        matches!(happening, Happening::Lost(..))
    })
    .await;
    room.hurry();
    let haunted = |happening: &Happening| matches!(happening, Happening::Haunted(..));
    let Happening::Haunted(_, wait) = until(&mut room, haunted).await else {
        unreachable!("it was waited for");
    };
    tokio::time::pause();
    tokio::time::advance(wait + Duration::from_millis(1)).await;
    let nothing = room.next().now_or_never();
    assert!(nothing.is_none(), "{nothing:?}");
    tokio::time::resume();
    room.send(Command::Ping(Word::new("sentinel").unwrap()))
        .unwrap();
    until(&mut room, |happening| {
        matches!(happening, Happening::Lost(..))
    })
    .await;
    server.ends();
}

/// CONN-4: after QUIT nothing is tried any more.
#[tokio::test]
async fn quit_is_the_end() {
    let server = Server::start();
    let mut room = member(server.addr).await;
    room.send(Command::Quit).unwrap();
    let close = |happening: &Happening| matches!(happening, Happening::Told(Ok(Event::Close)));
    until(&mut room, close).await;
    let end = next(&mut room).await;
    assert!(matches!(end, Happening::Ended(Ending::Left)), "{end:?}");
    assert!(room.next().await.is_none());
}

/// CONN-3: a server that turns us away is not asked again.
#[tokio::test]
async fn a_refusal_is_the_end() {
    let server = scripted(|mut peer| {
        peer.says("Sorry the chat is full, please try later\nclose\n");
        peer.hears("JOIN dani");
    });
    let mut room = lasting(server.addr);
    let ended = |happening: &Happening| matches!(happening, Happening::Ended(_));
    let end = until(&mut room, ended).await;
    assert!(matches!(end, Happening::Ended(Ending::Refused)), "{end:?}");
    server.ends();
}

/// Without a connection a command is given back, and QUIT is enough.
#[tokio::test]
async fn without_a_connection_nothing_is_taken_but_quit() {
    let server = scripted(|mut peer| {
        peer.hears("JOIN dani");
        peer.says("SERVER: dani joined the chat!\n");
    });
    let mut room = lasting(server.addr);
    assert_eq!(room.send(Command::List), Err(Command::List));
    let lost = |happening: &Happening| matches!(happening, Happening::Lost(..));
    until(&mut room, lost).await;
    assert_eq!(room.send(Command::List), Err(Command::List));
    room.send(Command::Quit).unwrap();
    let end = next(&mut room).await;
    assert!(matches!(end, Happening::Ended(Ending::Left)), "{end:?}");
    server.ends();
}
