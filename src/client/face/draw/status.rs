//! The status line: what matters most at this moment comes first, what there is no room for is cut.

use std::time::Duration;

use super::Layout;
use crate::client::face::moment::Moment;
use crate::client::face::palette::Ink;
use crate::client::face::state::{Face, Link};
use crate::client::face::tame::tame;
use crate::client::face::wrap::{Piece, Row};
use crate::protocol::UserName;

/// What matters most at this moment, then how things stand.
pub(super) fn status(face: &Face, now: Moment) -> Row {
    let mut parts: Vec<Piece> = Vec::new();
    let mut say = |text: String, ink: Ink| {
        if !text.is_empty() {
            parts.push(Piece::new(
                format!("{}{text}", if parts.is_empty() { " " } else { " | " }),
                ink,
            ));
        }
    };
    let seconds = |until: Duration| until.saturating_sub(now.since).as_secs_f32().ceil() as u64;
    match face.link {
        Link::Connecting => say("connecting...".to_owned(), Ink::Bar),
        Link::Up if face.full => say("the room is full (Enter: try again)".to_owned(), Ink::Alarm),
        Link::Up if face.is_joining() => say("joining...".to_owned(), Ink::Bar),
        Link::Up => {}
        Link::Down { until } => {
            say(
                format!("lost: again in {} s (Enter: now)", seconds(until)),
                Ink::Alarm,
            );
        }
        Link::Haunted { until } => {
            let what = format!(
                "name held by the lost connection: again in {} s (Enter: now)",
                seconds(until)
            );
            say(what, Ink::Alarm);
        }
    }
    if face.leaving {
        say("leaving... (Ctrl-C: at once)".to_owned(), Ink::Alarm);
    }
    if let Some(hint) = &face.hint {
        say(hint.clone(), Ink::Alarm);
    } else if face.asks_for_name() {
        say(naming(face), Ink::Alarm);
    } else if let Some(lines) = face.waiting_lines() {
        let what = face
            .before_paste
            .as_ref()
            .map_or("them", |_| "what was pasted");
        say(format!("Enter sends {lines}, Esc drops {what}"), Ink::Alarm);
    }
    match face.conversation.below() {
        0 if !face.conversation.follows() => say("scrolled up (End)".to_owned(), Ink::Bar),
        0 => {}
        below => say(format!("{below} new below (End)"), Ink::Alarm),
    }
    if face.member && face.outgoing.unsent() > 0 {
        let unsent = face.outgoing.unsent();
        say(
            format!("{unsent} unsent: on an empty line Enter sends again, Esc drops"),
            Ink::Alarm,
        );
    }
    if let Some(name) = &face.name {
        say(tame(name.as_str()), Ink::Bar);
    }
    if Layout::of(face.size.0, face.size.1).people == 0 && face.people.count() > 0 {
        say(format!("{} here", face.people.count()), Ink::Bar);
    }
    say(face.place.clone(), Ink::Bar);
    parts
}

/// What is wrong with the name that is being typed, or with the last one.
fn naming(face: &Face) -> String {
    let typed = face.input.text().trim();
    let wrong = match UserName::new(typed) {
        Err(e) if !typed.is_empty() && !typed.starts_with('/') && !typed.contains(' ') => {
            Some(e.to_string())
        }
        Ok(_) | Err(_) => None,
    };
    wrong
        .or_else(|| face.refused.clone())
        .unwrap_or_else(|| "a name is letters and digits; Enter joins the room".to_owned())
}
