//! When the client reconnects, and under which name.

use super::*;
use crate::protocol::Refusal;

fn dani() -> UserName {
    UserName::new("dani").expect("a name")
}

fn policy(now: Instant) -> Policy {
    Policy::new(Some(NamePolicy::Exact(dani())), now)
}

/// A member under the name dani.
fn member(now: Instant) -> Policy {
    let mut policy = policy(now);
    assert_eq!(policy.connected(now), Some(Command::Join(dani())));
    let reaction = policy.heard(&Ok(Event::Joined(dani())), now, 0);
    assert_eq!(reaction.answers, [Answer::Admitted(dani())]);
    policy
}

fn hear(policy: &mut Policy, event: impl Into<Event>, now: Instant) -> Reaction {
    policy.heard(&Ok(event.into()), now, 0)
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// The wait after the connection was lost, or `None` if the policy gives up.
fn lost(policy: &mut Policy) -> Option<Duration> {
    wait(policy, Some(Lost::Ended))
}

/// The same after `close`.
fn closed(policy: &mut Policy) -> Option<Duration> {
    wait(policy, None)
}

fn wait(policy: &mut Policy, lost: Option<Lost>) -> Option<Duration> {
    let why = policy.ended(lost);
    match policy.disconnected(why, 0) {
        Decision::Retry(_, wait) => Some(wait),
        Decision::GiveUp(_) => None,
    }
}

#[test]
fn a_lost_member_asks_for_the_same_name_again() {
    let now = Instant::now();
    let mut policy = member(now);
    assert_eq!(lost(&mut policy), Some(secs(1)));
    assert_eq!(lost(&mut policy), Some(secs(2)));
    assert_eq!(policy.connected(now), Some(Command::Join(dani())));
    hear(&mut policy, Event::Joined(dani()), now);
    assert_eq!(lost(&mut policy), Some(secs(1)));
}

/// JOIN-4
#[test]
fn a_name_that_the_lost_connection_holds_is_waited_for() {
    let now = Instant::now();
    let mut policy = member(now);
    lost(&mut policy);
    policy.connected(now);
    hear(&mut policy, Event::Greeting, now);
    let held = |reaction: Reaction| {
        let (name, why, wait) = reaction.name_held.expect("it waits");
        assert_eq!(name, dani());
        (why.is_name_taken(), wait)
    };
    let taken = hear(&mut policy, Refusal::NameTaken, now);
    assert_eq!(held(taken), (true, secs(2)));
    assert!(matches!(policy.due(now + secs(1)), Due::Nothing));
    assert_eq!(policy.deadline(), now + secs(2));
    let due = policy.due(now + secs(2));
    assert!(matches!(due, Due::Send(Command::Join(name)) if name == dani()));
    let full = hear(&mut policy, Event::Full, now);
    assert_eq!(held(full), (false, secs(4)));
    // JOIN-5: the visitor was closed meanwhile.
    assert_eq!(closed(&mut policy), Some(secs(8)));
}

#[test]
fn a_name_that_was_never_ours_is_not_waited_for() {
    let now = Instant::now();
    let mut policy = policy(now);
    policy.connected(now);
    let reaction = hear(&mut policy, Refusal::NameTaken, now);
    assert_eq!((reaction.answers.len(), reaction.name_held), (1, None));
    assert_eq!(policy.rejoin_at, None);
    closed(&mut policy);
    assert_eq!(policy.connected(now), None, "the person has to choose");
}

#[test]
fn a_preferred_name_that_is_taken_is_followed_by_others() {
    let now = Instant::now();
    let mut policy = Policy::new(Some(NamePolicy::Preferred(dani())), now);
    policy.connected(now);
    let reaction = hear(&mut policy, Refusal::NameTaken, now);
    let second = UserName::new("dani-2").expect("a name");
    assert_eq!(reaction.command, Some(Command::Join(second.clone())));
    assert_eq!(reaction.answers, []);
    hear(&mut policy, Event::Joined(second.clone()), now);
    lost(&mut policy);
    assert_eq!(policy.connected(now), Some(Command::Join(second)));
}

/// QUIT-1, CONN-4
#[test]
fn nothing_is_tried_after_quit_or_a_refusal() {
    let now = Instant::now();
    let mut policy = member(now);
    assert_eq!(closed(&mut policy), None);
    let mut policy = member(now);
    policy.sent(&Command::Quit, None, now);
    assert_eq!(lost(&mut policy), None);
    let mut policy = Policy::new(None, now);
    policy.connected(now);
    hear(&mut policy, Event::Full, now);
    assert_eq!(closed(&mut policy), None);
}

/// QUIT-1
#[test]
fn the_wait_for_close_after_quit_is_bounded() {
    let now = Instant::now();
    let mut policy = member(now);
    policy.sent(&Command::Quit, None, now);
    assert!(!policy.is_quit_overdue(now + ANSWER_TIMEOUT - secs(1)));
    let due = policy.due(now + ANSWER_TIMEOUT);
    assert!(matches!(due, Due::GiveUp(Disconnect::QuitUnanswered)));
}

/// A server that answers PINGs and not JOIN is no better than a silent one.
#[test]
fn the_wait_for_the_answer_to_join_is_bounded() {
    let now = Instant::now();
    let mut policy = policy(now);
    policy.connected(now);
    hear(&mut policy, Event::Greeting, now + secs(14));
    assert_eq!(policy.deadline(), now + ANSWER_TIMEOUT);
    assert!(matches!(policy.due(now + secs(14)), Due::Nothing));
    let due = policy.due(now + ANSWER_TIMEOUT);
    assert!(matches!(due, Due::GiveUp(Disconnect::Unanswered)));
    let mut policy = member(now);
    policy.sent(&Command::Join(dani()), None, now);
    hear(&mut policy, Event::Greeting, now + secs(14));
    assert!(matches!(policy.due(now + ANSWER_TIMEOUT), Due::Nothing));
}

/// JOIN-5, CONN-3: only a `full` before any greeting turns the connection away.
#[test]
fn a_visitor_in_front_of_a_full_room_is_let_in_again() {
    let now = Instant::now();
    let mut policy = policy(now);
    policy.connected(now);
    for event in [Event::Greeting, Event::Full, Event::Close] {
        hear(&mut policy, event, now);
    }
    assert_eq!(closed(&mut policy), Some(secs(1)));
    assert_eq!(policy.connected(now), None, "it was answered");
    hear(&mut policy, Event::Full, now);
    assert_eq!(closed(&mut policy), None);
}

/// JOIN-5
#[test]
fn a_visitor_that_thinks_too_long_about_its_name_is_let_in_again() {
    let now = Instant::now();
    let mut policy = Policy::new(None, now);
    for _ in 0..2 {
        policy.connected(now);
        hear(&mut policy, Event::Greeting, now);
        hear(&mut policy, Event::Close, now);
        assert_eq!(closed(&mut policy), Some(secs(1)));
    }
}

/// SHUT-1
#[test]
fn a_server_that_shuts_down_is_tried_again() {
    let now = Instant::now();
    let mut policy = member(now);
    hear(&mut policy, Event::ShuttingDown, now);
    assert_eq!(closed(&mut policy), Some(secs(1)));
}

/// PING-1
#[test]
fn a_silent_server_is_asked_and_then_given_up() {
    let now = Instant::now();
    let mut policy = member(now);
    let idle = policy.deadline();
    assert!(matches!(policy.due(idle), Due::Send(Command::Ping(_))));
    // Any line shows that the server is alive.
    hear(&mut policy, Event::Left(dani()), idle);
    assert!(matches!(policy.due(policy.deadline()), Due::Send(_)));
    let due = policy.due(policy.deadline());
    assert!(matches!(due, Due::GiveUp(Disconnect::Silent)));
}
