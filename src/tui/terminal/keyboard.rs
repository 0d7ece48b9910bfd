//! Reads what a terminal sends: keys, pastes and changes of the focus.
//!
//! A sequence or a bracketed paste may come in several reads. If its end never comes, silence ends
//! it. In such a paste Ctrl-C is still a key.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use memchr::memmem;

use crate::tui::model::Input;

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 0x03;
const PASTE_BEGIN: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// The most octets of a paste that are kept: far more than fits into the input line.
const MAX_UNFINISHED: usize = 256 << 10;

/// The most octets of keys that come in one read while a paste has no end.
const MAX_TYPED: usize = 8;

/// What a terminal has sent that is not an input yet.
#[derive(Debug, Default)]
pub(in crate::tui) struct Keyboard {
    /// The beginning of a sequence or of a paste.
    unfinished: Vec<u8>,
    /// Silence has ended a paste, whose rest and end may still come.
    is_paste_open: bool,
}

impl Keyboard {
    /// Takes the octets of one read, and returns what they complete.
    pub(in crate::tui) fn read(&mut self, octets: &[u8]) -> Vec<Input> {
        // A person types little at once, and does not type the end of a paste.
        let is_rest = |octets: &[u8]| octets.len() > MAX_TYPED || has_end(octets);
        if self.is_paste_open
            && self.unfinished.is_empty()
            && octets.first() != Some(&ESC)
            && is_rest(octets)
        {
            self.unfinished.extend_from_slice(PASTE_BEGIN);
        }
        self.unfinished.extend_from_slice(octets);
        self.is_paste_open &= !has_end(&self.unfinished);
        let mut inputs = Vec::new();
        let mut rest = &self.unfinished[..];
        while let Some((len, input)) = first(rest) {
            inputs.extend(input);
            rest = &rest[len..];
        }
        let done = self.unfinished.len() - rest.len();
        self.unfinished.drain(..done);
        // A key that a person hits is the last of a read.
        if self.is_pasting() && octets.ends_with(&[CTRL_C]) {
            self.unfinished.pop();
            inputs.extend(self.finish());
            self.is_paste_open = false;
            inputs.push(key(KeyCode::Char('c'), KeyModifiers::CONTROL));
        }
        if let Some(more) = self.unfinished.len().checked_sub(MAX_UNFINISHED) {
            // The end may have come in part.
            let end = MAX_UNFINISHED - PASTE_END.len();
            self.unfinished.drain(end..end + more);
        }
        inputs
    }

    /// How long to wait for the rest of what is unfinished, before [`Keyboard::finish`].
    pub(in crate::tui) fn patience(&self) -> Option<Duration> {
        if self.is_pasting() {
            Some(Duration::from_secs(1))
        } else if self.unfinished.is_empty() {
            None
        } else if matches!(
            self.unfinished[..],
            [ESC, b'[' | b']', ..] | [ESC, _, _, ..]
        ) {
            Some(Duration::from_millis(500))
        } else {
            Some(Duration::from_millis(50))
        }
    }

    /// Ends what is unfinished, as no more of it came: Esc and Alt with one key are keys, and a
    /// paste is what came of it. The rest means nothing.
    pub(in crate::tui) fn finish(&mut self) -> Option<Input> {
        self.is_paste_open |= self.is_pasting();
        let unfinished = std::mem::take(&mut self.unfinished);
        match unfinished[..] {
            [ESC] => Some(key(KeyCode::Esc, KeyModifiers::NONE)),
            [ESC, c @ b' '..=b'~'] => Some(key(KeyCode::Char(char::from(c)), KeyModifiers::ALT)),
            _ => unfinished.strip_prefix(PASTE_BEGIN).and_then(paste),
        }
    }

    fn is_pasting(&self) -> bool {
        self.unfinished.starts_with(PASTE_BEGIN)
    }
}

fn has_end(octets: &[u8]) -> bool {
    memmem::find(octets, PASTE_END).is_some()
}

/// The length and the meaning of the first key or sequence, or `None` if its end has not come.
fn first(octets: &[u8]) -> Option<(usize, Option<Input>)> {
    match octets {
        [] | [ESC] => None,
        [ESC, ESC, ..] => Some((1, Some(key(KeyCode::Esc, KeyModifiers::NONE)))),
        [ESC, b'[', rest @ ..] => control_sequence(rest).map(|(len, input)| (2 + len, input)),
        // OSC, and DCS, SOS, PM and APC, which mean nothing here.
        [ESC, b']' | b'P' | b'X' | b'^' | b'_', rest @ ..] => {
            control_string(rest).map(|(len, input)| (2 + len, input))
        }
        [ESC, b'O'] => None,
        [ESC, b'O', end @ b'@'..=b'~', ..] => Some((3, named_key(*end, 1, 1))),
        [ESC, rest @ ..] => first(rest).map(|(len, input)| (1 + len, input.map(with_alt))),
        [c, ..] if c.is_ascii_control() => Some((1, Some(control_key(*c)))),
        _ => character(octets),
    }
}

/// What follows `ESC [`: parameters, and the octet that ends it.
fn control_sequence(octets: &[u8]) -> Option<(usize, Option<Input>)> {
    let len = octets.iter().position(|c| !matches!(c, b' '..=b'?'))?;
    let (parameters, rest) = octets.split_at(len);
    match rest {
        // A function key of the Linux console has one more.
        [b'['] => None,
        [b'[', ..] => Some((len + 2, None)),
        [b'~', rest @ ..] if parameters == b"200" => {
            let end = memmem::find(rest, PASTE_END)?;
            Some((len + 1 + end + PASTE_END.len(), paste(&rest[..end])))
        }
        [end @ b'@'..=b'~', ..] => {
            let number = |nth| {
                let part = parameters.split(|c| *c == b';').nth(nth)?;
                let digits = part.split(|c| *c == b':').next()?;
                std::str::from_utf8(digits).ok()?.parse().ok()
            };
            let [code, modifiers, character] = [0, 1, 2].map(|nth| number(nth).unwrap_or(1));
            let input = match (end, code) {
                (b'I', _) => Some(Input::Focus(true)),
                (b'O', _) => Some(Input::Focus(false)),
                // xterm's modifyOtherKeys.
                (b'~', 27) => named_key(b'u', character, modifiers),
                (end, code) => named_key(*end, code, modifiers),
            };
            Some((len + 1, input))
        }
        _ => Some((len, None)),
    }
}

/// What follows `ESC ]`, up to BEL or `ESC \`.
fn control_string(octets: &[u8]) -> Option<(usize, Option<Input>)> {
    let len = octets.iter().position(u8::is_ascii_control)?;
    let (text, end) = octets.split_at(len);
    match end {
        [ESC] => None,
        [ESC, b'\\', ..] => Some((len + 2, background(text))),
        [0x07, ..] => Some((len + 1, background(text))),
        _ => Some((len, None)),
    }
}

/// The answer to the question for the background: `11;rgb:ffff/ffff/ffff`.
fn background(answer: &[u8]) -> Option<Input> {
    let answer = std::str::from_utf8(answer).ok()?;
    let (_, parts) = answer.strip_prefix("11;rgb")?.split_once(':')?;
    let mut parts = parts.split('/').map(|digits| {
        let value = u64::from_str_radix(digits, 16).ok()?;
        let most = 16_u64.pow(digits.len().min(4) as u32) - 1;
        u8::try_from(value.min(most) * 255 / most).ok()
    });
    let mut part = || parts.next().flatten();
    Some(Input::Background([part()?, part()?, part()?]))
}

/// The key of a sequence with this end and these parameters.
fn named_key(end: u8, code: u32, modifiers: u32) -> Option<Input> {
    let code = match (end, code) {
        (b'A', _) => KeyCode::Up,
        (b'B', _) => KeyCode::Down,
        (b'C', _) => KeyCode::Right,
        (b'D', _) => KeyCode::Left,
        (b'F', _) | (b'~', 4 | 8) => KeyCode::End,
        (b'H', _) | (b'~', 1 | 7) => KeyCode::Home,
        (b'Z', _) => KeyCode::BackTab,
        (b'~', 3) => KeyCode::Delete,
        (b'~', 5) => KeyCode::PageUp,
        (b'~', 6) => KeyCode::PageDown,
        (b'u', 13) => KeyCode::Enter,
        (b'u', 9) => KeyCode::Tab,
        (b'u', 27) => KeyCode::Esc,
        (b'u', 127) => KeyCode::Backspace,
        (b'u', c) => KeyCode::Char(char::from_u32(c).filter(|c| !c.is_control())?),
        _ => return None,
    };
    let bits = modifiers.saturating_sub(1);
    let all = [
        KeyModifiers::SHIFT,
        KeyModifiers::ALT,
        KeyModifiers::CONTROL,
    ];
    let held = (0..3).filter(|bit| bits & 1 << bit != 0);
    Some(key(code, held.map(|bit| all[bit]).collect()))
}

fn control_key(c: u8) -> Input {
    let (code, modifiers) = match c {
        b'\t' => (KeyCode::Tab, KeyModifiers::NONE),
        b'\r' => (KeyCode::Enter, KeyModifiers::NONE),
        0x7f => (KeyCode::Backspace, KeyModifiers::NONE),
        c => {
            let letter = char::from(c | 0x40).to_ascii_lowercase();
            (KeyCode::Char(letter), KeyModifiers::CONTROL)
        }
    };
    key(code, modifiers)
}

/// The first character. An octet that belongs to none means nothing.
fn character(octets: &[u8]) -> Option<(usize, Option<Input>)> {
    let longest = &octets[..octets.len().min(4)];
    let valid = match std::str::from_utf8(longest) {
        Ok(text) => text,
        Err(e) if e.valid_up_to() == 0 => return e.error_len().map(|len| (len, None)),
        Err(e) => std::str::from_utf8(&longest[..e.valid_up_to()]).unwrap_or_default(),
    };
    let c = valid.chars().next()?;
    Some((
        c.len_utf8(),
        Some(key(KeyCode::Char(c), KeyModifiers::NONE)),
    ))
}

fn paste(text: &[u8]) -> Option<Input> {
    let text = String::from_utf8_lossy(text);
    (!text.is_empty()).then(|| Input::Paste(text.into_owned()))
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}

fn with_alt(input: Input) -> Input {
    match input {
        Input::Key(key) => Input::Key(KeyEvent::new(key.code, key.modifiers | KeyModifiers::ALT)),
        other => other,
    }
}

#[cfg(test)]
mod tests;
