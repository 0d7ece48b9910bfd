//! Explains what one peer read, using only what it had sent and the one order of the room.
//!
//! A peer's answers come in the order of its commands (ORDER-3). While it is a member it reads the
//! order of the room without a gap (ORDER-2), so the place of an answer in what it read is the
//! point of that order at which it was given (ORDER-4): `LIST` has to be true there, and a MESG to
//! have found its addressee or nobody. Only a MESG that finds another member has no answer.

use std::collections::{BTreeMap, BTreeSet};

use parlour::protocol::{ErrorCode, Event, Verb};

use super::driver::Run;
use super::order::{Order, is_full_for, present};
use super::peer::{Asked, Ending, LATE, Peer};

/// A state and a class of inputs, in the words of the tables of spec section 5.
pub(crate) type Cell = (&'static str, &'static str);

/// What is left to check when every peer has been explained on its own.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// The private lines that this peer was told: the text, the sender, and the point of the order,
    /// in order.
    pub(crate) private: Vec<(String, String, usize)>,
    /// For the text of each of its MESGs to others: the points between which it was handled.
    pub(crate) sent: BTreeMap<String, (usize, usize)>,
    /// How many answers may belong to any of several of them.
    pub(crate) unclear: usize,
    /// Whether everything it was told is known: it read to the `close`.
    pub(crate) is_whole: bool,
}

pub(crate) struct Walk<'a> {
    run: &'a Run,
    order: &'a Order,
    peer: &'a Peer,
    /// How many of its commands may have been handled: one of these numbers.
    handled: BTreeSet<usize>,
    /// The index of the next event of the room, or, for a visitor, the earliest one possible.
    at: usize,
    is_member: bool,
    /// The cells of the table that it met, in order.
    pub(crate) path: Vec<Cell>,
    pub(crate) account: Account,
    /// The earliest point at which each MESG may have been handled.
    first: BTreeMap<usize, usize>,
    /// The commands before this index are in `path`.
    recorded: usize,
}

static CODES: [ErrorCode; 11] = ErrorCode::ALL;

impl<'a> Walk<'a> {
    pub(crate) fn new(run: &'a Run, order: &'a Order, peer: &'a Peer) -> Self {
        Self {
            run,
            order,
            peer,
            handled: BTreeSet::from([0]),
            at: 0,
            is_member: false,
            path: Vec::new(),
            account: Account::default(),
            first: BTreeMap::new(),
            recorded: 0,
        }
    }

    pub(crate) fn explain(&mut self, told: &[Event]) -> Result<(), String> {
        let mut told = told.iter();
        match told.next() {
            Some(Event::Greeting) => self.path.push(("New", "connect")),
            Some(Event::Full) => return self.refused(told.as_slice()),
            first => return self.ends_without_close(first.is_none()),
        }
        while let Some(event) = told.next() {
            self.pass_over_silent();
            let explained = match event {
                Event::Joined(name) if !self.is_member => self.joins(name.as_str()),
                Event::Joined(_) | Event::Left(_) | Event::Broadcast { .. } => self.follows(event),
                Event::Private { from, to, text } => {
                    self.is_addressed(from.as_str(), to.as_str(), text.as_str())
                }
                Event::Help(_) => self.is_helped(event, &mut told),
                Event::ShuttingDown => return self.shuts_down(told.as_slice()),
                Event::Close => return self.closes(told.as_slice()),
                Event::Greeting => Err("a second greeting".to_owned()),
                Event::Online(_) | Event::Pong(_) | Event::Full | Event::Error { .. } => {
                    self.is_answered(event)
                }
            };
            explained.map_err(|why| {
                let waits: Vec<_> = self
                    .handled
                    .iter()
                    .map(|&k| self.peer.asked.get(k))
                    .collect();
                format!("{event:?} — {why}; next may be {waits:?}")
            })?;
        }
        self.ends_without_close(true)
    }

    /// CONN-3
    fn refused(&mut self, rest: &[Event]) -> Result<(), String> {
        self.path.push(("New", "connect, too many"));
        let limits = self.run.config.limits;
        if self.peer.open_with_it <= limits.max_connections
            && self.peer.of_its_address <= limits.connections_per_address
        {
            return Err("refused, and there were not too many".to_owned());
        }
        match rest {
            [Event::Close] => Ok(()),
            [] if may_be_lost(self.run, self.peer) => Ok(()),
            rest => Err(format!("CONN-3: full, then {rest:?}")),
        }
    }

    /// Two rows tell nobody anything: a member's join timeout, and any input to a closed session.
    pub(crate) fn note_what_shows_no_answer(&mut self) {
        let join_timeout = self.run.config.join_timeout;
        let Some(last) = self.path.pop() else { return };
        if self.is_member
            && !join_timeout.is_zero()
            && self.peer.heard - self.peer.connected > join_timeout + LATE
        {
            self.path.push(("Member", "join timeout"));
        }
        self.path.push(last);
        let is_behind = |&k: &usize| k < self.peer.asked.len();
        if self.account.is_whole && last.1 == "QUIT" && self.handled.iter().all(is_behind) {
            self.path.push(("Closed", "any"));
        }
    }

    fn state(&self) -> &'static str {
        if self.is_member { "Member" } else { "Visitor" }
    }

    fn roster(&self) -> &'a [String] {
        &self.order.rosters[self.at]
    }

    /// A MESG that finds another member tells its sender nothing.
    fn pass_over_silent(&mut self) {
        let mut reached: Vec<usize> = self.handled.iter().copied().collect();
        while let Some(k) = reached.pop() {
            let Some(Asked::Mesg(to, _)) = self.peer.asked.get(k) else {
                continue;
            };
            self.first.entry(k).or_insert(self.at);
            let found = present(self.roster(), to).filter(|_| self.is_member);
            if found.is_some_and(|found| found != self.peer.name) && self.handled.insert(k + 1) {
                reached.push(k + 1);
            }
        }
    }

    /// The next command has an answer, if `fits` accepts it.
    fn answers(&mut self, fits: impl Fn(&Asked) -> bool) -> Result<(), String> {
        let asked = &self.peer.asked;
        let fitting = |&&k: &&usize| asked.get(k).is_some_and(&fits);
        let answered: Vec<usize> = self.handled.iter().filter(fitting).copied().collect();
        if answered.is_empty() {
            return Err("ORDER-3, it answers nothing that was asked next".to_owned());
        }
        let (least, most) = (answered[0], answered[answered.len() - 1]);
        self.pass(least, most);
        if least == most {
            let class = self.class(&self.peer.asked[least]);
            self.path.push((self.state(), class));
            self.recorded = least + 1;
        } else {
            self.account.unclear += 1;
        }
        self.handled = answered.into_iter().map(|k| k + 1).collect();
        Ok(())
    }

    /// Commands before `least` have been handled, and those before `most` may have been; it was not
    /// answered.
    fn pass(&mut self, least: usize, most: usize) {
        for k in self.recorded..most {
            if let Asked::Mesg(_, text) = &self.peer.asked[k] {
                let first = self.first.get(&k).copied().unwrap_or(self.at);
                let windows = &mut self.account.sent;
                windows.entry(text.clone()).or_insert((first, self.at)).1 = self.at;
                if k < least && self.is_member {
                    self.path.push(("Member", "MESG to another"));
                }
            }
        }
        self.recorded = self.recorded.max(least);
    }

    /// The row of the table for the room at this point.
    fn class(&self, asked: &Asked) -> &'static str {
        match asked {
            Asked::Join(_) if is_full_for(self.run, self.roster(), self.peer) => "JOIN, room full",
            Asked::Join(name) if present(self.roster(), name).is_some() => "JOIN, name taken",
            Asked::Join(_) => "JOIN, name free",
            Asked::Bcst(_) => "BCST",
            Asked::Mesg(to, _) => match present(self.roster(), to) {
                None => "MESG to nobody",
                Some(found) if found == self.peer.name => "MESG to oneself",
                Some(_) => "MESG to another",
            },
            Asked::List => "LIST",
            Asked::Quit => "QUIT",
            Asked::Help => "HELP",
            Asked::Ping(_) => "PING",
            Asked::Malformed(code) => {
                let known = CODES.iter().find(|known| *known == code);
                known.expect("the room knows it").as_str()
            }
        }
    }

    fn joins(&mut self, name: &str) -> Result<(), String> {
        if name != self.peer.name {
            return Err("a visitor is told of another's joining".to_owned());
        }
        let joining = self.order.joining(name).filter(|&at| at >= self.at);
        let Some(joining) = joining else {
            return Err("ORDER-1, nobody else was told of it, or earlier".to_owned());
        };
        self.at = joining;
        self.answers(|asked| matches!(asked, Asked::Join(_)))?;
        self.at += 1;
        self.is_member = true;
        Ok(())
    }

    /// ORDER-1, ORDER-2
    fn follows(&mut self, event: &Event) -> Result<(), String> {
        let next = self.order.events.get(self.at).filter(|_| self.is_member);
        if next != Some(event) {
            return Err(format!(
                "ORDER-1, what all members are told next is {next:?}"
            ));
        }
        if let Event::Broadcast { from, text } = event
            && from.as_str() == self.peer.name
        {
            self.answers(|asked| matches!(asked, Asked::Bcst(sent) if sent == text.as_str()))?;
        }
        self.at += 1;
        Ok(())
    }

    /// MESG-1, MESG-2
    fn is_addressed(&mut self, from: &str, to: &str, text: &str) -> Result<(), String> {
        if !self.is_member || to != self.peer.name {
            return Err("MESG-2, it is for somebody else".to_owned());
        }
        if from == to {
            return self.answers(|asked| matches!(asked, Asked::Mesg(_, sent) if sent == text));
        }
        let entry = (text.to_owned(), from.to_owned(), self.at);
        self.account.private.push(entry);
        Ok(())
    }

    /// HELP-1, STATE-1
    fn is_helped<'e>(
        &mut self,
        first: &'e Event,
        rest: &mut std::slice::Iter<'e, Event>,
    ) -> Result<(), String> {
        self.answers(|asked| *asked == Asked::Help)?;
        let mut told = std::iter::once(first).chain(rest);
        for verb in Verb::ALL {
            let wanted = Event::help(verb);
            match told.next() {
                Some(event) if *event == wanted => {}
                None if may_be_lost(self.run, self.peer) => break,
                other => return Err(format!("HELP-1, the help has {other:?} for {wanted:?}")),
            }
        }
        Ok(())
    }

    fn is_answered(&mut self, event: &Event) -> Result<(), String> {
        let (is_member, roster) = (self.is_member, self.roster());
        let (run, peer) = (self.run, self.peer);
        let full = |roster: &[String]| is_full_for(run, roster, peer);
        match event {
            Event::Online(names) => {
                let names: Vec<_> = names.as_slice().iter().map(ToString::to_string).collect();
                if !is_member || names != roster {
                    return Err(format!("LIST-1, in the room are {roster:?}"));
                }
                self.answers(|asked| *asked == Asked::List)
            }
            Event::Pong(word) => {
                self.answers(|asked| matches!(asked, Asked::Ping(sent) if sent == word.as_str()))
            }
            Event::Full => self.visitor_is_refused(full),
            Event::Error { code, .. } => match code {
                ErrorCode::NameTaken => {
                    let taken =
                        |roster: &[String]| !full(roster) && present(roster, &peer.name).is_some();
                    self.visitor_is_refused(taken)
                }
                ErrorCode::NotJoined if is_member => Err("it has joined".to_owned()),
                ErrorCode::NotJoined => self.answers(|asked| {
                    matches!(asked, Asked::Bcst(_) | Asked::Mesg(..) | Asked::List)
                }),
                ErrorCode::AlreadyJoined if !is_member => Err("it has not joined".to_owned()),
                ErrorCode::AlreadyJoined => self.answers(|asked| matches!(asked, Asked::Join(_))),
                ErrorCode::NoSuchUser if !is_member => Err("it has not joined".to_owned()),
                ErrorCode::NoSuchUser => self.answers(
                    |asked| matches!(asked, Asked::Mesg(to, _) if present(roster, to).is_none()),
                ),
                ErrorCode::LineTooLong
                | ErrorCode::NotUtf8
                | ErrorCode::ControlCharacter
                | ErrorCode::UnknownCommand
                | ErrorCode::Usage
                | ErrorCode::NameInvalid
                | ErrorCode::NameReserved => {
                    self.answers(|asked| *asked == Asked::Malformed(code.clone()))
                }
                ErrorCode::Other(_) => Err("a code that is not in section 9".to_owned()),
            },
            Event::Greeting
            | Event::Joined(_)
            | Event::Left(_)
            | Event::Broadcast { .. }
            | Event::Private { .. }
            | Event::Help(_)
            | Event::ShuttingDown
            | Event::Close => Err("no answer".to_owned()),
        }
    }

    /// There was a point between its other answers at which the room refused it.
    fn visitor_is_refused(&mut self, fits: impl Fn(&[String]) -> bool) -> Result<(), String> {
        let point = self.order.point(self.at, fits).filter(|_| !self.is_member);
        let Some(point) = point else {
            return Err("JOIN-4, the room never was like that".to_owned());
        };
        self.at = point;
        self.answers(|asked| matches!(asked, Asked::Join(_)))
    }

    fn shuts_down(&mut self, rest: &[Event]) -> Result<(), String> {
        self.path.push((self.state(), "shutdown"));
        if self.is_member && self.at != self.order.events.len() {
            let next = &self.order.events[self.at];
            return Err(format!("SHUT-1, not delivered before it: {next:?}"));
        }
        if self.run.is_heard_out && !self.handled.contains(&self.peer.asked.len()) {
            return Err("FAIR-2, SLOW-5, there was time for all it asked".to_owned());
        }
        let join_timeout = self.run.config.join_timeout;
        let visited = self.run.shut_down - self.peer.connected;
        if !self.is_member
            && !join_timeout.is_zero()
            && visited > join_timeout + LATE
            && !may_be_lost(self.run, self.peer)
        {
            return Err(format!("JOIN-5, it did not join for {visited:?}"));
        }
        match rest {
            [Event::Close] => {
                self.account.is_whole = true;
                Ok(())
            }
            [] => self.ends_without_close(true),
            rest => Err(format!("CONN-4, shutting down, then {rest:?}")),
        }
    }

    fn closes(&mut self, rest: &[Event]) -> Result<(), String> {
        if !rest.is_empty() {
            return Err(format!("CONN-4, after close comes {rest:?}"));
        }
        let asked = &self.peer.asked;
        let quits = |&k: &usize| asked.get(k) == Some(&Asked::Quit);
        let join_timeout = self.run.config.join_timeout;
        let class = if self.handled.iter().any(quits) {
            self.answers(|asked| *asked == Asked::Quit)?;
            self.path.pop();
            "QUIT"
        } else if self.peer.ending != Ending::Open && self.handled.contains(&asked.len()) {
            self.pass(asked.len(), asked.len());
            "half-close"
        } else if !self.is_member
            && !join_timeout.is_zero()
            && self.peer.heard - self.peer.connected >= join_timeout
        {
            "join timeout"
        } else {
            return Err(format!(
                "close for no reason, not handled {:?}",
                self.handled
            ));
        };
        self.path.push((self.state(), class));
        if self.is_member && self.order.leaving(&self.peer.name) != Some(self.at) {
            let next = self.order.events.get(self.at);
            return Err(format!("QUIT-2, it left, and all are told next {next:?}"));
        }
        self.account.is_whole = true;
        Ok(())
    }

    /// CONN-6
    fn ends_without_close(&mut self, is_prefix: bool) -> Result<(), String> {
        if !is_prefix {
            return Err("CONN-2, no greeting".to_owned());
        }
        if !may_be_lost(self.run, self.peer) {
            return Err("it ends without close, and is not to blame".to_owned());
        }
        let left = self.order.leaving(&self.peer.name);
        if self.is_member && left.is_some_and(|left| left < self.at) {
            return Err("ORDER-2, it was told more after its leaving".to_owned());
        }
        if left.is_some() || !self.is_member {
            self.path.push((self.state(), "lost"));
        }
        Ok(())
    }
}

/// Whether there is a reason why the connection may be lost (CONN-6).
pub(crate) fn may_be_lost(run: &Run, peer: &Peer) -> bool {
    let overflows = run.config.send_queue < 1 << 20 && peer.name != "eve";
    peer.has_stalled || overflows || matches!(peer.ending, Ending::Dropped | Ending::Reset)
}
