//! The fixture of a case: its server, its connections, and waiting for what must arrive.
//!
//! Time is used only for timeouts. That nothing arrives is proved by what arrives after it:
//! [`Fixture::expect_no_more`].

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use parlour_spec::Random;
use tokio::net::TcpStream;

use super::attempt::Reachability;
use super::compare::{differs, expected_line};
use super::connection::{Connection, ReadError};
use super::rate_limit::{CONNECTION_COST, Rate, TokenBucket, cost};
use super::server_under_test::{ReceiveBuffer, ServerUnderTest, Target};
use super::{Options, seed_profile};
use crate::failure::{Failure, Violation};
use crate::limits::Limits;
use crate::outcome::{Expected, Fault, Profile};
use crate::recording::Recording;

/// The server of a case, and the connections to it.
pub(crate) struct Fixture {
    pub(super) server: ServerUnderTest,
    pub(super) connections: BTreeMap<String, Connection>,
    pub(super) recording: Recording,
    /// How long the server may take for what was not sent too fast: see [`Fixture::time_limit`].
    pub(super) timeout: Duration,
    /// The server's limits, as they apply to this machine.
    pub(super) limits: Limits,
    /// How fast a session may send (FAIR-2).
    pub(super) rate: Rate,
    /// The rate of connections from this machine, those of other cases included (FAIR-3).
    connection_bucket: Arc<Mutex<TokenBucket>>,
    /// The source of random choices.
    pub(super) random: Random,
    pub(super) profile: Profile,
    /// The signal that stops the server.
    pub(super) stop_signal: Option<String>,
    /// The record for the linearizability checker, if the case keeps one.
    pub(super) record: Option<String>,
    /// Whether the server was told to stop.
    pub(super) may_end: bool,
    /// Whether connections were reset or half-closed, so that the server may not know yet that they
    /// are gone.
    pub(super) has_lost: bool,
    /// The connection last waited for.
    pub(super) awaiting: Option<String>,
    /// The usual cause if the current step fails.
    pub(super) hint: Option<String>,
    /// Whether a server of this run has answered a sentinel PING, if only by an error.
    pub(super) answers_ping: Arc<AtomicBool>,
    pub(super) sentinels: usize,
}

impl Fixture {
    /// Opens a fixture with a server of these limits. `waiting` is how long the limits themselves
    /// may make the server wait.
    pub(super) fn open(
        target: &Target,
        limits: Limits,
        options: &Options,
        waiting: Duration,
        reachability: &Reachability,
    ) -> Result<Self, String> {
        let server = ServerUnderTest::start(target, &limits)?;
        let limits = if server.is_loopback() {
            limits
        } else {
            limits.of_one_address()
        };
        Ok(Self {
            server,
            connections: BTreeMap::new(),
            recording: Recording::new(),
            timeout: options.run.timeout + waiting,
            rate: Rate::of(&limits),
            connection_bucket: Arc::clone(&reachability.connection_bucket),
            limits,
            random: Random::new(options.run.seed),
            profile: options.run.profile,
            stop_signal: options.stop_signal.clone(),
            record: None,
            may_end: false,
            has_lost: false,
            awaiting: None,
            hint: None,
            answers_ping: Arc::clone(&reachability.answers_ping),
            sentinels: 0,
        })
    }

    /// Whether the server has taken a connection.
    pub(super) fn was_reached(&self) -> bool {
        self.server.was_reached
    }

    /// The connection of this name, which is opened if there is none.
    pub(super) async fn connection(&mut self, who: &str) -> Result<&mut Connection, Failure> {
        if !self.connections.contains_key(who) {
            self.connect(who, ReceiveBuffer::Default).await?;
        }
        self.connections
            .get_mut(who)
            .ok_or_else(|| Failure::Error(format!("{who} is gone")))
    }

    /// Opens the connection of this name.
    pub(super) async fn connect(
        &mut self,
        who: &str,
        buffer: ReceiveBuffer,
    ) -> Result<(), Failure> {
        let stream = self.stream(buffer).await?;
        let connection = Connection::new(who, stream, self.recording.clone());
        self.connections.insert(who.to_owned(), connection);
        Ok(())
    }

    /// Opens a connection that is not recorded.
    pub(super) async fn stream(&mut self, buffer: ReceiveBuffer) -> Result<TcpStream, Failure> {
        let patience = self.time_limit();
        let stream = self.server.connect(buffer, patience).await?;
        if !self.server.is_loopback() {
            self.connection_bucket().take(CONNECTION_COST, self.rate);
        }
        Ok(stream)
    }

    /// How long the server may take now: what was sent too fast it takes later.
    pub(super) fn time_limit(&self) -> Duration {
        let delay = |connection: &Connection| connection.bucket.delay(self.rate);
        let of_talk = self.connections.values().map(delay).max();
        let of_connections = self.connection_bucket().delay(self.rate);
        self.timeout + of_talk.unwrap_or_default() + of_connections
    }

    fn connection_bucket(&self) -> MutexGuard<'_, TokenBucket> {
        let connection_bucket = self.connection_bucket.lock();
        connection_bucket.unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection of this name, noted as the one waited for.
    pub(super) async fn awaited_connection(
        &mut self,
        who: &str,
    ) -> Result<&mut Connection, Failure> {
        self.awaiting = Some(who.to_owned());
        self.connection(who).await
    }

    /// Sends octets in one segment.
    pub(super) async fn send(&mut self, who: &str, octets: &[u8]) -> Result<(), Failure> {
        let rate = self.rate;
        self.awaited_connection(who)
            .await?
            .bucket
            .take(cost(octets), rate);
        let within = self.time_limit();
        if self.connection(who).await?.send(octets, within).await {
            return Ok(());
        }
        Err(Violation::new(Fault::Hang, "a server that reads what is sent to it", b"").into())
    }

    /// Sets the usual cause if one of the next steps fails.
    pub(super) fn set_hint(&mut self, hint: &str) {
        self.hint = Some(hint.to_owned());
    }

    /// Sends a line.
    pub(super) async fn send_line(&mut self, who: &str, line: &str) -> Result<(), Failure> {
        self.record_line('C', who, Some(line));
        self.send(who, format!("{line}\n").as_bytes()).await
    }

    /// Reads the next line; `expected` is what to report if none arrives.
    pub(super) async fn read_line(
        &mut self,
        who: &str,
        expected: Expected,
    ) -> Result<Vec<u8>, Failure> {
        let within = self.time_limit();
        let connection = self.awaited_connection(who).await?;
        let why = match connection.read_line(within).await {
            Ok(line) => {
                self.record_line('S', who, Some(&String::from_utf8_lossy(&line)));
                return Ok(line);
            }
            Err(why) => why,
        };
        Err(Violation::differing(why.fault(), expected, &connection.unread).into())
    }

    /// Reads the next line, and checks that it is this.
    pub(super) async fn expect(&mut self, who: &str, expected: &str) -> Result<(), Failure> {
        let got = self.read_line(who, expected_line(expected)).await?;
        self.check_line(expected, &got)?;
        if got == b"close" {
            self.connection(who).await?.was_told_close = true;
        }
        Ok(())
    }

    /// Checks that this line is the expected one.
    pub(super) fn check_line(&self, expected: &str, got: &[u8]) -> Result<(), Failure> {
        let Some(at) = differs(expected.as_bytes(), got) else {
            return Ok(());
        };
        let got = [got, b"\n"].concat();
        let mut violation = Violation::differing(Fault::WrongAnswer, expected_line(expected), &got);
        violation.differs_at = Some(at);
        Err(violation.into())
    }

    /// Reads to the end of the stream, and checks that all that arrives is this.
    pub(super) async fn expect_end(&mut self, who: &str, rest: &[u8]) -> Result<(), Failure> {
        if self.profile == Profile::Seed {
            return seed_profile::end(self, who).await;
        }
        let within = self.time_limit();
        let connection = self.awaited_connection(who).await?;
        let why = loop {
            match connection.read(within).await {
                Ok(_) => {}
                Err(why) => break why,
            }
        };
        let got = std::mem::take(&mut connection.unread);
        if why == ReadError::Closed && got == rest {
            self.record_line('X', who, None);
            return Ok(());
        }
        let fault = if got == rest {
            why.fault()
        } else {
            Fault::WrongAnswer
        };
        let mut violation = Violation::differing(fault, Expected::End(rest.to_vec()), &got);
        if why == ReadError::Reset {
            violation.hint = Some(
                "The connection was reset: a socket that is closed while input lies unread in it \
                 takes what was sent with it. End your side first, and read until the peer ends \
                 its own (CONN-4).",
            );
        }
        Err(violation.into())
    }

    /// Ends the client's side.
    pub(super) async fn half_close(&mut self, who: &str) -> Result<(), Failure> {
        self.record_line('H', who, None);
        self.connection(who).await?.half_close().await;
        self.has_lost = true;
        Ok(())
    }

    /// Resets the connection.
    pub(super) async fn reset(&mut self, who: &str) -> Result<(), Failure> {
        self.record_line('R', who, None);
        self.connection(who).await?;
        if let Some(connection) = self.connections.remove(who) {
            connection.reset();
        }
        self.has_lost = true;
        Ok(())
    }

    /// Appends a line to the record.
    fn record_line(&mut self, mark: char, who: &str, line: Option<&str>) {
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

    /// The connections that have read `close`, and whose streams have not yet been seen to end.
    pub(super) fn closing(&self) -> Vec<String> {
        let told = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.was_told_close && connection.ended.is_none());
        told.map(|(who, _)| who.clone()).collect()
    }

    /// The connections that are still open on both sides.
    pub(super) fn open_connections(&self) -> Vec<String> {
        let is_open =
            |connection: &Connection| connection.ended.is_none() && !connection.is_half_closed;
        let open = self
            .connections
            .iter()
            .filter(|(_, connection)| is_open(connection));
        open.map(|(who, _)| who.clone()).collect()
    }

    /// Reads what has already arrived on all connections, so that it is recorded.
    pub(super) async fn drain(&mut self) {
        const WITHIN: Duration = Duration::from_millis(1);
        for connection in self.connections.values_mut() {
            while connection.read(WITHIN).await.is_ok() {}
        }
    }

    /// Checks that the started process has not ended.
    pub(super) fn check_running(&mut self) -> Result<(), Failure> {
        if self.may_end {
            return Ok(());
        }
        let process = self.server.process.as_mut();
        match process.and_then(|process| process.ended()) {
            Some(_) => Err(Violation::new(Fault::Crash, "a server that goes on", b"").into()),
            None => Ok(()),
        }
    }
}
