//! Scripts: conversations with a server as plain text; `spec/vectors/README.md` describes them.
//!
//! A head of `key: value` lines states the purpose, and an empty line ends it. The conversations of
//! the specification are scripts without a head.

/// The purpose of a script, and what it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The clauses that it checks; the first is its main one.
    pub clauses: Vec<String>,
    /// The profiles in which it is played.
    pub profiles: Profiles,
    /// Whether the specification only advises it.
    pub should: bool,
    /// Why it matters.
    pub why: String,
    /// The limits that the server must have.
    pub needs: Vec<Need>,
    /// Why it can't be played on sockets, if so.
    pub room_only: Option<String>,
}

/// The profiles in which a script is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profiles {
    /// `full` only.
    #[default]
    Full,
    /// `seed` only.
    Seed,
    /// Both.
    Both,
}

/// A limit that a script needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The limit's name in section 8.
    pub limit: String,
    /// The value, in the unit of section 8.
    pub value: u64,
    /// Whether any value other than 0 will do.
    pub any: bool,
}

/// What happens, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// The usual cause if something unexpected has arrived at the end.
    pub closing: Option<String>,
}

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line as it is written.
    pub source: String,
    /// The name of the connection; empty if it is about the server.
    pub who: String,
    /// What it does.
    pub action: Action,
    /// The usual cause if it fails.
    pub hint: Option<String>,
    /// Whether it stands after `seed:`, and is played in that profile only.
    pub seed_only: bool,
}

/// An action on a connection, which is opened when it is first named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `C ann: BCST hi`: sends this line.
    SendLine(Vec<u8>),
    /// `B ann: BC\|ST hi\n`: sends these octets, each part in a segment of its own.
    SendSegments(Vec<Vec<u8>>),
    /// `S ann: ann: BCST hi`: the next line that arrives is this.
    ExpectLine(Vec<u8>),
    /// `X ann`, `X ann: close`: all that still arrives is this, and then the stream ends.
    ExpectEnd(Vec<u8>),
    /// `H ann`: half-closes the connection.
    HalfClose,
    /// `R ann`: resets the connection.
    Reset,
    /// `P ann`: nothing has arrived that was not read. A PING is sent, and what arrives next is its
    /// answer.
    ExpectNoMore,
    /// What only the one who runs the server can do or see.
    Inside(Inside),
}

/// What no vector has, as nobody can make it happen to any server, at once and for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// `N ann`: opens the connection, and does nothing else.
    Connect,
    /// `Q ann`: the quiet time passes on it.
    Quiet,
    /// `J ann`: its join timeout passes.
    JoinTimeout,
    /// `K`: the server is told to stop.
    Shutdown,
}

impl Head {
    /// Splits a file into its head and the script after it.
    ///
    /// # Errors
    /// The line that is wrong, and why.
    pub fn split(source: &str) -> Result<(Self, &str), String> {
        let parts = source.split_once("\n\n");
        let (head, script) = parts.ok_or("no empty line after the head")?;
        Ok((Self::read(head)?, script))
    }

    fn read(source: &str) -> Result<Self, String> {
        let mut head = Self::default();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            let wrong = || format!("no line of a head: {line}");
            let (key, value) = line.split_once(": ").ok_or_else(wrong)?;
            match (key, value) {
                ("clauses", _) => head.clauses = value.split(", ").map(str::to_owned).collect(),
                ("profile", "full") => head.profiles = Profiles::Full,
                ("profile", "seed") => head.profiles = Profiles::Seed,
                ("profile", "both") => head.profiles = Profiles::Both,
                ("level", "must") => head.should = false,
                ("level", "should") => head.should = true,
                ("why", _) => head.why = value.to_owned(),
                ("needs", _) => head.needs = needs(value).ok_or_else(wrong)?,
                ("room-only", _) => head.room_only = Some(value.to_owned()),
                _ => return Err(wrong()),
            }
        }
        if head.clauses.is_empty() || head.why.is_empty() {
            return Err("a head says which clauses, and why".to_owned());
        }
        Ok(head)
    }
}

/// `capacity 2, quiet-ms any`; `None` if it is no list of limits.
pub fn needs(value: &str) -> Option<Vec<Need>> {
    let need = |need: &str| {
        let (limit, value) = need.split_once(' ')?;
        let any = value == "any";
        Some(Need {
            limit: limit.to_owned(),
            value: if any { 0 } else { value.parse().ok()? },
            any,
        })
    };
    let parts = value.split(", ").filter(|part| !part.is_empty());
    parts.map(need).collect()
}

impl Script {
    /// Reads a script, without a head.
    ///
    /// # Errors
    /// The line that is wrong.
    pub fn read(source: &str) -> Result<Self, String> {
        let (lines, closing) = with_hints(source);
        let mut seed_only = false;
        let mut steps = Vec::new();
        for (line, hint) in lines {
            if line == "seed:" {
                seed_only = true;
                continue;
            }
            steps.push(Step {
                seed_only,
                hint,
                ..Step::read(line)?
            });
        }
        Ok(Self { steps, closing })
    }
}

/// The lines of a script, each with its hint, and the hint that stands after the last line.
pub fn with_hints(source: &str) -> (Vec<(&str, Option<String>)>, Option<String>) {
    let mut lines = Vec::new();
    let mut hint = None;
    let mut closing = None;
    for line in source.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(cause) = line.strip_prefix("hint:") {
            hint = Some(cause.trim_start().to_owned()).filter(|cause| !cause.is_empty());
            closing.clone_from(&hint);
        } else {
            lines.push((line, hint.clone()));
            closing = None;
        }
    }
    (lines, closing)
}

impl Step {
    /// Reads one line.
    ///
    /// # Errors
    /// The line, if it is no line of a script.
    pub fn read(line: &str) -> Result<Self, String> {
        Self::parse(line).ok_or_else(|| format!("no line of a script: {line}"))
    }

    fn parse(line: &str) -> Option<Self> {
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (who, text) = match rest.split_once(": ") {
            Some((who, text)) => (who, Some(text)),
            None => (rest, None),
        };
        let octets = || unescaped(text?);
        let action = match (mark, text) {
            ("C", Some(_)) => Action::SendLine(octets()?),
            ("B", Some(text)) => {
                Action::SendSegments(text.split("\\|").map(unescaped).collect::<Option<_>>()?)
            }
            ("O", Some(_)) => {
                Action::SendSegments(octets()?.into_iter().map(|octet| vec![octet]).collect())
            }
            ("S", Some(_)) => Action::ExpectLine(octets()?),
            ("X", Some(_)) => Action::ExpectEnd(octets()?),
            ("X", None) => Action::ExpectEnd(Vec::new()),
            ("H", None) => Action::HalfClose,
            ("R", None) => Action::Reset,
            ("P", None) => Action::ExpectNoMore,
            ("N", None) => Action::Inside(Inside::Connect),
            ("Q", None) => Action::Inside(Inside::Quiet),
            ("J", None) => Action::Inside(Inside::JoinTimeout),
            ("K", None) => Action::Inside(Inside::Shutdown),
            _ => return None,
        };
        let is_name = who.bytes().all(|octet| octet.is_ascii_alphanumeric());
        (is_name && who.is_empty() == (mark == "K")).then(|| Self {
            source: line.to_owned(),
            who: who.to_owned(),
            action,
            hint: None,
            seed_only: false,
        })
    }

    /// What stands after the name of the connection, with its escapes.
    pub fn text(&self) -> &str {
        self.source.split_once(": ").map_or("", |(_, text)| text)
    }
}

/// The octets that `text` stands for, or `None` if it contains an invalid escape.
///
/// The escapes are `\n \r \t \0 \\ \xFF \u{202E}` and `\{80*text}`, which repeats the text eighty
/// times.
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
}
