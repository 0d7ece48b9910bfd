//! What there is to know for a frame, and what can happen to it.

use std::time::Duration;

use crossterm::event::KeyEvent;

use super::completion::Completion;
use super::conversation::Conversation;
use super::history::History;
use super::input_line::InputLine;
use super::outgoing::Outgoing;
use super::people::People;
use crate::client::session::Tag;
use crate::client::{Exit, Update};
use crate::protocol::{Command, UserName};

/// When the terminal rings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bell {
    /// Never.
    Off,
    /// When somebody says the person's name, or something to the person alone.
    #[default]
    Mention,
    /// When anybody else says anything.
    All,
}

/// What can happen.
#[derive(Debug)]
pub enum Input {
    /// A key was hit.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size: columns and rows.
    Resize(u16, u16),
    /// The person looks at the terminal, or at something else.
    Focus(bool),
    /// The room or the connection says something.
    Room(Box<Update>),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Send this; the tag comes back in its answer.
    Send(Command, Option<Tag>),
    /// Try to connect now.
    RetryNow,
    /// Ring.
    Bell,
    /// Keep this line for the next start.
    Keep(String),
    /// Go to the background.
    Suspend,
    /// Draw all of the screen again.
    Redraw,
    /// End the program, with this as last words.
    Leave(Exit, Option<String>),
}

/// The tag of the LIST that the person has not asked for. Lines have smaller ones.
pub(super) const OWN_LIST: Tag = Tag::MAX;

/// How things stand with the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// The first attempt is being made.
    Connecting,
    Up,
    /// There is none; the next attempt is made then.
    Down {
        until: Duration,
    },
    /// The name is held by the last one; it is asked for again then.
    Haunted {
        until: Duration,
    },
}

/// Ctrl-R.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub(super) needle: String,
    /// The number of the line that is shown.
    pub(super) found: Option<usize>,
    /// The line as it was.
    pub(super) before: InputLine,
}

/// The full-screen face: all that a frame shows. [`Face::update`] is the only way to change it.
#[derive(Clone, Debug)]
pub struct Face {
    /// Where the room is.
    pub(super) place: String,
    pub(super) bell: Bell,
    pub(super) size: (u16, u16),
    pub(super) link: Link,
    /// The name that is held or asked for. Without one the input line asks for it.
    pub(super) name: Option<UserName>,
    /// Why the last name was refused.
    pub(super) refused: Option<String>,
    /// The room has no seat for us: Enter asks for one again.
    pub(super) full: bool,
    /// The refused name stands in the input line: what is typed or pasted next replaces it.
    pub(super) spent: bool,
    /// The room has admitted us, on this connection.
    pub(super) member: bool,
    /// When we were a member last.
    pub(super) lost_at: Option<Duration>,
    pub(super) was_member: bool,
    pub(super) leaving: bool,
    pub(super) conversation: Conversation,
    pub(super) people: People,
    pub(super) outgoing: Outgoing,
    pub(super) input: InputLine,
    /// What was being typed before a name had to be asked for.
    pub(super) draft: Option<InputLine>,
    /// The line as it was before several lines were pasted into it, or before it was split.
    pub(super) before_paste: Option<String>,
    pub(super) history: History,
    pub(super) completion: Option<Completion>,
    pub(super) search: Option<Search>,
    /// Said in the status line until the next key.
    pub(super) hint: Option<String>,
    pub(super) rang: Option<Duration>,
}

impl Face {
    /// The face of somebody who is about to join the room at `place`, under `name` if that is known already.
    pub fn new(place: &str, name: Option<UserName>, bell: Bell, history: History) -> Self {
        Self {
            place: super::tame::tame(place),
            bell,
            size: (0, 0),
            link: Link::Connecting,
            name,
            refused: None,
            full: false,
            spent: false,
            member: false,
            lost_at: None,
            was_member: false,
            leaving: false,
            conversation: Conversation::default(),
            people: People::default(),
            outgoing: Outgoing::default(),
            input: InputLine::default(),
            draft: None,
            before_paste: None,
            history,
            completion: None,
            search: None,
            hint: None,
            rang: None,
        }
    }

    /// Whether the room has been asked for a seat and has not answered yet.
    pub(super) fn is_joining(&self) -> bool {
        self.link == Link::Up && self.name.is_some() && !self.member && !self.leaving
    }

    /// The time until the screen changes by itself.
    pub fn changes_in(&self) -> Option<Duration> {
        match self.link {
            Link::Down { .. } | Link::Haunted { .. } => Some(Duration::from_secs(1)),
            Link::Connecting | Link::Up => None,
        }
    }
}
