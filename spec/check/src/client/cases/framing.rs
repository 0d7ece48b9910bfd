//! Stage 6: lines, however they are cut, glued, ended and long.

use super::{CASE, Coded};
use crate::client::scene::Scene;
use crate::outcome::Stage;
use crate::trouble::Trouble;

pub(super) fn cases() -> Vec<Coded> {
    vec![
        Coded {
            id: "an_event_cut_at_every_octet_is_one_event",
            clauses: "LINE-7",
            stage: Stage::Framing,
            why: "How many octets one read returns is for the network to say.",
            hint: "One read is not one line: what was read is kept until an LF is in it.",
            run: |scene| Box::pin(an_event_cut_at_every_octet_is_one_event(scene)),
            ..CASE
        },
        Coded {
            id: "a_character_may_be_cut",
            clauses: "LINE-7, LINE-3",
            stage: Stage::Framing,
            why: "A character has up to four octets, and a read may end between them.",
            hint: "Lines are cut first and decoded then.",
            run: |scene| Box::pin(a_character_may_be_cut(scene)),
            ..CASE
        },
        Coded {
            id: "many_events_in_one_segment_are_many_events",
            clauses: "LINE-7",
            stage: Stage::Framing,
            why: "A busy room tells more than one thing at a time.",
            hint: "Of one read all lines are taken, not only the first.",
            run: |scene| Box::pin(many_events_in_one_segment_are_many_events(scene)),
            ..CASE
        },
        Coded {
            id: "close_in_one_segment_with_the_event_before_it",
            clauses: "CONN-4, LINE-7",
            stage: Stage::Framing,
            why: "The last words and `close` often come together.",
            hint: "It is the line that is compared with `close`, not all that a read returned.",
            run: |scene| Box::pin(close_in_one_segment_with_the_event_before_it(scene)),
            ..CASE
        },
        Coded {
            id: "close_may_come_without_an_lf",
            clauses: "LINE-10, LINE-9",
            stage: Stage::Framing,
            seed: true,
            looks: false,
            why: "Whoever has sent no LF yet is told `close` without one.",
            hint: "At the end of the stream what is left is a line.",
            run: |scene| Box::pin(close_may_come_without_an_lf(scene)),
            ..CASE
        },
        Coded {
            id: "the_end_of_the_stream_ends_a_line",
            clauses: "LINE-10",
            stage: Stage::Framing,
            why: "What was said last is said.",
            hint: "At the end of the stream what is left is a line.",
            run: |scene| Box::pin(the_end_of_the_stream_ends_a_line(scene)),
            ..CASE
        },
        Coded {
            id: "the_end_of_the_stream_ends_it",
            clauses: "LINE-10, CONN-6",
            stage: Stage::Framing,
            looks: false,
            why: "A server that is gone says no `close`.",
            hint: "A read that returns nothing is the end: no more is read, and the connection is closed.",
            run: |scene| Box::pin(the_end_of_the_stream_ends_it(scene)),
            ..CASE
        },
        Coded {
            id: "an_event_may_be_as_long_as_can_be",
            clauses: "SLOW-4",
            stage: Stage::Framing,
            why: "Ten long names, or a long line with two names before it, are more than a small buffer holds.",
            hint: "A line may have more octets than one read returns.",
            run: |scene| Box::pin(an_event_may_be_as_long_as_can_be(scene)),
            ..CASE
        },
    ]
}

async fn an_event_cut_at_every_octet_is_one_event(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let word = scene.word();
    let said = format!("{word}-{word}-{word}");
    scene
        .trickle(format!("SERVER: bob joined the chat!\nbob: BCST {said}\n").as_bytes())
        .await?;
    scene.shows(&said).await
}

async fn a_character_may_be_cut(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    for character in ["é", "ж", "語", "😀"] {
        for cut in 1..character.len() {
            let word = scene.word();
            let event = format!("bob: BCST {character}{word}\n");
            let (one, other) = event.as_bytes().split_at("bob: BCST ".len() + cut);
            scene.send(one).await?;
            scene.linger(std::time::Duration::from_millis(20)).await;
            scene.send(other).await?;
            scene.shows(&format!("{character}{word}")).await?;
        }
    }
    Ok(())
}

async fn many_events_in_one_segment_are_many_events(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let words: Vec<String> = (0..20).map(|_| scene.word()).collect();
    let events = words
        .iter()
        .map(|word| format!("bob: BCST {word}\nbob: MESG ann psst\n"));
    scene.send(events.collect::<String>().as_bytes()).await?;
    for word in &words {
        scene.shows(word).await?;
    }
    Ok(())
}

async fn close_in_one_segment_with_the_event_before_it(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let word = scene.word();
    scene
        .send(format!("bob: BCST {word}\nclose\n").as_bytes())
        .await?;
    scene.end().await;
    scene.shows(&word).await?;
    scene.hangs_up().await
}

/// The visitor that never joined is closed (JOIN-5).
async fn close_may_come_without_an_lf(scene: &mut Scene) -> Result<(), Trouble> {
    scene.greet().await?;
    scene.close().await?;
    scene.hangs_up().await
}

async fn the_end_of_the_stream_ends_a_line(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let word = scene.word();
    scene.send(format!("bob: BCST {word}").as_bytes()).await?;
    scene.end().await;
    scene.shows(&word).await?;
    scene.hangs_up().await
}

async fn the_end_of_the_stream_ends_it(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    scene.end().await;
    scene.hangs_up().await
}

async fn an_event_may_be_as_long_as_can_be(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    // A letter of four octets, and the names of the other nine.
    let name = |n: u32| {
        char::from_u32(0x20000 + n).map_or_else(String::new, |letter| letter.to_string().repeat(32))
    };
    let names: String = (0..9).map(|n| format!(", {}", name(n))).collect();
    scene.say(&format!("Online: ann{names}")).await?;
    // LINE-2: 4096 octets with the LF, of which `MESG ann ` is not text.
    let text = "x".repeat(4096 - "MESG ann \n".len());
    scene.say(&format!("{}: MESG ann {text}", name(0))).await?;
    let word = scene.word();
    scene.say(&format!("bob: BCST {word}")).await?;
    scene.shows(&word).await?;
    scene.type_and_await(&format!("BCST {word}")).await
}
