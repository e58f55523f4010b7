//! How many of a list of steps a customer reached, in order, within a window.
//!
//! Rows with the same time have no order among themselves: they count in the order of the steps. So a run is walked
//! group by group, a group being the rows of one time (nearly always one row). For every level (the furthest step of a
//! chain, counted from 1) the kernel remembers one chain: the one that started latest, because it leaves the most time for the
//! steps to come. The rules equal those of ClickHouse's `windowFunnel` in all modes that it has.
//!
//! What ClickHouse does not have: *optional steps* (then one chain is remembered for each level and number of optional steps
//! passed, and of the chains that come as far, the one that passed most is told), *exclusions*, *a window in sessions*,
//! *grace*, and *entrances* other than the best. [`rules`] says what each means. Exclusions follow PostHog (`funnel-udf`,
//! 2025): whoever's furthest chain was killed is excluded as a person, unless a clean chain, before or after, came as far. Of
//! chains that come as far at the same time, the one that started latest stands for all, here as there.
//! Unlike there, rows of one time do not set exclusions aside; they are then neither before nor after the steps of that time.
//!
//! `rules.rs` holds what can be asked, this file the walk, `chains.rs` how chains grow in order, `any_order.rs` the mode without
//! one, `places.rs` who fills what where one row may fill only one step. Rows that are alone at
//! their time and meet one step take a short way (`stride`), and runs with no others the shortest (`dash.rs`): nearly all do, so
//! speed hangs on it.

mod any_order;
mod chains;
mod dash;
mod places;
mod rules;

use std::ops::Range;

pub use rules::{EXCLUSIONS_MAX, Entry, Exclusion, FunnelError, FunnelRules, Mode, STEPS_MAX};

/// One customer's rows, in ascending time.
#[derive(Clone, Copy, Debug, Default)]
pub struct FunnelRun<'a> {
    /// When.
    pub times: &'a [i64],
    /// Bit `i` says that the row meets step `i`. As long as `times`.
    pub masks: &'a [u32],
    /// Bit `i` says that the row meets exclusion `i`. As long as `times`, or empty when the rules have no exclusions.
    pub exclusions: &'a [u32],
    /// The number of the session that a row lies in, ascending, and the same for rows of one time. As long as `times`, or
    /// empty when the rules have no window in sessions.
    pub sessions: &'a [u32],
}

impl FunnelRun<'_> {
    fn session(&self, row: usize) -> u32 {
        self.sessions.get(row).copied().unwrap_or(0)
    }

    fn exclusion(&self, row: usize) -> u32 {
        self.exclusions.get(row).copied().unwrap_or(0)
    }
}

/// How far a customer, or one attempt of a customer, came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached<'a> {
    /// The furthest step reached, counted from 1; 0 when not even the first.
    pub level: u32,
    /// The steps (bits) that were done on the way: the first `level`, without optional ones that were left out.
    pub passed: u32,
    /// When, one time for each of the first `level` steps: those of the chain that was first to come this far, and of several
    /// that came this far at the same time the one that passed most optional steps, then the one that started latest. A step
    /// that was left out has the time of the step before. In any order, they ascend and belong to no step in particular.
    pub step_times: &'a [i64],
    /// Whether an exclusion killed this chain, and no other chain came as far. In PostHog such a customer counts nowhere.
    pub excluded: bool,
}

impl Reached<'_> {
    /// When a step (counted from 0) was done, if it was.
    pub fn time(&self, step: usize) -> Option<i64> {
        let passed = step < STEPS_MAX as usize && self.passed >> step & 1 == 1;
        if passed { self.step_times.get(step).copied() } else { None }
    }
}

/// A funnel, ready to be run over many customers.
#[derive(Clone, Debug)]
pub struct Funnel {
    rules: FunnelRules,
    /// The bits of the steps.
    all: u32,
    /// The bits of the exclusions.
    hits: u32,
    /// Whether rows can take the short way.
    plain: bool,
    /// How many numbers of optional steps there are, 0 included: so many chains has a level.
    width: usize,
    /// Which chains each level has: a bit for each number of optional steps passed.
    held: Vec<u32>,
    /// The times of each chain, one row of `steps` for each level and number of optional steps.
    chains: Vec<i64>,
    /// The session in which each chain started, and the steps that it passed.
    about: Vec<About>,
    /// How the chains grow by the group at hand.
    growth: Vec<Growth>,
    /// By level: the level to which an exclusion of the group at hand lets a chain grow at the least; 0 if it leaves it alone.
    need: Vec<usize>,
    /// The chain that is reported, and its times.
    best: Best,
    best_times: Vec<i64>,
    /// In any order: the latest rows of each step, as many as there are steps; where in them the newest is; the first row that
    /// counts; and two lists for choosing.
    latest: Vec<usize>,
    rings: Vec<any_order::Ring>,
    floor: usize,
    nearest: Vec<usize>,
    chosen: Vec<usize>,
    /// By row, whether a chain went on with it; used on the shortest way only.
    went_on: Vec<bool>,
}

#[derive(Clone, Copy, Debug, Default)]
struct About {
    session: u32,
    passed: u32,
}

/// A chain as it will be after the group at hand.
#[derive(Clone, Copy, Debug)]
struct Growth {
    origin: Origin,
    start: i64,
    session: u32,
    /// The steps that the group adds.
    adds: u32,
}

/// What a chain grows out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// It does not grow.
    None,
    /// Nothing: it starts here.
    Start,
    /// A chain of this level, at this place.
    Chain { level: usize, slot: usize },
}

#[derive(Clone, Copy, Debug, Default)]
struct Best {
    level: u32,
    passed: u32,
    session: u32,
    killed: bool,
}

/// What the rows of one time meet.
#[derive(Default)]
struct Group {
    rows: Range<usize>,
    time: i64,
    session: u32,
    /// Steps that some row meets.
    met: u32,
    /// Steps that more than one row meets.
    met_again: u32,
    /// Whether some row meets several steps.
    several: bool,
    /// Whether some row meets no step.
    blank: bool,
    /// Exclusions that some row meets.
    hit: u32,
}

impl Funnel {
    /// A funnel with these rules.
    ///
    /// # Errors
    /// When the rules are out of range or contradict each other.
    pub fn new(rules: FunnelRules) -> Result<Funnel, FunnelError> {
        rules.check()?;
        let steps = rules.steps as usize;
        let width = rules.optional.count_ones() as usize + 1;
        let any = if rules.mode == Mode::AnyOrder { steps } else { 0 };
        // Without optional steps this never changes, and the short way relies on it.
        let passed = (0..steps * width).map(|slot| u32::MAX >> (u32::BITS as usize - 1 - slot / width));
        let about = passed.map(|passed| About { session: 0, passed }).collect();
        const STILL: Growth = Growth { origin: Origin::None, start: 0, session: 0, adds: 0 };
        Ok(Funnel {
            hits: (1u64 << rules.exclusions.len()).wrapping_sub(1) as u32,
            all: u32::MAX >> (STEPS_MAX - rules.steps),
            plain: matches!(rules.mode, Mode::InOrder | Mode::StrictIncrease)
                && rules.optional == 0
                && rules.sessions.is_none()
                && rules.grace == 0
                && rules.entry == Entry::Best,
            width,
            held: vec![0; steps],
            chains: vec![0; steps * width * steps],
            about,
            growth: vec![STILL; steps * width],
            need: vec![0; steps + 1],
            best: Best::default(),
            best_times: Vec::with_capacity(steps),
            latest: vec![0; any * any],
            rings: vec![any_order::Ring::default(); any],
            floor: 0,
            nearest: Vec::with_capacity(any * any),
            chosen: Vec::with_capacity(any),
            went_on: Vec::new(),
            rules,
        })
    }

    /// The rules.
    pub fn rules(&self) -> &FunnelRules {
        &self.rules
    }

    /// How far a customer came, by rules without exclusions and sessions. `times` must ascend and `masks` be as long: bit `i`
    /// of a row's mask says that it meets step `i`.
    pub fn reach(&mut self, times: &[i64], masks: &[u32]) -> Reached<'_> {
        self.reach_in(&FunnelRun { times, masks, ..FunnelRun::default() })
    }

    /// How far a customer came. Of [`Entry::Every`], the first attempt.
    pub fn reach_in(&mut self, run: &FunnelRun<'_>) -> Reached<'_> {
        self.walk(run, 0);
        self.reached()
    }

    /// Tells how far each attempt came that reached the first step: none or one, and with [`Entry::Every`] maybe many.
    pub fn each(&mut self, run: &FunnelRun<'_>, mut tell: impl FnMut(Reached<'_>)) {
        let mut row = 0;
        loop {
            row = self.walk(run, row);
            if self.best.level == 0 {
                return;
            }
            tell(self.reached());
            if self.rules.entry != Entry::Every {
                return;
            }
        }
    }

    fn reached(&self) -> Reached<'_> {
        let Best { level, passed, killed, .. } = self.best;
        Reached { level, passed, step_times: &self.best_times, excluded: killed }
    }

    /// Walks one attempt (with [`Entry::Best`], all there are) from a row on, and gives the row with which the next may begin.
    fn walk(&mut self, run: &FunnelRun<'_>, from: usize) -> usize {
        self.best = Best::default();
        self.best_times.clear();
        let rows = run.times.len().min(run.masks.len());
        if self.may_dash(run, rows) {
            self.dash(run, rows);
            return rows;
        }
        self.held.fill(0);
        self.rings.fill(any_order::Ring::default());
        self.floor = 0;
        let strict = matches!(self.rules.mode, Mode::StrictOrder { .. });
        let grace = if self.rules.mode == Mode::AnyOrder { 0 } else { self.rules.grace };
        let mut start = from;
        while start < rows {
            if self.rules.mode != Mode::AnyOrder {
                let (next, over) = if self.plain { self.stride::<true>(run, start..rows) } else { self.stride::<false>(run, start..rows) };
                start = next;
                if over || start == rows {
                    return start;
                }
            }
            if run.masks[start] & self.all == 0 && run.exclusion(start) & self.hits == 0 && !strict {
                start += 1;
                continue;
            }
            let time = run.times[start];
            let until = time.saturating_add(grace);
            let more = run.times[start + 1..rows].iter().take_while(|time| **time <= until).count();
            let group = self.group(run, start..start + 1 + more);
            if self.has_run_out(time, group.session) {
                return start;
            }
            let entered = self.rules.entry != Entry::Best && self.best.level > 0;
            let goes_on = match self.rules.mode {
                Mode::AnyOrder => self.gather(run, &group),
                _ => self.advance(run.masks, &group),
            };
            // An attempt of which an exclusion left nothing.
            if entered && goes_on && self.held.iter().all(|held| *held == 0) {
                return start;
            }
            start = group.rows.end;
            if !goes_on {
                return start;
            }
        }
        rows
    }

    fn group(&self, run: &FunnelRun<'_>, rows: Range<usize>) -> Group {
        let mut group = Group { time: run.times[rows.start], session: run.session(rows.start), rows: rows.clone(), ..Group::default() };
        for row in rows {
            let mask = run.masks[row] & self.all;
            group.met_again |= group.met & mask;
            group.met |= mask;
            group.several |= mask & mask.wrapping_sub(1) != 0;
            group.blank |= mask == 0;
            group.hit |= run.exclusion(row) & self.hits;
        }
        group
    }

    /// Whether the window of the attempt at hand has passed, where there is one attempt at a time.
    fn has_run_out(&self, time: i64, session: u32) -> bool {
        self.rules.entry != Entry::Best && self.best.level > 0 && !self.is_live(self.best_times[0], self.best.session, time, session)
    }

    /// Whether a chain may still grow at this time.
    fn is_live(&self, start: i64, start_session: u32, time: i64, session: u32) -> bool {
        time <= start.saturating_add(self.rules.window)
            && self.rules.sessions.is_none_or(|sessions| session.saturating_sub(start_session) < sessions)
    }
}
