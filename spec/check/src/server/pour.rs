//! Much at once: what is sent and what comes, at the same time on all connections.

use std::time::{Duration, Instant};

use tokio::task::yield_now;
use tokio::time::sleep;

use super::lateness::cost;
use super::scene::Scene;
use crate::outcome::Fault;
use crate::trouble::{Trouble, Wrong};

/// So many octets are read of one connection before it is the turn of the next.
pub(super) const TURN: usize = 64 << 10;

impl Scene {
    /// Sends octets as fast as they are taken. All that comes is read meanwhile: who only sends
    /// falls behind (SLOW-1).
    pub(super) async fn pour(&mut self, who: &str, octets: &[u8]) -> Result<(), Trouble> {
        let rate = self.rate;
        self.awaited(who).await?.said.take(cost(octets), rate);
        let within = self.patience();
        let mut rest = octets;
        let mut moved_at = Instant::now();
        while !rest.is_empty() {
            let mut moves = false;
            for (name, peer) in &mut self.peers {
                moves |= peer.read_now(TURN) > 0;
                if name == who {
                    let sent = peer.send_now(rest);
                    rest = &rest[sent..];
                    moves |= sent > 0;
                }
            }
            if moves {
                moved_at = Instant::now();
            } else if moved_at.elapsed() > within {
                let reads = "a server that reads what is sent to it";
                return Err(Wrong::new(Fault::Hang, reads, b"").into());
            }
            breathe(moves).await;
        }
        Ok(())
    }
}

/// Lets others have their turn, and waits for a moment if nothing moves.
pub(super) async fn breathe(moves: bool) {
    if moves {
        yield_now().await;
    } else {
        sleep(Duration::from_millis(1)).await;
    }
}
