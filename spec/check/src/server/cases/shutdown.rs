//! A server that is told to stop says so to everyone. How it is told is no part of the protocol: `--stop-signal` says it.

use rustix::process::Signal;

use crate::outcome::{Expected, Fault, Stage};
use crate::server::cases::{Coded, GREETING, ann_and_bob_join};
use crate::server::scene::Scene;
use crate::trouble::{Trouble, Wrong};
use crate::vector::Profiles;

pub(super) static CASE: Coded = Coded {
    id: "a_server_that_stops_tells_everyone",
    clauses: "SHUT-1, CONN-4, STATE-2",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "",
    why: "`shutting down` and `close` tell everyone that the end is no accident; a restart without them looks like a crash.",
    hint: "Catch the signal, stop accepting, tell every session `SERVER: shutting down` and `close`, and wait until that is sent.",
    about: "Ann and bob are members, eve is a visitor. Ann sends five hundred lines, and the server is told to stop. What ann reads of her lines bob reads \
            too, and all three read `SERVER: shutting down`, `close`, and the end of the stream. \
            Whoever connects after that is not greeted.",
    made_of: &["shutdown", "close"],
    run: |scene| Box::pin(play(scene)),
};

async fn play(scene: &mut Scene) -> Result<(), Trouble> {
    let Some(signal) = &scene.stop_signal else {
        let why =
            "how the server is told to stop is not known: --spawn with --stop-signal TERM says it";
        return Err(Trouble::Skip(why.to_owned()));
    };
    let signal = match signal.as_str() {
        "TERM" => Signal::TERM,
        "INT" => Signal::INT,
        "HUP" => Signal::HUP,
        "QUIT" => Signal::QUIT,
        "USR1" => Signal::USR1,
        "USR2" => Signal::USR2,
        other => return Err(Trouble::Cannot(format!("no such signal: {other}"))),
    };
    ann_and_bob_join(scene).await?;
    scene.expect("eve", GREETING).await?;
    scene.say("eve", "PING x").await?;
    scene.expect("eve", "PONG x").await?;
    let lines: String = (1..=500).map(|n| format!("BCST {n}\n")).collect();
    scene.say("ann", lines.trim_end()).await?;
    // The server has begun to handle them.
    scene.expect("ann", "ann: BCST 1").await?;
    scene.usually(CASE.hint);
    scene.may_end = true;
    match &scene.host.process {
        Some(process) => process.signal(signal),
        None => {
            return Err(Trouble::Skip(
                "a server at an address can't be told to stop".to_owned(),
            ));
        }
    }
    let mut n = 2;
    loop {
        let got = scene
            .line("ann", Expected::line("SERVER: shutting down"))
            .await?;
        if got != format!("ann: BCST {n}").as_bytes() {
            scene.is("SERVER: shutting down", &got)?;
            break;
        }
        n += 1;
    }
    for n in 1..n {
        scene.expect("bob", &format!("ann: BCST {n}")).await?;
    }
    scene.expect("bob", "SERVER: shutting down").await?;
    scene.expect("eve", "SERVER: shutting down").await?;
    for who in ["ann", "bob", "eve"] {
        scene.end(who, b"close\n").await?;
    }
    takes_no_more(scene).await
}

/// Whoever connects now is not greeted. What the system has taken for the server, and the server has not, may be open for a while.
async fn takes_no_more(scene: &mut Scene) -> Result<(), Trouble> {
    if scene.peer("late").await.is_err() {
        return Ok(());
    }
    let nothing = "no connection that is taken";
    match scene.line("late", Expected::words(nothing)).await {
        Ok(line) => Err(Wrong::new(Fault::WrongAnswer, nothing, &line).into()),
        Err(_) => Ok(()),
    }
}
