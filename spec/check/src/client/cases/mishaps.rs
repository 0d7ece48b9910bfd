//! Stage 5: refusals, what is no event, and what would drive a terminal.

use super::{CASE, Coded};
use crate::client::scene::Scene;
use crate::outcome::{Fault, Stage};
use crate::trouble::{Trouble, Wrong};

pub(super) fn cases() -> Vec<Coded> {
    vec![
        Coded {
            id: "a_refused_name_can_be_followed_by_another",
            clauses: "JOIN-4, ERR-1",
            stage: Stage::Errors,
            looks: false,
            why: "A refusal closes nothing: the next JOIN may be admitted.",
            hint: "An error is shown, and what is typed next is sent.",
            run: |scene| Box::pin(refused(scene, "ERROR name-taken: that name is taken")),
            ..CASE
        },
        Coded {
            id: "a_full_room_can_be_tried_again",
            clauses: "JOIN-4, JOIN-3",
            stage: Stage::Errors,
            looks: false,
            why: "Somebody may leave.",
            hint: "The connection stays open when the room is full.",
            run: |scene| Box::pin(refused(scene, "Sorry the chat is full, please try later")),
            ..CASE
        },
        Coded {
            id: "an_error_is_shown_and_ends_nothing",
            clauses: "ERR-1",
            stage: Stage::Errors,
            why: "A person wants to know what was wrong, and goes on.",
            hint: "An error is shown, and what is typed next is sent.",
            run: |scene| Box::pin(an_error_is_shown_and_ends_nothing(scene)),
            ..CASE
        },
        Coded {
            id: "what_is_no_event_is_passed_over",
            clauses: "GRAM-6",
            stage: Stage::Errors,
            why: "A newer server may say more.",
            hint: "A line that cannot be read is shown as it is, and the next one is read.",
            run: |scene| Box::pin(what_is_no_event_is_passed_over(scene)),
            ..CASE
        },
        Coded {
            id: "what_is_no_event_is_shown",
            clauses: "GRAM-6",
            stage: Stage::Errors,
            should: true,
            why: "A person can read what the program cannot.",
            hint: "A line that cannot be read is shown as it is.",
            run: |scene| Box::pin(what_is_no_event_is_shown(scene)),
            ..CASE
        },
        Coded {
            id: "what_is_not_utf8_is_passed_over",
            clauses: "GRAM-6, LINE-3",
            stage: Stage::Errors,
            why: "Octets come from anywhere; one of them must not end the conversation.",
            hint: "decode(errors='replace')",
            run: |scene| Box::pin(what_is_not_utf8_is_passed_over(scene)),
            ..CASE
        },
        Coded {
            id: "nothing_drives_the_terminal",
            clauses: "SEC-2, GRAM-6",
            stage: Stage::Errors,
            why: "An escape sequence can clear a screen, forge what others said, and on some terminals type commands.",
            hint: "Control characters are escaped before a line is shown, whatever the server promises.",
            run: |scene| Box::pin(nothing_drives_the_terminal(scene)),
            ..CASE
        },
    ]
}

async fn refused(scene: &mut Scene, refusal: &str) -> Result<(), Trouble> {
    scene.greet().await?;
    scene.type_and_await("JOIN bob").await?;
    scene.say(refusal).await?;
    scene.type_and_await("JOIN ann").await?;
    scene.admit("ann").await?;
    let word = scene.word();
    scene.type_and_await(&format!("BCST {word}")).await
}

async fn an_error_is_shown_and_ends_nothing(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    scene.type_and_await("MESG nobody hi").await?;
    let word = scene.word();
    scene
        .say(&format!("ERROR no-such-user: nobody, {word}"))
        .await?;
    scene.shows(&word).await?;
    scene.type_and_await(&format!("BCST {word}")).await
}

/// Says something, then a broadcast that must be shown, and has something typed that must be sent: that is what goes on.
async fn goes_on_after(scene: &mut Scene, octets: &[u8]) -> Result<(), Trouble> {
    scene.joined().await?;
    scene.send(octets).await?;
    let word = scene.word();
    scene.say(&format!("bob: BCST {word}")).await?;
    scene.shows(&word).await?;
    scene.type_and_await(&format!("BCST {word}")).await
}

async fn what_is_no_event_is_passed_over(scene: &mut Scene) -> Result<(), Trouble> {
    let lines = "NOTICE the moon is full\n\nbob: WAVE ann\nERROR too-fast: slow down\nERROR\n: BCST who?\nOnline:\nHELP\n42\n   \n\
        SERVER: bob has a birthday\nclosed\n";
    goes_on_after(scene, lines.as_bytes()).await
}

async fn what_is_no_event_is_shown(scene: &mut Scene) -> Result<(), Trouble> {
    scene.joined().await?;
    let word = scene.word();
    scene
        .say(&format!("NOTICE the moon is full, {word}"))
        .await?;
    scene.shows(&word).await
}

async fn what_is_not_utf8_is_passed_over(scene: &mut Scene) -> Result<(), Trouble> {
    goes_on_after(scene, b"bob: BCST caf\xE9\n\xFF\xFE\nbob: BCST \xC3\n").await
}

async fn nothing_drives_the_terminal(scene: &mut Scene) -> Result<(), Trouble> {
    // To clear, to colour, to ring, to go back, to set a title in two ways, to turn the order of writing.
    const DRIVES: [&str; 7] = [
        "\x1b[2J",
        "\x1b[31m",
        "\x07",
        "\x08",
        "\x1b]0;mine",
        "\u{9b}2J",
        "\u{202e}",
    ];
    let lines = DRIVES.map(|drives| format!("bob: BCST a{drives}b\n{drives}NOTICE\n"));
    goes_on_after(scene, lines.concat().as_bytes()).await?;
    for shown in scene.shown() {
        for drives in DRIVES {
            let drives = drives.as_bytes();
            let Some(at) = shown
                .windows(drives.len())
                .position(|window| window == drives)
            else {
                continue;
            };
            let from = shown[..at]
                .iter()
                .rposition(|octet| *octet == b'\n')
                .map_or(0, |lf| lf + 1);
            let rest = &shown[from..];
            let until = rest
                .iter()
                .position(|octet| *octet == b'\n')
                .unwrap_or(rest.len());
            let mut wrong = Wrong::new(
                Fault::WrongAnswer,
                "an output without control characters",
                &rest[..until],
            );
            wrong.differs_at = Some(at - from);
            return Err(wrong.into());
        }
    }
    Ok(())
}
