//! Octets as people read and write them: the escapes of the vectors, and quoting of what a stranger
//! sent, which makes it safe for a terminal (SEC-2).

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

/// The octets that `text` stands for, or `None` if it contains an invalid escape.
///
/// The escapes are `
///  \r \t \0 \\ \xFF \u{202E}` and `\{80*text}`, which repeats the text eighty times.
pub fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        octets.extend(plain.as_bytes());
        let (escape, after) = match escape.as_bytes().first()? {
            b'x' => escape.split_at_checked(3)?,
            b'{' => escape.split_at_checked(escape.find('}')? + 1)?,
            b'u' => escape.split_at_checked(escape.find('}')? + 1)?,
            _ => escape.split_at_checked(1)?,
        };
        match escape {
            "n" => octets.push(b'\n'),
            "r" => octets.push(b'\r'),
            "t" => octets.push(b'\t'),
            "0" => octets.push(0),
            "\\" => octets.push(b'\\'),
            _ => octets.extend(longer(escape)?),
        }
        rest = after;
    }
    octets.extend(rest.as_bytes());
    Some(octets)
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

/// The octets of an escape with more than one character.
fn longer(escape: &str) -> Option<Vec<u8>> {
    if let Some(hex) = escape.strip_prefix('x') {
        return Some(vec![u8::from_str_radix(hex, 16).ok()?]);
    }
    let (kind, inner) = escape.strip_suffix('}')?.split_once('{')?;
    if kind == "u" {
        let code = u32::from_str_radix(inner, 16).ok()?;
        return Some(char::from_u32(code)?.to_string().into_bytes());
    }
    let (times, text) = inner.split_once('*')?;
    Some(unescaped(text)?.repeat(times.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_stands_for_its_octets() {
        let octets = unescaped(r"a\n\r\t\0\\\xFF\u{e9}\{3*a\x62}z");
        assert_eq!(
            octets.as_deref(),
            Some(&b"a\n\r\t\0\\\xFF\xC3\xA9abababz"[..])
        );
        assert!(
            [r"\", r"\q", r"\x1", r"\u{110000}", r"\{x}"]
                .iter()
                .all(|wrong| unescaped(wrong).is_none())
        );
    }

    /// SEC-2
    #[test]
    fn what_is_quoted_drives_no_terminal() {
        let quoted =
            Quoted("\u{1b}]0;x\u{7}\u{9b}\u{202e}\u{2066}e\u{301}\0".as_bytes()).to_string();
        assert!(quoted.chars().all(|c| c.is_ascii_graphic()), "{quoted}");
    }
}
