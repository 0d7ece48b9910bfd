//! Stages 7 and 8: in order, much at once, and lost.

use super::{CASE, Coded};
use crate::client::scene::Scene;
use crate::outcome::Stage;
use crate::trouble::Trouble;

pub(super) fn cases() -> Vec<Coded> {
    vec![
        Coded {
            id: "what_is_typed_is_sent_in_its_order",
            clauses: "ORDER-3, LINE-1",
            stage: Stage::Order,
            looks: false,
            why: "A script types faster than a server answers.",
            hint: "Each line that is typed is sent once, with an LF; two of them in one write are two lines.",
            run: |scene| Box::pin(what_is_typed_is_sent_in_its_order(scene)),
            ..CASE
        },
        Coded {
            id: "what_is_told_is_shown_in_its_order",
            clauses: "ORDER-4",
            stage: Stage::Order,
            seed: true,
            why: "An answer without its question is no answer.",
            hint: "Private lines and broadcasts are shown by one thread, in the order in which they came.",
            run: |scene| Box::pin(what_is_told_is_shown_in_its_order(scene)),
            ..CASE
        },
        Coded {
            id: "a_burst_is_taken_while_somebody_types",
            clauses: "SLOW-1",
            stage: Stage::Load,
            why: "Whoever reads too slowly is dropped by the server.",
            hint: "Reading goes on while something is typed, sent or shown.",
            run: |scene| Box::pin(a_burst_is_taken_while_somebody_types(scene)),
            ..CASE
        },
        Coded {
            id: "a_reset_ends_it",
            clauses: "CONN-6",
            stage: Stage::Load,
            why: "Networks break. A client that hangs then has to be killed.",
            hint: "An error of the connection ends the program, with a word about it.",
            run: |scene| Box::pin(a_reset_ends_it(scene)),
            ..CASE
        },
    ]
}

async fn what_is_typed_is_sent_in_its_order(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let lines: Vec<String> = (0..20)
        .map(|n| format!("BCST {n} {}", scene.word()))
        .collect();
    scene.type_line(&lines.join("\n")).await?;
    for line in &lines {
        scene.sends(line).await?;
    }
    Ok(())
}

async fn what_is_told_is_shown_in_its_order(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let words: Vec<String> = (0..12).map(|_| scene.word()).collect();
    for (n, word) in words.iter().enumerate() {
        let event = match n % 4 {
            0 => format!("bob: BCST {word}"),
            1 => format!("bob: MESG ann {word}"),
            2 => format!("SERVER: {word} joined the chat!"),
            _ => format!("{word} has left the chat"),
        };
        scene.say(&event).await?;
    }
    for word in &words {
        scene.shows(word).await?;
    }
    Ok(())
}

async fn a_burst_is_taken_while_somebody_types(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let (first, last) = (scene.word(), scene.word());
    for burst in 0..10 {
        let events = (0..200).map(|n| format!("bob: BCST {first} {burst} {n} of a long story\n"));
        scene.send(events.collect::<String>().as_bytes()).await?;
        scene.type_and_await(&format!("BCST {burst}")).await?;
    }
    scene.say(&format!("bob: BCST {last}")).await?;
    for burst in 0..10 {
        for n in [0, 99, 199] {
            scene.shows(&format!("{first} {burst} {n} ")).await?;
        }
    }
    scene.shows(&last).await
}

async fn a_reset_ends_it(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    scene.reset();
    scene.exits().await
}
