//! However a stream is cut into segments, it decodes to the same lines, and at most one line is
//! buffered (LINE-1, LINE-2, LINE-7); where no LF has come, silence and the end of the stream mean
//! the same (LINE-8).
//!
//! The first octet is the number of octets that follow as segment lengths and silences; the rest is
//! the stream.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use parlour::protocol::{Line, Malformed, ServerCodec, parse_line};
use tokio_util::codec::Decoder;

const MAX_LINE: usize = 64;

fuzz_target!(|data: &[u8]| {
    let Some((&count, rest)) = data.split_first() else {
        return;
    };
    let (cuts, stream) = rest.split_at(usize::from(count % 16).min(rest.len()));
    assert_eq!(
        decode(ServerCodec::new(MAX_LINE, false), b"", cuts, stream),
        lines(stream)
    );
    assert_eq!(
        decode(ServerCodec::new(MAX_LINE, true), b"\n", cuts, stream),
        lines(stream)
    );
    assert_eq!(
        decode(ServerCodec::new(MAX_LINE, true), b"", cuts, stream),
        lines(&delimited(cuts, stream))
    );
});

/// Cuts `stream` into segments, each with a flag whether silence follows it; `cuts` repeats as
/// needed.
fn segments<'a>(cuts: &'a [u8], stream: &'a [u8]) -> impl Iterator<Item = (&'a [u8], bool)> {
    let mut cuts = cuts.iter().cycle();
    let mut left = stream;
    std::iter::from_fn(move || {
        let cut = cuts.next();
        let length = cut.map_or(left.len(), |cut| 1 + usize::from(cut & 0x7f));
        let (segment, rest) = left.split_at(length.min(left.len()));
        left = rest;
        (!segment.is_empty()).then_some((segment, cut.is_some_and(|cut| cut & 0x80 != 0)))
    })
}

/// What the codec decodes from `first` and then `stream`, segmented by `cuts`.
fn decode(mut codec: ServerCodec, first: &[u8], cuts: &[u8], stream: &[u8]) -> Vec<Line> {
    let (mut lines, mut buffer) = (Vec::new(), BytesMut::from(first));
    for (segment, is_silence_next) in segments(cuts, stream) {
        buffer.extend_from_slice(segment);
        while let Some(line) = codec.decode(&mut buffer).expect("a line is never an error") {
            lines.push(line);
        }
        assert!(buffer.len() < MAX_LINE, "more than a line is held");
        if is_silence_next && codec.awaits_quiet(&buffer) {
            lines.extend(codec.decode_unfinished(&mut buffer));
        }
    }
    while let Some(line) = codec
        .decode_eof(&mut buffer)
        .expect("a line is never an error")
    {
        lines.push(line);
    }
    assert!(buffer.is_empty(), "nothing is held at the end");
    lines
}

/// `stream` with the LFs inserted that LINE-8 implies.
fn delimited(cuts: &[u8], stream: &[u8]) -> Vec<u8> {
    let mut delimited = Vec::new();
    let mut has_lf = false;
    for (segment, is_silence_next) in segments(cuts, stream) {
        delimited.extend_from_slice(segment);
        has_lf |= segment.contains(&b'\n');
        if is_silence_next && !has_lf {
            delimited.push(b'\n');
        }
    }
    if !has_lf {
        delimited.push(b'\n');
    }
    delimited
}

/// The lines of `stream` according to section 2.
fn lines(stream: &[u8]) -> Vec<Line> {
    let read = |line: &[u8]| match line.strip_suffix(b"\n") {
        _ if line.len() > MAX_LINE => Some(Err(Malformed::LineTooLong)),
        Some(line) => parse_line(line.strip_suffix(b"\r").unwrap_or(line)),
        None if line.len() == MAX_LINE => Some(Err(Malformed::LineTooLong)),
        None => None,
    };
    stream
        .split_inclusive(|&octet| octet == b'\n')
        .filter_map(read)
        .collect()
}
