//! How a case leaves a server that others come to after it: with nobody in the room.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::scene::Scene;
use crate::outcome::{Expected, Profile, Way};
use crate::trouble::Trouble;

impl Scene {
    /// Leaves the server, and the room empty, if that can be had in time.
    pub(super) async fn leave(&mut self) {
        let within = self.patience();
        // A server that does not let go is what the next case has to do with.
        let _left = timeout(within * 2, async {
            let mut must_wait = self.has_lost;
            for (_, mut peer) in std::mem::take(&mut self.peers) {
                let has_ended = peer.ended.is_some() || peer.is_half_closed;
                let takes = has_ended || peer.send(b"\nQUIT\n", within).await;
                peer.half_close().await;
                while takes && peer.read(within).await.is_ok() {
                    peer.unread.clear();
                }
                must_wait |= peer.ended != Some(Way::Ended);
            }
            if must_wait && self.profile == Profile::Full {
                // Whoever does not answer can't be waited for.
                let _looked = self.see_it_empty().await;
            }
        })
        .await;
        self.peers.clear();
    }

    /// Waits until nobody is in the room but the one who looks.
    async fn see_it_empty(&mut self) -> Result<(), Trouble> {
        let who = "janitor";
        loop {
            self.say(who, "JOIN janitor\nLIST").await?;
            let online = loop {
                let line = self.line(who, Expected::line("Online: janitor")).await?;
                if line.starts_with(b"Online: ") || line.starts_with(b"ERROR not-joined") {
                    break line;
                }
            };
            if online == b"Online: janitor" {
                break;
            }
            sleep(Duration::from_millis(2)).await;
        }
        self.say(who, "QUIT").await?;
        self.end(who, b"close\n").await
    }
}
