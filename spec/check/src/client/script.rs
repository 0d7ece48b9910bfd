//! Scripts for clients: conversations as plain files, seen from the server's side;
//! `spec/vectors/client/README.md` describes the format.

use std::time::Duration;

use parlour_spec::script::{unescaped, with_hints};

use super::fixture::Fixture;
use crate::failure::{Failure, Violation};
use crate::outcome::Fault;

/// The pause between two segments, so that the client reads the first before the second arrives.
/// The verdict does not depend on it.
const BETWEEN_SEGMENTS: Duration = Duration::from_millis(20);

/// A script for a client, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Script(Vec<Step>);

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    action: Action,
    /// Its text, with its escapes, and `$1` and so on for random words.
    text: String,
    /// The usual cause if it fails.
    hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// `T`: types this line, and Enter.
    Type,
    /// `D`: ends the input.
    EndInput,
    /// `C`: the client sends this command.
    ExpectCommand,
    /// `F`: the client has sent an LF.
    ExpectLf,
    /// `L`: the client sends QUIT, or ends its side of the stream.
    ExpectLeaving,
    /// `S`: sends it this line.
    SendLine,
    /// `B`: sends it these octets, each part in a segment of its own.
    SendSegments,
    /// `O`: sends it these octets, each in a segment of its own.
    SendOctets,
    /// `W`: gives it time to show this; it need not.
    AwaitShown,
    /// `V`: the client shows this, after all that it had to show before.
    ExpectShown,
    /// `N`: the client has shown this nowhere.
    ExpectNotShown,
    /// `Q`: sends `close` as LINE-9 says, and ends the server's side.
    Close,
    /// `E`: ends the server's side.
    EndStream,
    /// `R`: resets the connection.
    Reset,
    /// `X`: the client ends its side of the stream.
    ExpectEndOfStream,
    /// `Z`: the program ends.
    ExpectExit,
}

impl Script {
    /// Reads a script.
    pub(super) fn read(source: &str) -> Result<Self, String> {
        let steps = with_hints(source).0.into_iter().map(|(line, hint)| {
            let (action, text) =
                step(line).ok_or_else(|| format!("no line of a script: {line}"))?;
            let text = text.to_owned();
            Ok(Step { action, text, hint })
        });
        steps.collect::<Result<_, String>>().map(Self)
    }

    /// Whether it observes what the client shows, or whether the program runs.
    pub(super) fn observes_process(&self) -> bool {
        let has = |actions: &[Action]| self.0.iter().any(|step| actions.contains(&step.action));
        has(&[Action::ExpectShown, Action::ExpectNotShown])
            || has(&[Action::ExpectExit]) && !has(&[Action::ExpectEndOfStream])
    }

    /// Plays it, beginning with the client's connection.
    pub(super) async fn play(&self, fixture: &mut Fixture) -> Result<(), Failure> {
        fixture.accept().await?;
        let mut words = Vec::new();
        for Step { action, text, hint } in &self.0 {
            fixture.hint.clone_from(hint);
            let text = with_words(text, &mut words, || fixture.unique_word());
            perform(*action, &text, fixture).await?;
        }
        Ok(())
    }
}

fn step(line: &str) -> Option<(Action, &str)> {
    let (mark, text) = line.split_once(' ').unwrap_or((line, ""));
    let action = match (mark, text.is_empty()) {
        ("T", false) => Action::Type,
        ("C", false) => Action::ExpectCommand,
        ("S", false) => Action::SendLine,
        ("B", false) => Action::SendSegments,
        ("O", false) => Action::SendOctets,
        ("W", false) => Action::AwaitShown,
        ("V", false) => Action::ExpectShown,
        ("N", false) => Action::ExpectNotShown,
        ("D", true) => Action::EndInput,
        ("F", true) => Action::ExpectLf,
        ("L", true) => Action::ExpectLeaving,
        ("Q", true) => Action::Close,
        ("E", true) => Action::EndStream,
        ("R", true) => Action::Reset,
        ("X", true) => Action::ExpectEndOfStream,
        ("Z", true) => Action::ExpectExit,
        _ => return None,
    };
    let mut parts = text.split("\\|");
    let is_one = action == Action::SendSegments || !text.contains("\\|");
    (is_one && parts.all(|part| unescaped(part).is_some())).then_some((action, text))
}

/// `text` with words for `$1`, `$2` and so on; each stands for the same word everywhere.
fn with_words(text: &str, words: &mut Vec<String>, mut word: impl FnMut() -> String) -> String {
    let mut parts = text.split('$');
    let mut said = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let n: usize = part[..digits].parse().unwrap_or_default();
        while words.len() <= n {
            words.push(word());
        }
        said += &words[n];
        said += &part[digits..];
    }
    said
}

async fn perform(action: Action, text: &str, fixture: &mut Fixture) -> Result<(), Failure> {
    let octets = unescaped(text).unwrap_or_default();
    let said = String::from_utf8_lossy(&octets).into_owned();
    match action {
        Action::Type => fixture.type_line(&said).await,
        Action::EndInput => {
            fixture.end_input();
            Ok(())
        }
        Action::ExpectCommand => fixture.expect_command(&said).await,
        Action::ExpectLf if fixture.has_lf => Ok(()),
        Action::ExpectLf => {
            Err(Violation::new(Fault::WrongAnswer, "an LF after a command", b"").into())
        }
        Action::ExpectLeaving => fixture.expect_leaving().await,
        Action::SendLine => fixture.send_line(&said).await,
        Action::SendSegments => {
            for (n, segment) in text.split("\\|").enumerate() {
                if n > 0 {
                    fixture.pause(BETWEEN_SEGMENTS).await;
                }
                fixture
                    .send(&unescaped(segment).unwrap_or_default())
                    .await?;
            }
            Ok(())
        }
        Action::SendOctets => fixture.send_each_octet(&octets).await,
        Action::AwaitShown => {
            fixture.await_shown(&said).await;
            Ok(())
        }
        Action::ExpectShown => fixture.expect_shown(&said).await,
        Action::ExpectNotShown => fixture.expect_not_shown(&octets),
        Action::Close => fixture.close().await,
        Action::EndStream => {
            fixture.end_stream().await;
            Ok(())
        }
        Action::Reset => {
            fixture.reset();
            Ok(())
        }
        Action::ExpectEndOfStream => fixture.expect_end_of_stream().await,
        Action::ExpectExit => fixture.expect_exit().await,
    }
}
