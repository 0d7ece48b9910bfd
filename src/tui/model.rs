//! The state of the full screen, the inputs that change it, and the effects that result.

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
use crate::client::session::{JoinRefusal, Tag};
use crate::client::{Exit, Update};
use crate::protocol::{Command, UserName};

/// What can happen.
#[derive(Debug)]
pub enum Input {
    /// A key was hit.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The connection has not taken the command with this tag.
    Unsent(Tag),
    /// The terminal has a new size: columns and rows.
    Resize(u16, u16),
    /// The terminal's background has this colour: red, green, blue.
    Background([u8; 3]),
    /// The terminal got the focus (true) or lost it (false).
    Focus(bool),
    /// An update from the room or the connection.
    Room(Box<Update>),
}

/// What the program has to do after an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send this command. Its answer carries the tag.
    Send(Command, Option<Tag>),
    /// Try to connect now.
    RetryNow,
    /// Ring the terminal's bell.
    Bell,
    /// Save this line in the history file.
    Keep(String),
    /// Suspend the program.
    Suspend,
    /// Redraw the whole screen.
    Redraw,
    /// End the program, with this message.
    Leave(Exit, Option<String>),
}

/// The tag of the LIST that the program sends by itself. The tags of lines are smaller.
pub(super) const OWN_LIST: Tag = Tag::MAX;

/// The state of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// The first attempt is being made.
    Connecting,
    Up,
    /// There is no connection; the next attempt starts at `until`.
    Down {
        until: Duration,
    },
    /// The room does not admit us again yet, for this reason; JOIN is sent again at `until`.
    NameHeld {
        why: JoinRefusal,
        until: Duration,
    },
}

/// The state of the full screen, without a terminal, a clock or a connection. Only
/// [`Model::update`] changes it, and [`draw`](super::draw()) draws it.
#[derive(Clone, Debug)]
pub struct Model {
    /// The server's address.
    pub(super) address: String,
    pub(super) size: (u16, u16),
    /// The colour of the terminal's background, if it is known.
    pub(super) background: Option<[u8; 3]>,
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
    /// The state before the first connection to `address`, with the name to join under if it is
    /// known.
    pub fn new(address: &str, name: Option<UserName>, bell: Bell, history: History) -> Self {
        Self {
            address: escape(address),
            size: (0, 0),
            background: None,
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

    /// Whether there is a connection.
    pub fn is_connected(&self) -> bool {
        self.link == Link::Up
    }

    /// Whether a JOIN is pending.
    pub(super) fn is_joining(&self) -> bool {
        self.link == Link::Up && self.membership.is_joining() && !self.is_leaving
    }

    /// How long until the screen changes without any input.
    pub fn changes_in(&self) -> Option<Duration> {
        match self.link {
            Link::Down { .. } | Link::NameHeld { .. } => Some(Duration::from_secs(1)),
            Link::Connecting | Link::Up => None,
        }
    }
}
