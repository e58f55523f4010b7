//! What to do: one word, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::balance::{Balance, P_MIN};
use super::effect::Effect;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The split was not kept: nothing that was measured can be trusted.
    SrmBroken,
    /// Something that must not suffer did.
    GuardrailHurt,
    /// Do it: it is better.
    Ship,
    /// Leave it: it is worse, or not better by what would be worth it.
    Dont,
    /// Nothing can be said so far.
    NotYet,
}

/// What is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More: conversions, value.
    #[default]
    More,
    /// Less: complaints, waiting.
    Less,
}

impl Direction {
    /// The ends of an effect's interval such that more is better.
    fn turned(self, effect: &Effect) -> (f64, f64) {
        match self {
            Direction::More => (effect.low, effect.high),
            Direction::Less => (-effect.high, -effect.low),
        }
    }
}

/// A measure that must not suffer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guardrail {
    /// What happened to it.
    pub effect: Effect,
    /// What would be better.
    pub better: Direction,
    /// By how much it may become worse, on the scale of the effect; 0 and above.
    pub tolerance: f64,
}

/// What is known of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence<'a> {
    /// The check of the split; `None` when sizes were not meant to be anything.
    pub balance: Option<&'a Balance>,
    /// The effect on what the experiment is for.
    pub goal: Effect,
    /// Its p-value after correction for other measures and arms, if there are any.
    pub corrected_p: Option<f64>,
    /// The error probability that was agreed: 0.05.
    pub alpha: f64,
    /// What would be better.
    pub better: Direction,
    /// The smallest effect that would be worth it, on the scale of the effect; 0 and above.
    pub worth: f64,
    /// What must not suffer.
    pub guardrails: &'a [Guardrail],
    /// How many units there are, over all arms: more than those of the effect where there are more than two.
    pub units: u64,
    /// How many units were planned, over all arms; `None` without a plan.
    pub planned: Option<u64>,
    /// Whether the goal's interval holds at every look ([`always_valid`](super::always_valid)); one that does not is not read before the planned
    /// units are there.
    pub sequential: bool,
}

/// Why. Numbers are on the scale of the effects; more is better where they say so.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// The arms are not as large as they were meant to be.
    Split {
        /// How probable that is by chance.
        p: f64,
    },
    /// A guardrail is worse, and surely by more than it may be.
    Hurt {
        /// Which one, from 0.
        guardrail: usize,
        /// The effect on it.
        value: f64,
    },
    /// A guardrail may be worse by more than it may be.
    MayHurt {
        /// Which one, from 0.
        guardrail: usize,
        /// How much worse it may be.
        worst: f64,
    },
    /// Fewer units than planned, and an interval that is only right at the end.
    TooEarly {
        /// How many there are.
        units: u64,
        /// How many were planned.
        planned: u64,
    },
    /// The goal is surely better.
    Better {
        /// The effect on it.
        value: f64,
        /// At least so much.
        at_least: f64,
    },
    /// It is better, but perhaps by less than would be worth it.
    PerhapsTooLittle {
        /// At least so much.
        at_least: f64,
        /// What would be worth it.
        worth: f64,
    },
    /// The goal is surely worse.
    Worse {
        /// The effect on it.
        value: f64,
    },
    /// Whatever it does, it is less than would be worth it.
    TooLittle {
        /// At most so much better.
        at_most: f64,
        /// What would be worth it.
        worth: f64,
    },
    /// The interval holds both better and worse.
    Open {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// By itself it is better or worse, but among as many measures that may be chance.
    NotAfterCorrection {
        /// The corrected p-value.
        p: f64,
    },
    /// The interval leaves out 0 by so little that the test does not: they are two approximations of the same.
    Borderline {
        /// The p-value.
        p: f64,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Split { p } => write!(
                f,
                "the arms are not as large as they were meant to be (p = {p:.1e}, the limit is {P_MIN}): something loses units of one arm"
            ),
            Reason::Hurt { guardrail, value } => write!(f, "guardrail {} is worse ({value:+.4})", guardrail + 1),
            Reason::MayHurt { guardrail, worst } => write!(f, "guardrail {} may be worse by as much as {worst:.4}", guardrail + 1),
            Reason::TooEarly { units, planned } => {
                write!(f, "there are {units} of {planned} planned units, and this interval holds at the end only")
            }
            Reason::Better { value, at_least } => write!(f, "the goal is better ({value:+.4}, at least {at_least:.4})"),
            Reason::PerhapsTooLittle { at_least, worth } => {
                write!(f, "it may be as little as {at_least:.4}, and {worth:.4} would be worth it")
            }
            Reason::Worse { value } => write!(f, "the goal is worse ({value:+.4})"),
            Reason::TooLittle { at_most, worth } => write!(f, "it is better by at most {at_most:.4}, and {worth:.4} would be worth it"),
            Reason::Open { low, high } => write!(f, "it may be anything from {low:+.4} to {high:+.4}"),
            Reason::NotAfterCorrection { p } => write!(f, "among as many measures this may be chance (corrected p = {p:.3})"),
            Reason::Borderline { p } => {
                write!(f, "it is on the edge: the interval leaves out no difference, the test does not (p = {p:.3})")
            }
        }
    }
}

/// The verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// What to do.
    pub verdict: Verdict,
    /// Why, the weightiest first.
    pub reasons: Vec<Reason>,
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.verdict {
            Verdict::SrmBroken => "Stop: the split is broken",
            Verdict::GuardrailHurt => "Do not ship: a guardrail is hurt",
            Verdict::Ship => "Ship it",
            Verdict::Dont => "Do not ship it",
            Verdict::NotYet => "Not yet",
        };
        let reasons: Vec<String> = self.reasons.iter().map(Reason::to_string).collect();
        write!(f, "{word}: {}.", reasons.join("; "))
    }
}

/// Puts an experiment into one word. In this order: a broken split ends it; a guardrail that is surely hurt ends it; an interval that may not be read
/// yet says nothing; then the goal decides. It is shipped when it is surely better, its p-value stays under alpha after correction, and no guardrail
/// with a tolerance above 0 may be hurt beyond it; it is left when it is surely worse, or surely better by less than would be worth it.
pub fn judge(evidence: &Evidence<'_>) -> Judgement {
    if let Some(balance) = evidence.balance.filter(|balance| balance.broken) {
        return Judgement { verdict: Verdict::SrmBroken, reasons: vec![Reason::Split { p: balance.p }] };
    }
    let rails = || evidence.guardrails.iter().enumerate().map(|(number, rail)| (number, rail, rail.better.turned(&rail.effect)));
    let hurt: Vec<Reason> = rails()
        .filter(|(_, rail, (_, high))| *high < -rail.tolerance.max(0.0))
        .map(|(guardrail, rail, _)| Reason::Hurt { guardrail, value: rail.effect.value })
        .collect();
    if !hurt.is_empty() {
        return Judgement { verdict: Verdict::GuardrailHurt, reasons: hurt };
    }
    let early = evidence.planned.filter(|planned| evidence.units < *planned && !evidence.sequential);
    if let Some(planned) = early {
        return Judgement { verdict: Verdict::NotYet, reasons: vec![Reason::TooEarly { units: evidence.units, planned }] };
    }
    let (low, high) = evidence.better.turned(&evidence.goal);
    let value = evidence.goal.value;
    // Only what is better or worse by itself can be so by chance.
    let chance = evidence.corrected_p.filter(|p| *p > evidence.alpha && (low > 0.0 || high < 0.0)).map(|p| {
        if evidence.goal.p <= evidence.alpha { Reason::NotAfterCorrection { p } } else { Reason::Borderline { p: evidence.goal.p } }
    });
    let worth = evidence.worth.max(0.0);
    if low > 0.0 && chance.is_none() && high >= worth {
        let mut reasons = vec![Reason::Better { value, at_least: low }];
        let may_hurt: Vec<Reason> = rails()
            .filter(|(_, rail, (low, _))| rail.tolerance > 0.0 && *low < -rail.tolerance)
            .map(|(guardrail, _, (low, _))| Reason::MayHurt { guardrail, worst: -low })
            .collect();
        if low < worth {
            reasons.push(Reason::PerhapsTooLittle { at_least: low, worth });
        }
        if may_hurt.is_empty() {
            return Judgement { verdict: Verdict::Ship, reasons };
        }
        return Judgement { verdict: Verdict::NotYet, reasons: may_hurt.into_iter().chain(reasons).collect() };
    }
    if high < 0.0 && chance.is_none() {
        return Judgement { verdict: Verdict::Dont, reasons: vec![Reason::Worse { value }] };
    }
    if worth > 0.0 && high < worth {
        return Judgement { verdict: Verdict::Dont, reasons: vec![Reason::TooLittle { at_most: high, worth }] };
    }
    let open = Reason::Open { low: evidence.goal.low, high: evidence.goal.high };
    Judgement { verdict: Verdict::NotYet, reasons: vec![chance.unwrap_or(open)] }
}
