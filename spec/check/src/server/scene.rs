//! A case's own stage: its server, its connections, and waiting for what must come.
//!
//! Nothing here looks at the time but to give up. That nothing comes is proved by what comes after it: [`Scene::prove`].

use std::collections::BTreeMap;
use std::time::Duration;

use parlour_spec::Random;

use super::host::{Host, Target};
use super::likeness::differs;
use super::peer::{NoMore, Peer};
use super::{Options, seed};
use crate::limits::Limits;
use crate::octets::common;
use crate::outcome::{Fault, Profile};
use crate::tape::Tape;
use crate::trouble::{Trouble, Wrong};

/// What a case is played on.
pub(crate) struct Scene {
    pub(super) host: Host,
    pub(super) peers: BTreeMap<String, Peer>,
    pub(super) tape: Tape,
    /// How long the server may take for anything.
    pub(super) timeout: Duration,
    /// What the server's limits are.
    pub(super) limits: Limits,
    /// For a case that chooses.
    pub(super) random: Random,
    pub(super) profile: Profile,
    /// The signal that stops the server.
    pub(super) stop_signal: Option<String>,
    /// Written down for the judge of records, if it is wanted.
    pub(super) record: Option<String>,
    /// The server was told to stop.
    pub(super) may_end: bool,
    /// Connections were lost or their ends not awaited: the server may not know yet that they are gone.
    pub(super) has_lost: bool,
    proofs: usize,
}

impl Scene {
    /// A stage with a server of these limits; `waiting` is what the limits themselves make it wait.
    pub(super) fn open(
        target: &Target,
        limits: Limits,
        options: &Options,
        waiting: Duration,
    ) -> Result<Self, String> {
        Ok(Self {
            host: Host::start(target, &limits)?,
            peers: BTreeMap::new(),
            tape: Tape::new(),
            timeout: options.asked.timeout + waiting,
            limits,
            random: Random::new(options.asked.seed),
            profile: options.asked.profile,
            stop_signal: options.stop_signal.clone(),
            record: None,
            may_end: false,
            has_lost: false,
            proofs: 0,
        })
    }

    /// Whether the server has taken a connection.
    pub(super) fn was_reached(&self) -> bool {
        self.host.was_reached
    }

    /// The connection of this name, opened if there is none.
    pub(super) async fn peer(&mut self, who: &str) -> Result<&mut Peer, Trouble> {
        if !self.peers.contains_key(who) {
            let stream = self.host.connect(self.timeout).await?;
            let peer = Peer::new(who, stream, self.tape.clone());
            self.peers.insert(who.to_owned(), peer);
        }
        self.peers
            .get_mut(who)
            .ok_or_else(|| Trouble::Cannot(format!("{who} is gone")))
    }

    /// Sends octets in one segment.
    pub(super) async fn send(&mut self, who: &str, octets: &[u8]) -> Result<(), Trouble> {
        let within = self.timeout;
        let peer = self.peer(who).await?;
        if peer.send(octets, within).await {
            return Ok(());
        }
        Err(Wrong::new(Fault::Hang, "a server that reads what is sent to it", b"").into())
    }

    /// Sends a line.
    pub(super) async fn say(&mut self, who: &str, line: &str) -> Result<(), Trouble> {
        self.note('C', who, Some(line));
        self.send(who, format!("{line}\n").as_bytes()).await
    }

    /// Sends a command as the profile has it: the seed knows no LF.
    pub(super) async fn speak(&mut self, who: &str, command: &str) -> Result<(), Trouble> {
        match self.profile {
            Profile::Full => self.say(who, command).await,
            Profile::Seed => self.send(who, command.as_bytes()).await,
        }
    }

    /// Awaits a text as the profile has it.
    pub(super) async fn hear(&mut self, who: &str, text: &str) -> Result<(), Trouble> {
        match self.profile {
            Profile::Full => self.expect(who, text).await,
            Profile::Seed => seed::expect(self, who, text.as_bytes()).await,
        }
    }

    /// The next line, which should be the one that is `expected`.
    pub(super) async fn line(&mut self, who: &str, expected: &str) -> Result<Vec<u8>, Trouble> {
        let within = self.timeout;
        let peer = self.peer(who).await?;
        let why = match peer.line(within).await {
            Ok(line) => {
                self.note('S', who, Some(&String::from_utf8_lossy(&line)));
                return Ok(line);
            }
            Err(why) => why,
        };
        Err(Wrong::differing(why.fault(), expected, &peer.unread).into())
    }

    /// Reads the next line, which is this.
    pub(super) async fn expect(&mut self, who: &str, expected: &str) -> Result<(), Trouble> {
        let got = self.line(who, expected).await?;
        self.is(expected, &got)?;
        if got == b"close" {
            self.peer(who).await?.is_told_close = true;
        }
        Ok(())
    }

    /// Whether this line is the one that was expected.
    pub(super) fn is(&self, expected: &str, got: &[u8]) -> Result<(), Trouble> {
        let Some(at) = differs(expected.as_bytes(), got) else {
            return Ok(());
        };
        let mut wrong = Wrong::new(Fault::WrongAnswer, expected, got);
        wrong.differs_at = Some(at);
        Err(wrong.into())
    }

    /// Reads to the end of the stream, and all that comes is this.
    pub(super) async fn end(&mut self, who: &str, rest: &[u8]) -> Result<(), Trouble> {
        if self.profile == Profile::Seed {
            return seed::end(self, who).await;
        }
        let within = self.timeout;
        let peer = self.peer(who).await?;
        let why = loop {
            match peer.read(within).await {
                Ok(_) => {}
                Err(why) => break why,
            }
        };
        let got = std::mem::take(&mut peer.unread);
        if why == NoMore::Ended && got == rest {
            self.note('X', who, None);
            return Ok(());
        }
        let expected = match String::from_utf8_lossy(rest) {
            rest if rest.is_empty() => "the end of the stream".to_owned(),
            rest => format!("{} and the end of the stream", rest.trim_end()),
        };
        let fault = if got == rest {
            why.fault()
        } else {
            Fault::WrongAnswer
        };
        let mut wrong = Wrong::differing(fault, &expected, &got);
        wrong.differs_at = Some(common(rest, &got));
        if why == NoMore::Reset {
            wrong.hint = Some(
                "The connection was reset: a socket that is closed while input lies unread in it takes what was sent with it. End your side first, and read until the peer ends its own (CONN-4).",
            );
        }
        Err(wrong.into())
    }

    /// Proves that nothing has come that was not read: what comes next is the answer to a PING that is sent now.
    ///
    /// Whoever has no PING answers with an error, the same each time; that there is a `pong` is for PING-1.
    pub(super) async fn prove(&mut self, who: &str) -> Result<(), Trouble> {
        self.proofs += 1;
        let word = format!("silence-{}", self.proofs);
        let expected = format!("PONG {word}");
        self.say(who, &format!("PING {word}")).await?;
        let got = self.line(who, &expected).await?;
        if got.starts_with(b"PONG") {
            return Ok(());
        }
        if got.starts_with(b"ERROR ") {
            self.say(who, &format!("PING {word}")).await?;
            if self.line(who, &expected).await? == got {
                return Ok(());
            }
        }
        let mut wrong = Wrong::new(Fault::WrongAnswer, &expected, &got);
        wrong.differs_at = Some(common(expected.as_bytes(), &got));
        wrong.hint = Some(
            "This PING was sent to see that nothing else comes before its answer; something did.",
        );
        Err(wrong.into())
    }

    /// Ends the client's side.
    pub(super) async fn half_close(&mut self, who: &str) -> Result<(), Trouble> {
        self.note('H', who, None);
        self.peer(who).await?.half_close().await;
        self.has_lost = true;
        Ok(())
    }

    /// Resets the connection.
    pub(super) async fn reset(&mut self, who: &str) -> Result<(), Trouble> {
        self.note('R', who, None);
        self.peer(who).await?;
        if let Some(peer) = self.peers.remove(who) {
            peer.reset();
        }
        self.has_lost = true;
        Ok(())
    }

    /// Writes down a line of the record.
    fn note(&mut self, mark: char, who: &str, line: Option<&str>) {
        let Some(record) = &mut self.record else {
            return;
        };
        match line {
            Some(line) => record.extend(
                line.split('\n')
                    .map(|line| format!("{mark} {who}: {line}\n")),
            ),
            None => record.push_str(&format!("{mark} {who}\n")),
        }
    }

    /// Those that were told `close`, and whose streams have not been seen to end.
    pub(super) fn told_close(&self) -> Vec<String> {
        let told = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.is_told_close && peer.ended.is_none());
        told.map(|(who, _)| who.clone()).collect()
    }

    /// Those that can still be asked.
    pub(super) fn open_peers(&self) -> Vec<String> {
        let is_open = |peer: &Peer| peer.ended.is_none() && !peer.is_half_closed;
        let open = self.peers.iter().filter(|(_, peer)| is_open(peer));
        open.map(|(who, _)| who.clone()).collect()
    }

    /// Sees that the process that was started has not ended.
    pub(super) fn still_runs(&mut self) -> Result<(), Trouble> {
        if self.may_end {
            return Ok(());
        }
        let Some(ended) = self
            .host
            .process
            .as_mut()
            .and_then(|process| process.ended())
        else {
            return Ok(());
        };
        Err(Wrong::new(Fault::Crash, "a server that goes on", ended.as_bytes()).into())
    }
}
