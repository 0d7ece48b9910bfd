//! Sending lines and segments to a client.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::select;
use tokio::time::{Instant, timeout};

use super::fixture::{Fixture, QUIET};
use crate::failure::{Failure, Violation};
use crate::outcome::{Fault, Way};

impl Fixture {
    /// Sends an event, in a segment of its own.
    pub(super) async fn send_line(&mut self, event: &str) -> Result<(), Failure> {
        let joined = event.strip_prefix("SERVER: ");
        let joined = joined.and_then(|event| event.strip_suffix(" joined the chat!"));
        if self.joined_as.is_none() {
            self.joined_as = joined.map(str::to_owned);
        }
        self.send(format!("{event}\n").as_bytes()).await
    }

    /// Sends octets; a few go in one segment.
    pub(super) async fn send(&mut self, octets: &[u8]) -> Result<(), Failure> {
        self.output.recording.write("client", Way::Sent, octets);
        let deadline = Instant::now() + self.timeout;
        let mut rest = octets;
        while !rest.is_empty() {
            let Some(writer) = &mut self.writer else {
                return Ok(());
            };
            select! {
                written = writer.write(rest) => match written {
                    Ok(written) => rest = &rest[written..],
                    // That the client has hung up shows when something is expected of it.
                    Err(_) => self.writer = None,
                },
                () = self.output.receive() => {}
                () = tokio::time::sleep_until(deadline) => {
                    let reads = "a client that reads what is sent to it";
                    return Err(Violation::new(Fault::Hang, reads, b"").into());
                }
            }
        }
        Ok(())
    }

    /// Sends octets one by one, each in a segment, slowly enough for a reader to see them apart.
    pub(super) async fn send_each_octet(&mut self, octets: &[u8]) -> Result<(), Failure> {
        for octet in octets.chunks(1) {
            self.send(octet).await?;
            self.pause(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Waits between two segments, reading meanwhile.
    pub(super) async fn pause(&mut self, time: Duration) {
        let listening = async {
            loop {
                self.output.receive().await;
            }
        };
        let _over: Result<(), _> = timeout(time, listening).await;
    }

    /// Sends `close` as LINE-9 says, and ends the stream.
    pub(super) async fn close(&mut self) -> Result<(), Failure> {
        if self.has_lf {
            self.send_line("close").await?;
        } else {
            self.pause(QUIET).await;
            self.send(b"close").await?;
        }
        self.end_stream().await;
        Ok(())
    }

    /// Ends the server's side of the stream.
    pub(super) async fn end_stream(&mut self) {
        if let Some(mut writer) = self.writer.take() {
            // That the client has hung up shows when something is expected of it.
            let _gone = writer.shutdown().await;
        }
    }

    /// Resets the connection.
    pub(super) fn reset(&mut self) {
        if let (Some(reader), Some(writer)) = (self.output.reader.take(), self.writer.take()) {
            if let Ok(stream) = reader.reunite(writer) {
                // If that fails, the stream ends in another way, still without `close`.
                let _set = stream.set_zero_linger();
            }
            self.output
                .recording
                .write("client", Way::Sent, b"(a reset)");
        }
    }
}
