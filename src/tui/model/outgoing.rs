//! Lines that the room has not accepted yet: pending, or unsent because the connection was lost.

use std::collections::VecDeque;

use crate::client::session::{Tag, say};
use crate::protocol::{Command, Text, UserName};

/// Pending and unsent lines, in the order in which they were said.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct Outgoing {
    lines: VecDeque<OutgoingLine>,
    next_tag: Tag,
}

/// A pending or unsent line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct OutgoingLine {
    tag: Tag,
    /// The one member it is for, or `None` for everyone.
    pub(in crate::tui) to: Option<UserName>,
    /// The text.
    pub(in crate::tui) text: Text,
    /// It was not sent, or the connection was lost before the room confirmed it.
    pub(in crate::tui) unsent: bool,
}

impl OutgoingLine {
    fn commands(&self) -> Vec<(Command, Option<Tag>)> {
        say(self.to.clone(), self.text.clone(), self.tag)
    }
}

impl Outgoing {
    /// The most lines held at once.
    pub(in crate::tui) const MAX_LINES: usize = 500;

    /// The lines, in the order in which they were said.
    pub(in crate::tui) fn lines(&self) -> impl ExactSizeIterator<Item = &OutgoingLine> {
        self.lines.iter()
    }

    /// Whether it can hold this many more lines.
    pub(in crate::tui) fn has_capacity(&self, more: usize) -> bool {
        self.lines.len() + more <= Self::MAX_LINES
    }

    /// How many lines are unsent.
    pub(in crate::tui) fn unsent(&self) -> usize {
        self.lines.iter().filter(|line| line.unsent).count()
    }

    /// Adds a line that the person said. Returns the commands to send: none without a `link`.
    pub(in crate::tui) fn say(
        &mut self,
        to: Option<UserName>,
        text: Text,
        link: bool,
    ) -> Vec<(Command, Option<Tag>)> {
        let tag = self.next_tag;
        self.next_tag += 1;
        let line = OutgoingLine {
            tag,
            to,
            text,
            unsent: !link,
        };
        let commands = if link { line.commands() } else { Vec::new() };
        self.lines.push_back(line);
        commands
    }

    /// The connection was lost: every pending line becomes unsent.
    pub(in crate::tui) fn disconnected(&mut self) {
        for line in &mut self.lines {
            line.unsent = true;
        }
    }

    /// Sends the unsent lines again. Returns the commands to send.
    pub(in crate::tui) fn resend(&mut self) -> Vec<(Command, Option<Tag>)> {
        let mut commands = Vec::new();
        for line in self.lines.iter_mut().filter(|line| line.unsent) {
            line.unsent = false;
            commands.extend(line.commands());
        }
        commands
    }

    /// Drops the unsent lines.
    pub(in crate::tui) fn drop_unsent(&mut self) {
        self.lines.retain(|line| !line.unsent);
    }

    /// The room has accepted or refused the line with this tag. Removes and returns the line, if
    /// any.
    pub(in crate::tui) fn answered(&mut self, tag: Tag) -> Option<OutgoingLine> {
        let at = self.lines.iter().position(|line| line.tag == tag)?;
        self.lines.remove(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        Text::new(text).expect(text)
    }

    fn written(commands: Vec<(Command, Option<Tag>)>) -> Vec<String> {
        let commands = commands.into_iter();
        commands.map(|(command, _)| command.to_string()).collect()
    }

    #[test]
    fn what_was_answered_is_no_longer_outgoing() {
        let mut outgoing = Outgoing::default();
        let drew = UserName::new("drew").expect("a name");
        assert_eq!(written(outgoing.say(None, text("hi"), true)), ["BCST hi"]);
        let sent = outgoing.say(Some(drew), text("psst"), true);
        assert_eq!(written(sent), ["MESG drew psst", "PING parlour-receipt-1"]);
        assert_eq!(outgoing.answered(0).map(|line| line.text), Some(text("hi")));
        assert_eq!(outgoing.answered(0), None);
        let line = outgoing.answered(1);
        assert_eq!(line.map(|line| line.text), Some(text("psst")));
        assert_eq!(outgoing.lines().len(), 0);
    }

    #[test]
    fn what_was_on_its_way_can_be_sent_again_or_dropped() {
        let mut outgoing = Outgoing::default();
        outgoing.say(None, text("one"), true);
        outgoing.disconnected();
        assert_eq!(outgoing.say(None, text("two"), false), []);
        assert_eq!(outgoing.unsent(), 2);
        assert_eq!(written(outgoing.resend()), ["BCST one", "BCST two"]);
        assert_eq!(outgoing.unsent(), 0);
        outgoing.disconnected();
        outgoing.drop_unsent();
        assert_eq!(outgoing.lines().len(), 0);
    }
}
