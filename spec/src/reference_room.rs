//! The reference room: each session's state, the members in the order of joining (LIST-1), and
//! which member a name finds (NAME-4, ADDR-1).
//!
//! The transitions and the limits are in [`ReferenceModel`](crate::ReferenceModel).

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::input::Input;
use crate::name::{folded_skeleton, lower_case_skeleton};

/// A connection, numbered by the driver of the room.
pub type Conn = u32;

/// An index into the document's states, in the document's order.
pub(crate) type State = u8;

/// The state of the reference room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReferenceRoom {
    /// Every session that is neither New nor Closed.
    pub(crate) sessions: BTreeMap<Conn, State>,
    /// In the order of joining.
    pub(crate) members: Vec<(Conn, Rc<Name>)>,
}

/// A name and its skeletons (NAME-4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    written: String,
    /// Its case-folded skeleton (NAME-4).
    skeleton: String,
    /// The case-folded skeleton of its lower-case form.
    lower_case_skeleton: String,
}

impl ReferenceRoom {
    /// A room with nobody in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The members, in the order of joining.
    pub fn members(&self) -> impl ExactSizeIterator<Item = Conn> + '_ {
        self.members.iter().map(|&(id, _)| id)
    }

    /// The members' names, in the order of joining.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(_, name)| name.as_str())
    }

    /// The sessions that are neither New nor Closed.
    pub fn sessions(&self) -> impl Iterator<Item = Conn> + '_ {
        self.sessions.keys().copied()
    }

    /// Whether this session is neither New nor Closed.
    pub fn has_session(&self, id: Conn) -> bool {
        self.sessions.contains_key(&id)
    }

    /// Whether this session is a member.
    pub fn is_member(&self, id: Conn) -> bool {
        self.members().any(|member| member == id)
    }

    pub(crate) fn name_of(&self, id: Conn) -> Option<Rc<Name>> {
        let mut members = self.members.iter();
        members.find_map(|(member, name)| (*member == id).then(|| name.clone()))
    }

    /// A member's name as its owner wrote it.
    pub fn written(&self, id: Conn) -> Option<&str> {
        let mut members = self.members.iter();
        members.find_map(|(member, name)| (*member == id).then(|| name.as_str()))
    }

    /// NAME-4
    pub(crate) fn has(&self, name: &Name) -> bool {
        self.members.iter().any(|(_, member)| member.is_same(name))
    }

    /// ADDR-1
    pub(crate) fn addressee(&self, input: &Input) -> Option<(Conn, Rc<Name>)> {
        let Input::Mesg(to, _) = input else {
            return None;
        };
        let meant = |member: &Name| member.lower_case_skeleton == to.lower_case_skeleton;
        self.members
            .iter()
            .find(|(_, member)| meant(member))
            .cloned()
    }
}

impl Name {
    /// A name; `written` is in NFC.
    pub fn new(written: &str) -> Self {
        Self {
            written: written.to_owned(),
            skeleton: folded_skeleton(written),
            lower_case_skeleton: lower_case_skeleton(written),
        }
    }

    /// The name as its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// NAME-4
    pub fn is_same(&self, other: &Self) -> bool {
        self.skeleton == other.skeleton || self.lower_case_skeleton == other.lower_case_skeleton
    }
}
