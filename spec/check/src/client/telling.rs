//! What is told to a client, and how it is cut into segments.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::select;
use tokio::time::{Instant, timeout};

use super::scene::{QUIET, Scene};
use crate::outcome::{Fault, Way};
use crate::trouble::{Trouble, Wrong};

impl Scene {
    /// Tells an event, in a segment of its own.
    pub(super) async fn say(&mut self, event: &str) -> Result<(), Trouble> {
        let joined = event.strip_prefix("SERVER: ");
        let joined = joined.and_then(|event| event.strip_suffix(" joined the chat!"));
        if self.me.is_none() {
            self.me = joined.map(str::to_owned);
        }
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
}
