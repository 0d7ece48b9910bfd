//! Detects pastes from terminals without bracketed paste, by text that comes faster than anyone
//! types.
//!
//! Keys that arrive together are one batch. If text follows an Enter within the batch, it is a
//! paste. So is text that comes before a paste has been drawn: it may be the rest of the paste,
//! which came late, or which followed an end-of-paste sequence inside the pasted text.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::tui::model::Input;

/// Tells pastes from typing.
#[derive(Debug, Default)]
pub(in crate::tui) struct PasteDetection {
    /// There is a paste that has not been drawn yet.
    pub(in crate::tui) is_undrawn: bool,
}

impl PasteDetection {
    /// Finds the pastes in a batch of inputs from the terminal.
    pub(in crate::tui) fn read(&mut self, batch: impl IntoIterator<Item = Input>) -> Vec<Input> {
        let mut inputs = Vec::new();
        let mut run = Run::default();
        for input in batch {
            if let Input::Key(key) = input
                && let Some(c) = typed_char(key)
            {
                run.text.push(c);
                run.keys.push(key);
                continue;
            }
            self.end_run(&mut run, &mut inputs);
            match input {
                Input::Paste(text) => {
                    self.is_undrawn = true;
                    paste(text, &mut inputs);
                }
                other => inputs.push(other),
            }
        }
        self.end_run(&mut run, &mut inputs);
        inputs
    }

    fn end_run(&mut self, run: &mut Run, inputs: &mut Vec<Input>) {
        let Run { text, keys } = std::mem::take(run);
        self.is_undrawn |= text.trim_matches('\n').contains('\n');
        if self.is_undrawn && !text.is_empty() {
            paste(text, inputs);
        } else {
            inputs.extend(keys.into_iter().map(Input::Key));
        }
    }
}

/// Adds a paste, and merges it with one directly before it.
fn paste(text: String, inputs: &mut Vec<Input>) {
    if let Some(Input::Paste(before)) = inputs.last_mut() {
        before.push_str(&text);
    } else {
        inputs.push(Input::Paste(text));
    }
}

/// Consecutive keys that type text, and the text.
#[derive(Debug, Default)]
struct Run {
    text: String,
    keys: Vec<KeyEvent>,
}

/// The character that the key types, if any.
fn typed_char(key: KeyEvent) -> Option<char> {
    let control = key.modifiers == KeyModifiers::CONTROL;
    let plain = (key.modifiers - KeyModifiers::SHIFT).is_empty();
    match key.code {
        KeyCode::Enter if plain => Some('\n'),
        KeyCode::Char('j' | 'm') if control => Some('\n'),
        KeyCode::Tab if plain => Some('\t'),
        KeyCode::Char(c) if plain => Some(c),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
        Input::Key(KeyEvent::new(code, modifiers))
    }

    /// The keys that type a text. LF is Enter.
    fn keys(text: &str) -> Vec<Input> {
        text.chars()
            .map(|c| match c {
                '\n' => key(KeyCode::Enter, KeyModifiers::NONE),
                '\t' => key(KeyCode::Tab, KeyModifiers::NONE),
                c => key(KeyCode::Char(c), KeyModifiers::NONE),
            })
            .collect()
    }

    fn read(detection: &mut PasteDetection, events: Vec<Input>) -> Vec<String> {
        let inputs = detection.read(events);
        let word = |input| match input {
            Input::Key(key) => key.code.to_string(),
            Input::Paste(text) => format!("paste {text}"),
            other => format!("{other:?}"),
        };
        inputs.into_iter().map(word).collect()
    }

    #[test]
    fn an_enter_between_what_comes_at_once_is_pasted() {
        for text in ["one\ntwo", "one\n\ttwo\n", "\n/quit\n\nx"] {
            let mut detection = PasteDetection::default();
            assert_eq!(read(&mut detection, keys(text)), [format!("paste {text}")]);
        }
        let mut detection = PasteDetection::default();
        let mut events = keys("a");
        events.push(key(KeyCode::Char('j'), KeyModifiers::CONTROL));
        events.extend(keys("b"));
        assert_eq!(read(&mut detection, events), ["paste a\nb"]);
    }

    #[test]
    fn what_is_typed_is_typed() {
        let mut detection = PasteDetection::default();
        assert_eq!(read(&mut detection, keys("hi\n")), ["h", "i", "Enter"]);
        assert_eq!(read(&mut detection, keys("\nhi")), ["Enter", "h", "i"]);
        assert_eq!(read(&mut detection, keys("\n\n")), ["Enter", "Enter"]);
        let mut events = keys("a\n");
        events.push(key(KeyCode::Up, KeyModifiers::NONE));
        events.extend(keys("\n"));
        assert_eq!(read(&mut detection, events), ["a", "Enter", "Up", "Enter"]);
    }

    #[test]
    fn text_after_an_undrawn_paste_belongs_to_it() {
        let mut detection = PasteDetection::default();
        read(&mut detection, keys("one\ntwo\nth"));
        assert_eq!(read(&mut detection, keys("ree\n")), ["paste ree\n"]);
        detection.is_undrawn = false;
        assert_eq!(read(&mut detection, keys("\n")), ["Enter"]);

        let mut events = vec![Input::Paste("a".to_owned())];
        events.extend(keys("b\n"));
        assert_eq!(read(&mut detection, events), ["paste ab\n"]);
    }
}
