//! The driver without sockets: octets through the codec, lines through the room, events through the
//! codec.

use std::io;

use bytes::BytesMut;
use parlour::protocol::{Event, Line, ServerCodec};
use parlour::room::{Audience, Input, Limits, Outbox, Room, SessionId, Tell};
use tokio_util::codec::{Decoder, Encoder};

use super::script::{Action, Script, Step};
use super::transcript::{Scene, Told, Transcript};

/// Plays the script.
pub(crate) fn play(script: &Script) -> Transcript {
    let mut stage = Stage::new(script);
    let scenes = script.steps.iter().map(|step| stage.scene(step.clone()));
    let scenes = scenes.collect();
    let open: Vec<String> = stage.open().map(ToOwned::to_owned).collect();
    let sentinels = open.iter().chain(&open);
    let sentinels = sentinels.map(|who| stage.scene(Step::send(who, b"\nPING the-end\n")));
    let epilogue = sentinels.collect();
    Transcript { scenes, epilogue }
}

struct Stage<'a> {
    script: &'a Script,
    room: Room,
    /// The session of a peer is its index here.
    peers: Vec<Peer>,
    told: Vec<Told>,
}

struct Peer {
    name: String,
    codec: ServerCodec,
    unfinished: BytesMut,
}

impl<'a> Stage<'a> {
    fn new(script: &'a Script) -> Self {
        let limits = Limits::by_count(script.limits.capacity, script.limits.max_connections);
        Self {
            script,
            room: Room::new(limits),
            peers: Vec::new(),
            told: Vec::new(),
        }
    }

    /// The peers whose sessions are not closed.
    fn open(&self) -> impl Iterator<Item = &str> {
        let peers = (0..).map(SessionId).zip(&self.peers);
        let open = peers.filter(|&(id, _)| self.room.session(id).is_some());
        open.map(|(_, peer)| peer.name.as_str())
    }

    fn scene(&mut self, step: Step) -> Scene {
        match &step.action {
            Action::Connect(who) => {
                let taken = self.peers.iter().any(|peer| peer.name == *who);
                assert!(!taken, "{who} has connected before");
                self.peers.push(Peer::new(who, self.script));
                self.handle(who, Input::Connect(None));
            }
            Action::Send(who, octets) => {
                self.peer(who).unfinished.extend_from_slice(octets);
                self.handle_lines(who, ServerCodec::decode);
            }
            Action::Quiet(who) => self.handle_lines(who, after_quiet),
            Action::HalfClose(who) => {
                self.handle_lines(who, ServerCodec::decode_eof);
                self.handle(who, Input::HalfClose);
            }
            Action::Lose(who) => self.handle(who, Input::Lost),
            Action::JoinTimeout(who) => self.handle(who, Input::JoinTimeout),
            Action::Shutdown => {
                let mut outbox = Outbox::new();
                self.room.shut_down(&mut outbox);
                self.deliver(outbox);
            }
        }
        let told = std::mem::take(&mut self.told);
        Scene { step, told }
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

impl Peer {
    fn new(name: &str, script: &Script) -> Self {
        Self {
            name: name.to_owned(),
            codec: ServerCodec::new(script.limits.max_line, script.limits.quiet_ms > 0),
            unfinished: BytesMut::new(),
        }
    }
}

/// LINE-8: turns an unfinished line into a line after the quiet time.
fn after_quiet(codec: &mut ServerCodec, unfinished: &mut BytesMut) -> io::Result<Option<Line>> {
    let awaited = codec.awaits_quiet(unfinished);
    Ok(awaited
        .then(|| codec.decode_unfinished(unfinished))
        .flatten())
}
