//! Stages 1 to 4: to join, to talk, to leave.

use super::{CASE, Coded};
use crate::client::scene::Scene;
use crate::outcome::{Fault, Stage};
use crate::trouble::{Trouble, Wrong};

pub(super) fn cases() -> Vec<Coded> {
    vec![
        Coded {
            id: "what_is_typed_is_sent_as_a_command",
            clauses: "GRAM-3, GRAM-4",
            stage: Stage::Join,
            seed: true,
            looks: false,
            why: "A server answers commands and nothing else.",
            hint: "JOIN and the name are sent as they were typed.",
            run: |scene| Box::pin(scene.joined()),
            ..CASE
        },
        Coded {
            id: "every_command_ends_with_an_lf",
            clauses: "LINE-1, LINE-8",
            stage: Stage::Join,
            should: true,
            looks: false,
            why: "Without an LF each command waits for the quiet time, two of them become one, and a server may have no quiet time at all.",
            hint: "send(text + '\\n')",
            run: |scene| Box::pin(every_command_ends_with_an_lf(scene)),
            ..CASE
        },
        Coded {
            id: "the_greeting_is_shown",
            clauses: "CONN-2",
            stage: Stage::Join,
            seed: true,
            should: true,
            why: "It tells a person what to do.",
            hint: "What arrives is shown from the beginning, not only after something was typed.",
            run: |scene| Box::pin(the_greeting_is_shown(scene)),
            ..CASE
        },
        Coded {
            id: "joining_is_shown",
            clauses: "JOIN-1",
            stage: Stage::Join,
            seed: true,
            why: "A person wants to know that he is in, and who else is.",
            hint: "What arrives is shown while nobody types: reading and typing go on at the same time.",
            run: |scene| Box::pin(joining_is_shown(scene)),
            ..CASE
        },
        Coded {
            id: "too_many_connections_end_it",
            clauses: "CONN-3, LINE-9, LINE-10",
            stage: Stage::Join,
            seed: true,
            looks: false,
            why: "The first that a client is told can be that there is no place for it.",
            hint: "At `close`, or when a read returns nothing, the connection is closed from this side too.",
            run: |scene| Box::pin(too_many_connections_end_it(scene)),
            ..CASE
        },
        Coded {
            id: "a_broadcast_is_sent_as_it_was_typed",
            clauses: "BCST-1, GRAM-2",
            stage: Stage::Broadcast,
            seed: true,
            looks: false,
            why: "A text is taken as it stands.",
            hint: "The line is sent as it was typed; its text is not taken apart.",
            run: |scene| Box::pin(a_broadcast_is_sent_as_it_was_typed(scene)),
            ..CASE
        },
        Coded {
            id: "a_broadcast_is_shown",
            clauses: "BCST-1",
            stage: Stage::Broadcast,
            seed: true,
            why: "It is what a chat is for.",
            hint: "What arrives is shown while nobody types: reading and typing go on at the same time.",
            run: |scene| Box::pin(a_broadcast_is_shown(scene)),
            ..CASE
        },
        Coded {
            id: "a_private_line_is_sent_as_it_was_typed",
            clauses: "MESG-1, GRAM-2",
            stage: Stage::Private,
            seed: true,
            looks: false,
            why: "The name goes to the server, and the text as it stands.",
            hint: "The line is sent as it was typed; its text is not taken apart.",
            run: |scene| Box::pin(a_private_line_is_sent_as_it_was_typed(scene)),
            ..CASE
        },
        Coded {
            id: "a_private_line_is_shown",
            clauses: "MESG-1",
            stage: Stage::Private,
            seed: true,
            why: "It is told to nobody else.",
            hint: "A private line is an event like others, with MESG in it.",
            run: |scene| Box::pin(a_private_line_is_shown(scene)),
            ..CASE
        },
        Coded {
            id: "list_is_sent_and_its_answer_shown",
            clauses: "LIST-1",
            stage: Stage::ListAndQuit,
            seed: true,
            why: "A person wants to know who is here.",
            hint: "The answer is a line that begins with Online.",
            run: |scene| Box::pin(list_is_sent_and_its_answer_shown(scene)),
            ..CASE
        },
        Coded {
            id: "leaving_is_shown",
            clauses: "QUIT-2, JOIN-1",
            stage: Stage::ListAndQuit,
            seed: true,
            why: "Whoever left does not read what is said to him.",
            hint: "That somebody has left is an event like others, without SERVER before it.",
            run: |scene| Box::pin(leaving_is_shown(scene)),
            ..CASE
        },
        Coded {
            id: "quit_is_sent_and_ends_the_program",
            clauses: "QUIT-2, CONN-4",
            stage: Stage::ListAndQuit,
            seed: true,
            looks: false,
            why: "The name is free at once, and the program ends.",
            hint: "QUIT is sent before the program ends, and the program ends.",
            run: |scene| Box::pin(quit_is_sent_and_ends_the_program(scene)),
            ..CASE
        },
        Coded {
            id: "the_end_of_the_input_leaves",
            clauses: "QUIT-2, CONN-5",
            stage: Stage::ListAndQuit,
            looks: false,
            why: "Otherwise a ghost stays in the room under the name.",
            hint: "At the end of the input QUIT is sent, or the connection closed; a thread that still reads must not keep the program alive.",
            run: |scene| Box::pin(the_end_of_the_input_leaves(scene)),
            ..CASE
        },
        Coded {
            id: "close_ends_it",
            clauses: "CONN-4",
            stage: Stage::ListAndQuit,
            seed: true,
            looks: false,
            why: "After `close` there is nobody to talk to; the server waits for the client's side to end.",
            hint: "At `close`, or when a read returns nothing, the connection is closed from this side too.",
            run: |scene| Box::pin(close_ends_it(scene)),
            ..CASE
        },
        Coded {
            id: "shutting_down_is_shown_and_its_close_ends_it",
            clauses: "SHUT-1",
            stage: Stage::ListAndQuit,
            why: "A person wants to know why it ends.",
            hint: "After SERVER: shutting down comes `close`.",
            run: |scene| Box::pin(shutting_down(scene)),
            ..CASE
        },
    ]
}

async fn every_command_ends_with_an_lf(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    if scene.has_lf {
        return Ok(());
    }
    let mut wrong = Wrong::new(Fault::WrongAnswer, "JOIN ann and an LF", b"JOIN ann");
    wrong.differs_at = Some(8);
    Err(wrong.into())
}

async fn the_greeting_is_shown(scene: &mut Scene) -> Result<(), Trouble> {
    scene.greet().await?;
    scene.shows("JOIN followed by your username").await
}

async fn joining_is_shown(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let name = scene.word();
    scene
        .say(&format!("SERVER: {name} joined the chat!"))
        .await?;
    scene.shows(&name).await
}

async fn too_many_connections_end_it(scene: &mut Scene) -> Result<(), Trouble> {
    scene.meet().await?;
    scene
        .say("Sorry the chat is full, please try later")
        .await?;
    scene.close().await?;
    scene.hangs_up().await
}

async fn a_broadcast_is_sent_as_it_was_typed(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let word = scene.word();
    scene
        .type_and_await(&format!("BCST hello,  everyone! {word}: LIST"))
        .await
}

async fn a_broadcast_is_shown(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let word = scene.word();
    scene.say(&format!("bob: BCST hello, {word}")).await?;
    scene.shows(&word).await
}

async fn a_private_line_is_sent_as_it_was_typed(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let word = scene.word();
    scene
        .type_and_await(&format!("MESG bob hi,  bob: {word}"))
        .await
}

async fn a_private_line_is_shown(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let word = scene.word();
    scene.say(&format!("bob: MESG ann hi, {word}")).await?;
    scene.shows(&word).await
}

async fn list_is_sent_and_its_answer_shown(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    scene.type_and_await("LIST").await?;
    let (first, second) = (scene.word(), scene.word());
    scene
        .say(&format!("Online: ann, {first}, {second}"))
        .await?;
    scene.shows(&first).await?;
    scene.shows(&second).await
}

async fn leaving_is_shown(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let name = scene.word();
    scene.say(&format!("{name} has left the chat")).await?;
    scene.shows(&name).await
}

async fn quit_is_sent_and_ends_the_program(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    scene.type_and_await("QUIT").await?;
    scene.close().await?;
    scene.hangs_up().await?;
    scene.exits().await
}

async fn the_end_of_the_input_leaves(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    scene.end_input();
    scene.leaves().await?;
    scene.close().await?;
    scene.hangs_up().await?;
    scene.exits().await
}

async fn close_ends_it(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    scene.close().await?;
    scene.hangs_up().await
}

async fn shutting_down(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    scene.say("SERVER: shutting down").await?;
    scene.shows("shutting down").await?;
    scene.close().await?;
    scene.hangs_up().await
}
