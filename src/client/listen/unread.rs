//! Whether anybody still reads the output, known before the next line is written to it.

use std::future::pending;
use std::io;
use std::os::fd::AsFd;

use tokio::io::Interest;
use tokio::net::unix::pipe;

/// Waits until nobody reads from the other end of this pipe any more, so that `parlour listen | head` ends with `head`.
///
/// For ever, if it is no pipe, or where the system does not tell: there the next line that is written does.
///
/// # Panics
/// Outside of a tokio runtime with IO.
pub async fn unread(output: impl AsFd) {
    if broken(output).await.is_err() {
        pending().await
    }
}

/// Nothing is written here: unchecked, the pipe is left in the mode that it shares with others.
async fn broken(output: impl AsFd) -> io::Result<()> {
    let output = output.as_fd().try_clone_to_owned()?;
    let output = pipe::Sender::from_owned_fd_unchecked(output)?;
    output.ready(Interest::ERROR).await?;
    Ok(())
}
