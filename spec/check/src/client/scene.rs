//! A case's own stage: the client, the server that it meets, and waiting for what it must send and show.
//!
//! The server keeps the protocol to its letter, in how it says `close` too (LINE-9). Nothing here looks at the time but to give up, and to
//! end a line that no LF ends (LINE-8).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use parlour_spec::Random;
use tokio::net::TcpListener;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::process::ChildStdin;
use tokio::select;
use tokio::time::{Instant, timeout};

use super::ears::Ears;
use super::guest::Guest;
use super::{Options, Target};
use crate::complaint::{self, in_words};
use crate::outcome::Exchanged;
use crate::tape::Tape;
use crate::trouble::Trouble;

/// The silence that ends a line on a connection without LF (LINE-8): longer than `quiet-ms`, for a client on a busy machine.
pub(super) const QUIET: Duration = Duration::from_millis(250);

/// What a case is played on.
pub(crate) struct Scene {
    pub(super) guest: Option<Guest>,
    listener: TcpListener,
    pub(super) stdin: Option<ChildStdin>,
    pub(super) speaks: Option<OwnedWriteHalf>,
    pub(super) ears: Ears,
    /// An LF has come from the client.
    pub(super) has_lf: bool,
    /// What was shown before this was looked at already.
    pub(super) looked: usize,
    met: bool,
    pub(super) me: Option<String>,
    /// The usual cause where what is done now fails.
    pub(super) hint: Option<String>,
    random: Random,
    pub(super) timeout: Duration,
    patience: Duration,
    pub(super) tell: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Scene {
    /// Starts the client, or tells a person to.
    pub(super) fn open(
        target: &Target,
        listener: std::net::TcpListener,
        case: &str,
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
            Target::Listen(_) => (options.tell)(&format!("{case}: connect to {address}")),
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
            hint: None,
            random: Random::new(options.asked.seed),
            timeout: options.asked.timeout,
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

    /// How the process ended, if it has.
    pub(super) fn ended(&mut self) -> Option<String> {
        Some(in_words(self.guest.as_mut()?.status()?))
    }

    /// The last that it complained of.
    pub(super) fn complaint(&self) -> Vec<u8> {
        self.ears.complaint.trim_ascii_end().to_vec()
    }

    fn cannot(&self, why: &str) -> Trouble {
        Trouble::Cannot(complaint::with(why, &self.ears.complaint))
    }

    /// A word that nobody says by chance.
    pub(super) fn word(&mut self) -> String {
        format!("w{:06}", self.random.below(1_000_000))
    }

    /// Waits for the client's connection, and says nothing.
    pub(super) async fn meet(&mut self) -> Result<(), Trouble> {
        let deadline = Instant::now() + self.waits();
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
                    let how = self.ended().unwrap_or_default();
                    return Err(self.cannot(&format!("the client {how} before it connected")));
                }
                () = tokio::time::sleep_until(deadline) => {
                    return Err(self.cannot("the client has not connected"));
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

    /// How long whoever types may take.
    pub(super) fn waits(&self) -> Duration {
        if self.guest.is_some() {
            self.timeout
        } else {
            self.patience
        }
    }
}

/// Waits until it has ended, if it is ours.
pub(super) async fn ended(guest: &mut Option<Guest>) -> Option<std::process::ExitStatus> {
    match guest {
        Some(guest) => guest.ended().await,
        None => std::future::pending().await,
    }
}
