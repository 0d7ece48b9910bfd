//! Typing into a client: through its standard input, or by a person who is told what to type.

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::fixture::Fixture;
use crate::failure::{Failure, Violation};
use crate::outcome::{Expected, Fault, Way};

impl Fixture {
    /// Types a line, or asks a person to.
    pub(super) async fn type_line(&mut self, line: &str) -> Result<(), Failure> {
        let Some(stdin) = &mut self.stdin else {
            (self.prompt)(&format!("  type: {line}"));
            return Ok(());
        };
        self.output
            .recording
            .write("input", Way::Sent, format!("{line}\n").as_bytes());
        let typed = timeout(self.timeout, async {
            stdin.write_all(format!("{line}\n").as_bytes()).await?;
            stdin.flush().await
        });
        match typed.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.crashed(Expected::words("a client that reads what is typed"))),
            Err(_) => {
                Err(Violation::new(Fault::Hang, "a client that reads what is typed", b"").into())
            }
        }
    }

    /// Ends the input, or asks a person to.
    pub(super) fn end_input(&mut self) {
        if self.stdin.take().is_none() {
            (self.prompt)("  end the input: Ctrl-D");
        }
    }
}
