//! The driver without sockets: octets through the codec, lines through the room, events through the
//! codec.

use std::collections::VecDeque;
use std::io;

use bytes::BytesMut;
use parlour::protocol::{Event, Line, ServerCodec};
use parlour::room::{Audience, Input, Limits, Outbox, Room, SessionId, Tell};
use parlour::server::Config;
use parlour_spec::script::{Action, Inside, Need, Script, Step};
use tokio_util::codec::{Decoder, Encoder};

use super::transcript::{Scene, Told, Transcript};

/// Plays the script under these limits. Panics if it expects something else than what is told.
pub(crate) fn play(needs: &[Need], script: &Script) -> Transcript {
    let mut stage = Stage::new(needs);
    let steps = script.steps.iter().filter(|step| !step.seed_only);
    for step in steps.clone() {
        stage.perform(step);
    }
    if steps.clone().any(|step| expects(&step.action)) {
        for peer in &stage.peers {
            let more: Vec<u8> = peer.unread.iter().flatten().copied().collect();
            assert!(more.is_empty(), "{}: {}", peer.name, more.escape_ascii());
        }
    }
    let scenes = std::mem::take(&mut stage.scenes);
    let open: Vec<String> = stage.open().map(ToOwned::to_owned).collect();
    for who in open.iter().chain(&open) {
        stage.act(&format!("B {who}: \\nPING the-end\\n"));
    }
    Transcript {
        scenes,
        epilogue: stage.scenes,
    }
}

struct Stage {
    room: Room,
    max_line: usize,
    has_quiet_time: bool,
    /// The session of a peer is its index here.
    peers: Vec<Peer>,
    scenes: Vec<Scene>,
    told: Vec<Told>,
}

struct Peer {
    name: String,
    codec: ServerCodec,
    unfinished: BytesMut,
    /// What it was told and the script has not expected yet.
    unread: VecDeque<Vec<u8>>,
}

impl Stage {
    fn new(needs: &[Need]) -> Self {
        let limits = Limits::default();
        let of = |limit: &str, default: usize| {
            let need = needs.iter().find(|need| need.limit == limit && !need.any);
            need.map_or(default, |need| need.value.try_into().expect("a size"))
        };
        Self {
            room: Room::new(Limits::by_count(
                of("capacity", limits.capacity),
                of("max-connections", limits.max_connections),
            )),
            max_line: of("max-line", Config::default().max_line),
            has_quiet_time: of("quiet-ms", 1) > 0,
            peers: Vec::new(),
            scenes: Vec::new(),
            told: Vec::new(),
        }
    }

    /// The peers whose sessions are not closed.
    fn open(&self) -> impl Iterator<Item = &str> {
        let peers = (0..).map(SessionId).zip(&self.peers);
        let open = peers.filter(|&(id, _)| self.room.session(id).is_some());
        open.map(|(_, peer)| peer.name.as_str())
    }

    /// Does what the line of a script says.
    fn act(&mut self, line: &str) {
        self.perform(&Step::read(line).expect("a line of a script"));
    }

    fn perform(&mut self, step: &Step) {
        let who = step.who.as_str();
        let connects = step.action == Action::Inside(Inside::Connect);
        let is_connected = self.peers.iter().any(|peer| peer.name == who);
        assert!(!(connects && is_connected), "{who} has connected before");
        if !connects && !is_connected && !who.is_empty() {
            self.act(&format!("N {who}"));
        }
        match &step.action {
            Action::SendLine(line) => self.send(who, &[line, b"\n".as_slice()].concat()),
            Action::SendSegments(segments) => {
                segments.iter().for_each(|segment| self.send(who, segment));
            }
            Action::HalfClose => {
                self.handle_lines(who, ServerCodec::decode_eof);
                self.handle(who, Input::HalfClose);
            }
            Action::Reset => {
                self.handle(who, Input::Lost);
                self.peer(who).unread.clear();
            }
            Action::Inside(Inside::Connect) => {
                self.peers.push(Peer {
                    name: who.to_owned(),
                    codec: ServerCodec::new(self.max_line, self.has_quiet_time),
                    unfinished: BytesMut::new(),
                    unread: VecDeque::new(),
                });
                self.handle(who, Input::Connect(None));
            }
            Action::Inside(Inside::Quiet) => self.handle_lines(who, after_quiet),
            Action::Inside(Inside::JoinTimeout) => self.handle(who, Input::JoinTimeout),
            Action::Inside(Inside::Shutdown) => {
                let mut outbox = Outbox::new();
                self.room.shut_down(&mut outbox);
                self.deliver(outbox);
            }
            Action::ExpectLine(line) => return self.expect_line(step, line),
            Action::ExpectEnd(rest) => return self.expect_end(step, rest),
            Action::ExpectNoMore => {
                let unread = &self.peer(who).unread;
                return assert!(unread.is_empty(), "{}: {unread:?}", step.source);
            }
        }
        self.scenes.push(Scene {
            step: step.clone(),
            told: std::mem::take(&mut self.told),
        });
    }

    fn expect_line(&mut self, step: &Step, line: &[u8]) {
        if self.peer(&step.who).unread.is_empty() {
            self.pass_time(&step.who);
        }
        let told = self.peer(&step.who).unread.pop_front().unwrap_or_default();
        let is_expected = match line.strip_suffix("…".as_bytes()) {
            Some(beginning) => told.starts_with(beginning.trim_ascii_end()),
            None => told.strip_suffix(b"\n") == Some(line),
        };
        assert!(is_expected, "{}: {}", step.source, told.escape_ascii());
    }

    fn expect_end(&mut self, step: &Step, rest: &[u8]) {
        if self.open().any(|who| who == step.who) {
            self.pass_time(&step.who);
        }
        assert!(!self.open().any(|who| who == step.who), "{}", step.source);
        let told: Vec<u8> = self.peer(&step.who).unread.drain(..).flatten().collect();
        assert!(told == rest, "{}: {}", step.source, told.escape_ascii());
    }

    /// The quiet time passes where it ends a line, or else the join timeout of all who came no
    /// later than this peer.
    fn pass_time(&mut self, who: &str) {
        let peers = self.peers.iter();
        let quiet = peers.filter(|peer| peer.codec.awaits_quiet(&peer.unfinished));
        let quiet: Vec<_> = quiet.map(|peer| format!("Q {}", peer.name)).collect();
        if quiet.is_empty() {
            let open: Vec<_> = self.open().map(|open| format!("J {open}")).collect();
            let last = open.iter().position(|line| line[2..] == *who);
            open.iter()
                .take(last.map_or(0, |last| last + 1))
                .for_each(|line| self.act(line));
        }
        quiet.iter().for_each(|line| self.act(line));
    }

    fn send(&mut self, who: &str, octets: &[u8]) {
        self.peer(who).unfinished.extend_from_slice(octets);
        self.handle_lines(who, ServerCodec::decode);
    }

    /// Hands the room every line that `cut` finds in what this peer has sent.
    fn handle_lines(
        &mut self,
        who: &str,
        cut: impl Fn(&mut ServerCodec, &mut BytesMut) -> io::Result<Option<Line>>,
    ) {
        loop {
            let peer = self.peer(who);
            let line = cut(&mut peer.codec, &mut peer.unfinished);
            let Some(line) = line.expect("no line is an error of the codec") else {
                return;
            };
            self.handle(who, Input::Line(line));
        }
    }

    fn handle(&mut self, who: &str, input: Input) {
        let mut outbox = Outbox::new();
        self.room.handle(self.session(who), input, &mut outbox);
        self.deliver(outbox);
    }

    fn deliver(&mut self, mut outbox: Outbox) {
        for Tell { to, event } in outbox.drain() {
            match to {
                Audience::One(id) => self.tell(id, &event),
                Audience::Members => {
                    let members: Vec<_> = self.room.roster().sessions().collect();
                    members.into_iter().for_each(|id| self.tell(id, &event));
                }
            }
        }
    }

    fn tell(&mut self, SessionId(id): SessionId, event: &Event) {
        let peer = &mut self.peers[usize::try_from(id).expect("ids are places")];
        let mut octets = BytesMut::new();
        let written = peer.codec.encode(event, &mut octets);
        written.expect("every event can be written");
        if *event == Event::Close && peer.codec.is_undelimited() {
            octets.truncate(octets.len() - 1); // LINE-9
        }
        peer.unread.push_back(octets.to_vec());
        self.told.push(Told {
            who: peer.name.clone(),
            octets: octets.to_vec(),
        });
    }

    fn session(&self, who: &str) -> SessionId {
        let place = self.peers.iter().position(|peer| peer.name == who);
        SessionId(place.unwrap_or_else(|| panic!("{who} has not connected")) as u64)
    }

    fn peer(&mut self, who: &str) -> &mut Peer {
        let peer = self.peers.iter_mut().find(|peer| peer.name == who);
        peer.unwrap_or_else(|| panic!("{who} has not connected"))
    }
}

/// Whether it says what is told.
fn expects(action: &Action) -> bool {
    matches!(action, Action::ExpectLine(_) | Action::ExpectEnd(_))
}

/// LINE-8: turns an unfinished line into a line after the quiet time.
fn after_quiet(codec: &mut ServerCodec, unfinished: &mut BytesMut) -> io::Result<Option<Line>> {
    let awaited = codec.awaits_quiet(unfinished);
    Ok(awaited
        .then(|| codec.decode_unfinished(unfinished))
        .flatten())
}
