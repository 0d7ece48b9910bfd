//! All that a frame shows, and what can happen to it.

pub(super) mod conversation;
pub(super) mod editor;
pub(super) mod entry;
pub(super) mod membership;
pub(super) mod outgoing;
pub(super) mod people;
pub(super) mod ringer;

use std::time::Duration;

use crossterm::event::KeyEvent;

use self::conversation::Conversation;
use self::editor::Editor;
use self::editor::history::History;
use self::membership::Membership;
use self::outgoing::Outgoing;
use self::people::People;
use self::ringer::{Bell, Ringer};
use super::text::escape::escape;
use crate::client::session::Tag;
use crate::client::{Exit, Update};
use crate::protocol::{Command, UserName};

/// What can happen.
#[derive(Debug)]
pub enum Input {
    /// A key was hit.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size: columns and rows.
    Resize(u16, u16),
    /// The terminal got the focus, or lost it.
    Focus(bool),
    /// The room or the connection says something.
    Room(Box<Update>),
}

/// What the program has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
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

/// The connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// The first attempt is being made.
    Connecting,
    Up,
    /// There is none; the next attempt is made then.
    Down {
        until: Duration,
    },
    /// The connection that was lost holds the name; the room is asked for it again then.
    NameHeld {
        until: Duration,
    },
}

/// The full screen without a terminal, a clock or a connection: [`Model::update`] alone changes it,
/// [`draw`](super::draw()) makes a frame of it.
#[derive(Clone, Debug)]
pub struct Model {
    /// Where the room is.
    pub(super) address: String,
    pub(super) size: (u16, u16),
    pub(super) link: Link,
    pub(super) membership: Membership,
    /// QUIT was sent.
    pub(super) is_leaving: bool,
    pub(super) conversation: Conversation,
    pub(super) people: People,
    pub(super) outgoing: Outgoing,
    pub(super) editor: Editor,
    pub(super) ringer: Ringer,
}

impl Model {
    /// Before the first connection to `address`, with the name to join under if that is known.
    pub fn new(address: &str, name: Option<UserName>, bell: Bell, history: History) -> Self {
        Self {
            address: escape(address),
            size: (0, 0),
            link: Link::Connecting,
            editor: Editor::new(history, name.is_none()),
            membership: Membership::new(name),
            is_leaving: false,
            conversation: Conversation::default(),
            people: People::default(),
            outgoing: Outgoing::default(),
            ringer: Ringer::new(bell),
        }
    }

    /// Whether the room was asked for a seat and has not answered yet.
    pub(super) fn is_joining(&self) -> bool {
        self.link == Link::Up && self.membership.is_joining() && !self.is_leaving
    }

    /// The time until the screen changes by itself.
    pub fn changes_in(&self) -> Option<Duration> {
        match self.link {
            Link::Down { .. } | Link::NameHeld { .. } => Some(Duration::from_secs(1)),
            Link::Connecting | Link::Up => None,
        }
    }
}
