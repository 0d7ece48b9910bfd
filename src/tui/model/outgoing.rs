//! Lines of the person that the room has not confirmed yet.
//!
//! A line is never sent twice by itself: what was sent on a connection that was lost may have been
//! heard, and is sent again only if the person asks for it.

use std::collections::VecDeque;

use crate::client::session::{Tag, say};
use crate::protocol::{Command, Text, UserName};

/// Unconfirmed lines, in the order in which they were said.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct Outgoing {
    lines: VecDeque<OutgoingLine>,
    next_tag: Tag,
}

/// An unconfirmed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct OutgoingLine {
    tag: Tag,
    /// The one member it is for, or `None` for everyone.
    pub(in crate::tui) to: Option<UserName>,
    /// The text.
    pub(in crate::tui) text: Text,
    pub(in crate::tui) progress: Progress,
}

/// How far an unconfirmed line has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Progress {
    /// It was never sent.
    Waiting,
    /// It was sent, and the room's answer is pending.
    Sent,
    /// The connection was lost before the answer came: others may have heard the line.
    Unknown,
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

    /// How many lines have come this far.
    pub(in crate::tui) fn count(&self, progress: Progress) -> usize {
        let lines = self.lines.iter();
        lines.filter(|line| line.progress == progress).count()
    }

    /// What is lost if the person leaves now, in words.
    pub(in crate::tui) fn loss(&self) -> Option<String> {
        let part = |progress, what| match self.count(progress) {
            0 => None,
            1 => Some(format!("1 line {what}")),
            count => Some(format!("{count} lines {what}")),
        };
        let waiting = part(Progress::Waiting, "not sent");
        let unknown = part(Progress::Unknown, "perhaps not heard");
        let parts: Vec<String> = waiting.into_iter().chain(unknown).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Whether there are lines that are not on their way.
    pub(in crate::tui) fn has_held(&self) -> bool {
        self.count(Progress::Sent) < self.lines.len()
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
            progress: if link {
                Progress::Sent
            } else {
                Progress::Waiting
            },
        };
        let commands = if link { line.commands() } else { Vec::new() };
        self.lines.push_back(line);
        commands
    }

    /// The line with this tag was not sent after all.
    pub(in crate::tui) fn unsent(&mut self, tag: Tag) {
        let line = self.lines.iter_mut().find(|line| line.tag == tag);
        line.into_iter()
            .for_each(|line| line.progress = Progress::Waiting);
    }

    /// The connection was lost: what was sent may have been heard or not.
    pub(in crate::tui) fn disconnected(&mut self) {
        let sent = self
            .lines
            .iter_mut()
            .filter(|line| line.progress == Progress::Sent);
        sent.for_each(|line| line.progress = Progress::Unknown);
    }

    /// Sends the lines that have come this far. Returns the commands to send.
    pub(in crate::tui) fn send(&mut self, progress: Progress) -> Vec<(Command, Option<Tag>)> {
        let mut commands = Vec::new();
        for line in self
            .lines
            .iter_mut()
            .filter(|line| line.progress == progress)
        {
            line.progress = Progress::Sent;
            commands.extend(line.commands());
        }
        commands
    }

    /// Drops the lines that are not on their way.
    pub(in crate::tui) fn drop_held(&mut self) {
        self.lines.retain(|line| line.progress == Progress::Sent);
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
    fn what_was_sent_is_not_sent_again_with_what_waits() {
        let mut outgoing = Outgoing::default();
        outgoing.say(None, text("one"), true);
        outgoing.disconnected();
        assert_eq!(outgoing.say(None, text("two"), false), []);
        assert_eq!(written(outgoing.send(Progress::Waiting)), ["BCST two"]);
        assert_eq!(written(outgoing.send(Progress::Waiting)), [""; 0]);
        assert_eq!(written(outgoing.send(Progress::Unknown)), ["BCST one"]);
        assert!(!outgoing.has_held());
        outgoing.disconnected();
        outgoing.say(None, text("three"), false);
        outgoing.drop_held();
        assert_eq!(outgoing.lines().len(), 0);
    }
}
