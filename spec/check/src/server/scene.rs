//! A case's own stage: its server, its connections, and waiting for what must come.
//!
//! Nothing here looks at the time but to give up. That nothing comes is proved by what comes after it: [`Scene::prove`].

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use parlour_spec::Random;
use tokio::net::TcpStream;

use super::attempt::Reach;
use super::host::{Host, Target, Window};
use super::lateness::{CONNECTION, Rate, TokenBucket, cost};
use super::likeness::{awaited, differs};
use super::peer::{NoMore, Peer};
use super::{Options, seed};
use crate::limits::Limits;
use crate::outcome::{Expected, Fault, Profile};
use crate::tape::Tape;
use crate::trouble::{Trouble, Wrong};

/// What a case is played on.
pub(crate) struct Scene {
    pub(super) host: Host,
    pub(super) peers: BTreeMap<String, Peer>,
    pub(super) tape: Tape,
    /// How long the server may take for what did not come too fast: see [`Scene::patience`].
    pub(super) timeout: Duration,
    /// What the server's limits are, as this machine meets them.
    pub(super) limits: Limits,
    /// How fast a session may say something (FAIR-2).
    pub(super) rate: Rate,
    /// The connections of this machine, of other cases too (FAIR-3).
    connections: Arc<Mutex<TokenBucket>>,
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
    /// The connection that was waited for last.
    pub(super) awaited: Option<String>,
    /// The usual cause where what is done now fails.
    pub(super) hint: Option<String>,
    /// A server of this run has answered a PING that proves silence, if only by an error.
    pub(super) answers_ping: Arc<AtomicBool>,
    pub(super) proofs: usize,
}

impl Scene {
    /// A stage with a server of these limits; `waiting` is what the limits themselves make it wait.
    pub(super) fn open(
        target: &Target,
        limits: Limits,
        options: &Options,
        waiting: Duration,
        reach: &Reach,
    ) -> Result<Self, String> {
        let host = Host::start(target, &limits)?;
        let limits = if host.is_loopback() {
            limits
        } else {
            limits.of_one_address()
        };
        Ok(Self {
            host,
            peers: BTreeMap::new(),
            tape: Tape::new(),
            timeout: options.asked.timeout + waiting,
            rate: Rate::of(&limits),
            connections: Arc::clone(&reach.connections),
            limits,
            random: Random::new(options.asked.seed),
            profile: options.asked.profile,
            stop_signal: options.stop_signal.clone(),
            record: None,
            may_end: false,
            has_lost: false,
            awaited: None,
            hint: None,
            answers_ping: Arc::clone(&reach.answers_ping),
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
            self.connect(who, Window::Usual).await?;
        }
        self.peers
            .get_mut(who)
            .ok_or_else(|| Trouble::Cannot(format!("{who} is gone")))
    }

    /// Opens the connection of this name.
    pub(super) async fn connect(&mut self, who: &str, window: Window) -> Result<(), Trouble> {
        let stream = self.stream(window).await?;
        let peer = Peer::new(who, stream, self.tape.clone());
        self.peers.insert(who.to_owned(), peer);
        Ok(())
    }

    /// A connection that is on no tape.
    pub(super) async fn stream(&mut self, window: Window) -> Result<TcpStream, Trouble> {
        let patience = self.patience();
        let stream = self.host.connect(window, patience).await?;
        if !self.host.is_loopback() {
            self.connections().take(CONNECTION, self.rate);
        }
        Ok(stream)
    }

    /// How long the server may take for what is awaited now: what has come too fast it takes later.
    pub(super) fn patience(&self) -> Duration {
        let lateness = |peer: &Peer| peer.said.lateness(self.rate);
        let of_talk = self.peers.values().map(lateness).max();
        let of_connections = self.connections().lateness(self.rate);
        self.timeout + of_talk.unwrap_or_default() + of_connections
    }

    fn connections(&self) -> MutexGuard<'_, TokenBucket> {
        let connections = self.connections.lock();
        connections.unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection of this name, which something is awaited on.
    pub(super) async fn awaited(&mut self, who: &str) -> Result<&mut Peer, Trouble> {
        self.awaited = Some(who.to_owned());
        self.peer(who).await
    }

    /// Sends octets in one segment.
    pub(super) async fn send(&mut self, who: &str, octets: &[u8]) -> Result<(), Trouble> {
        let rate = self.rate;
        self.awaited(who).await?.said.take(cost(octets), rate);
        let within = self.patience();
        if self.peer(who).await?.send(octets, within).await {
            return Ok(());
        }
        Err(Wrong::new(Fault::Hang, "a server that reads what is sent to it", b"").into())
    }

    /// From here on this is the usual cause where something fails.
    pub(super) fn usually(&mut self, hint: &str) {
        self.hint = Some(hint.to_owned());
    }

    /// Sends a line.
    pub(super) async fn say(&mut self, who: &str, line: &str) -> Result<(), Trouble> {
        self.note('C', who, Some(line));
        self.send(who, format!("{line}\n").as_bytes()).await
    }

    /// The next line, which should be the one that is `expected`.
    pub(super) async fn line(&mut self, who: &str, expected: Expected) -> Result<Vec<u8>, Trouble> {
        let within = self.patience();
        let peer = self.awaited(who).await?;
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
        let got = self.line(who, awaited(expected)).await?;
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
        let got = [got, b"\n"].concat();
        let mut wrong = Wrong::differing(Fault::WrongAnswer, awaited(expected), &got);
        wrong.differs_at = Some(at);
        Err(wrong.into())
    }

    /// Reads to the end of the stream, and all that comes is this.
    pub(super) async fn end(&mut self, who: &str, rest: &[u8]) -> Result<(), Trouble> {
        if self.profile == Profile::Seed {
            return seed::end(self, who).await;
        }
        let within = self.patience();
        let peer = self.awaited(who).await?;
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
        let fault = if got == rest {
            why.fault()
        } else {
            Fault::WrongAnswer
        };
        let mut wrong = Wrong::differing(fault, Expected::End(rest.to_vec()), &got);
        if why == NoMore::Reset {
            wrong.hint = Some(
                "The connection was reset: a socket that is closed while input lies unread in it takes what was sent with it. End your side first, and read until the peer ends its own (CONN-4).",
            );
        }
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

    /// Reads what has come on all connections and was not awaited, so that it is on the tape.
    pub(super) async fn overhear(&mut self) {
        const WITHIN: Duration = Duration::from_millis(1);
        for peer in self.peers.values_mut() {
            while peer.read(WITHIN).await.is_ok() {}
        }
    }

    /// Sees that the process that was started has not ended.
    pub(super) fn still_runs(&mut self) -> Result<(), Trouble> {
        if self.may_end {
            return Ok(());
        }
        let process = self.host.process.as_mut();
        match process.and_then(|process| process.ended()) {
            Some(_) => Err(Wrong::new(Fault::Crash, "a server that goes on", b"").into()),
            None => Ok(()),
        }
    }
}
