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
        if self.is_paste_open {
            let is_end = memmem::find(octets, PASTE_END).is_some();
            // A person types little at once, and does not type what comes between brackets.
            if !octets.starts_with(&[ESC]) && (is_end || octets.len() > MAX_TYPED) {
                self.unfinished.extend_from_slice(PASTE_BEGIN);
            }
            self.is_paste_open = !is_end && !octets.starts_with(PASTE_BEGIN);
        }
        self.unfinished.extend_from_slice(octets);
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
mod tests {
    use super::*;

    fn words(inputs: impl IntoIterator<Item = Input>) -> Vec<String> {
        let word = |input| match input {
            Input::Key(key) if key.modifiers.is_empty() => key.code.to_string(),
            Input::Key(key) => format!("{}+{}", key.modifiers, key.code),
            Input::Paste(text) => format!("paste {text}"),
            other => format!("{other:?}"),
        };
        inputs.into_iter().map(word).collect()
    }

    /// What these reads say, and then silence.
    fn read(reads: &[&[u8]]) -> Vec<String> {
        let mut keyboard = Keyboard::default();
        let mut inputs: Vec<Input> = reads.iter().flat_map(|read| keyboard.read(read)).collect();
        assert_eq!(
            keyboard.patience().is_some(),
            !keyboard.unfinished.is_empty()
        );
        inputs.extend(keyboard.finish());
        assert_eq!(keyboard.patience(), None);
        words(inputs)
    }

    #[test]
    fn keys_are_read_however_their_octets_are_cut() {
        for (octets, keys) in [
            ("aÄ李", &["a", "Ä", "李"][..]),
            (
                "\r\n\t\x7f\x03\x1a",
                &[
                    "Enter",
                    "Control+j",
                    "Tab",
                    "Backspace",
                    "Control+c",
                    "Control+z",
                ],
            ),
            (
                "\x1b[A\x1bOB\x1b[1;5C\x1b[D",
                &["Up", "Down", "Control+Right", "Left"],
            ),
            (
                "\x1b[H\x1b[4~\x1b[5~\x1b[6;5~\x1b[3~",
                &["Home", "End", "Page Up", "Control+Page Down", "Del"],
            ),
            (
                "\x1b[Z\x1b[I\x1b[O",
                &["Back Tab", "Focus(true)", "Focus(false)"],
            ),
            (
                "\x1bb\x1b\r\x1b\x7f\x1bä",
                &["Alt+b", "Alt+Enter", "Alt+Backspace", "Alt+ä"],
            ),
            (
                "\x1b[27;5;99~\x1b[99;5u\x1b[97:65;2u",
                &["Control+c", "Control+c", "Shift+a"],
            ),
            ("\x1b[200~a\rb\x03c\x1b[201~d", &["paste a\rb\u{3}c", "d"]),
            // Keys and answers that mean nothing, and what is no sequence.
            ("\x1b[[A\x1b[11~\x1bOP\x1b[?1;2cx", &["x"]),
            (
                "\x1b]10;rgb:0/0/0\x07\x1b]11;?\x1b\\\x1b]11;rgb:0/0\x07x",
                &["x"],
            ),
            (
                "\x1b]11;rgb:ffff/8080/0000\x07\x1b]11;rgba:f/0/80/1\x1b\\",
                &["Background([255, 128, 0])", "Background([255, 0, 128])"],
            ),
            ("\x1bP>|X(3)\x1b\\\x1b_Gi=1;OK\x1b\\\x1b]x\x07y", &["y"]),
            ("\x1b[12\x03\x1b]1\x03", &["Control+c", "Control+c"]),
        ] {
            let octets = octets.as_bytes();
            let whole = read(&[octets]);
            assert_eq!(whole, keys);
            for cut in 0..octets.len() {
                let (left, right) = octets.split_at(cut);
                // In an unfinished paste, Ctrl-C at the end of a read is a key.
                if !left.ends_with(&[CTRL_C]) {
                    assert_eq!(read(&[left, right]), keys, "{left:?} {right:?}");
                }
            }
        }
        assert_eq!(read(&[b"a\xff\xc3(b"]), ["a", "(", "b"]);
    }

    #[test]
    fn silence_ends_what_is_unfinished() {
        assert_eq!(read(&[b"\x1b"]), ["Esc"]);
        assert_eq!(read(&[b"\x1b\x1b"]), ["Esc", "Esc"]);
        assert_eq!(read(&[b"\x1b["]), ["Alt+["]);
        assert_eq!(read(&[b"\x1bO"]), ["Alt+O"]);
        assert_eq!(read(&[b"\x1b[1;"]), [""; 0]);
        assert_eq!(read(&[b"\x1b[200~"]), [""; 0]);
        assert_eq!(
            read(&[b"\x1b[200~one\r", b"two\x1b[20"]),
            ["paste one\rtwo\u{1b}[20"]
        );
    }

    #[test]
    fn a_paste_that_pauses_goes_on_and_keys_are_keys() {
        let mut keyboard = Keyboard::default();
        let mut said = Vec::new();
        for octets in [
            "\x1b[200~one\r",
            "two two two\r",
            "x",
            "\x1b[A",
            "three three\rfour\x1b[201~y",
            "five five five\r",
        ] {
            said.extend(keyboard.read(octets.as_bytes()));
            said.extend(keyboard.finish());
        }
        let said = words(said);
        let pastes = [
            "paste one\r",
            "paste two two two\r",
            "x",
            "Up",
            "paste three three\rfour",
        ];
        assert_eq!(said[..5], pastes);
        assert_eq!(said[5..7], ["y", "f"]);
    }

    #[test]
    fn ctrl_c_is_a_key_in_a_paste_without_an_end() {
        assert_eq!(read(&[b"\x1b[200~", b"\x03", b"x"]), ["Control+c", "x"]);
        assert_eq!(read(&[b"\x1b[200~a", b"\x03"]), ["paste a", "Control+c"]);
    }

    #[test]
    fn a_paste_is_bounded_and_its_end_is_seen() {
        let mut keyboard = Keyboard::default();
        let mut inputs = keyboard.read(b"\x1b[200~");
        for _ in 0..100 {
            inputs.extend(keyboard.read(&[b'x'; 4 << 10]));
            assert!(keyboard.unfinished.len() <= MAX_UNFINISHED);
        }
        inputs.extend(keyboard.read(b"\x1b[20"));
        inputs.extend(keyboard.read(b"1~y"));
        let [pasted, y] = &words(inputs)[..] else {
            panic!("a paste and a key");
        };
        assert!(pasted.len() < MAX_UNFINISHED + 10);
        assert_eq!(y, "y");
    }
}
