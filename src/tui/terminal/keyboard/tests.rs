//! What terminals send, in one read or in several.

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

#[test]
fn a_paste_whose_end_comes_in_two_reads_is_over() {
    let mut keyboard = Keyboard::default();
    let mut said = keyboard.read(b"\x1b[200~one");
    said.extend(keyboard.finish());
    said.extend(keyboard.read(b"two two two\x1b[20"));
    said.extend(keyboard.read(b"1~"));
    assert_eq!(words(said), ["paste one", "paste two two two"]);
    assert_eq!(words(keyboard.read(b"ten octets")).len(), 10);
}
