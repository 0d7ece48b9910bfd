//! What keeps the tether, and what cuts it.

use super::*;
use crate::protocol::{Refusal, Text};

fn dani() -> UserName {
    UserName::new("dani").expect("a name")
}

fn taken() -> ServerLine {
    Ok(Refusal::NameTaken.into())
}

/// A member under the name dani.
fn member(now: Instant) -> Tether {
    let mut tether = Tether::new(Some(dani()), now);
    assert_eq!(tether.connect(now), Some(Command::Join(dani())));
    let heard = tether.hear(&Ok(Event::Joined(dani())), now, 0);
    assert_eq!(heard, Heard::Admitted(dani()));
    tether
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

#[test]
fn a_lost_member_asks_for_the_same_name_again() {
    let now = Instant::now();
    let mut tether = member(now);
    assert_eq!(tether.end(false, 0), After::TryAgain(secs(1)));
    assert_eq!(tether.end(false, 0), After::TryAgain(secs(2)));
    assert_eq!(tether.connect(now), Some(Command::Join(dani())));
    tether.hear(&Ok(Event::Joined(dani())), now, 0);
    assert_eq!(tether.end(false, 0), After::TryAgain(secs(1)));
}

/// JOIN-4
#[test]
fn the_own_ghost_is_waited_for() {
    let now = Instant::now();
    let mut tether = member(now);
    tether.end(false, 0);
    tether.connect(now);
    let haunted = |wait| Heard::Haunted(dani(), secs(wait));
    assert_eq!(tether.hear(&taken(), now, 0), haunted(2));
    assert_eq!(tether.due(now + secs(1)), Due::Nothing);
    assert_eq!(tether.next_due(), now + secs(2));
    let join = Due::Send(Command::Join(dani()));
    assert_eq!(tether.due(now + secs(2)), join);
    assert_eq!(tether.hear(&Ok(Event::Full), now, 0), haunted(4));
    // JOIN-5: the visitor was closed meanwhile.
    assert_eq!(tether.end(true, 0), After::TryAgain(secs(8)));
}

#[test]
fn a_name_that_was_never_ours_is_no_ghost() {
    let now = Instant::now();
    let mut tether = Tether::new(Some(dani()), now);
    tether.connect(now);
    assert_eq!(tether.hear(&taken(), now, 0), Heard::Nothing);
    assert_eq!(tether.next_due(), now + QUIET);
}

/// QUIT-1, CONN-4
#[test]
fn nothing_is_tried_after_quit_or_a_refusal() {
    let now = Instant::now();
    let mut tether = member(now);
    assert_eq!(tether.end(true, 0), After::Refused);
    let mut tether = member(now);
    tether.send(&Command::Quit, now);
    assert_eq!(tether.next_due(), now + PATIENCE);
    assert_eq!(tether.end(false, 0), After::Left);
    let mut tether = Tether::new(None, now);
    tether.connect(now);
    tether.hear(&Ok(Event::Full), now, 0);
    assert_eq!(tether.end(true, 0), After::Refused);
}

/// JOIN-5, CONN-3: only a `full` before any greeting turns the connection away.
#[test]
fn a_visitor_in_front_of_a_full_room_is_let_in_again() {
    let now = Instant::now();
    let mut tether = Tether::new(Some(dani()), now);
    tether.connect(now);
    tether.hear(&Ok(Event::Greeting), now, 0);
    tether.hear(&Ok(Event::Full), now, 0);
    tether.hear(&Ok(Event::Close), now, 0);
    assert_eq!(tether.end(true, 0), After::TryAgain(secs(1)));
    assert_eq!(tether.connect(now), None, "it was answered");
    tether.hear(&Ok(Event::Full), now, 0);
    assert_eq!(tether.end(true, 0), After::Refused);
}

/// JOIN-5
#[test]
fn a_visitor_that_thinks_too_long_about_its_name_is_let_in_again() {
    let now = Instant::now();
    let mut tether = Tether::new(None, now);
    tether.connect(now);
    tether.hear(&Ok(Event::Greeting), now, 0);
    tether.hear(&Ok(Event::Close), now, 0);
    assert_eq!(tether.end(true, 0), After::TryAgain(secs(1)));
    tether.connect(now);
    tether.hear(&Ok(Event::Greeting), now, 0);
    assert_eq!(tether.end(true, 0), After::TryAgain(secs(1)));
}

/// SHUT-1
#[test]
fn a_server_that_stops_is_tried_again() {
    let now = Instant::now();
    let mut tether = member(now);
    tether.hear(&Ok(Event::ShuttingDown), now, 0);
    assert_eq!(tether.end(true, 0), After::TryAgain(secs(1)));
}

/// PING-1
#[test]
fn a_dead_server_is_noticed_within_thirty_seconds() {
    let now = Instant::now();
    let mut tether = member(now);
    let at = tether.next_due();
    let knock = Word::new(KNOCK).expect("a word");
    assert_eq!(tether.due(at), Due::Send(Command::Ping(knock.clone())));
    let alive = tether.hear(&Ok(Event::Pong(knock)), at, 0);
    assert_eq!(alive, Heard::Knock);
    let at = tether.next_due();
    assert!(matches!(tether.due(at), Due::Send(_)));
    let dead = tether.next_due();
    assert_eq!(tether.due(dead), Due::GiveUp);
    assert!(dead - at + QUIET < secs(30));
}

#[test]
fn any_line_is_a_sign_of_life() {
    let now = Instant::now();
    let mut tether = member(now);
    let text = Text::new("hi").expect("a text");
    let said = Event::Broadcast { from: dani(), text };
    tether.due(now + QUIET);
    tether.hear(&Ok(said), now + QUIET, 0);
    assert_eq!(tether.due(now + QUIET + DEAF - secs(6)), Due::Nothing);
}

/// Stopped, or with a reader that took nothing: what has come meanwhile has not been heard yet.
#[test]
fn whoever_has_slept_asks_before_it_gives_up() {
    let now = Instant::now();
    let mut tether = member(now);
    let later = now + secs(3600);
    assert!(matches!(tether.due(later), Due::Send(Command::Ping(_))));
    assert_eq!(tether.next_due(), later + DEAF);
    assert_eq!(tether.due(later + DEAF), Due::GiveUp);
}
