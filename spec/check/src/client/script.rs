//! Scripts for clients: conversations as plain files, seen from the server's side; `spec/vectors/client/README.md` describes the form.

use std::time::Duration;

use super::scene::Scene;
use crate::octets::unescaped;
use crate::outcome::Fault;
use crate::trouble::{Trouble, Wrong};
use crate::vector::hinted;

/// Between two segments, so that the client reads the first before the second comes. What is judged does not depend on it.
const BETWEEN_SEGMENTS: Duration = Duration::from_millis(20);

/// What is done with a client, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Script(Vec<Step>);

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    deed: Deed,
    /// What it is about, with its escapes, and `$1` and so on for words that nobody says by chance.
    text: String,
    /// The usual cause where it fails.
    hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    /// `T`: this is typed, and Enter.
    Type,
    /// `D`: what is typed ends.
    EndInput,
    /// `C`: the client sends this command.
    Sends,
    /// `F`: an LF has come from the client.
    HasSentLf,
    /// `L`: the client sends QUIT, or ends its side of the stream.
    Leaves,
    /// `S`: it is told this line.
    Tell,
    /// `B`: it is sent these octets, each part in a segment of its own.
    Segments,
    /// `O`: the same, each octet in a segment of its own.
    Octets,
    /// `W`: it is given the time to show this, and need not.
    Wait,
    /// `V`: it shows this, after all that it had to show before.
    Shows,
    /// `N`: it has shown this nowhere.
    ShowsNot,
    /// `Q`: it is told `close` as LINE-9 has it, and the server's side ends.
    Close,
    /// `E`: the server's side ends.
    End,
    /// `R`: the connection is reset.
    Reset,
    /// `X`: the client ends its side of the stream.
    HangsUp,
    /// `Z`: the program ends.
    Exits,
}

impl Script {
    /// Reads a script.
    pub(super) fn read(source: &str) -> Result<Self, String> {
        let steps = hinted(source).0.into_iter().map(|(line, hint)| {
            let (deed, text) = step(line).ok_or_else(|| format!("no line of a script: {line}"))?;
            let text = text.to_owned();
            Ok(Step { deed, text, hint })
        });
        steps.collect::<Result<_, String>>().map(Self)
    }

    /// Whether it looks at what the client shows, or whether the program runs.
    pub(super) fn looks(&self) -> bool {
        let has = |deeds: &[Deed]| self.0.iter().any(|step| deeds.contains(&step.deed));
        has(&[Deed::Shows, Deed::ShowsNot]) || has(&[Deed::Exits]) && !has(&[Deed::HangsUp])
    }

    /// Plays it, from the client's connection on.
    pub(super) async fn play(&self, scene: &mut Scene) -> Result<(), Trouble> {
        scene.meet().await?;
        let mut words = Vec::new();
        for Step { deed, text, hint } in &self.0 {
            scene.hint.clone_from(hint);
            let text = with_words(text, &mut words, || scene.word());
            done(*deed, &text, scene).await?;
        }
        Ok(())
    }
}

fn step(line: &str) -> Option<(Deed, &str)> {
    let (mark, text) = line.split_once(' ').unwrap_or((line, ""));
    let deed = match (mark, text.is_empty()) {
        ("T", false) => Deed::Type,
        ("C", false) => Deed::Sends,
        ("S", false) => Deed::Tell,
        ("B", false) => Deed::Segments,
        ("O", false) => Deed::Octets,
        ("W", false) => Deed::Wait,
        ("V", false) => Deed::Shows,
        ("N", false) => Deed::ShowsNot,
        ("D", true) => Deed::EndInput,
        ("F", true) => Deed::HasSentLf,
        ("L", true) => Deed::Leaves,
        ("Q", true) => Deed::Close,
        ("E", true) => Deed::End,
        ("R", true) => Deed::Reset,
        ("X", true) => Deed::HangsUp,
        ("Z", true) => Deed::Exits,
        _ => return None,
    };
    let mut parts = text.split("\\|");
    let is_one = deed == Deed::Segments || !text.contains("\\|");
    (is_one && parts.all(|part| unescaped(part).is_some())).then_some((deed, text))
}

/// `text` with words for `$1`, `$2` and so on, each the same wherever it stands.
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

async fn done(deed: Deed, text: &str, scene: &mut Scene) -> Result<(), Trouble> {
    let octets = unescaped(text).unwrap_or_default();
    let said = String::from_utf8_lossy(&octets).into_owned();
    match deed {
        Deed::Type => scene.type_line(&said).await,
        Deed::EndInput => {
            scene.end_input();
            Ok(())
        }
        Deed::Sends => scene.sends(&said).await,
        Deed::HasSentLf if scene.has_lf => Ok(()),
        Deed::HasSentLf => Err(Wrong::new(Fault::WrongAnswer, "an LF after a command", b"").into()),
        Deed::Leaves => scene.leaves().await,
        Deed::Tell => scene.say(&said).await,
        Deed::Segments => {
            for (n, segment) in text.split("\\|").enumerate() {
                if n > 0 {
                    scene.linger(BETWEEN_SEGMENTS).await;
                }
                scene.send(&unescaped(segment).unwrap_or_default()).await?;
            }
            Ok(())
        }
        Deed::Octets => scene.trickle(&octets).await,
        Deed::Wait => {
            scene.settle(&said).await;
            Ok(())
        }
        Deed::Shows => scene.shows(&said).await,
        Deed::ShowsNot => scene.shows_not(&octets),
        Deed::Close => scene.close().await,
        Deed::End => {
            scene.end().await;
            Ok(())
        }
        Deed::Reset => {
            scene.reset();
            Ok(())
        }
        Deed::HangsUp => scene.hangs_up().await,
        Deed::Exits => scene.exits().await,
    }
}
