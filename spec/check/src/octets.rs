//! Octets as people read them: quoting of what a stranger sent, which makes it safe for a terminal
//! (SEC-2).

use std::fmt;

/// Displays octets unambiguously, and so that none of them controls the terminal.
///
/// ```
/// use parlour_check::octets::Quoted;
/// assert_eq!(Quoted(b"caf\xC3\xA9\x1b[2J\xFF\r\n").to_string(), r"café\x1B[2J\xFF\r\n");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\\' => f.write_str("\\\\")?,
                    _ => f.write_str(&shown(c))?,
                }
            }
            for octet in chunk.invalid() {
                write!(f, "\\x{octet:02X}")?;
            }
        }
        Ok(())
    }
}

/// The character itself, or its escape if it is invisible, controls a terminal, or is not allowed
/// in XML.
pub(crate) fn shown(c: char) -> String {
    match c {
        '\'' | '"' | '\\' => c.to_string(),
        '\n' | '\r' | '\t' => c.escape_debug().to_string(),
        _ if c.is_ascii_control() => format!("\\x{:02X}", u32::from(c)),
        _ => c.escape_debug().to_string(),
    }
}

/// The length of the common prefix of both.
pub(crate) fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEC-2
    #[test]
    fn what_is_quoted_drives_no_terminal() {
        let quoted =
            Quoted("\u{1b}]0;x\u{7}\u{9b}\u{202e}\u{2066}e\u{301}\0".as_bytes()).to_string();
        assert!(quoted.chars().all(|c| c.is_ascii_graphic()), "{quoted}");
    }
}
