//! What may be asked of a funnel.

use std::fmt;

/// The most steps that a funnel may have: as many as a mask has bits.
pub const STEPS_MAX: u32 = 32;

/// The most exclusions that a funnel may have.
pub const EXCLUSIONS_MAX: usize = 32;

/// In which order, and how strictly, steps must be met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// In order; other rows may lie between.
    #[default]
    InOrder,
    /// In order, and after the first step 1 nothing else: a row that meets no step ends the scan, and so does a step whose turn
    /// has not come (unless `skip_early`, which passes over such a step).
    StrictOrder {
        /// Whether a step before its turn is passed over.
        skip_early: bool,
    },
    /// In order; a step (but the first) that was reached before ends the scan when it comes again.
    StrictDedup,
    /// In order, each step later than the one before, not at the same time.
    StrictIncrease,
    /// In any order: how many different steps lie within one window. Nothing can be optional, exclusions hold between the first
    /// row and the last, and only [`Entry::Best`] makes sense.
    AnyOrder,
}

/// Which of a customer's entrances (rows that meet step 1) count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entry {
    /// Any: the chain that comes furthest, whichever entrance it began with.
    #[default]
    Best,
    /// The first ever. A second one changes nothing, not even when the window of the first has passed.
    First,
    /// One after the other: an attempt runs until it converts, its window passes, or an exclusion (or a strict mode) ends it.
    /// Until then further entrances change nothing; after that one may enter again. Each attempt is told. What lies at the
    /// very time of a conversion belongs to that attempt.
    Every,
}

/// Rows that must not lie inside a chain. A row that meets exclusion `i` has bit `i` set in its exclusion mask. It kills a
/// chain when it is later than step `after` (or a later step, where that one was skipped) and step `before`, or one after it,
/// is not reached by the time of the row: at the same time as a step, a row is neither before nor after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// From this step on, counted from 0.
    pub after: u32,
    /// Until this step, counted from 0.
    pub before: u32,
}

/// The rules of a funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelRules {
    /// How many steps, 1 to [`STEPS_MAX`].
    pub steps: u32,
    /// The longest time from the first step to the last, inclusive, in the unit of the times.
    pub window: i64,
    /// Order and strictness.
    pub mode: Mode,
    /// Whether a row fills at most one step of a chain, even if it meets several.
    pub once: bool,
    /// The steps (bits) that a chain may leave out; never the first or the last.
    pub optional: u32,
    /// What must not lie between two steps; by the bits of a row's exclusion mask.
    pub exclusions: Vec<Exclusion>,
    /// How many sessions a chain may touch, the first step's being the first; any number when there is none. 1 is "within a
    /// session". Holds besides the window in time.
    pub sessions: Option<u32>,
    /// Rows this close together have no order: they count as if all had the time of the first of them. From left to right, such
    /// a group begins with the first row (that meets something) after the last group, and holds the rows at most this much later.
    pub grace: i64,
    /// Which entrances count.
    pub entry: Entry,
}

/// One step, in order, once, without a limit in time.
impl Default for FunnelRules {
    fn default() -> FunnelRules {
        FunnelRules {
            steps: 1,
            window: i64::MAX,
            mode: Mode::InOrder,
            once: true,
            optional: 0,
            exclusions: Vec::new(),
            sessions: None,
            grace: 0,
            entry: Entry::Best,
        }
    }
}

impl FunnelRules {
    pub(super) fn check(&self) -> Result<(), FunnelError> {
        if !(1..=STEPS_MAX).contains(&self.steps) {
            return Err(FunnelError::Steps(self.steps));
        }
        if self.window < 0 {
            return Err(FunnelError::Window(self.window));
        }
        if self.grace < 0 {
            return Err(FunnelError::Grace(self.grace));
        }
        if self.sessions == Some(0) {
            return Err(FunnelError::Sessions);
        }
        // Neither the first step, nor the last, nor one after it.
        let inner = (u32::MAX >> (STEPS_MAX - self.steps) >> 1) & !1;
        if self.optional & !inner != 0 {
            return Err(FunnelError::Optional);
        }
        if self.exclusions.len() > EXCLUSIONS_MAX {
            return Err(FunnelError::Exclusions(self.exclusions.len()));
        }
        if let Some(wrong) = self.exclusions.iter().find(|e| e.after >= e.before || e.before >= self.steps) {
            return Err(FunnelError::Exclusion(*wrong));
        }
        if self.mode == Mode::AnyOrder {
            let part = self.exclusions.iter().any(|e| e.after != 0 || e.before != self.steps - 1);
            if self.optional != 0 || part || self.entry != Entry::Best {
                return Err(FunnelError::AnyOrder);
            }
        }
        Ok(())
    }
}

/// Rules that no funnel can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunnelError {
    /// Not 1 to 32 steps.
    Steps(u32),
    /// A window below zero.
    Window(i64),
    /// A grace below zero.
    Grace(i64),
    /// A window of no sessions.
    Sessions,
    /// The first step, the last, or one that is not there is said to be optional.
    Optional,
    /// More than 32 exclusions.
    Exclusions(usize),
    /// An exclusion that does not lie between two steps, the first before the second.
    Exclusion(Exclusion),
    /// Optional steps, exclusions between single steps or a choice of entrances, in any order.
    AnyOrder,
}

impl fmt::Display for FunnelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FunnelError::Steps(steps) => write!(f, "a funnel has 1 to {STEPS_MAX} steps, not {steps}"),
            FunnelError::Window(window) => write!(f, "a funnel's window cannot be negative ({window})"),
            FunnelError::Grace(grace) => write!(f, "a funnel's grace cannot be negative ({grace})"),
            FunnelError::Sessions => write!(f, "a funnel's window must hold at least 1 session"),
            FunnelError::Optional => write!(f, "the first and the last step of a funnel cannot be optional"),
            FunnelError::Exclusions(count) => write!(f, "a funnel has at most {EXCLUSIONS_MAX} exclusions, not {count}"),
            FunnelError::Exclusion(Exclusion { after, before }) => {
                let (after, before) = (u64::from(*after) + 1, u64::from(*before) + 1);
                write!(f, "an exclusion lies between a step and a later one, not between steps {after} and {before}")
            }
            FunnelError::AnyOrder => write!(
                f,
                "a funnel in any order has no first or last step: leave out optional steps, the steps of exclusions and the choice of entrances"
            ),
        }
    }
}

impl std::error::Error for FunnelError {}
