//! Much at once: what is sent and what comes, at the same time on all connections.

use std::time::{Duration, Instant};

use tokio::task::yield_now;
use tokio::time::sleep;

use super::fixture::Fixture;
use super::rate_limit::cost;
use crate::failure::{Failure, Violation};
use crate::outcome::Fault;

/// So many octets are read of one connection before it is the turn of the next.
pub(super) const READ_QUANTUM: usize = 64 << 10;

impl Fixture {
    /// Sends octets as fast as they are taken. All that comes is read meanwhile: who only sends
    /// falls behind (SLOW-1).
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

/// Lets others have their turn, and waits for a moment if nothing moves.
pub(super) async fn yield_or_sleep(moves: bool) {
    if moves {
        yield_now().await;
    } else {
        sleep(Duration::from_millis(1)).await;
    }
}
