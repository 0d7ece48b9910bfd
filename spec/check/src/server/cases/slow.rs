//! A reader that stops: nobody waits for it, and it does not stay for ever.

use crate::outcome::{Expected, Fault, Stage};
use crate::server::cases::{Coded, ann_and_bob_join};
use crate::server::scene::Scene;
use crate::trouble::{Trouble, Wrong};
use crate::vector::Profiles;

pub(super) static BEHIND: Coded = Coded {
    id: "nobody_waits_for_a_reader_that_stops",
    clauses: "SLOW-1, SEC-3, CONN-6, QUIT-2",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "",
    why: "One laptop whose lid is closed must not stop a room, nor fill the server's memory.",
    hint: "A send that blocks under the room's lock stops everybody: give each connection a queue with a bound, and drop it when that is exceeded.",
    about: "Bob joins and reads nothing more. Ann sends lines of 2000 octets and reads each of her own, until she reads `bob has left the chat`. \
            That comes before 32 MiB and the send queue are sent.",
    made_of: &["broadcast", "left"],
    run: |scene| Box::pin(behind(scene)),
};

pub(super) static STALLED: Coded = Coded {
    id: "a_reader_that_takes_nothing_is_lost_in_time",
    clauses: "SLOW-2, CONN-6, QUIT-2",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "send-queue 67108864, stall-timeout 2",
    why: "A reader that is gone without a word would hold its name and its queue for ever.",
    hint: "Give each write a deadline.",
    about: "Bob joins and reads nothing more. Ann sends 16 MiB, more than the buffers of a connection take and less than the send queue, and reads \
            her own lines. Then nothing is sent, and ann reads `bob has left the chat`.",
    made_of: &["broadcast", "left"],
    run: |scene| Box::pin(stalled(scene)),
};

const LEFT: &[u8] = b"bob has left the chat";
const MIB: usize = 1 << 20;

async fn behind(scene: &mut Scene) -> Result<(), Trouble> {
    let queue = scene.limits.size("send-queue");
    if queue > 64 * MIB {
        return Err(Trouble::Skip(format!(
            "a send queue of {queue} octets is more than is tried"
        )));
    }
    ann_and_bob_join(scene).await?;
    scene.usually(BEHIND.hint);
    let most = 32 * MIB + queue;
    if talk(scene, most).await? {
        return Ok(());
    }
    let expected = format!("bob has left the chat, before {most} octets wait for him");
    Err(Wrong::new(Fault::WrongAnswer, &expected, b"").into())
}

async fn stalled(scene: &mut Scene) -> Result<(), Trouble> {
    ann_and_bob_join(scene).await?;
    scene.usually(STALLED.hint);
    if talk(scene, 16 * MIB).await? {
        return Ok(());
    }
    scene.expect("ann", "bob has left the chat").await
}

/// Ann speaks, so many octets, and reads what she said; whether she read that bob has left.
async fn talk(scene: &mut Scene, octets: usize) -> Result<bool, Trouble> {
    const AT_ONCE: usize = 16;
    let size = scene.limits.size("max-line").min(2000) - 6;
    let line = format!("BCST {}", "x".repeat(size));
    let told = format!("ann: {line}");
    let burst = format!("{line}\n").repeat(AT_ONCE);
    for _ in 0..octets / (AT_ONCE * told.len()) {
        scene.send("ann", burst.as_bytes()).await?;
        let mut heard = 0;
        let mut has_left = false;
        while heard < AT_ONCE {
            let got = scene.line("ann", Expected::line(&told)).await?;
            if got == LEFT && !has_left {
                has_left = true;
            } else {
                scene.is(&told, &got)?;
                heard += 1;
            }
        }
        if has_left {
            return Ok(true);
        }
    }
    Ok(false)
}
