//! The fixture of a case: the client, the server that it connects to, and waiting for what it must
//! send and show.
//!
//! The server follows the protocol to the letter, even in how it sends `close` (LINE-9). Time is
//! used only for timeouts, and to end a line that no LF ends (LINE-8).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use parlour_spec::Random;
use tokio::net::TcpListener;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::process::ChildStdin;
use tokio::select;
use tokio::time::{Instant, timeout};

use super::child::ChildProcess;
use super::output::ClientOutput;
use super::{Options, Target};
use crate::exit_status::{self, describe};
use crate::failure::Failure;
use crate::outcome::Exchanged;
use crate::recording::Recording;

/// The silence that ends a line on a connection without LF (LINE-8): longer than `quiet-ms`, to
/// allow for a client on a busy machine.
pub(super) const QUIET: Duration = Duration::from_millis(250);

/// The client of a case, and the connection to it.
pub(crate) struct Fixture {
    pub(super) child: Option<ChildProcess>,
    listener: TcpListener,
    pub(super) stdin: Option<ChildStdin>,
    pub(super) writer: Option<OwnedWriteHalf>,
    pub(super) output: ClientOutput,
    /// Whether an LF has arrived from the client.
    pub(super) has_lf: bool,
    /// The index in the output up to which expected words were found.
    pub(super) searched_to: usize,
    has_connected: bool,
    pub(super) joined_as: Option<String>,
    /// The usual cause if the current step fails.
    pub(super) hint: Option<String>,
    random: Random,
    pub(super) timeout: Duration,
    person_timeout: Duration,
    pub(super) prompt: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Fixture {
    /// Starts the client, or asks a person to.
    pub(super) fn open(
        target: &Target,
        listener: std::net::TcpListener,
        case: &str,
        options: &Options,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let listener = TcpListener::from_std(listener)?;
        let mut output = ClientOutput {
            reader: None,
            stdout: None,
            stderr: None,
            unread: Vec::new(),
            ended: None,
            shown: Vec::new(),
            stderr_tail: Vec::new(),
            overflowed: false,
            recording: Recording::new(),
        };
        let (mut child, mut stdin) = (None, None);
        match target {
            Target::Spawn(command) => {
                let command = command.replace("{host}", &address.ip().to_string());
                let command = command.replace("{port}", &address.port().to_string());
                let (process, input, stdout, stderr) = ChildProcess::start(&command)?;
                (child, stdin) = (Some(process), Some(input));
                (output.stdout, output.stderr) = (Some(stdout), Some(stderr));
            }
            Target::Listen(_) => (options.prompt)(&format!("{case}: connect to {address}")),
        }
        Ok(Self {
            child,
            listener,
            stdin,
            writer: None,
            output,
            has_lf: false,
            searched_to: 0,
            has_connected: false,
            joined_as: None,
            hint: None,
            random: Random::new(options.run.seed),
            timeout: options.run.timeout,
            person_timeout: options.person_timeout,
            prompt: Arc::clone(&options.prompt),
        })
    }

    /// Whether a client has connected.
    pub(super) fn has_connected(&self) -> bool {
        self.has_connected
    }

    /// All recorded traffic.
    pub(super) fn exchange(&self) -> Vec<Exchanged> {
        self.output.recording.exchange()
    }

    /// How the process ended, if it has.
    pub(super) fn ended(&mut self) -> Option<String> {
        Some(describe(self.child.as_mut()?.status()?))
    }

    /// The last octets that the process wrote to standard error.
    pub(super) fn stderr_tail(&self) -> Vec<u8> {
        self.output.stderr_tail.trim_ascii_end().to_vec()
    }

    fn cannot(&self, why: &str) -> Failure {
        Failure::Error(exit_status::with_stderr(why, &self.output.stderr_tail))
    }

    /// A random word that does not occur by chance.
    pub(super) fn unique_word(&mut self) -> String {
        format!("w{:06}", self.random.below(1_000_000))
    }

    /// Waits for the client's connection, and sends nothing.
    pub(super) async fn accept(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + self.time_limit();
        let stream = loop {
            let is_running = self.child.is_some();
            select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => break stream,
                    Err(why) => return Err(Failure::Error(why.to_string())),
                },
                () = self.output.receive() => {}
                _ = ended(&mut self.child), if is_running => {
                    // Its standard error may still be on its way.
                    let _late = timeout(Duration::from_secs(1), async {
                        while self.output.stderr.is_some() {
                            self.output.receive().await;
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
            .map_err(|why| Failure::Error(why.to_string()))?;
        let (reader, writer) = stream.into_split();
        self.output.reader = Some(reader);
        self.writer = Some(writer);
        self.has_connected = true;
        Ok(())
    }

    /// How long the client, or the person who types, may take.
    pub(super) fn time_limit(&self) -> Duration {
        if self.child.is_some() {
            self.timeout
        } else {
            self.person_timeout
        }
    }
}

/// Waits until the process has ended, if it was started here.
pub(super) async fn ended(child: &mut Option<ChildProcess>) -> Option<std::process::ExitStatus> {
    match child {
        Some(child) => child.ended().await,
        None => std::future::pending().await,
    }
}
