//! LINE-7: however a stream is cut into segments, it means the same.

mod stage;

use bytes::BytesMut;
use parlour::protocol::{Line, ServerCodec};
use parlour_spec::script::{Script, needs};
use stage::{on_room, on_sockets};
use tokio_util::codec::Decoder;

const MAX_LINE: usize = 64;

/// Every kind of line: ended with LF and with CR LF, in characters of one to four octets, ignored,
/// too long, not UTF-8, with a control character, and unfinished.
const STREAM: &[u8] =
    b"JOIN ann\r\nBCST a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\n\r\n  \nBCST \xFF\n\
    MESG bob this line, which takes quite some time to come to its end, is too long\r\n\
    PING x\r\r\nMESG bob hi\r\nLIST\nQUIT\r\nBCST unfinished";

/// LINE-7
#[test]
fn the_codec_reads_the_same_lines_however_a_stream_is_cut() {
    let whole = lines(&[STREAM]);
    assert_eq!(whole.iter().filter(|line| line.is_ok()).count(), 5);
    assert_eq!(whole.iter().filter(|line| line.is_err()).count(), 3);
    for second in 0..=STREAM.len() {
        for first in 0..=second {
            let segments = [&STREAM[..first], &STREAM[first..second], &STREAM[second..]];
            assert_eq!(lines(&segments), whole, "cut at {first} and {second}");
        }
    }
    assert_eq!(lines(&cut(|_| true)), whole, "octet by octet");
}

/// LINE-8: if no quiet time passes, the cuts make no difference to what is unfinished at the
/// half-close either.
#[test]
fn the_codec_reads_the_same_unfinished_line_however_it_is_cut() {
    let stream = "BCST é😀\r".as_bytes();
    let whole = lines(&[stream]);
    assert_eq!(whole.len(), 1);
    for at in 0..=stream.len() {
        assert_eq!(lines(&[&stream[..at], &stream[at..]]), whole, "cut at {at}");
    }
}

/// LINE-7, ORDER-3
///
/// > LINE-7: How the octets of a stream are cut into segments makes no difference on a connection
/// > on which an LF has come.
#[test]
fn sockets_read_the_same_however_a_stream_is_cut() {
    let whole = play(&cut(|_| false));
    assert!(whole.iter().all(|told| told.ends_with(b"\n")));
    let ways = [
        ("line by line", cut(|at| STREAM[at - 1] == b'\n')),
        ("octet by octet", cut(|_| true)),
        ("inside characters", cut(|at| STREAM[at] & 0xC0 == 0x80)),
        (
            "between CR and LF",
            cut(|at| STREAM[at - 1..].starts_with(b"\r\n")),
        ),
    ];
    for (way, segments) in ways {
        assert!(segments.len() > 1);
        assert!(play(&segments) == whole, "{way}");
    }
}

/// The stream, cut before each octet after the first for which `is_cut` returns true.
fn cut(is_cut: impl Fn(usize) -> bool) -> Vec<&'static [u8]> {
    let mut segments = Vec::new();
    let mut start = 0;
    for at in (1..STREAM.len()).filter(|&at| is_cut(at)) {
        segments.push(&STREAM[start..at]);
        start = at;
    }
    segments.push(&STREAM[start..]);
    segments
}

/// What a codec reads from these segments and the end of the stream.
fn lines(segments: &[&[u8]]) -> Vec<Line> {
    let mut codec = ServerCodec::new(MAX_LINE, true);
    let mut unread = BytesMut::new();
    let mut lines = Vec::new();
    for segment in segments {
        unread.extend_from_slice(segment);
        while let Some(line) = codec.decode(&mut unread).expect("no line is an error") {
            lines.push(line);
        }
    }
    while let Some(line) = codec.decode_eof(&mut unread).expect("no line is an error") {
        lines.push(line);
    }
    lines
}

/// What the sender of these segments and another member are told, on the bare room and over
/// sockets.
fn play(segments: &[&[u8]]) -> [Vec<u8>; 2] {
    let segments = segments
        .iter()
        .map(|octets| octets.escape_ascii().to_string());
    let segments = segments.collect::<Vec<_>>().join("\\|");
    let script = Script::read(&format!("C bob: JOIN bob\nB ann: {segments}\n"));
    let script = script.expect("a script");
    // The first line comes in pieces, which no silence may end.
    let needs = needs(&format!("max-line {MAX_LINE}, quiet-ms 60000")).expect("limits");
    let transcript = on_room::play(&needs, &script);
    on_sockets::play(&needs, &transcript);
    ["ann", "bob"].map(|who| {
        let told = transcript.scenes.iter().flat_map(|scene| &scene.told);
        let told = told.filter(|told| told.who == who);
        told.flat_map(|told| told.octets.clone()).collect()
    })
}
