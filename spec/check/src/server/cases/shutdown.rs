//! A server that is told to stop says so to everyone. How it is told is not part of the protocol:
//! `--stop-signal` names the signal.

use parlour_spec::script::Profiles;
use rustix::process::Signal;

use crate::failure::{Failure, Violation};
use crate::outcome::{Expected, Fault, Stage};
use crate::server::cases::{Coded, GREETING, join_in_turn};
use crate::server::fixture::Fixture;

pub(super) static CASE: Coded = Coded {
    id: "a_server_that_stops_tells_everyone",
    clauses: "SHUT-1, CONN-4, STATE-2",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "",
    why: "`shutting down` and `close` tell everyone that the end is no accident; a restart without \
          them looks like a crash.",
    hint: "Catch the signal, stop accepting, tell every session `SERVER: shutting down` and \
           `close`, and wait until that is sent.",
    about: "Ann and bob are members, eve is a visitor. Ann sends five hundred lines, and the \
            server is told to stop. What ann reads of her lines bob reads too, and all three read \
            `SERVER: shutting down`, `close`, and the end of the stream. Whoever connects after \
            that is not greeted.",
    relies_on: &["shutdown", "close"],
    run: |fixture| Box::pin(play(fixture)),
};

async fn play(fixture: &mut Fixture) -> Result<(), Failure> {
    let Some(signal) = &fixture.stop_signal else {
        let why =
            "how the server is told to stop is not known: --spawn with --stop-signal TERM says it";
        return Err(Failure::Skip(why.to_owned()));
    };
    let signal = match signal.as_str() {
        "TERM" => Signal::TERM,
        "INT" => Signal::INT,
        "HUP" => Signal::HUP,
        "QUIT" => Signal::QUIT,
        "USR1" => Signal::USR1,
        "USR2" => Signal::USR2,
        other => return Err(Failure::Error(format!("no such signal: {other}"))),
    };
    join_in_turn(fixture, &["ann", "bob"]).await?;
    fixture.expect("eve", GREETING).await?;
    fixture.send_line("eve", "PING x").await?;
    fixture.expect("eve", "PONG x").await?;
    let lines: String = (1..=500).map(|n| format!("BCST {n}\n")).collect();
    fixture.send_line("ann", lines.trim_end()).await?;
    // Now the server has begun to handle them.
    fixture.expect("ann", "ann: BCST 1").await?;
    fixture.set_hint(CASE.hint);
    fixture.may_end = true;
    match &fixture.server.process {
        Some(process) => process.signal(signal),
        None => {
            return Err(Failure::Skip(
                "a server at an address can't be told to stop".to_owned(),
            ));
        }
    }
    let mut n = 2;
    loop {
        let got = fixture
            .read_line("ann", Expected::line("SERVER: shutting down"))
            .await?;
        if got != format!("ann: BCST {n}").as_bytes() {
            fixture.check_line("SERVER: shutting down", &got)?;
            break;
        }
        n += 1;
    }
    for n in 1..n {
        fixture.expect("bob", &format!("ann: BCST {n}")).await?;
    }
    fixture.expect("bob", "SERVER: shutting down").await?;
    fixture.expect("eve", "SERVER: shutting down").await?;
    for who in ["ann", "bob", "eve"] {
        fixture.expect_end(who, b"close\n").await?;
    }
    takes_no_more(fixture).await
}

/// Checks that a new connection is not greeted. It may be open for a while if the system accepted
/// it on the server's behalf.
async fn takes_no_more(fixture: &mut Fixture) -> Result<(), Failure> {
    if fixture.connection("late").await.is_err() {
        return Ok(());
    }
    let nothing = "no connection that is taken";
    match fixture.read_line("late", Expected::words(nothing)).await {
        Ok(line) => Err(Violation::new(Fault::WrongAnswer, nothing, &line).into()),
        Err(_) => Ok(()),
    }
}
