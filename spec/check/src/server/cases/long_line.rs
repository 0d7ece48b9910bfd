//! A line of a million octets: one answer, and a server that holds no more of it than `max-line`.

use crate::outcome::Stage;
use crate::server::cases::{Coded, GREETING};
use crate::server::scene::Scene;
use crate::trouble::Trouble;
use crate::vector::Profiles;

pub(super) static CASE: Coded = Coded {
    id: "a_million_octets_are_one_malformed_line",
    clauses: "LINE-2, SEC-3, ERR-1",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "",
    why: "One client that sends a line without end must not fill the server's memory, nor anybody's screen with errors.",
    hint: "Answer when the buffer is full, drop everything up to the next LF, and then go on.",
    about: "`JOIN ann`, then `BCST ` and a million times `x` and an LF, then `PING after`. Bob, a member, speaks meanwhile. Ann is told one \
            `line-too-long`, and the `pong`.",
    run: |scene| Box::pin(play(scene)),
};

const OCTETS: usize = 1_000_000;

async fn play(scene: &mut Scene) -> Result<(), Trouble> {
    if scene.limits.size("max-line") >= OCTETS {
        return Err(Trouble::Skip(
            "max-line is a million octets or more".to_owned(),
        ));
    }
    for who in ["ann", "bob"] {
        scene.expect(who, GREETING).await?;
        scene.say(who, &format!("JOIN {who}")).await?;
        scene
            .expect(who, &format!("SERVER: {who} joined the chat!"))
            .await?;
    }
    scene.expect("ann", "SERVER: bob joined the chat!").await?;
    let line = [b"BCST ".as_slice(), &vec![b'x'; OCTETS]].concat();
    let (half, rest) = line.split_at(OCTETS / 2);
    scene.send("ann", half).await?;
    scene.expect("ann", "ERROR line-too-long: …").await?;
    scene.say("bob", "BCST meanwhile").await?;
    scene.expect("bob", "bob: BCST meanwhile").await?;
    scene.expect("ann", "bob: BCST meanwhile").await?;
    scene.send("ann", rest).await?;
    scene.say("ann", "\nPING after").await?;
    scene.expect("ann", "PONG after").await?;
    scene.prove("bob").await
}
