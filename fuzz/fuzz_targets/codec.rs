//! However the octets are cut into segments, the lines are the same, and no more than one line is held (LINE-1, LINE-2, LINE-7).
//!
//! The first octet says how many follow as the lengths of the segments; the rest is the stream.
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
});

/// What the codec makes of `first` and then `stream`, which comes in segments of the lengths `cuts`, over and over.
fn decode(mut codec: ServerCodec, first: &[u8], cuts: &[u8], stream: &[u8]) -> Vec<Line> {
    let (mut lines, mut buffer) = (Vec::new(), BytesMut::from(first));
    let mut lengths = cuts.iter().cycle();
    let mut left = stream;
    while !left.is_empty() {
        let length = lengths
            .next()
            .map_or(left.len(), |&length| 1 + usize::from(length));
        let (segment, rest) = left.split_at(length.min(left.len()));
        buffer.extend_from_slice(segment);
        left = rest;
        while let Some(line) = codec.decode(&mut buffer).expect("a line is never an error") {
            lines.push(line);
        }
        assert!(buffer.len() < MAX_LINE, "more than a line is held");
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

/// What section 2 says that the lines of `stream` are.
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
