//! Which session the scheduler serves next, played with pseudorandom numbers of a fixed seed.

use std::collections::VecDeque;
use std::time::Duration;

use super::*;
use crate::protocol::parse_line;

const PACE: u64 = 1 << 17;

fn lines(lines: &[&str]) -> Lines {
    let lines = lines.iter().map(|line| parse_line(line.as_bytes()));
    lines.map(|line| line.expect("a line")).collect()
}

/// The cost of an input here: told to other sessions if it is talk.
fn cost(input: &Input, octets: usize) -> Cost {
    let is_talk = matches!(input, Input::Line(Ok(command)) if command.is_talk());
    let to_others = if is_talk { octets } else { 0 };
    let total = octets;
    Cost { total, to_others }
}

/// Serves one input.
fn serve(scheduler: &mut Scheduler, told: usize, now: Instant) -> Option<(SessionId, Input)> {
    let (id, input) = scheduler.next(now)?;
    scheduler.charge(cost(&input, told), now);
    Some((id, input))
}

/// Pseudorandom numbers, the same in every run.
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

/// What the scheduler still owes one session.
#[derive(Default)]
struct Owed {
    inputs: VecDeque<Input>,
    cost: usize,
    /// What each other session has cost since this one's next input began to wait, in octets: its
    /// talk, and all of its input.
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

/// A scheduler, and what it owes each session: every input it brought, once, in its order.
struct Scene {
    dice: Dice,
    scheduler: Scheduler,
    now: Instant,
    sessions: BTreeMap<SessionId, Owed>,
    /// How long the octets that talk has told still take at [`PACE`].
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
                let line = |dice: &mut Dice| ["PING 1", "LIST", "BCST x"][dice.roll(3) as usize];
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

    /// Serves the next input. There is one whenever something waits that the pace allows.
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
        let cost = cost(&input, 1 + self.dice.roll(Self::MOST_TOLD) as usize);
        self.scheduler.charge(cost, self.now);
        let is_talk = cost.to_others > 0;
        let is_lost = input == Input::Lost;
        assert!(!(is_talk && is_paced), "talk is taken too early");
        self.served[usize::from(is_talk)] += 1;
        let lags = |owed: &Owed| owed.lags && owed.is_member;
        if self.sessions.values().any(lags) {
            self.debt += time_for(cost.to_others as u64);
        }
        let owed = self.sessions.get_mut(&id).expect("it is there");
        assert_eq!(owed.inputs.pop_front(), Some(input), "of {id:?}");
        owed.cost += cost.total;
        owed.waited.clear();
        let done = owed.inputs.is_empty().then(|| Done {
            session: id,
            cost: std::mem::take(&mut owed.cost),
        });
        assert_eq!(self.scheduler.take_done(), Vec::from_iter(done));
        if owed.inputs.is_empty() && is_lost {
            self.scheduler.forget(id);
            *owed = Owed::default();
        }
        self.wait_for(id, cost);
    }

    /// FAIR-1, SLOW-5: a session that waits to talk waits for the others' talk alone.
    fn wait_for(&mut self, served: SessionId, cost: Cost) {
        for (&id, owed) in &mut self.sessions {
            let Some(is_talk) = owed.waits_to_talk().filter(|_| id != served) else {
                continue;
            };
            let [talk, all] = owed.waited.entry(served).or_default();
            *talk += cost.to_others;
            *all += cost.total;
            let waited = if is_talk { *talk } else { *all };
            self.longest_wait = self.longest_wait.max(waited);
        }
    }
}

/// FAIR-1, SLOW-5, ORDER-3: whatever the sessions bring, whenever they end, lag and join, each
/// input is served once, in its session's order, as soon as the pace allows, and after three
/// quanta of each other session at most.
///
/// > FAIR-1: The room serves the sessions that have lines for it in turn, a *quantum* each: as many
/// > lines as make the room tell 1024 octets, each event counted once, and at least one line.
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

/// FAIR-1: thirty sessions bring lines in any number at any time, and no input waits for more than
/// three quanta of each other session.
///
/// > FAIR-1: A line waits for at most three quanta of each other session, whatever those send and
/// > whether they have joined.
#[test]
fn a_line_waits_for_three_quanta_of_each_other_session_at_most() {
    let now = Instant::now();
    let mut scheduler = Scheduler::new(PACE, now);
    let mut dice = Dice(7);
    let mut roll = |sides: u64| dice.roll(sides);
    // For each session that waits: what each other session has cost since then, in octets.
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
        scheduler.charge(cost(&input, told), now);
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

/// FAIR-1: a session that says little waits for the current turn to end, and for no other.
///
/// > FAIR-1: A session that uses less than its quantum has its next turn the sooner, so that one
/// > that says little comes before all that say much.
#[test]
fn a_session_that_says_little_comes_before_all_that_say_much() {
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
    let done = |session, cost| Done { session, cost };
    assert_eq!(
        scheduler.take_done(),
        [done(two, QUANTUM), done(one, 3 * QUANTUM)]
    );
    assert!(!scheduler.is_ready(now) && !scheduler.push_lost(two));
}

/// SLOW-5: no talk waits for ever, however long the member lags, and all else is taken at once.
///
/// > SLOW-5: A member *lags* from the moment at which more than a quarter of `send-queue` waits for
/// > it until no more than an eighth does. While a member lags, the room takes talk only as fast as
/// > it tells an eighth of `send-queue` a second, and at least 65536 octets a second, each event
/// > counted once; what is no talk it takes as ever.
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

    // A session that has been silent for a while says a line: it waits for what was taken last,
    // and for no other session.
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

/// STATE-3
#[test]
fn what_is_forgotten_is_served_no_more() {
    let now = Instant::now();
    let mut scheduler = Scheduler::new(PACE, now);
    scheduler.push(SessionId(1), lines(&["PING 1", "BCST x", "PING 2"]));
    serve(&mut scheduler, 1, now).expect("a line");
    scheduler.forget(SessionId(1));
    assert!(!scheduler.is_ready(now) && serve(&mut scheduler, 1, now).is_none());
    scheduler.push(SessionId(1), lines(&["BCST x"]));
    scheduler.forget(SessionId(1));
    assert!(!scheduler.is_ready(now));
}
