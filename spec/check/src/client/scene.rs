//! A case's own stage: the client, the server that it meets, and waiting for what it must send and show.
//!
//! The server keeps the protocol to its letter, in how it says `close` too (LINE-9). Nothing here looks at the time but to give up, and to
//! end a line that no LF ends (LINE-8).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use parlour_spec::{Oracle, Random, Reading};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::process::ChildStdin;
use tokio::select;
use tokio::time::{Instant, timeout, timeout_at};

use super::cases::Coded;
use super::ears::Ears;
use super::guest::Guest;
use super::{Options, Target};
use crate::octets::Quoted;
use crate::outcome::{Exchanged, Fault, Way};
use crate::server::tape::Tape;

/// The silence that ends a line on a connection without LF (LINE-8): longer than `quiet-ms`, for a client on a busy machine.
const QUIET: Duration = Duration::from_millis(250);
/// How long a client may take until it connects.
const STARTING: Duration = Duration::from_secs(30);
/// How long a client may take to show something where nothing depends on it.
const SETTLING: Duration = Duration::from_millis(100);
/// LINE-2
const MAX_LINE: usize = 4096;
/// What everybody is told first.
const GREETING: &str = "Enter JOIN followed by your username: JOIN username";

/// What a case is played on.
pub(crate) struct Scene {
    guest: Option<Guest>,
    listener: TcpListener,
    stdin: Option<ChildStdin>,
    speaks: Option<OwnedWriteHalf>,
    ears: Ears,
    /// An LF has come from the client.
    pub(super) has_lf: bool,
    /// What was shown before this was looked at already.
    looked: usize,
    met: bool,
    me: Option<String>,
    random: Random,
    timeout: Duration,
    patience: Duration,
    tell: Arc<dyn Fn(&str) + Send + Sync>,
}

/// Why a case was not passed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The client is wrong.
    Wrong(Box<Wrong>),
    /// It could not be tried.
    Cannot(String),
}

/// What a client did wrong.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// If it is not the one that the case is for.
    pub(super) clause: Option<&'static str>,
    pub(super) fault: Fault,
    pub(super) expected: String,
    pub(super) got: Vec<u8>,
    pub(super) differs_at: Option<usize>,
    pub(super) hint: Option<&'static str>,
}

/// A command that a client has sent.
#[derive(Debug)]
struct Said {
    line: Vec<u8>,
    rule: String,
    /// Its name, its word or nothing, and its text or nothing.
    name: String,
    text: String,
}

impl Scene {
    /// Starts the client, or tells a person to.
    pub(super) fn open(
        target: &Target,
        listener: std::net::TcpListener,
        case: &Coded,
        options: &Options,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let listener = TcpListener::from_std(listener)?;
        let mut ears = Ears {
            connection: None,
            stdout: None,
            stderr: None,
            unread: Vec::new(),
            ended: None,
            output: Vec::new(),
            complaint: Vec::new(),
            too_much: false,
            tape: Tape::new(),
        };
        let (mut guest, mut stdin) = (None, None);
        match target {
            Target::Spawn(command) => {
                let command = command.replace("{host}", &address.ip().to_string());
                let command = command.replace("{port}", &address.port().to_string());
                let (child, input, output, complaint) = Guest::start(&command)?;
                (guest, stdin) = (Some(child), Some(input));
                (ears.stdout, ears.stderr) = (Some(output), Some(complaint));
            }
            Target::Listen(_) => (options.tell)(&format!("{}: connect to {address}", case.id)),
        }
        Ok(Self {
            guest,
            listener,
            stdin,
            speaks: None,
            ears,
            has_lf: false,
            looked: 0,
            met: false,
            me: None,
            random: Random::new(options.seed),
            timeout: options.timeout,
            patience: options.patience,
            tell: Arc::clone(&options.tell),
        })
    }

    /// Whether a client has connected.
    pub(super) fn was_met(&self) -> bool {
        self.met
    }

    /// All that went to and fro.
    pub(super) fn exchange(&self) -> Vec<Exchanged> {
        self.ears.tape.exchange()
    }

    /// How the process ended, if it has, and the last that it complained of.
    pub(super) fn process(&mut self) -> Option<String> {
        let status = self.guest.as_mut()?.status()?;
        let complaint = self.ears.complaint.trim_ascii();
        Some(match complaint {
            [] => status.to_string(),
            complaint => format!("{status}: {}", Quoted(complaint)),
        })
    }

    /// A word that nobody says by chance.
    pub(super) fn word(&mut self) -> String {
        format!("w{:06}", self.random.below(1_000_000))
    }

    /// Waits for the client's connection, and says nothing.
    pub(super) async fn meet(&mut self) -> Result<(), Trouble> {
        let deadline = Instant::now() + self.waits().max(STARTING);
        let stream = loop {
            let is_running = self.guest.is_some();
            select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => break stream,
                    Err(why) => return Err(Trouble::Cannot(why.to_string())),
                },
                () = self.ears.hear() => {}
                _ = ended(&mut self.guest), if is_running => {
                    // What it complained of may still be on its way.
                    let _late = timeout(Duration::from_secs(1), async {
                        while self.ears.stderr.is_some() {
                            self.ears.hear().await;
                        }
                    })
                    .await;
                    let how = self.process().unwrap_or_default();
                    return Err(Trouble::Cannot(format!("the client ended before it connected: {how}")));
                }
                () = tokio::time::sleep_until(deadline) => {
                    return Err(Trouble::Cannot("the client has not connected".to_owned()));
                }
            }
        };
        stream
            .set_nodelay(true)
            .map_err(|why| Trouble::Cannot(why.to_string()))?;
        let (hears, speaks) = stream.into_split();
        self.ears.connection = Some(hears);
        self.speaks = Some(speaks);
        self.met = true;
        Ok(())
    }

    /// Waits for the client's connection, and greets it.
    pub(super) async fn greet(&mut self) -> Result<(), Trouble> {
        self.meet().await?;
        self.say(GREETING).await?;
        self.settle().await;
        Ok(())
    }

    /// Greets the client and has it join, under the name of ann.
    pub(super) async fn joined(&mut self) -> Result<(), Trouble> {
        self.greet().await?;
        self.type_and_await("JOIN ann").await?;
        self.admit("ann").await
    }

    /// Tells the client that it has joined.
    pub(super) async fn admit(&mut self, name: &str) -> Result<(), Trouble> {
        self.me = Some(name.to_owned());
        self.say(&format!("SERVER: {name} joined the chat!"))
            .await?;
        self.settle().await;
        Ok(())
    }

    /// Gives the client the time to show what it was told, so that what comes next finds it reading: a client that can only read one event
    /// at a time shall fail where that is asked, and not everywhere.
    async fn settle(&mut self) {
        let before = self.ears.output.len();
        let showing = async {
            while self.ears.output.len() == before {
                self.ears.hear().await;
            }
        };
        let _shown: Result<(), _> = timeout(SETTLING, showing).await;
    }

    /// Tells an event, in a segment of its own.
    pub(super) async fn say(&mut self, event: &str) -> Result<(), Trouble> {
        self.send(format!("{event}\n").as_bytes()).await
    }

    /// Sends octets, in one segment if they are few.
    pub(super) async fn send(&mut self, octets: &[u8]) -> Result<(), Trouble> {
        self.ears.tape.write("client", Way::Sent, octets);
        let deadline = Instant::now() + self.timeout;
        let mut rest = octets;
        while !rest.is_empty() {
            let Some(speaks) = &mut self.speaks else {
                return Ok(());
            };
            select! {
                written = speaks.write(rest) => match written {
                    Ok(written) => rest = &rest[written..],
                    // Whoever has hung up is found out by what is awaited of it.
                    Err(_) => self.speaks = None,
                },
                () = self.ears.hear() => {}
                () = tokio::time::sleep_until(deadline) => {
                    return Err(Wrong::new(Fault::Hang, "a client that reads what is sent to it", b"").into());
                }
            }
        }
        Ok(())
    }

    /// Sends octets one by one, each as a segment, with as much time between them as a reader needs to see them apart.
    pub(super) async fn trickle(&mut self, octets: &[u8]) -> Result<(), Trouble> {
        for octet in octets.chunks(1) {
            self.send(octet).await?;
            self.linger(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Lets time pass between two segments.
    pub(super) async fn linger(&mut self, time: Duration) {
        let listening = async {
            loop {
                self.ears.hear().await;
            }
        };
        let _over: Result<(), _> = timeout(time, listening).await;
    }

    /// Says `close` as LINE-9 has it, and ends the stream.
    pub(super) async fn close(&mut self) -> Result<(), Trouble> {
        if self.has_lf {
            self.say("close").await?;
        } else {
            self.linger(QUIET).await;
            self.send(b"close").await?;
        }
        self.end().await;
        Ok(())
    }

    /// Ends the server's side of the stream.
    pub(super) async fn end(&mut self) {
        if let Some(mut speaks) = self.speaks.take() {
            // Whoever has hung up is found out by what is awaited of it.
            let _gone = speaks.shutdown().await;
        }
    }

    /// Resets the connection.
    pub(super) fn reset(&mut self) {
        if let (Some(hears), Some(speaks)) = (self.ears.connection.take(), self.speaks.take()) {
            if let Ok(stream) = hears.reunite(speaks) {
                // If it cannot be, the stream ends in another way that is none of `close`.
                let _set = stream.set_zero_linger();
            }
            self.ears.tape.write("client", Way::Sent, b"(a reset)");
        }
    }

    /// Types a line, or tells a person to.
    pub(super) async fn type_line(&mut self, line: &str) -> Result<(), Trouble> {
        let Some(stdin) = &mut self.stdin else {
            (self.tell)(&format!("  type: {line}"));
            return Ok(());
        };
        self.ears
            .tape
            .write("input", Way::Sent, format!("{line}\n").as_bytes());
        let typed = timeout(self.timeout, async {
            stdin.write_all(format!("{line}\n").as_bytes()).await?;
            stdin.flush().await
        });
        match typed.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.crashed("a client that reads what is typed")),
            Err(_) => Err(Wrong::new(Fault::Hang, "a client that reads what is typed", b"").into()),
        }
    }

    /// Ends what is typed, or tells a person to.
    pub(super) fn end_input(&mut self) {
        if self.stdin.take().is_none() {
            (self.tell)("  end the input: Ctrl-D");
        }
    }

    /// Types a command, which the client must send, and nothing else before it but what any client may ask at any time.
    pub(super) async fn type_and_await(&mut self, command: &str) -> Result<(), Trouble> {
        self.type_line(command).await?;
        self.sends(command).await
    }

    /// Waits for a command.
    pub(super) async fn sends(&mut self, command: &str) -> Result<(), Trouble> {
        let wanted = read(command.as_bytes())?;
        loop {
            let Some(said) = self.said(command).await? else {
                return Err(self.crashed(command));
            };
            if said.rule == wanted.rule && said.name == wanted.name && said.text == wanted.text {
                return Ok(());
            }
            if !self.answer(&said).await? {
                let at = command
                    .bytes()
                    .zip(&said.line)
                    .take_while(|(a, b)| a == *b)
                    .count();
                let mut wrong = Wrong::new(Fault::WrongAnswer, command, &said.line);
                wrong.differs_at = Some(at);
                return Err(wrong.into());
            }
        }
    }

    /// Waits for a QUIT or for the end of the stream.
    pub(super) async fn leaves(&mut self) -> Result<(), Trouble> {
        while let Some(said) = self.said("QUIT, or the end of the stream").await? {
            if said.rule == "quit" {
                return Ok(());
            }
            if !self.answer(&said).await? {
                return Err(Wrong::new(Fault::WrongAnswer, "QUIT", &said.line).into());
            }
        }
        Ok(())
    }

    /// Answers what any client may ask at any time. Whether it was that.
    async fn answer(&mut self, said: &Said) -> Result<bool, Trouble> {
        let me = self.me.clone();
        match said.rule.as_str() {
            "ping" => self.say(&format!("PONG {}", said.name)).await?,
            "help" => {
                for usage in [
                    "JOIN username",
                    "BCST text",
                    "MESG username text",
                    "LIST",
                    "QUIT",
                    "HELP",
                    "PING word",
                ] {
                    self.say(&format!("HELP {usage}")).await?;
                }
            }
            "list" if me.is_some() => {
                self.say(&format!("Online: {}", me.unwrap_or_default()))
                    .await?
            }
            "list" => self.say("ERROR not-joined: join the room first").await?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The next command; `None` if there is none because the client has ended the stream.
    async fn said(&mut self, expected: &str) -> Result<Option<Said>, Trouble> {
        let deadline = Instant::now() + self.waits();
        loop {
            while let Some(line) = self.take_line(false) {
                if !line.iter().all(|octet| *octet == b' ') {
                    return read(&line).map(Some);
                }
            }
            if self.ears.ended.is_some() {
                return match self.take_line(true) {
                    Some(line) => read(&line).map(Some),
                    None => Ok(None),
                };
            }
            // LINE-8
            let is_bare = !self.has_lf && !self.ears.unread.is_empty();
            let until = if is_bare {
                deadline.min(Instant::now() + QUIET)
            } else {
                deadline
            };
            if timeout_at(until, self.ears.hear()).await.is_err() {
                if is_bare && let Some(line) = self.take_line(true) {
                    return read(&line).map(Some);
                }
                let mut wrong = Wrong::new(Fault::Hang, expected, &self.ears.unread);
                if !self.ears.unread.is_empty() {
                    wrong.hint = Some("a line began, and no LF came that ends it");
                }
                return Err(wrong.into());
            }
            self.is_bounded()?;
        }
    }

    /// A line that has come whole; or, where it is all that will come, whatever has.
    fn take_line(&mut self, all: bool) -> Option<Vec<u8>> {
        let unread = &mut self.ears.unread;
        if let Some(at) = unread.iter().position(|octet| *octet == b'\n') {
            let mut line: Vec<u8> = unread.drain(..=at).collect();
            line.pop();
            line.pop_if(|octet| *octet == b'\r');
            self.has_lf = true;
            return Some(line);
        }
        // LINE-8: from the first LF on, what is unfinished at the end is dropped.
        (all && !self.has_lf && !unread.is_empty()).then(|| std::mem::take(unread))
    }

    /// Judges what has come beyond what was awaited.
    pub(super) fn rest(&mut self) -> Result<(), Trouble> {
        while let Some(line) = self.take_line(self.ears.ended.is_some()) {
            if !line.iter().all(|octet| *octet == b' ') {
                read(&line)?;
            }
        }
        Ok(())
    }

    /// Waits until the client shows these words, after those that it had to show before.
    pub(super) async fn shows(&mut self, words: &str) -> Result<(), Trouble> {
        let deadline = Instant::now() + self.waits();
        loop {
            let shown = &self.ears.output[self.looked..];
            if let Some(at) = find(shown, words.as_bytes()) {
                self.looked += at + words.len();
                return Ok(());
            }
            if self.ears.stdout.is_none() {
                return Err(self.not_shown(words, Fault::Crash));
            }
            if timeout_at(deadline, self.ears.hear()).await.is_err() {
                let has_hung_up = self.ears.ended.is_some() && self.speaks.is_some();
                let fault = if has_hung_up {
                    Fault::Crash
                } else {
                    Fault::Hang
                };
                return Err(self.not_shown(words, fault));
            }
            self.is_bounded()?;
        }
    }

    /// All that was shown, on either output.
    pub(super) fn shown(&self) -> [&[u8]; 2] {
        [&self.ears.output, &self.ears.complaint]
    }

    /// Waits until the client has ended its side of the stream.
    pub(super) async fn hangs_up(&mut self) -> Result<(), Trouble> {
        let deadline = Instant::now() + self.timeout;
        while self.ears.ended.is_none() && self.ears.connection.is_some() {
            if timeout_at(deadline, self.ears.hear()).await.is_err() {
                return Err(Wrong::new(
                    Fault::Hang,
                    "the end of the client's side of the stream",
                    b"",
                )
                .into());
            }
            self.is_bounded()?;
        }
        Ok(())
    }

    /// Waits until the program has ended, if it is ours.
    pub(super) async fn exits(&mut self) -> Result<(), Trouble> {
        let deadline = Instant::now() + self.timeout;
        loop {
            let is_running = self.guest.is_some();
            if !is_running {
                return Ok(());
            }
            select! {
                _ = ended(&mut self.guest) => return Ok(()),
                () = self.ears.hear() => self.is_bounded()?,
                () = tokio::time::sleep_until(deadline) => {
                    return Err(Wrong::new(Fault::Hang, "the end of the program", b"").into());
                }
            }
        }
    }

    fn is_bounded(&self) -> Result<(), Trouble> {
        if !self.ears.too_much {
            return Ok(());
        }
        let tail = tail(&self.ears.output);
        let mut wrong = Wrong::new(Fault::WrongAnswer, "an output with an end", tail);
        wrong.hint =
            Some("at the end of the stream a read returns nothing, again and again: it is the end");
        Err(wrong.into())
    }

    fn not_shown(&self, words: &str, fault: Fault) -> Trouble {
        let expected = format!("an output with {}", Quoted(words.as_bytes()));
        let mut wrong = Wrong::new(fault, &expected, tail(&self.ears.output[self.looked..]));
        if self.ears.output.is_empty() && fault == Fault::Hang {
            wrong.hint = Some(
                "nothing was shown at all: is what is printed into a pipe flushed? (stdbuf -oL does it from outside)",
            );
        }
        wrong.into()
    }

    fn crashed(&self, expected: &str) -> Trouble {
        Wrong::new(Fault::Crash, expected, &self.ears.unread).into()
    }

    /// How long whoever types may take.
    fn waits(&self) -> Duration {
        if self.guest.is_some() {
            self.timeout
        } else {
            self.patience
        }
    }
}

impl Wrong {
    /// What was expected, and what came.
    pub(super) fn new(fault: Fault, expected: &str, got: &[u8]) -> Self {
        Self {
            clause: None,
            fault,
            expected: expected.to_owned(),
            got: got[..got.len().min(MAX_LINE)].to_vec(),
            differs_at: None,
            hint: None,
        }
    }
}

impl From<Wrong> for Trouble {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(Box::new(wrong))
    }
}

/// What a line is, which the grammar must derive.
fn read(line: &[u8]) -> Result<Said, Trouble> {
    let (clause, expected, hint) = if line.len() >= MAX_LINE {
        (
            "LINE-2",
            "a line of at most 4096 octets",
            "a line is cut, or refused, before it is sent",
        )
    } else {
        match Oracle::parlour().read_line(line) {
            Reading::Command(derivation, name) => {
                let part = |rule| match derivation.all(rule).is_empty() {
                    true => String::new(),
                    false => derivation.said(line, rule, 0).to_owned(),
                };
                return Ok(Said {
                    line: line.to_vec(),
                    rule: derivation.rule.to_string(),
                    name: name.unwrap_or_else(|| part("word")),
                    text: part("text"),
                });
            }
            Reading::Malformed(code, _) => match code {
                "not-utf8" => (
                    "LINE-3",
                    "a line in UTF-8",
                    "text is encoded as UTF-8 before it is sent",
                ),
                "control-character" => (
                    "LINE-4",
                    "a line without control characters",
                    "what ends a line, or moves a cursor, belongs to no line",
                ),
                "name-invalid" | "name-reserved" => (
                    "GRAM-4",
                    "a name",
                    "the name is sent as it was typed, and nothing is added to it",
                ),
                _ => (
                    "GRAM-3",
                    "a line that is a command",
                    "a line begins with its verb and a space; nothing comes before it",
                ),
            },
            Reading::Ignored => (
                "LINE-5",
                "a line that is a command",
                "an empty line says nothing",
            ),
        }
    };
    let mut wrong = Wrong::new(Fault::WrongAnswer, expected, line);
    wrong.clause = Some(clause);
    wrong.hint = Some(hint);
    wrong.differs_at = (clause == "GRAM-3").then_some(0);
    Err(wrong.into())
}

fn find(octets: &[u8], words: &[u8]) -> Option<usize> {
    octets
        .windows(words.len())
        .position(|window| window == words)
}

fn tail(output: &[u8]) -> &[u8] {
    &output[output.len().saturating_sub(400)..]
}

async fn ended(guest: &mut Option<Guest>) -> Option<std::process::ExitStatus> {
    match guest {
        Some(guest) => guest.ended().await,
        None => std::future::pending().await,
    }
}
