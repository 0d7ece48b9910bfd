//! Detects that nobody reads the output any more, without writing to it.

use std::future::pending;
use std::io;
use std::os::fd::AsFd;

use tokio::io::Interest;
use tokio::net::unix::pipe;

/// Waits until the other end of this pipe is closed, so that `parlour listen | head` ends when
/// `head` does.
///
/// Waits for ever if `output` is not a pipe, or if the system does not report it; then the next
/// write fails instead.
///
/// # Panics
/// Outside a tokio runtime with IO enabled.
pub async fn unread(output: impl AsFd) {
    if broken(output).await.is_err() {
        pending().await
    }
}

/// The unchecked constructor does not make the pipe non-blocking, a mode that other processes would
/// share. Nothing is written here.
async fn broken(output: impl AsFd) -> io::Result<()> {
    let output = output.as_fd().try_clone_to_owned()?;
    let output = pipe::Sender::from_owned_fd_unchecked(output)?;
    output.ready(Interest::ERROR).await?;
    Ok(())
}
