//! Bulk traffic: sends and receives at the same time on all connections.

use std::time::{Duration, Instant};

use tokio::task::yield_now;
use tokio::time::sleep;

use super::fixture::Fixture;
use super::rate_limit::cost;
use crate::failure::{Failure, Violation};
use crate::outcome::Fault;

/// Maximum number of octets read from one connection before the next has its turn.
pub(super) const READ_QUANTUM: usize = 64 << 10;

impl Fixture {
    /// Sends octets as fast as the server takes them, and reads all that arrives meanwhile: a
    /// client that only sends falls behind (SLOW-1).
    pub(super) async fn send_while_reading(
        &mut self,
        who: &str,
        octets: &[u8],
    ) -> Result<(), Failure> {
        let rate = self.rate;
        self.awaited_connection(who)
            .await?
            .bucket
            .take(cost(octets), rate);
        let within = self.time_limit();
        let mut rest = octets;
        let mut moved_at = Instant::now();
        while !rest.is_empty() {
            let mut moves = false;
            for (name, connection) in &mut self.connections {
                moves |= connection.read_now(READ_QUANTUM) > 0;
                if name == who {
                    let sent = connection.send_now(rest);
                    rest = &rest[sent..];
                    moves |= sent > 0;
                }
            }
            if moves {
                moved_at = Instant::now();
            } else if moved_at.elapsed() > within {
                let reads = "a server that reads what is sent to it";
                return Err(Violation::new(Fault::Hang, reads, b"").into());
            }
            yield_or_sleep(moves).await;
        }
        Ok(())
    }
}

/// Yields to other tasks, and sleeps for a moment if nothing moved.
pub(super) async fn yield_or_sleep(moves: bool) {
    if moves {
        yield_now().await;
    } else {
        sleep(Duration::from_millis(1)).await;
    }
}
