//! Races: forty clients that want the same seat or name at the same moment.

use parlour_spec::script::Profiles;

use crate::failure::{Failure, Violation};
use crate::outcome::{Expected, Fault, Stage};
use crate::server::cases::{Coded, GREETING};
use crate::server::fixture::Fixture;

pub(super) static FOR_SEATS: Coded = Coded {
    id: "forty_race_for_the_seats",
    clauses: "JOIN-3, JOIN-2, STATE-1",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "",
    why: "Two who ask at the same moment must not both get the last seat.",
    hint: "Look and take under one lock: `if len(users) < 10` and the append after it are two \
           steps.",
    about: "Forty clients more than there are seats connect, and then each sends `JOIN r1`, `JOIN \
            r2`, … at once. As many as there are seats are told `joined`, all others `full`.",
    relies_on: &["joined", "full"],
    run: |fixture| Box::pin(for_seats(fixture)),
};

pub(super) static FOR_A_NAME: Coded = Coded {
    id: "forty_race_for_one_name",
    clauses: "JOIN-2, QUIT-1, STATE-1",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "",
    why: "Two who ask at the same moment must not both get the name.",
    hint: "Look and take under one lock: `if name not in names` and the append after it are two \
           steps.",
    about: "Forty clients connect, and then each sends `JOIN same` at once. One is told `joined`, \
            all others `name-taken`. The one sends `QUIT` and reads `close`; the others try again. \
            Three times.",
    relies_on: &["joined", "name-taken", "close"],
    run: |fixture| Box::pin(for_a_name(fixture)),
};

const CROWD: usize = 40;

async fn for_seats(fixture: &mut Fixture) -> Result<(), Failure> {
    let seats = fixture.limits.size("capacity");
    if seats > 100 {
        return Err(Failure::Skip(format!(
            "a capacity of {seats} is more than is tried"
        )));
    }
    let crowd = gather(fixture, seats + CROWD).await?;
    fixture.set_hint(FOR_SEATS.hint);
    for who in &crowd {
        fixture.send_line(who, &format!("JOIN {who}")).await?;
    }
    let mut joined = 0;
    for who in &crowd {
        let own = format!("SERVER: {who} joined the chat!");
        let line = fixture
            .read_line(who, Expected::Words(format!("{own}, or full")))
            .await?;
        let line = String::from_utf8_lossy(&line).into_owned();
        if line == own {
            joined += 1;
        } else if line != "Sorry the chat is full, please try later" {
            return Err(Violation::new(
                Fault::WrongAnswer,
                &format!("{own}, or full"),
                line.as_bytes(),
            )
            .into());
        }
    }
    count(joined, seats, "are told `joined`")
}

async fn for_a_name(fixture: &mut Fixture) -> Result<(), Failure> {
    let mut crowd = gather(fixture, CROWD).await?;
    fixture.set_hint(FOR_A_NAME.hint);
    for _ in 0..3 {
        for who in &crowd {
            fixture.send_line(who, "JOIN same").await?;
        }
        let mut winners = Vec::new();
        for who in &crowd {
            let expected = "SERVER: same joined the chat!, or ERROR name-taken";
            let line = fixture.read_line(who, Expected::words(expected)).await?;
            if line == b"SERVER: same joined the chat!" {
                winners.push(who.clone());
            } else if !line.starts_with(b"ERROR name-taken: ") {
                return Err(Violation::new(Fault::WrongAnswer, expected, &line).into());
            }
        }
        count(winners.len(), 1, "is told `joined`")?;
        let winner = winners.remove(0);
        fixture.send_line(&winner, "QUIT").await?;
        fixture.expect(&winner, "close").await?;
        fixture.expect_end(&winner, b"").await?;
        crowd.retain(|who| *who != winner);
    }
    for who in &crowd {
        fixture.expect_no_more(who).await?;
    }
    Ok(())
}

/// Connects `count` visitors.
async fn gather(fixture: &mut Fixture, count: usize) -> Result<Vec<String>, Failure> {
    let most = fixture.limits.size("max-connections");
    if count > most {
        return Err(Failure::Skip(format!(
            "{count} connections are more than {most}"
        )));
    }
    let crowd: Vec<String> = (1..=count).map(|n| format!("r{n}")).collect();
    for who in &crowd {
        fixture.connection(who).await?;
    }
    for who in &crowd {
        fixture.expect(who, GREETING).await?;
    }
    Ok(crowd)
}

fn count(got: usize, expected: usize, what: &str) -> Result<(), Failure> {
    if got == expected {
        return Ok(());
    }
    let (expected, got) = (format!("{expected} {what}"), format!("{got}"));
    Err(Violation::new(Fault::WrongAnswer, &expected, got.as_bytes()).into())
}
