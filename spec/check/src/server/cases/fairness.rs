//! Fairness: nobody waits for clients that send without a pause, and what is sent too fast is taken
//! later.

use std::cell::Cell;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use parlour_spec::script::Profiles;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::failure::{Failure, Violation};
use crate::outcome::{Fault, Stage};
use crate::server::bulk::{READ_QUANTUM, yield_or_sleep};
use crate::server::cases::{Coded, GREETING, join, join_in_turn};
use crate::server::fixture::Fixture;
use crate::server::server_under_test::ReceiveBuffer;

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
            `xxx…`, `HELP` and `PING y` without a pause, and read what comes. Meanwhile ann's \
            PINGs are answered, new joins, and both read what ann says, all within the usual time \
            and a hundred times that of ann's PINGs before.",
    relies_on: &["pong", "joined", "broadcast"],
    run: |fixture| Box::pin(flooded(fixture)),
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
    relies_on: &["broadcast"],
    run: |fixture| Box::pin(too_fast(fixture)),
};

/// What the visitors send without a pause.
fn nonsense() -> Vec<u8> {
    format!("{}\nHELP\nPING y\n", "x".repeat(50)).into_bytes()
}

async fn flooded(fixture: &mut Fixture) -> Result<(), Failure> {
    let most = fixture.limits.size("max-connections");
    if fixture.limits.size("capacity") < 2 || most < 3 {
        let why = "there is no room for ann, one who is new, and a visitor";
        return Err(Failure::Skip(why.to_owned()));
    }
    join_in_turn(fixture, &["ann"]).await?;
    let before = slowest_ping(fixture).await?;
    fixture.timeout += before * 100;
    let mut visitors = Vec::new();
    for _ in 0..(most - 2).min(4) {
        visitors.push(fixture.stream(ReceiveBuffer::Default).await?);
    }
    fixture.set_hint(FLOODED.hint);
    let answered = Cell::new(0);
    tokio::select! {
        played = meanwhile(fixture, &answered, visitors.len()) => played,
        never = flood(visitors, &answered) => match never {},
    }
}

/// What ann and a new member do while the visitors flood; `answered` counts the octets that the
/// visitors have read.
async fn meanwhile(
    fixture: &mut Fixture,
    answered: &Cell<usize>,
    visitors: usize,
) -> Result<(), Failure> {
    let (begun, patience) = (Instant::now(), fixture.time_limit());
    while answered.get() <= visitors * (GREETING.len() + 1) {
        if begun.elapsed() > patience {
            return Err(Violation::new(Fault::Hang, "an answer to a visitor's `xxx…`", b"").into());
        }
        sleep(Duration::from_millis(1)).await;
    }
    slowest_ping(fixture).await?;
    join(fixture, "new", &["ann"]).await?;
    fixture.send_line("ann", "BCST meanwhile").await?;
    fixture.expect("ann", "ann: BCST meanwhile").await?;
    fixture.expect("new", "ann: BCST meanwhile").await
}

/// The longest time that the server takes to answer one of five PINGs by ann.
async fn slowest_ping(fixture: &mut Fixture) -> Result<Duration, Failure> {
    let mut slowest = Duration::ZERO;
    for n in 1..=5 {
        let asked = Instant::now();
        fixture.send_line("ann", &format!("PING {n}")).await?;
        fixture.expect("ann", &format!("PONG {n}")).await?;
        slowest = slowest.max(asked.elapsed());
    }
    Ok(slowest)
}

/// Sends nonsense on all connections, as fast as the server takes it, and reads what arrives.
async fn flood(visitors: Vec<TcpStream>, answered: &Cell<usize>) -> Infallible {
    let nonsense = nonsense().repeat(250);
    let mut visitors: Vec<_> = visitors.into_iter().map(|visitor| (visitor, 0)).collect();
    let mut chunk = vec![0; READ_QUANTUM];
    loop {
        let mut moves = false;
        for (visitor, sent) in &mut visitors {
            // A connection that has ended moves nothing.
            let read = visitor.try_read(&mut chunk).unwrap_or(0);
            answered.set(answered.get() + read);
            let more = visitor.try_write(&nonsense[*sent..]).unwrap_or(0);
            *sent = (*sent + more) % nonsense.len();
            moves |= read + more > 0;
        }
        yield_or_sleep(moves).await;
    }
}

async fn too_fast(fixture: &mut Fixture) -> Result<(), Failure> {
    /// Maximum burst, in octets, that is tried.
    const MOST: usize = 8 << 20;
    /// Minimum rate, in octets a second: a slower server would take too long.
    const LEAST: usize = 4096;
    /// Octets sent beyond the burst.
    const BEYOND: usize = 64 << 10;
    let (rate, burst) = (
        fixture.limits.size("talk-rate"),
        fixture.limits.size("talk-burst"),
    );
    if burst > MOST {
        let why = format!("a burst of {burst} octets is more than is tried");
        return Err(Failure::Skip(why));
    }
    if (1..LEAST).contains(&rate) {
        let why = format!("{rate} octets a second are fewer than can be waited for");
        return Err(Failure::Skip(why));
    }
    join_in_turn(fixture, &["ann", "bob"]).await?;
    fixture.set_hint(TOO_FAST.hint);
    let beyond = if rate == 0 { BEYOND } else { rate.min(BEYOND) };
    let size = fixture.limits.size("max-line").min(1000) - "BCST 000000 \n".len();
    let count = (burst + beyond).div_ceil(size);
    let lines = (1..=count).map(|n| format!("BCST {n:06} {}", "x".repeat(size)));
    let lines: Vec<String> = lines.collect();
    let said: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fixture.send_while_reading("ann", said.as_bytes()).await?;
    for who in ["ann", "bob"] {
        for line in &lines {
            fixture.expect(who, &format!("ann: {line}")).await?;
        }
        fixture.expect_no_more(who).await?;
    }
    Ok(())
}
