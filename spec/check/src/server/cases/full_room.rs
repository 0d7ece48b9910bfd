//! As many as the capacity says sit in the room, and no more: in both profiles, whatever the capacity is.

use crate::outcome::Stage;
use crate::server::cases::{Coded, GREETING};
use crate::server::scene::Scene;
use crate::trouble::Trouble;
use crate::vector::Profiles;

pub(super) static CASE: Coded = Coded {
    id: "the_room_seats_its_capacity_and_no_more",
    clauses: "JOIN-3, ERR-1",
    stage: Stage::Broadcast,
    profiles: Profiles::Both,
    needs: "",
    why: "A room of ten seats ten: not nine, and not eleven.",
    hint: "Compare with the capacity before the new member is added, and refuse with the text of `full`.",
    about: "As many clients as the capacity join one after the other, m1, m2, …, and each member reads each `joined`. \
            One more sends `JOIN late` and is told `Sorry the chat is full, please try later`; nobody else is told anything.",
    run: |scene| Box::pin(play(scene)),
};

async fn play(scene: &mut Scene) -> Result<(), Trouble> {
    let capacity = scene.limits.size("capacity");
    if capacity > 100 {
        return Err(Trouble::Skip(format!(
            "a capacity of {capacity} is more than is tried"
        )));
    }
    let name = |n: usize| format!("m{n}");
    for n in 1..=capacity {
        scene.hear(&name(n), GREETING).await?;
        scene.speak(&name(n), &format!("JOIN m{n}")).await?;
        for member in 1..=n {
            scene
                .hear(&name(member), &format!("SERVER: m{n} joined the chat!"))
                .await?;
        }
    }
    scene.hear("late", GREETING).await?;
    scene.speak("late", "JOIN late").await?;
    scene
        .hear("late", "Sorry the chat is full, please try later")
        .await?;
    // What everybody is told next proves that nobody was told anything before.
    scene.speak("m1", "BCST all here").await?;
    for member in 1..=capacity {
        scene.hear(&name(member), "m1: BCST all here").await?;
    }
    Ok(())
}
