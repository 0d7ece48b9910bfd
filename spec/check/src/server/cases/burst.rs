//! A burst of commands and a half-close at once, as `… | nc` sends them: everything is answered, and then comes `close`.

use crate::outcome::Stage;
use crate::server::cases::{Coded, GREETING};
use crate::server::scene::Scene;
use crate::trouble::Trouble;
use crate::vector::Profiles;

pub(super) static CASE: Coded = Coded {
    id: "a_burst_and_a_half_close_are_answered_in_full",
    clauses: "CONN-5, ORDER-3, CONN-4",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "",
    why: "A script that posts and ends its side loses its last lines where the end is handled before what came before it.",
    hint: "Handle every line that was read before you act on the end; send what is owed before you end your own side.",
    about: "`JOIN ann`, five hundred times `PING n` and `BCST n`, and the end of the client's side, all without reading. Each is answered in order, then \
            comes `close`, and the end of the stream.",
    run: |scene| Box::pin(play(scene)),
};

async fn play(scene: &mut Scene) -> Result<(), Trouble> {
    const TIMES: usize = 500;
    let commands: String = (1..=TIMES)
        .map(|n| format!("PING {n}\nBCST {n}\n"))
        .collect();
    scene
        .say("ann", &format!("JOIN ann\n{}", commands.trim_end()))
        .await?;
    scene.half_close("ann").await?;
    scene.expect("ann", GREETING).await?;
    scene.expect("ann", "SERVER: ann joined the chat!").await?;
    for n in 1..=TIMES {
        scene.expect("ann", &format!("PONG {n}")).await?;
        scene.expect("ann", &format!("ann: BCST {n}")).await?;
    }
    scene.end("ann", b"close\n").await
}
