//! Compares a line with the expected one. Only what the specification fixes is compared (section 9:
//! the text of an error is free).

use parlour_spec::Oracle;

use crate::octets::common;
use crate::outcome::Expected;

/// The index at which `got` first differs from `expected`, both without LF; `None` if they agree.
pub(super) fn differs(expected: &[u8], got: &[u8]) -> Option<usize> {
    if got == expected {
        return None;
    }
    let fixed = fixed(expected);
    if fixed == expected {
        return Some(common(expected, got));
    }
    if !got.starts_with(fixed) {
        return Some(common(fixed, got));
    }
    // A verb ends where the next word begins.
    let goes_on = |octet: Option<&u8>| octet.is_some_and(u8::is_ascii_alphanumeric);
    let other_verb = goes_on(fixed.last()) && goes_on(got.get(fixed.len()));
    let is_event = Oracle::parlour().event(got).is_some();
    (other_verb || !is_event).then_some(fixed.len())
}

/// What is expected for an event, given without LF.
pub(super) fn expected_line(event: &str) -> Expected {
    match fixed(event.as_bytes()) {
        fixed if fixed == event.as_bytes() => Expected::line(event),
        fixed => Expected::Beginning(fixed.to_vec()),
    }
}

/// The part of an event that is fixed.
pub(super) fn fixed(expected: &[u8]) -> &[u8] {
    // Other events are fixed as a whole, so the costly derivation is skipped.
    if !expected.starts_with(b"ERROR ") && !expected.starts_with(b"HELP ") {
        return expected;
    }
    let derivation = Oracle::parlour().event(expected);
    let rule = derivation.map(|derivation| derivation.rule);
    let colon = || {
        expected
            .windows(2)
            .position(|pair| pair == b": ")
            .map_or(expected.len(), |at| at + 2)
    };
    let second = || {
        expected
            .iter()
            .skip(5)
            .position(|&octet| octet == b' ')
            .map_or(expected.len(), |at| at + 5)
    };
    match rule.as_deref() {
        Some("error") => &expected[..colon()],
        Some("help-line") => &expected[..second()],
        _ => expected,
    }
}

#[cfg(test)]
mod tests {
    use super::differs;

    #[test]
    fn the_text_of_an_error_is_free_and_its_code_is_not() {
        let expected = b"ERROR usage: BCST text";
        assert_eq!(differs(expected, b"ERROR usage: try again"), None);
        assert_eq!(differs(expected, b"ERROR not-utf8: try again"), Some(6));
        assert_eq!(differs(expected, b"ERROR usage: "), Some(13));
        assert_eq!(differs(b"HELP JOIN username", b"HELP JOIN <name>"), None);
        assert_eq!(differs(b"HELP JOIN username", b"HELP BCST text"), Some(5));
        assert_eq!(differs(b"HELP LIST", b"HELP LISTEN well"), Some(9));
        assert_eq!(differs(b"ann: BCST hi", b"ann: BCST hi!"), Some(12));
    }
}
