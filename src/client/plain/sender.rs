//! Sends the commands of a [`Dialogue`] to the server, one at a time.

use std::future::poll_fn;

use futures_util::SinkExt;

use super::dialogue::Dialogue;
use crate::client::Commands;
use crate::protocol::CommandError;

pub(super) struct Sender {
    commands: Commands,
    /// `commands` holds something that is not flushed.
    is_busy: bool,
    /// Nothing can be sent any more. The reading side reports why.
    is_broken: bool,
}

impl Sender {
    pub(super) fn new(commands: Commands) -> Self {
        Self {
            commands,
            is_busy: false,
            is_broken: false,
        }
    }

    /// Whether a command is not flushed yet.
    pub(super) fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Whether [`Sender::send`] has anything to do.
    pub(super) fn has_work(&self, dialogue: &Dialogue) -> bool {
        !self.is_broken && (self.is_busy || dialogue.has_command())
    }

    /// Finishes the last command and sends the next one of `dialogue`. Cancellation safe.
    ///
    /// # Errors
    /// Only [`CommandError::TooLong`].
    pub(super) async fn send(&mut self, dialogue: &mut Dialogue) -> Result<(), CommandError> {
        let sent = self.try_send(dialogue).await;
        if let Err(CommandError::Io(_)) = sent {
            self.is_broken = true;
            return Ok(());
        }
        sent
    }

    async fn try_send(&mut self, dialogue: &mut Dialogue) -> Result<(), CommandError> {
        poll_fn(|cx| self.commands.poll_ready_unpin(cx)).await?;
        if let Some(command) = dialogue.take_command() {
            self.is_busy = true;
            self.commands.start_send_unpin(command)?;
        }
        self.commands.flush().await?;
        self.is_busy = false;
        Ok(())
    }
}
