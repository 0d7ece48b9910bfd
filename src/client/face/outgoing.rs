//! What the person said and the room has not confirmed: on its way, or unsent because the connection was lost.
//!
//! A BCST is confirmed by its echo (BCST-1), a MESG by the PONG of a PING that follows it (ORDER-3).

use std::collections::VecDeque;

use crate::protocol::{Command, Text, UserName, Word};

/// What a PING after a MESG carries, before the number of the line.
const RECEIPT: &str = "parlour-receipt-";

/// Lines that are on their way or unsent, in the order in which they were said.
#[derive(Clone, Debug, Default)]
pub(super) struct Outgoing {
    lines: VecDeque<Line>,
    next_id: u64,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    id: u64,
    /// Whom it is for, if not for everyone.
    pub(super) to: Option<UserName>,
    /// What it says.
    pub(super) text: Text,
    /// It was not sent, or the connection was lost before the room confirmed it.
    pub(super) unsent: bool,
}

impl Line {
    /// What says it, with what has it confirmed.
    fn commands(&self) -> Vec<Command> {
        let text = self.text.clone();
        match self.to.clone() {
            None => vec![Command::Bcst(text)],
            Some(to) => {
                let word = Word::new(&format!("{RECEIPT}{}", self.id)).expect("it has no space");
                vec![Command::Mesg { to, text }, Command::Ping(word)]
            }
        }
    }
}

impl Outgoing {
    /// As many lines are held at once.
    pub(super) const MOST: usize = 500;

    /// The lines, in the order in which they were said.
    pub(super) fn lines(&self) -> impl ExactSizeIterator<Item = &Line> {
        self.lines.iter()
    }

    /// Whether so many more lines can be held.
    pub(super) fn has_room(&self, more: usize) -> bool {
        self.lines.len() + more <= Self::MOST
    }

    /// As many lines wait to be sent again.
    pub(super) fn unsent(&self) -> usize {
        self.lines.iter().filter(|line| line.unsent).count()
    }

    /// The person says this. Returns what to send, which is nothing when there is no `link`.
    pub(super) fn say(&mut self, to: Option<UserName>, text: Text, link: bool) -> Vec<Command> {
        let id = self.next_id;
        self.next_id += 1;
        let line = Line {
            id,
            to,
            text,
            unsent: !link,
        };
        let commands = if link { line.commands() } else { Vec::new() };
        self.lines.push_back(line);
        commands
    }

    /// The connection is lost, and what was on its way perhaps with it.
    pub(super) fn lose(&mut self) {
        for line in &mut self.lines {
            line.unsent = true;
        }
    }

    /// The unsent lines are on their way again.
    pub(super) fn again(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        for line in self.lines.iter_mut().filter(|line| line.unsent) {
            line.unsent = false;
            commands.extend(line.commands());
        }
        commands
    }

    /// The unsent lines are not to be sent.
    pub(super) fn drop_unsent(&mut self) {
        self.lines.retain(|line| !line.unsent);
    }

    /// The room has told everyone this text of ours.
    pub(super) fn echo(&mut self, text: &Text) {
        self.take(|line| line.to.is_none() && !line.unsent && line.text == *text);
    }

    /// A PONG carries this word. Returns whether it was a receipt, and the line that has arrived.
    pub(super) fn receipt(&mut self, word: &Word) -> (bool, Option<Line>) {
        let Some(id) = word.as_str().strip_prefix(RECEIPT) else {
            return (false, None);
        };
        let id = id.parse().ok();
        (true, self.take(|line| Some(line.id) == id))
    }

    /// The room refuses this command. Returns the line that it says, if it says one.
    pub(super) fn refuse(&mut self, command: &Command) -> Option<Line> {
        self.take(|line| !line.unsent && line.commands().first() == Some(command))
    }

    fn take(&mut self, which: impl Fn(&Line) -> bool) -> Option<Line> {
        let at = self.lines.iter().position(which)?;
        self.lines.remove(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        Text::new(text).expect(text)
    }

    fn written(commands: &[Command]) -> Vec<String> {
        commands.iter().map(Command::to_string).collect()
    }

    /// BCST-1, ORDER-3, PING-1
    #[test]
    fn what_is_confirmed_is_no_longer_outgoing() {
        let mut outgoing = Outgoing::default();
        let drew = UserName::new("drew").expect("a name");
        assert_eq!(written(&outgoing.say(None, text("hi"), true)), ["BCST hi"]);
        let sent = outgoing.say(Some(drew), text("psst"), true);
        assert_eq!(written(&sent), ["MESG drew psst", "PING parlour-receipt-1"]);
        outgoing.echo(&text("hi"));
        assert_eq!(outgoing.lines().len(), 1);
        let receipt = Word::new("parlour-receipt-1").expect("a word");
        let (_, line) = outgoing.receipt(&receipt);
        assert_eq!(line.map(|line| line.text), Some(text("psst")));
        assert_eq!(outgoing.receipt(&receipt), (true, None));
        assert_eq!(
            outgoing.receipt(&Word::new("42").expect("a word")),
            (false, None)
        );
    }

    #[test]
    fn what_was_on_its_way_can_be_sent_again_or_dropped() {
        let mut outgoing = Outgoing::default();
        outgoing.say(None, text("one"), true);
        outgoing.lose();
        assert_eq!(outgoing.say(None, text("two"), false), []);
        assert_eq!(outgoing.unsent(), 2);
        outgoing.echo(&text("one"));
        assert_eq!(outgoing.unsent(), 2, "another's echo is not ours");
        assert_eq!(written(&outgoing.again()), ["BCST one", "BCST two"]);
        assert_eq!(outgoing.unsent(), 0);
        outgoing.lose();
        outgoing.drop_unsent();
        assert_eq!(outgoing.lines().len(), 0);
    }
}
