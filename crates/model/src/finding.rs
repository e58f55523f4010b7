//! Findings: pains and delights with their evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::Estimate;
use crate::measured::{Feeling, Quote};
use crate::time::Instant;

/// What was found, and how it was looked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Findings {
    /// The findings, the weightiest first.
    pub findings: Vec<Finding>,
    /// How many comparisons were made.
    pub comparisons: u64,
    /// Of what is told, so much may be chance (the false discovery rate).
    pub false_discoveries: f64,
    /// At how many places, of how many groups.
    pub places: u64,
    /// How many groups were compared.
    pub groups: u64,
    /// The first day that was looked at.
    pub from: Option<Instant>,
    /// The day after the last.
    pub until: Option<Instant>,
    /// What is counted, in the plural.
    pub unit: String,
    /// Whether what a finding costs is money; else it is customers who did not get further.
    pub money: bool,
}

/// A pain point or a moment of delight.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Finding {
    /// The same as long as it is about the same thing at the same place for the same people.
    pub id: String,
    /// Whether it hurts.
    pub feeling: Feeling,
    /// What happened.
    pub kind: FindingKind,
    /// The name of the stage.
    pub stage: String,
    /// The id of the touchpoint.
    pub touchpoint: String,
    /// The name of the touchpoint.
    pub at: String,
    /// Whom it strikes, in words; everybody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// The ids of the personas that it strikes in particular: it is about them, or most of those whom it struck are of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personas: Vec<String>,
    /// Its first day; all along when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// The day after its last; still going on when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
    /// A few words.
    pub title: String,
    /// One sentence for a person, with the figures.
    pub sentence: String,
    /// Customers whom it struck.
    pub customers: u64,
    /// The share it struck.
    pub rate: Estimate,
    /// The share that was to be expected.
    pub expected: f64,
    /// What that was learnt from.
    pub expected_from: String,
    /// The difference in shares, with its 95 % interval.
    pub difference: Estimate,
    /// How far it is from what was expected, in standard errors.
    pub deviates: f64,
    /// The false discovery rate at which it would just be told.
    pub q: f64,
    /// Of those whom it struck, less of those at the same place whom it did not, the share that got further.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub further: Option<Estimate>,
    /// What those whom it struck spent afterwards, less what those spent whom it did not, in currency units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Estimate>,
    /// People too many × what each costs or brings × how sure: what findings are ordered by.
    pub weight: f64,
    /// How sure it is.
    pub status: Status,
    /// Whether nothing has been seen of it, and nobody who could have been struck, for longer than evidence keeps.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_stale: bool,
    /// What those who complained or praised wrote about: the most telling phrases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub themes: Vec<String>,
    /// Week by week, the share that it struck of those whom it is about.
    pub trend: Vec<TrendPoint>,
    /// What else shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Sign>,
    /// What those whom it struck said at the time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<Quote>,
    /// The journeys of some of those whom it struck, around the time of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
    /// The place at which exactly these people are listed.
    pub place: Value,
}

/// A journey of somebody whom a finding struck.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Example {
    /// The customer's key (or of whatever was counted).
    pub key: i64,
    /// What the customer is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// What came before, what it is about, and what came after: a few steps of each.
    pub steps: Vec<ExampleStep>,
}

/// A step of an example.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ExampleStep {
    /// When.
    pub time: Instant,
    /// The name of the touchpoint.
    pub at: String,
    /// Whether it is the step that the finding is about.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub here: bool,
}

impl Finding {
    /// Whether it has become more than it was, beyond chance: a pain worse, a delight better. Of what strikes less often than it should, less is more.
    pub fn is_more_than(&self, before: &Estimate) -> bool {
        let is_of_more = (self.kind.feeling() == Feeling::Pain) == (self.feeling == Feeling::Pain);
        if is_of_more { self.rate.low > before.high } else { self.rate.high < before.low }
    }
}

/// Findings that people dismissed, by their ids: they are not told again unless they become more, and the same at other times is another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Dismissed(pub BTreeMap<String, Dismissal>);

/// How something was when it was dismissed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Dismissal {
    /// The share that it struck; when it is not known, it never comes back.
    pub rate: Option<Estimate>,
    /// Its first day; all along when absent.
    pub from: Option<Instant>,
    /// The day after its last; still going on when absent.
    pub until: Option<Instant>,
}

impl Dismissed {
    /// Whether nothing was dismissed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a finding was dismissed, and has not become more since.
    pub fn stays(&self, finding: &Finding) -> bool {
        // What is behind the hyphen tells the same thing at several times apart, which depends on the period that was asked for.
        let what = |id: &str| id.split('-').next().map(str::to_owned);
        let at_once = |was: &Dismissal| {
            let begins = was.from.max(finding.from);
            let ends = [was.until, finding.until].into_iter().flatten().min();
            begins.zip(ends).is_none_or(|(begins, ends)| begins < ends)
        };
        let is_it = |(id, was): &(&String, &Dismissal)| what(id) == what(&finding.id) && at_once(was);
        self.0.iter().filter(is_it).any(|(_, was)| was.rate.is_none_or(|before| !finding.is_more_than(&before)))
    }
}

/// Another sign of the same cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Sign {
    /// A few words.
    pub title: String,
    /// What happened.
    pub kind: FindingKind,
    /// The id of the touchpoint.
    pub touchpoint: String,
    /// The place at which those are listed whom it struck.
    pub place: Value,
}

/// A week of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TrendPoint {
    /// Its first day.
    pub start: Instant,
    /// How many it could have struck.
    pub trials: u64,
    /// How many it struck.
    pub hits: u64,
}

/// How sure something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Somebody believes it.
    Assumed,
    /// Several customers said so.
    Reported,
    /// What customers do is worse, or better, than was to be expected.
    #[default]
    Observed,
    /// Two independent kinds of evidence agree: what customers do and what they say.
    Confirmed,
    /// It hurt and is over: what came after is clearly less, and no more than was to be expected.
    Fixed,
}

macro_rules! kinds {
    ($(#[doc = $about:literal])* $first:ident: $of_first:ident; $($(#[doc = $doc:literal])* $name:ident: $feeling:ident;)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[serde(rename_all = "snake_case")]
        pub enum FindingKind { #[default] $(#[doc = $about])* $first, $($(#[doc = $doc])* $name,)* }

        impl FindingKind {
            /// Every kind.
            pub const ALL: &[FindingKind] = &[FindingKind::$first, $(FindingKind::$name),*];

            /// What it is to customers when there is more of it than was to be expected.
            pub fn feeling(self) -> Feeling {
                match self { FindingKind::$first => Feeling::$of_first, $(FindingKind::$name => Feeling::$feeling),* }
            }
        }
    };
}

kinds! {
    /// The visit ends here.
    DropOff: Pain;
    /// Back from here to where the visit has been.
    Loop: Pain;
    /// The same step once more, right after.
    Again: Pain;
    /// The very same once more: the same event with the same properties.
    SameAgain: Pain;
    /// An error comes next.
    Error: Pain;
    /// This error is met.
    Met: Pain;
    /// The same thing three times within seconds.
    Rage: Pain;
    /// After a glance, back to where one came from.
    DeadEnd: Pain;
    /// Help is asked for within three days.
    ToService: Pain;
    /// Help is asked for again within a week.
    HelpAgain: Pain;
    /// The customer goes on in another channel, and gets no further.
    LostSwitch: Pain;
    /// What was wanted is settled.
    Settled: Delight;
    /// It comes later than promised.
    Late: Pain;
    /// A mark from the worst part of the scale.
    BadScore: Pain;
    /// A mark from the best part of the scale.
    GoodScore: Delight;
    /// Words that are meant negatively.
    Complaint: Pain;
    /// Words that are meant positively.
    Praise: Delight;
    /// The next stage is entered in time.
    GoesOn: Delight;
    /// Who buys buys again.
    BoughtAgain: Delight;
    /// The customer brings others within a fortnight.
    Referral: Delight;
    /// The way to the next touchpoint takes long.
    LongWay: Pain;
    /// The way to the next touchpoint is fast.
    FastWay: Delight;
    /// The step itself takes long.
    LongStep: Pain;
    /// The step itself is quick.
    QuickStep: Delight;
}

impl FindingKind {
    /// Whether both more and less of it are worth telling.
    pub fn is_either(self) -> bool {
        matches!(self, FindingKind::Settled | FindingKind::GoesOn)
    }

    /// Whether it is what customers say, and not what they do.
    pub fn is_said(self) -> bool {
        matches!(self, FindingKind::BadScore | FindingKind::GoodScore | FindingKind::Complaint | FindingKind::Praise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(value: f64) -> Estimate {
        Estimate { value, low: value - 0.05, high: value + 0.05, n: 400 }
    }

    fn finding(value: f64) -> Finding {
        Finding { id: "a".to_owned(), kind: FindingKind::Loop, rate: rate(value), ..Finding::default() }
    }

    fn dismissed(id: &str, was: Dismissal) -> Dismissed {
        Dismissed([(id.to_owned(), was)].into())
    }

    #[test]
    fn a_dismissed_finding_comes_back_when_it_gets_worse() {
        let dismissed = dismissed("a", Dismissal { rate: Some(rate(0.3)), ..Dismissal::default() });
        assert!(dismissed.stays(&finding(0.3)));
        assert!(dismissed.stays(&finding(0.38)), "that may be chance");
        assert!(!dismissed.stays(&finding(0.45)));
        assert!(dismissed.stays(&finding(0.1)), "less of a pain is no reason to tell it");
        assert!(!Dismissed::default().stays(&finding(0.3)));
        assert!(self::dismissed("a", Dismissal::default()).stays(&finding(0.9)), "nobody kept how much it was");
        assert!(!self::dismissed("b", Dismissal::default()).stays(&finding(0.3)), "another was dismissed");
    }

    #[test]
    fn what_strikes_less_often_than_it_should_is_more_when_it_is_less() {
        let fewer = |value: f64| Finding { kind: FindingKind::GoesOn, feeling: Feeling::Pain, ..finding(value) };
        let dismissed = dismissed("a", Dismissal { rate: Some(rate(0.3)), ..Dismissal::default() });
        assert!(!dismissed.stays(&fewer(0.1)) && dismissed.stays(&fewer(0.6)));
    }

    #[test]
    fn the_same_at_other_times_is_told_whatever_its_number() {
        let day = |day: i64| Some(Instant(day * 86_400_000_000));
        let march = dismissed("a", Dismissal { rate: Some(rate(0.3)), from: day(60), until: day(80) });
        let at = |id: &str, from, until| Finding { id: id.to_owned(), from, until, ..finding(0.3) };
        assert!(march.stays(&at("a", day(61), day(79))) && march.stays(&at("a", None, day(70))) && march.stays(&at("a-2", day(61), None)));
        assert!(
            !march.stays(&at("a", day(200), None)) && !march.stays(&at("a-2", day(200), day(220))) && !march.stays(&at("a", None, day(60)))
        );
    }
}
