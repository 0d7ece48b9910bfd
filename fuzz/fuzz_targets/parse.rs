//! The parser and the specification read every line alike, in both directions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use parlour::protocol::{parse_event, parse_line};
use parlour_spec::Oracle;

fuzz_target!(|line: &[u8]| {
    let read = parse_line(line).map(|line| match line {
        Ok(command) => Ok(command.to_string()),
        Err(malformed) => Err(malformed.code().to_string()),
    });
    let expected = Oracle::parlour().line(line);
    assert_eq!(read, expected.map(|line| line.map_err(str::to_owned)));

    let event = parse_event(line);
    assert_eq!(event.is_some(), Oracle::parlour().event(line).is_some());
    assert!(event.is_none_or(|event| event.to_string().as_bytes() == line));
});
