//! Whose turn it is: nobody waits for those who send without a pause, and what comes too fast is
//! taken later.

use std::cell::Cell;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::outcome::{Fault, Stage};
use crate::server::cases::{Coded, GREETING, ann_and_bob_join};
use crate::server::host::Window;
use crate::server::pour::{TURN, breathe};
use crate::server::scene::Scene;
use crate::trouble::{Trouble, Wrong};
use crate::vector::Profiles;

pub(super) static FLOODED: Coded = Coded {
    id: "nobody_waits_for_visitors_that_send_without_a_pause",
    clauses: "FAIR-1",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "",
    why: "Whoever can connect could stop the room, without a name and without a word.",
    hint: "Read once from each connection that has something, and handle some of its lines; \
           a loop that reads until nothing more comes never ends with who sends all the time.",
    about: "Ann joins, and it is seen how soon her PINGs are answered. Up to four visitors send \
            `xxx…`, `HELP` and `PING y` without a pause, and read what comes. Meanwhile ann's PINGs \
            are answered, new joins, and both read what ann says, all within the usual time and a \
            hundred times that of ann's PINGs before.",
    made_of: &["pong", "joined", "broadcast"],
    run: |scene| Box::pin(flooded(scene)),
};

pub(super) static TOO_FAST: Coded = Coded {
    id: "what_comes_too_fast_is_taken_later",
    clauses: "FAIR-2, ORDER-2",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "",
    why: "A script that posts a long log is no attack: it has to wait, and loses nothing.",
    hint: "Read no more from a connection that has said too much, until it may say more: \
           TCP makes its client wait.",
    about: "Ann and bob join. Ann sends numbered lines as fast as they are taken, as much as \
            `talk-burst` and what a second of `talk-rate` brings, 65536 octets at most. Both read \
            all of them, in their order; the server may be as late as the rate makes it.",
    made_of: &["broadcast"],
    run: |scene| Box::pin(too_fast(scene)),
};

/// What visitors send all the time.
fn nonsense() -> Vec<u8> {
    format!("{}\nHELP\nPING y\n", "x".repeat(50)).into_bytes()
}

async fn flooded(scene: &mut Scene) -> Result<(), Trouble> {
    let most = scene.limits.size("max-connections");
    if scene.limits.size("capacity") < 2 || most < 3 {
        let why = "there is no room for ann, one who is new, and a visitor";
        return Err(Trouble::Skip(why.to_owned()));
    }
    scene.expect("ann", GREETING).await?;
    scene.say("ann", "JOIN ann").await?;
    scene.expect("ann", "SERVER: ann joined the chat!").await?;
    let before = slowest_ping(scene).await?;
    scene.timeout += before * 100;
    let mut visitors = Vec::new();
    for _ in 0..(most - 2).min(4) {
        visitors.push(scene.stream(Window::Usual).await?);
    }
    scene.usually(FLOODED.hint);
    let answered = Cell::new(0);
    tokio::select! {
        played = meanwhile(scene, &answered, visitors.len()) => played,
        never = flood(visitors, &answered) => match never {},
    }
}

/// Ann and one who is new, while so many visitors are `answered` so many octets.
async fn meanwhile(
    scene: &mut Scene,
    answered: &Cell<usize>,
    visitors: usize,
) -> Result<(), Trouble> {
    let (begun, patience) = (Instant::now(), scene.patience());
    while answered.get() <= visitors * (GREETING.len() + 1) {
        if begun.elapsed() > patience {
            return Err(Wrong::new(Fault::Hang, "an answer to a visitor's `xxx…`", b"").into());
        }
        sleep(Duration::from_millis(1)).await;
    }
    slowest_ping(scene).await?;
    scene.expect("new", GREETING).await?;
    scene.say("new", "JOIN new").await?;
    scene.expect("new", "SERVER: new joined the chat!").await?;
    scene.expect("ann", "SERVER: new joined the chat!").await?;
    scene.say("ann", "BCST meanwhile").await?;
    scene.expect("ann", "ann: BCST meanwhile").await?;
    scene.expect("new", "ann: BCST meanwhile").await
}

/// How long the answer to a PING of ann's takes, of five.
async fn slowest_ping(scene: &mut Scene) -> Result<Duration, Trouble> {
    let mut slowest = Duration::ZERO;
    for n in 1..=5 {
        let asked = Instant::now();
        scene.say("ann", &format!("PING {n}")).await?;
        scene.expect("ann", &format!("PONG {n}")).await?;
        slowest = slowest.max(asked.elapsed());
    }
    Ok(slowest)
}

/// Sends nonsense on all connections, as fast as it is taken, and reads what comes.
async fn flood(visitors: Vec<TcpStream>, answered: &Cell<usize>) -> Infallible {
    let nonsense = nonsense().repeat(250);
    let mut visitors: Vec<_> = visitors.into_iter().map(|visitor| (visitor, 0)).collect();
    let mut chunk = vec![0; TURN];
    loop {
        let mut moves = false;
        for (visitor, sent) in &mut visitors {
            // A visitor whose connection has ended is one less.
            let read = visitor.try_read(&mut chunk).unwrap_or(0);
            answered.set(answered.get() + read);
            let more = visitor.try_write(&nonsense[*sent..]).unwrap_or(0);
            *sent = (*sent + more) % nonsense.len();
            moves |= read + more > 0;
        }
        breathe(moves).await;
    }
}

async fn too_fast(scene: &mut Scene) -> Result<(), Trouble> {
    /// More is not sent at once.
    const MOST: usize = 8 << 20;
    /// Octets a second: who takes less would be waited for too long.
    const LEAST: usize = 4096;
    /// What is said beyond the burst.
    const BEYOND: usize = 64 << 10;
    let (rate, burst) = (
        scene.limits.size("talk-rate"),
        scene.limits.size("talk-burst"),
    );
    if burst > MOST {
        let why = format!("a burst of {burst} octets is more than is tried");
        return Err(Trouble::Skip(why));
    }
    if (1..LEAST).contains(&rate) {
        let why = format!("{rate} octets a second are fewer than can be waited for");
        return Err(Trouble::Skip(why));
    }
    ann_and_bob_join(scene).await?;
    scene.usually(TOO_FAST.hint);
    let beyond = if rate == 0 { BEYOND } else { rate.min(BEYOND) };
    let size = scene.limits.size("max-line").min(1000) - "BCST 000000 \n".len();
    let count = (burst + beyond).div_ceil(size);
    let lines = (1..=count).map(|n| format!("BCST {n:06} {}", "x".repeat(size)));
    let lines: Vec<String> = lines.collect();
    let said: String = lines.iter().map(|line| format!("{line}\n")).collect();
    scene.pour("ann", said.as_bytes()).await?;
    for who in ["ann", "bob"] {
        for line in &lines {
            scene.expect(who, &format!("ann: {line}")).await?;
        }
        scene.prove(who).await?;
    }
    Ok(())
}
