//! Scripts: the actions of peers, one a line, in the terms of the spec's state table (section 5)
//! and limits (section 8).
//!
//! | line | what it does |
//! |---|---|
//! | `# JOIN-2, NAME-4` | nothing; the first line names the clauses that the script tests |
//! | `capacity 2` | sets a limit; also `max-connections`, `max-line` |
//! | `quiet-ms 20` | sets a limit in ms; also `join-timeout` |
//! | `room-only` | keeps the script off the sockets, a comment says why |
//! | `connect ann` | connects a peer, which goes by this name from here on, whatever it joins as |
//! | `ann> BCST hi` | sends this line, ended with LF |
//! | `ann\| JOIN ann\r\nLI` | sends one segment, with the escapes `\n \r \t \0 \\ \xFF \u{202E}` |
//! | `quiet ann` | waits until the quiet time has passed |
//! | `half-close ann` | ends the peer's side of the stream |
//! | `lost ann` | resets the stream |
//! | `join-timeout ann` | waits until the join timeout has passed |
//! | `shutdown` | tells the server to stop |

/// A script, read.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// The limits of the room and its connections.
    pub(crate) limits: Limits,
    /// Whether it can't be played on sockets.
    pub(crate) room_only: bool,
    /// The actions, in order.
    pub(crate) steps: Vec<Step>,
}

/// The limits that a script can set; the spec's defaults otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) capacity: usize,
    pub(crate) max_connections: usize,
    /// Octets.
    pub(crate) max_line: usize,
    /// Milliseconds.
    pub(crate) quiet_ms: u64,
    /// Milliseconds.
    pub(crate) join_timeout: u64,
}

/// One line of a script.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// As written.
    pub(crate) source: String,
    /// Its meaning.
    pub(crate) action: Action,
}

/// An action and its peer.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Connect(String),
    Send(String, Vec<u8>),
    Quiet(String),
    HalfClose(String),
    Lose(String),
    JoinTimeout(String),
    Shutdown,
}

impl Script {
    /// A script of these actions under the limits of the spec.
    pub(crate) fn of(steps: Vec<Step>) -> Self {
        Self {
            limits: Limits::default(),
            room_only: false,
            steps,
        }
    }

    /// Parses a script, or panics with the line that is invalid.
    pub(crate) fn read(source: &str) -> Self {
        let mut script = Self::of(Vec::new());
        for line in source.lines() {
            if line.is_empty() || line.starts_with('#') || script.set(line) {
                continue;
            }
            script.steps.push(Step::read(line));
        }
        script
    }

    /// Whether the line is a setting rather than an action.
    fn set(&mut self, line: &str) -> bool {
        if line == "room-only" {
            self.room_only = true;
            return true;
        }
        let Some((limit, Ok(value))) = line.split_once(' ').map(|(l, v)| (l, v.parse::<u32>()))
        else {
            return false;
        };
        assert!(
            self.steps.is_empty(),
            "a limit comes before any action: {line}"
        );
        match limit {
            "capacity" => self.limits.capacity = value as usize,
            "max-connections" => self.limits.max_connections = value as usize,
            "max-line" => self.limits.max_line = value as usize,
            "quiet-ms" => self.limits.quiet_ms = value.into(),
            "join-timeout" => self.limits.join_timeout = value.into(),
            _ => panic!("no such limit: {line}"),
        }
        true
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            capacity: 10,
            max_connections: 1024,
            max_line: 4096,
            quiet_ms: 50,
            join_timeout: 60_000,
        }
    }
}

impl Step {
    fn read(line: &str) -> Self {
        let action = said(line).or_else(|| done(line));
        Self {
            source: line.to_owned(),
            action: action.unwrap_or_else(|| panic!("no such action: {line}")),
        }
    }

    /// A peer sends a line, ended with LF.
    pub(crate) fn line(who: &str, line: &str) -> Self {
        Self::read(&format!("{who}> {line}"))
    }

    /// A peer connects.
    pub(crate) fn connect(who: &str) -> Self {
        Self::read(&format!("connect {who}"))
    }

    /// A peer sends these octets.
    pub(crate) fn send(who: &str, octets: &[u8]) -> Self {
        Self {
            source: format!("{who}| {}", octets.escape_ascii()),
            action: Action::Send(who.to_owned(), octets.to_vec()),
        }
    }
}

fn said(line: &str) -> Option<Action> {
    let (who, rest) = line.split_at_checked(line.find(['>', '|', ' '])?)?;
    let octets = match rest.split_once(' ')? {
        (">", text) => format!("{text}\n").into_bytes(),
        ("|", text) => unescaped(text)?,
        _ => return None,
    };
    Some(Action::Send(who.to_owned(), octets))
}

fn done(line: &str) -> Option<Action> {
    if line == "shutdown" {
        return Some(Action::Shutdown);
    }
    let (action, who) = line.split_once(' ')?;
    let who = who.to_owned();
    Some(match action {
        "connect" => Action::Connect(who),
        "quiet" => Action::Quiet(who),
        "half-close" => Action::HalfClose(who),
        "lost" => Action::Lose(who),
        "join-timeout" => Action::JoinTimeout(who),
        _ => return None,
    })
}

/// The octets that `text` stands for, or `None` if it contains an invalid escape.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        octets.extend(plain.as_bytes());
        let (escape, after) = match escape.as_bytes().first()? {
            b'x' => escape.split_at_checked(3)?,
            b'u' => escape.split_at_checked(escape.find('}')? + 1)?,
            _ => escape.split_at_checked(1)?,
        };
        match escape {
            "n" => octets.push(b'\n'),
            "r" => octets.push(b'\r'),
            "t" => octets.push(b'\t'),
            "0" => octets.push(0),
            "\\" => octets.push(b'\\'),
            _ => match (escape.strip_prefix('x'), escape.strip_prefix("u{")) {
                (Some(hex), _) => octets.push(u8::from_str_radix(hex, 16).ok()?),
                (None, Some(hex)) => {
                    let code = u32::from_str_radix(hex.strip_suffix('}')?, 16).ok()?;
                    octets.extend(char::from_u32(code)?.to_string().bytes());
                }
                (None, None) => return None,
            },
        }
        rest = after;
    }
    octets.extend(rest.as_bytes());
    Some(octets)
}
