//! How a case leaves a shared server: with nobody in the room.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::fixture::Fixture;
use crate::failure::Failure;
use crate::outcome::{Expected, Profile, Way};

impl Fixture {
    /// Ends all connections and waits, within a bound, until the room is empty.
    pub(super) async fn clean_up(&mut self) {
        let within = self.time_limit();
        // If the server does not let go, the next case will find that out.
        let _left = timeout(within * 2, async {
            let mut must_wait = self.has_lost;
            for (_, mut connection) in std::mem::take(&mut self.connections) {
                let has_ended = connection.ended.is_some() || connection.is_half_closed;
                let takes = has_ended || connection.send(b"\nQUIT\n", within).await;
                connection.half_close().await;
                while takes && connection.read(within).await.is_ok() {
                    connection.unread.clear();
                }
                must_wait |= connection.ended != Some(Way::Ended);
            }
            if must_wait && self.profile == Profile::Full {
                // A server that does not answer can't be waited for.
                let _looked = self.see_it_empty().await;
            }
        })
        .await;
        self.connections.clear();
    }

    /// Joins, and waits until nobody else is in the room.
    async fn see_it_empty(&mut self) -> Result<(), Failure> {
        let who = "janitor";
        loop {
            self.send_line(who, "JOIN janitor\nLIST").await?;
            let online = loop {
                let line = self
                    .read_line(who, Expected::line("Online: janitor"))
                    .await?;
                if line.starts_with(b"Online: ") || line.starts_with(b"ERROR not-joined") {
                    break line;
                }
            };
            if online == b"Online: janitor" {
                break;
            }
            sleep(Duration::from_millis(2)).await;
        }
        self.send_line(who, "QUIT").await?;
        self.expect_end(who, b"close\n").await
    }
}
