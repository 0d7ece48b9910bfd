//! Whose input the room takes next (FAIR-1), and how fast it takes talk while a member lags
//! (SLOW-5).
//!
//! This is fair queueing: virtual time is counted in octets, each session's turn comes at a virtual
//! time of its own, and what a turn makes the room tell puts the next one off by as much. So who
//! said little lately comes before all who said much. Real time is an argument, and what waits is
//! bounded by the sessions: each brings one batch of lines, and no other before that one is done.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::message::Lines;
use super::token_bucket::{Rate, TokenBucket};
use crate::room::{Input, SessionId};

/// How many octets a session's lines make the room tell before others come first, each event
/// counted once.
const QUANTUM: usize = 1024;

/// When a session's turn comes, in virtual time, and after how many others that came to wait.
type Turn = (u64, u64);

/// The inputs that wait for the room.
#[derive(Debug)]
pub(super) struct Scheduler {
    /// How fast the room takes talk while a member lags; a quantum at once.
    pace: Rate,
    paced: TokenBucket,
    lagging_members: BTreeSet<SessionId>,
    lagging_visitors: BTreeSet<SessionId>,
    /// The latest turn that has come.
    virtual_time: u64,
    /// How often a session came to wait so far.
    waits: u64,
    /// The last or next turn of each session that has ever brought something.
    turns: BTreeMap<SessionId, Turn>,
    /// Those whose next input is talk, and all others.
    talk: BTreeMap<Turn, Batch>,
    other: BTreeMap<Turn, Batch>,
    serving: Option<Serving>,
    done: Vec<Done>,
}

/// What a session has brought and the room has not taken yet.
#[derive(Debug)]
struct Batch {
    from: SessionId,
    lines: Lines,
    /// The session was lost after it had brought them.
    is_lost: bool,
    /// The octets that what was taken of it made the room tell.
    told: usize,
}

#[derive(Debug)]
struct Serving {
    batch: Batch,
    /// Octets told in this turn.
    told: usize,
    /// Talk could be taken too when its turn came: no talk that waits has waited longer.
    before_all: bool,
}

/// The octets that an input made the room tell, each event counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Octets {
    pub(super) in_all: usize,
    /// Of them, those told to others than the one who brought the input.
    pub(super) to_others: usize,
}

/// A session whose batch is done: it may bring the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) session: SessionId,
    /// The octets that its batch made the room tell, each event counted once.
    pub(super) told: usize,
}

impl Scheduler {
    /// Nothing waits. `pace` is the octets a second of SLOW-5, at least 1.
    pub(super) fn new(pace: u64, now: Instant) -> Self {
        Self {
            pace: Rate::new(pace.max(1), QUANTUM as u64).expect("more than 0"),
            paced: TokenBucket::full(now),
            lagging_members: BTreeSet::new(),
            lagging_visitors: BTreeSet::new(),
            virtual_time: 0,
            waits: 0,
            turns: BTreeMap::new(),
            talk: BTreeMap::new(),
            other: BTreeMap::new(),
            serving: None,
            done: Vec::new(),
        }
    }

    /// The session has brought lines, and those that it had brought before are done.
    pub(super) fn push(&mut self, from: SessionId, lines: Lines) {
        // A newcomer comes after those who are there, as if it had just had its turn.
        let newcomers = self.virtual_time + QUANTUM as u64;
        self.turns.entry(from).or_insert((newcomers, 0));
        self.enqueue(Batch {
            from,
            lines,
            is_lost: false,
            told: 0,
        });
    }

    /// The session is lost. Its lines that still wait come first (CONN-6); says whether there are
    /// any.
    pub(super) fn push_lost(&mut self, id: SessionId) -> bool {
        let batch = match &mut self.serving {
            Some(serving) if serving.batch.from == id => Some(&mut serving.batch),
            _ => self.turns.get(&id).and_then(|turn| {
                let in_talk = self.talk.get_mut(turn);
                in_talk.or_else(|| self.other.get_mut(turn))
            }),
        };
        batch.map(|batch| batch.is_lost = true).is_some()
    }

    /// The session lags from now on, or no longer (SLOW-5).
    pub(super) fn set_lagging(&mut self, id: SessionId, lags: bool, is_member: bool) {
        match (lags, is_member) {
            (true, true) => drop(self.lagging_members.insert(id)),
            (true, false) => drop(self.lagging_visitors.insert(id)),
            (false, _) => self.remove_lagging(id),
        }
    }

    /// The session is a member now.
    pub(super) fn joined(&mut self, id: SessionId) {
        self.lagging_members.extend(self.lagging_visitors.take(&id));
    }

    /// The session is not there any more.
    pub(super) fn forget(&mut self, id: SessionId) {
        self.remove_lagging(id);
        if self.serving.as_ref().is_some_and(|s| s.batch.from == id) {
            self.serving = None;
        }
        if let Some(turn) = self.turns.remove(&id) {
            self.talk.remove(&turn);
            self.other.remove(&turn);
        }
    }

    /// Forgets all that waits.
    pub(super) fn clear(&mut self) {
        self.talk.clear();
        self.other.clear();
        self.serving = None;
    }

    /// Whether [`Self::next`] would give something.
    pub(super) fn is_ready(&self, now: Instant) -> bool {
        let is_servable = |serving: &Serving| !serving.batch.is_talk() || self.takes_talk(now);
        !self.other.is_empty()
            || self.serving.as_ref().is_some_and(is_servable)
            || (!self.talk.is_empty() && self.takes_talk(now))
    }

    /// When the talk that waits may be taken, if a member lags; that may be past.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let waits = |serving: &Serving| serving.batch.is_talk();
        let talk_waits = !self.talk.is_empty() || self.serving.as_ref().is_some_and(waits);
        let is_paced = talk_waits && !self.lagging_members.is_empty();
        self.paced.paid_at(self.pace).filter(|_| is_paced)
    }

    /// Takes the next input. [`Self::told`] has to be called with what it made the room tell.
    pub(super) fn next(&mut self, now: Instant) -> Option<(SessionId, Input)> {
        let takes_talk = self.takes_talk(now);
        let is_too_early = |s: &mut Serving| s.batch.is_talk() && !(takes_talk && s.before_all);
        if let Some(serving) = self.serving.take_if(is_too_early) {
            self.end_turn(&serving);
            self.enqueue(serving.batch);
        }
        let serving = match &mut self.serving {
            Some(serving) => serving,
            none => {
                let (turn, batch) = pop(&mut self.talk, &mut self.other, takes_talk)?;
                self.virtual_time = self.virtual_time.max(turn.0);
                none.insert(Serving {
                    batch,
                    told: 0,
                    before_all: takes_talk,
                })
            }
        };
        let from = serving.batch.from;
        let input = serving.batch.next();
        Some((from, input.expect("what waits is not empty")))
    }

    /// What the last input has made the room tell.
    pub(super) fn told(&mut self, told: Octets, now: Instant) {
        let Some(mut serving) = self.serving.take() else {
            return;
        };
        if !self.lagging_members.is_empty() {
            self.paced.take(told.to_others, self.pace, now);
        }
        serving.batch.told += told.in_all;
        serving.told += told.in_all;
        if serving.batch.is_empty() {
            self.end_turn(&serving);
            let Batch { from, told, .. } = serving.batch;
            self.done.push(Done {
                session: from,
                told,
            });
        } else if serving.told >= QUANTUM {
            self.end_turn(&serving);
            self.enqueue(serving.batch);
        } else {
            self.serving = Some(serving);
        }
    }

    /// Takes out those whose batches are done.
    pub(super) fn take_done(&mut self) -> Vec<Done> {
        std::mem::take(&mut self.done)
    }

    /// Puts the session's next turn off by what this one has told. Of the time in which it said
    /// nothing it has a quantum left, to say more at once.
    fn end_turn(&mut self, serving: &Serving) {
        let turn = self.turns.get_mut(&serving.batch.from);
        let turn = turn.expect("who is served has a turn");
        let credit = self.virtual_time.saturating_sub(QUANTUM as u64);
        turn.0 = turn.0.max(credit) + serving.told as u64;
    }

    fn enqueue(&mut self, batch: Batch) {
        self.waits += 1;
        let turn = self.turns.get_mut(&batch.from);
        let turn = turn.expect("who brings something has a turn");
        turn.1 = self.waits;
        let queue = if batch.is_talk() {
            &mut self.talk
        } else {
            &mut self.other
        };
        queue.insert(*turn, batch);
    }

    fn takes_talk(&self, now: Instant) -> bool {
        self.lagging_members.is_empty() || self.paced.in_debt_until(self.pace, now).is_none()
    }

    fn remove_lagging(&mut self, id: SessionId) {
        self.lagging_members.remove(&id);
        self.lagging_visitors.remove(&id);
    }
}

/// The one whose turn comes first of all whose turn it can be.
fn pop(
    talk: &mut BTreeMap<Turn, Batch>,
    other: &mut BTreeMap<Turn, Batch>,
    takes_talk: bool,
) -> Option<(Turn, Batch)> {
    let talks = talk.first_entry().filter(|_| takes_talk);
    let first = match (talks, other.first_entry()) {
        (Some(talk), Some(other)) if talk.key() < other.key() => talk,
        (_, Some(other)) => other,
        (talk, None) => talk?,
    };
    Some(first.remove_entry())
}

impl Batch {
    fn next(&mut self) -> Option<Input> {
        let line = self.lines.pop_front().map(Input::Line);
        line.or_else(|| std::mem::take(&mut self.is_lost).then_some(Input::Lost))
    }

    fn is_empty(&self) -> bool {
        self.lines.is_empty() && !self.is_lost
    }

    /// Whether its next input is talk.
    fn is_talk(&self) -> bool {
        matches!(self.lines.front(), Some(Ok(command)) if command.is_talk())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::Duration;

    use super::*;
    use crate::protocol::parse_line;

    const PACE: u64 = 1 << 17;

    fn lines(lines: &[&str]) -> Lines {
        let lines = lines.iter().map(|line| parse_line(line.as_bytes()));
        lines.map(|line| line.expect("a line")).collect()
    }

    /// What every input makes the room tell here, to others as well if it is talk.
    fn octets(input: &Input, octets: usize) -> Octets {
        let is_talk = matches!(input, Input::Line(Ok(command)) if command.is_talk());
        let to_others = if is_talk { octets } else { 0 };
        let in_all = octets;
        Octets { in_all, to_others }
    }

    /// Serves one input.
    fn serve(scheduler: &mut Scheduler, told: usize, now: Instant) -> Option<(SessionId, Input)> {
        let (id, input) = scheduler.next(now)?;
        scheduler.told(octets(&input, told), now);
        Some((id, input))
    }

    /// Numbers that are the same in every run.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: u64) -> u64 {
            let step = self.0.wrapping_mul(6_364_136_223_846_793_005);
            self.0 = step.wrapping_add(1);
            (self.0 >> 33) % sides
        }

        fn one_in(&mut self, n: u64) -> bool {
            self.roll(n) == 0
        }
    }

    fn time_for(octets: u64) -> Duration {
        Duration::from_nanos(octets * 1_000_000_000 / PACE)
    }

    /// What a scheduler is to have of one session.
    #[derive(Default)]
    struct Owed {
        inputs: VecDeque<Input>,
        told: usize,
        /// The octets that each other session was told since this one's next input came to wait: of
        /// talk, and all.
        waited: BTreeMap<SessionId, [usize; 2]>,
        lags: bool,
        is_member: bool,
    }

    impl Owed {
        fn waits_to_talk(&self) -> Option<bool> {
            let first = self.inputs.front()?;
            Some(matches!(first, Input::Line(Ok(command)) if command.is_talk()))
        }
    }

    /// A scheduler, and what it owes the sessions: all they brought, each in its order, once.
    struct Scene {
        dice: Dice,
        scheduler: Scheduler,
        now: Instant,
        sessions: BTreeMap<SessionId, Owed>,
        /// How long what talk has told takes at [`PACE`], from now on.
        debt: Duration,
        longest_wait: usize,
        served: [usize; 2],
        held: usize,
    }

    impl Scene {
        const MOST_TOLD: u64 = 900;

        fn new(seed: u64) -> Self {
            let now = Instant::now();
            Self {
                dice: Dice(seed),
                scheduler: Scheduler::new(PACE, now),
                now,
                sessions: (0..12).map(|id| (SessionId(id), Owed::default())).collect(),
                debt: Duration::ZERO,
                longest_wait: 0,
                served: [0; 2],
                held: 0,
            }
        }

        fn is_paced(&self) -> bool {
            let lags = |owed: &Owed| owed.lags && owed.is_member;
            self.sessions.values().any(lags) && self.debt > time_for(QUANTUM as u64)
        }

        fn step(&mut self) {
            let Self {
                dice, scheduler, ..
            } = self;
            let id = SessionId(dice.roll(12));
            let owed = self.sessions.get_mut(&id).expect("it is there");
            match dice.roll(30) {
                0..=9 if owed.inputs.is_empty() => {
                    let line =
                        |dice: &mut Dice| ["PING 1", "LIST", "BCST x"][dice.roll(3) as usize];
                    let said: Vec<_> = (0..=dice.roll(40)).map(|_| line(dice)).collect();
                    scheduler.push(id, lines(&said));
                    owed.inputs
                        .extend(lines(&said).into_iter().map(Input::Line));
                }
                10 => match owed.inputs.back() {
                    Some(Input::Lost) => {}
                    Some(_) => {
                        assert!(scheduler.push_lost(id));
                        owed.inputs.push_back(Input::Lost);
                    }
                    None => assert!(!scheduler.push_lost(id)),
                },
                12 if dice.one_in(4) => {
                    scheduler.forget(id);
                    *owed = Owed::default();
                }
                13 if dice.one_in(4) => {
                    owed.lags = !owed.lags;
                    scheduler.set_lagging(id, owed.lags, owed.is_member);
                }
                14 if !owed.is_member => {
                    owed.is_member = true;
                    scheduler.joined(id);
                }
                15..=17 => {
                    let passed = Duration::from_micros(dice.roll(20_000));
                    self.now += passed;
                    self.debt = self.debt.saturating_sub(passed);
                }
                _ => self.serve(),
            }
        }

        /// Serves the next, if there is one, which it is whenever something waits that need not.
        fn serve(&mut self) {
            let is_paced = self.is_paced();
            let waits: Vec<_> = self
                .sessions
                .values()
                .filter_map(Owed::waits_to_talk)
                .collect();
            let is_ready = waits.iter().any(|is_talk| !is_talk || !is_paced);
            assert_eq!(self.scheduler.is_ready(self.now), is_ready);
            let deadline = self.scheduler.deadline().filter(|_| is_paced);
            assert_eq!(deadline.is_some(), is_paced && waits.contains(&true));
            assert!(deadline.is_none_or(|deadline| deadline > self.now));
            let next = self.scheduler.next(self.now);
            assert_eq!(next.is_some(), is_ready);
            self.held += usize::from(waits.contains(&true) && is_paced);
            let Some((id, input)) = next else { return };
            let octets = octets(&input, 1 + self.dice.roll(Self::MOST_TOLD) as usize);
            self.scheduler.told(octets, self.now);
            let is_talk = octets.to_others > 0;
            let is_lost = input == Input::Lost;
            assert!(!(is_talk && is_paced), "talk is taken too early");
            self.served[usize::from(is_talk)] += 1;
            let lags = |owed: &Owed| owed.lags && owed.is_member;
            if self.sessions.values().any(lags) {
                self.debt += time_for(octets.to_others as u64);
            }
            let owed = self.sessions.get_mut(&id).expect("it is there");
            assert_eq!(owed.inputs.pop_front(), Some(input), "of {id:?}");
            owed.told += octets.in_all;
            owed.waited.clear();
            let done = owed.inputs.is_empty().then(|| Done {
                session: id,
                told: std::mem::take(&mut owed.told),
            });
            assert_eq!(self.scheduler.take_done(), Vec::from_iter(done));
            if owed.inputs.is_empty() && is_lost {
                self.scheduler.forget(id);
                *owed = Owed::default();
            }
            self.wait_for(id, octets);
        }

        /// FAIR-1, SLOW-5: who waits to talk waits for others' talk.
        fn wait_for(&mut self, served: SessionId, octets: Octets) {
            for (&id, owed) in &mut self.sessions {
                let Some(is_talk) = owed.waits_to_talk().filter(|_| id != served) else {
                    continue;
                };
                let [talk, all] = owed.waited.entry(served).or_default();
                *talk += octets.to_others;
                *all += octets.in_all;
                let waited = if is_talk { *talk } else { *all };
                self.longest_wait = self.longest_wait.max(waited);
            }
        }
    }

    /// FAIR-1, SLOW-5, ORDER-3: whatever the sessions bring, whenever they end, lag and join, each
    /// input is served once, in its session's order, as soon as the pace allows, and after three
    /// quanta of each other session at most.
    #[test]
    fn nothing_is_lost_or_doubled_and_nobody_waits_for_long() {
        let (mut served, mut held, mut longest_wait) = ([0; 2], 0, 0);
        for seed in 0..40 {
            let mut scene = Scene::new(seed);
            for _ in 0..5000 {
                scene.step();
            }
            for (&id, owed) in &mut scene.sessions {
                owed.lags = false;
                scene.scheduler.set_lagging(id, false, owed.is_member);
            }
            while scene.scheduler.is_ready(scene.now) {
                scene.serve();
            }
            assert!(scene.sessions.values().all(|owed| owed.inputs.is_empty()));
            served = [0, 1].map(|at| served[at] + scene.served[at]);
            held += scene.held;
            longest_wait = longest_wait.max(scene.longest_wait);
        }
        println!("{served:?} served, {held} held, the longest wait is {longest_wait} octets");
        assert!(served.iter().min() > Some(&20_000) && held > 10_000);
        let most = 3 * (QUANTUM + Scene::MOST_TOLD as usize);
        assert!((QUANTUM..most).contains(&longest_wait), "{longest_wait}");
    }

    /// FAIR-1: thirty sessions bring batches of any length at any time, and no input waits for more
    /// than three quanta of each other.
    #[test]
    fn a_line_waits_for_three_quanta_of_each_other_session_at_most() {
        let now = Instant::now();
        let mut scheduler = Scheduler::new(PACE, now);
        let mut dice = Dice(7);
        let mut roll = |sides: u64| dice.roll(sides);
        // What each of them waits for since it came to wait: the octets told for each other.
        let mut waits: BTreeMap<SessionId, BTreeMap<SessionId, usize>> = BTreeMap::new();
        let mut worst = 0;
        for _ in 0..200_000 {
            let id = SessionId(roll(30));
            if roll(3) == 0 && !waits.contains_key(&id) {
                let count = 1 + roll(40) as usize;
                scheduler.push(id, lines(&vec!["PING 1"; count]));
                waits.insert(id, BTreeMap::new());
            }
            let Some((served, input)) = scheduler.next(now) else {
                continue;
            };
            let told = 1 + roll(900) as usize;
            scheduler.told(octets(&input, told), now);
            waits.insert(served, BTreeMap::new());
            for (_, waited) in waits.iter_mut().filter(|&(&id, _)| id != served) {
                let waited = waited.entry(served).or_default();
                *waited += told;
                worst = worst.max(*waited);
            }
            for Done { session, .. } in scheduler.take_done() {
                waits.remove(&session);
            }
        }
        assert!((QUANTUM..3 * (QUANTUM + 900)).contains(&worst), "{worst}");
    }

    /// FAIR-1: it waits for the turn that is on, and for no other.
    #[test]
    fn who_says_little_comes_before_all_who_say_much() {
        let now = Instant::now();
        let mut scheduler = Scheduler::new(PACE, now);
        let quiet = SessionId(100);
        scheduler.push(quiet, lines(&["PING 1"]));
        assert_eq!(serve(&mut scheduler, 10, now).expect("one").0, quiet);
        for flooder in 0..100 {
            scheduler.push(SessionId(flooder), lines(&["x"; 1000]));
        }
        for _ in 0..50_000 {
            serve(&mut scheduler, 50, now).expect("they have more");
        }
        let of_one_quantum = QUANTUM / 50 + 1;
        for said in (50..QUANTUM).step_by(50) {
            scheduler.push(quiet, lines(&["PING 2"]));
            let mut served = (0..=of_one_quantum).filter_map(|_| serve(&mut scheduler, 50, now));
            assert!(served.any(|(id, _)| id == quiet), "after {said} octets");
        }
    }

    /// ORDER-3, CONN-6: a session's inputs keep their order, and its loss comes after what it had
    /// said.
    #[test]
    fn a_lost_session_is_lost_after_its_lines() {
        let now = Instant::now();
        let mut scheduler = Scheduler::new(PACE, now);
        let (one, two) = (SessionId(1), SessionId(2));
        assert!(!scheduler.push_lost(one));
        scheduler.push(one, lines(&["BCST a", "PING b"]));
        scheduler.push(two, lines(&["QUIT"]));
        assert!(scheduler.push_lost(one));
        let mut served = Vec::new();
        while let Some((id, input)) = serve(&mut scheduler, QUANTUM, now) {
            served.push((id, input));
        }
        let line = |line| Input::Line(lines(&[line])[0].clone());
        let order = [
            (one, line("BCST a")),
            (two, line("QUIT")),
            (one, line("PING b")),
        ];
        assert_eq!(served[..3], order);
        assert_eq!(served[3..], [(one, Input::Lost)]);
        let told = |session, told| Done { session, told };
        assert_eq!(
            scheduler.take_done(),
            [told(two, QUANTUM), told(one, 3 * QUANTUM)]
        );
        assert!(!scheduler.is_ready(now) && !scheduler.push_lost(two));
    }

    /// SLOW-5: nobody waits for ever, however long the member lags, and all else is taken at once.
    #[test]
    fn while_a_member_lags_talk_is_taken_at_the_pace_and_all_else_as_ever() {
        let start = Instant::now();
        let mut scheduler = Scheduler::new(PACE, start);
        let quiet = SessionId(11);
        scheduler.push(quiet, lines(&["PING 1"]));
        serve(&mut scheduler, 100, start).expect("it is alone");
        for talker in 1..=9 {
            scheduler.push(SessionId(talker), lines(&["BCST x"; 2000]));
        }
        serve(&mut scheduler, 100, start).expect("nobody lags");
        scheduler.set_lagging(SessionId(9), true, true);
        let mut now = start;
        let mut told = 0;
        let mut shares = [0; 10];
        while now < start + Duration::from_secs(10) {
            scheduler.push(SessionId(10), lines(&["PING 1"]));
            while let Some((id, _)) = serve(&mut scheduler, 100, now) {
                shares[id.0 as usize - 1] += 1;
                told += if id.0 == 10 { 0 } else { 100 };
            }
            now = scheduler.deadline().expect("they have more");
            assert!(scheduler.is_ready(now));
        }
        let pace = PACE as usize * 10;
        assert!((pace..pace + 3 * QUANTUM).contains(&told), "{told}");
        let turns = shares[9];
        assert!(turns > 300, "{turns}");
        let (least, most) = (shares[..9].iter().min(), shares[..9].iter().max());
        let [least, most] = [least, most].map(|share| share.expect("nine"));
        assert!(most - least <= QUANTUM / 100 + 1, "{shares:?}");

        // One who has said nothing for a while says a line: it waits for what was taken last, and
        // for nobody else.
        scheduler.push(quiet, lines(&["BCST y"]));
        let wait = scheduler.deadline().map_or(Duration::ZERO, |at| at - now);
        assert!(wait <= Duration::from_millis(33), "{wait:?}");
        let next = serve(&mut scheduler, 100, now + wait).expect("it is time");
        assert_eq!(next.0, quiet);

        scheduler.forget(SessionId(9));
        assert_eq!(scheduler.deadline(), None);
        let talk = std::iter::from_fn(|| serve(&mut scheduler, 100, now));
        let served = talk.count();
        assert!(served > 1000, "{served}");
        assert!(!scheduler.is_ready(now));
    }

    /// STATE-3, SHUT-1
    #[test]
    fn what_is_forgotten_is_served_no_more() {
        let now = Instant::now();
        let mut scheduler = Scheduler::new(PACE, now);
        for forget in [|s: &mut Scheduler| s.forget(SessionId(1)), Scheduler::clear] {
            scheduler.push(SessionId(1), lines(&["PING 1", "BCST x", "PING 2"]));
            serve(&mut scheduler, 1, now).expect("a line");
            forget(&mut scheduler);
            assert!(!scheduler.is_ready(now) && serve(&mut scheduler, 1, now).is_none());
            scheduler.push(SessionId(1), lines(&["BCST x"]));
            forget(&mut scheduler);
            assert!(!scheduler.is_ready(now));
        }
    }
}
