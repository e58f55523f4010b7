//! What makes something happen sooner: Cox's regression over counted customers, and bands of risk in which a customer can be judged alone.

use std::collections::BTreeMap;

use periplus_stats::Survival;
use periplus_stats::cox::{Cox, CoxError, CoxWarning, fit};
use serde::{Deserialize, Serialize};

use crate::groups::NO_VALUE;

/// So many values of a text are told apart, the most frequent ones; the rest is one.
const LEVELS_MAX: usize = 10;
const OTHERS: &str = "(others)";
/// It must have happened to so many who have a value of a text, for this to have a ratio of its own.
const LEVEL_EVENTS_MIN: u64 = 5;
/// Scores are whole numbers, so that they are the same on every machine: so many to one of the logarithm of the hazard.
const SCORE_UNIT: f64 = 1e9;
/// Numbers are kept in millionths.
const UNIT: f64 = 1e6;
/// So many bands of risk.
const BANDS: u64 = 10;

/// The value that a customer has of a covariate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Level {
    Missing,
    /// In millionths.
    Number(i64),
    Text(String),
}

impl Level {
    /// Of a JSON value: numbers are numbers, everything else is a text.
    pub(crate) fn of(value: Option<&serde_json::Value>) -> Level {
        match value {
            None | Some(serde_json::Value::Null) => Level::Missing,
            Some(value) => match value.as_f64() {
                Some(number) => Level::number(number),
                None => Level::Text(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
            },
        }
    }

    /// Of the text of a property, which may be a number.
    pub(crate) fn of_text(text: Option<&str>) -> Level {
        match text {
            None => Level::Missing,
            Some(text) => text.parse().map_or_else(|_| Level::Text(text.to_owned()), Level::number),
        }
    }

    fn number(number: f64) -> Level {
        // Beyond that regressions take nothing.
        if number.is_finite() { Level::Number((number * UNIT).clamp(-9e17, 9e17).round() as i64) } else { Level::Missing }
    }

    /// What it is called where it is one of several.
    pub(crate) fn name(&self) -> String {
        match self {
            Level::Missing => NO_VALUE.to_owned(),
            Level::Number(number) => (*number as f64 / UNIT).to_string(),
            Level::Text(text) => text.clone(),
        }
    }
}

/// One customer as the regression sees them, and who is the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Subject {
    /// A value of each covariate.
    pub(crate) levels: Vec<Level>,
    pub(crate) time: i64,
    pub(crate) happened: bool,
    /// Whether the model that foretells risks learns from them; the others are what it is judged by.
    pub(crate) teaches: bool,
}

/// Customers, counted.
pub(crate) type Subjects = BTreeMap<Subject, u64>;

/// A column of the regression: a number, or whether a text is this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// Which covariate.
    pub(crate) covariate: usize,
    /// The value, of a text.
    pub(crate) level: Option<String>,
}

/// How the values of a text become columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Levels {
    /// What the others are compared with.
    reference: String,
    /// Those that have a column of their own.
    own: Vec<String>,
    /// Whether all others share one column; else whoever has them is left out.
    shared: bool,
    /// Those of the others to whom it happened too rarely, or that stand apart from what happened, the most frequent first.
    rare: Vec<String>,
}

impl Levels {
    /// Of values with how many customers have them and to how many of these it happened, the most frequent first.
    fn of(counted: &[(String, u64, u64)]) -> Levels {
        let (often, rare): (Vec<_>, Vec<_>) = counted.iter().partition(|(_, _, events)| *events >= LEVEL_EVENTS_MIN);
        let reference = often.first().or(rare.first()).map(|(name, ..)| name.clone()).unwrap_or_default();
        let own: Vec<String> = often.iter().skip(1).take(LEVELS_MAX - 1).map(|(name, ..)| name.clone()).collect();
        let rare = rare.into_iter().map(|(name, ..)| name.clone()).filter(|name| *name != reference).collect();
        let mut levels = Levels { reference, own, shared: false, rare };
        let others = counted.iter().filter(|(name, ..)| !levels.has(name)).map(|(_, _, events)| events).sum::<u64>();
        levels.shared = others >= LEVEL_EVENTS_MIN;
        levels
    }

    /// Those that are told apart from the others.
    fn known(&self) -> Vec<String> {
        [&self.reference].into_iter().chain(&self.own).cloned().collect()
    }

    /// Whether a value is told apart from the others.
    fn has(&self, name: &str) -> bool {
        self.reference == name || self.own.iter().any(|own| own == name)
    }

    /// Puts a value to the others; of the others, leaves them out.
    fn give_up(&mut self, name: &str) {
        if name == OTHERS {
            self.shared = false;
        } else {
            self.own.retain(|own| own != name);
            self.rare.push(name.to_owned());
            self.shared = true;
        }
    }
}

/// Covariates as columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Design {
    pub(crate) terms: Vec<Term>,
    /// Of each covariate that is a text: its values.
    texts: Vec<Option<Levels>>,
    /// Covariates that are the same for everybody, or for all of whom there are enough.
    pub(crate) constant: Vec<usize>,
    /// How many customers lack a number.
    pub(crate) incomplete: u64,
}

impl Design {
    /// Of the customers that a regression takes: a covariate is a number if nobody has a text there. A text is compared with its most
    /// frequent value. A value with few to whom it happened has no ratio of its own: such values are one together, and are left out where
    /// even together they are few.
    pub(crate) fn of(subjects: &Subjects, width: usize, takes: impl Fn(&Subject) -> bool) -> Design {
        let mut design = Design { terms: Vec::new(), texts: Vec::new(), constant: Vec::new(), incomplete: 0 };
        for covariate in 0..width {
            let level = |subject: &Subject| subject.levels.get(covariate).cloned().unwrap_or(Level::Missing);
            let is_text = subjects.keys().any(|subject| matches!(level(subject), Level::Text(_)));
            let is_number = !is_text && subjects.keys().any(|subject| matches!(level(subject), Level::Number(_)));
            if is_number {
                design.texts.push(None);
                continue;
            }
            let mut counted: BTreeMap<String, (u64, u64)> = BTreeMap::new();
            for (subject, customers) in subjects.iter().filter(|(subject, _)| takes(subject)) {
                let known = counted.entry(level(subject).name()).or_default();
                known.0 += customers;
                known.1 += if subject.happened { *customers } else { 0 };
            }
            let mut order: Vec<(String, u64, u64)> =
                counted.into_iter().map(|(name, (customers, events))| (name, customers, events)).collect();
            order.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(&two.0)));
            design.texts.push(Some(Levels::of(&order)));
        }
        design.settle(subjects, takes);
        design
    }

    /// Makes columns of what is told apart.
    fn settle(&mut self, subjects: &Subjects, takes: impl Fn(&Subject) -> bool) {
        let lacks = |subject: &Subject| !self.has_numbers(subject);
        self.incomplete = subjects.iter().filter(|(subject, _)| lacks(subject)).map(|(_, customers)| customers).sum();
        (self.terms, self.constant) = (Vec::new(), Vec::new());
        for covariate in 0..self.texts.len() {
            let before = self.terms.len();
            let mut own: Vec<Term> = match &self.texts[covariate] {
                None => vec![Term { covariate, level: None }],
                Some(levels) => {
                    let shared = levels.shared.then(|| OTHERS.to_owned());
                    levels.own.iter().cloned().chain(shared).map(|level| Term { covariate, level: Some(level) }).collect()
                }
            };
            let varies = |term: &Term| {
                let taken = subjects.keys().filter(|subject| takes(subject) && self.is_complete(subject));
                let mut values = taken.map(|subject| self.value(subject, term));
                let first = values.next();
                first.is_some_and(|first| values.any(|value| value != first))
            };
            own.retain(varies);
            self.terms.extend(own);
            if self.terms.len() == before {
                self.constant.push(covariate);
            }
        }
    }

    /// Of each text with rare values: which covariate it is, these values, and whether they are one together rather than left out.
    pub(crate) fn rare(&self) -> impl Iterator<Item = (usize, &[String], bool)> {
        let texts = self.texts.iter().enumerate().filter_map(|(covariate, levels)| Some((covariate, levels.as_ref()?)));
        texts.filter(|(_, levels)| !levels.rare.is_empty()).map(|(covariate, levels)| (covariate, levels.rare.as_slice(), levels.shared))
    }

    /// What the values of a text are compared with.
    pub(crate) fn reference(&self, covariate: usize) -> Option<&str> {
        self.texts.get(covariate)?.as_ref().map(|levels| levels.reference.as_str())
    }

    /// Whether a customer has every number that is wanted.
    fn has_numbers(&self, subject: &Subject) -> bool {
        self.texts.iter().zip(&subject.levels).all(|(text, level)| text.is_some() || matches!(level, Level::Number(_)))
    }

    /// Whether a customer has every number that is wanted, and no value that is left out.
    pub(crate) fn is_complete(&self, subject: &Subject) -> bool {
        let taken = |(text, level): (&Option<Levels>, &Level)| text.as_ref().is_none_or(|text| text.shared || text.has(&level.name()));
        self.has_numbers(subject) && self.texts.iter().zip(&subject.levels).all(taken)
    }

    /// The value of a column, in millionths.
    fn value(&self, subject: &Subject, term: &Term) -> i64 {
        let Some(level) = subject.levels.get(term.covariate) else { return 0 };
        let one = UNIT as i64;
        match (&term.level, level) {
            (None, Level::Number(number)) => *number,
            (None, _) => 0,
            (Some(wanted), level) => {
                let name = level.name();
                let known = |levels: &Levels| levels.has(&name);
                let is_other = wanted == OTHERS && !self.texts.get(term.covariate).and_then(Option::as_ref).is_some_and(known);
                if *wanted == name || is_other { one } else { 0 }
            }
        }
    }

    fn row(&self, subject: &Subject) -> Vec<f64> {
        self.terms.iter().map(|term| self.value(subject, term) as f64 / UNIT).collect()
    }
}

/// A regression of some of the customers. A value of a text that has no ratio, as it always or never came first, is put to the others,
/// or left out, and the rest is fitted again: what happened to the others is told all the same.
pub(crate) fn regress(design: &mut Design, subjects: &Subjects, takes: impl Fn(&Subject) -> bool) -> Result<Cox, CoxError> {
    loop {
        let told = attempt(design, subjects, &takes);
        let Err(CoxError::Separated { column } | CoxError::NothingToCompare { column } | CoxError::Constant { column }) = told else {
            return told;
        };
        let Some((covariate, level)) = design.terms.get(column).and_then(|term| Some((term.covariate, term.level.clone()?))) else {
            return told;
        };
        let Some(levels) = design.texts.get_mut(covariate).and_then(Option::as_mut) else { return told };
        levels.give_up(&level);
        design.settle(subjects, &takes);
    }
}

fn attempt(design: &Design, subjects: &Subjects, takes: impl Fn(&Subject) -> bool) -> Result<Cox, CoxError> {
    let (mut times, mut happened, mut covariates) = (Vec::new(), Vec::new(), Vec::new());
    for (subject, customers) in subjects.iter().filter(|(subject, _)| takes(subject) && design.is_complete(subject)) {
        let row = design.row(subject);
        for _ in 0..*customers {
            times.push(subject.time);
            happened.push(subject.happened);
            covariates.extend_from_slice(&row);
        }
    }
    fit(&times, &happened, &covariates, design.terms.len())
}

/// Why there is no regression, in the words of the question.
pub(crate) fn why(error: CoxError, design: &Design, name: impl Fn(usize) -> String) -> String {
    let alone = design.terms.first().is_some_and(|first| design.terms.iter().all(|term| term.covariate == first.covariate));
    match error {
        CoxError::Collinear if alone => {
            "whenever it happened, too few with different values still waited to tell them apart: take a longer time, or other covariates"
                .to_owned()
        }
        CoxError::Constant { column } => format!("{} is the same for everybody who is counted there: leave it out", name(column)),
        CoxError::Separated { column } => {
            format!("{} separates those to whom it happened from the others, so its effect has no end: leave it out", name(column))
        }
        CoxError::NothingToCompare { column } => format!(
            "whenever it happened, all who still waited had the same value of {}, so there was nothing to compare: leave it out, or take a longer time",
            name(column)
        ),
        CoxError::Number { column, .. } => format!("{} has numbers beyond what can be reckoned with", name(column)),
        CoxError::Size => "there is no covariate that differs between customers, or more than 64 columns of them".to_owned(),
        other => other.to_string(),
    }
}

/// What the reader should know of a regression.
pub(crate) fn warned(warning: &CoxWarning, name: impl Fn(usize) -> String) -> String {
    match warning {
        CoxWarning::FewEvents { events, covariates } => {
            format!("It happened to {events} only, for {covariates} columns: the ratios are hardly more than chance.")
        }
        CoxWarning::NotProportional { column, p } => {
            format!("The effect of {} changes with time (p = {p:.3}): its ratio is a mean over time.", name(*column))
        }
    }
}

/// What makes up a score: a column and what it adds, in billionths of the logarithm of the hazard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// Which covariate of the question, from 0.
    covariate: usize,
    /// The value of a text; absent for a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    /// The values of the text that are not "(others)".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    known: Vec<String>,
    /// What it adds for each one of it.
    weight: i64,
}

/// Customers whose score is in a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Range {
    /// What makes up the score.
    parts: Vec<Part>,
    /// Which covariates must be numbers.
    numbers: Vec<usize>,
    /// Which covariates must have one of these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    only: BTreeMap<usize, Vec<String>>,
    /// From here,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<i64>,
    /// and below that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    below: Option<i64>,
}

impl Range {
    /// Everybody who can be scored by a regression.
    fn whole(design: &Design, cox: &Cox) -> Range {
        let part = |(term, coefficient): (&Term, &periplus_stats::cox::Coefficient)| Part {
            covariate: term.covariate,
            level: term.level.clone(),
            known: match (&design.texts[term.covariate], term.level.as_deref()) {
                (Some(levels), Some(OTHERS)) => levels.known(),
                _ => Vec::new(),
            },
            weight: (coefficient.value * SCORE_UNIT).clamp(-9e17, 9e17).round() as i64,
        };
        let numbers = design.texts.iter().enumerate().filter(|(_, text)| text.is_none()).map(|(covariate, _)| covariate).collect();
        let only = design.texts.iter().enumerate().filter_map(|(covariate, text)| Some((covariate, text.as_ref()?)));
        let only = only.filter(|(_, levels)| !levels.shared).map(|(covariate, levels)| (covariate, levels.known())).collect();
        Range { parts: design.terms.iter().zip(&cox.coefficients).map(part).collect(), numbers, only, from: None, below: None }
    }

    /// A customer's score; none of whom a number is not known, or who has a value that is left out.
    fn score(&self, subject: &Subject) -> Option<i64> {
        let level = |covariate: usize| subject.levels.get(covariate);
        if !self.numbers.iter().all(|covariate| matches!(level(*covariate), Some(Level::Number(_)))) {
            return None;
        }
        if !self.only.iter().all(|(covariate, known)| level(*covariate).is_some_and(|level| known.contains(&level.name()))) {
            return None;
        }
        let one = i128::from(UNIT as i64);
        let value = |part: &Part| match (&part.level, level(part.covariate)) {
            (None, Some(Level::Number(number))) => i128::from(*number),
            (Some(wanted), Some(level)) => {
                let name = level.name();
                if *wanted == name || (!part.known.is_empty() && !part.known.contains(&name)) { one } else { 0 }
            }
            _ => 0,
        };
        let sum: i128 =
            self.parts.iter().map(|part| i128::from(part.weight).saturating_mul(value(part)) / one).fold(0, i128::saturating_add);
        Some(sum.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }

    /// Whether a customer is in it.
    pub(crate) fn has(&self, subject: &Subject) -> bool {
        self.score(subject).is_some_and(|score| self.from.is_none_or(|from| score >= from) && self.below.is_none_or(|below| score < below))
    }
}

/// Customers of about the same risk.
pub(crate) struct Band {
    pub(crate) range: Range,
    /// All of them.
    pub(crate) customers: u64,
    /// Those from whom the model did not learn,
    pub(crate) judged: u64,
    /// what it foretold of them in the mean,
    pub(crate) foretold: Option<f64>,
    /// and how long they waited.
    pub(crate) survival: Survival,
}

/// The probability that it happens within `ahead` to a customer to whom it has not happened until their time. `None` where a number is missing, or
/// nobody was observed for that long.
pub(crate) fn risk_ahead(design: &Design, cox: &Cox, levels: &[Level], already: i64, ahead: i64) -> Option<f64> {
    let subject = Subject { levels: levels.to_vec(), time: already, happened: false, teaches: false };
    design.is_complete(&subject).then(|| cox.risk(&design.row(&subject), already, ahead))?
}

/// Customers who are alike, counted.
type Alike<'s> = Vec<(&'s Subject, u64)>;

/// Bands of risk from the lowest to the highest, about as many customers in each; who has the same score is in the same. The risk is that of
/// `horizon`, or of the longest time that the regression knows.
pub(crate) fn bands(design: &Design, cox: &Cox, subjects: &Subjects, horizon: i64) -> Vec<Band> {
    let whole = Range::whole(design, cox);
    let mut scored: BTreeMap<i64, Alike<'_>> = BTreeMap::new();
    for (subject, customers) in subjects {
        if let Some(score) = whole.score(subject) {
            scored.entry(score).or_default().push((subject, *customers));
        }
    }
    let all: u64 = scored.values().flatten().map(|(_, customers)| customers).sum();
    let mut bands: Vec<(i64, Alike<'_>)> = Vec::new();
    let (mut so_far, mut open) = (0u64, 0u64);
    for (score, own) in scored {
        // A score belongs to the tenth in which its first customer is.
        let tenth = (u128::from(so_far) * u128::from(BANDS) / u128::from(all.max(1))) as u64;
        so_far += own.iter().map(|(_, customers)| customers).sum::<u64>();
        match bands.last_mut() {
            Some((_, band)) if open == tenth => band.extend(own),
            _ => bands.push((score, own)),
        }
        open = tenth;
    }
    let starts: Vec<i64> = bands.iter().map(|(from, _)| *from).collect();
    let ahead = horizon.min(cox.last);
    let band = |(place, (_, own)): (usize, (i64, Alike<'_>))| {
        let mut band = Band {
            range: Range { from: (place > 0).then(|| starts[place]), below: starts.get(place + 1).copied(), ..whole.clone() },
            customers: 0,
            judged: 0,
            foretold: None,
            survival: Survival::default(),
        };
        let mut sum = 0.0;
        for (subject, customers) in own {
            band.customers += customers;
            if subject.teaches {
                continue;
            }
            if let Some(risk) = cox.risk(&design.row(subject), 0, ahead) {
                sum += risk * customers as f64;
                band.judged += customers;
                band.survival.add(subject.time, if subject.happened { customers } else { 0 }, if subject.happened { 0 } else { customers });
            }
        }
        band.foretold = (band.judged > 0).then(|| sum / band.judged as f64);
        band
    };
    bands.into_iter().enumerate().map(band).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(tier: &str, number: i64, time: i64, happened: bool, teaches: bool) -> Subject {
        let tier = if tier.is_empty() { Level::Missing } else { Level::Text(tier.to_owned()) };
        Subject { levels: vec![tier, Level::Number(number * 1_000_000)], time, happened, teaches }
    }

    fn subjects() -> Subjects {
        let mut subjects = Subjects::new();
        for n in 0..240i64 {
            let gold = n % 3 == 0;
            let time = 1 + (n * 37 + 11) % 97 + if gold { 0 } else { 25 };
            let of = subject(if gold { "gold" } else { "" }, n % 7, time, n % 5 > 0, n % 2 == 0);
            *subjects.entry(of).or_default() += 1;
        }
        subjects
    }

    #[test]
    fn texts_are_compared_with_the_most_frequent_one_and_numbers_stay_numbers() {
        let mut design = Design::of(&subjects(), 2, |_| true);
        assert_eq!(design.reference(0), Some("(none)"));
        assert_eq!(design.reference(1), None);
        assert_eq!(design.terms, [Term { covariate: 0, level: Some("gold".to_owned()) }, Term { covariate: 1, level: None }]);
        assert_eq!((design.incomplete, design.constant.len()), (0, 0));
        let cox = regress(&mut design, &subjects(), |_| true).unwrap();
        assert!(cox.coefficients[0].ratio.unwrap().value > 1.2, "gold comes sooner: {:?}", cox.coefficients[0]);
    }

    #[test]
    fn bands_hold_everybody_once_and_each_can_be_judged_alone() {
        let (subjects, all) = (subjects(), 240);
        let mut design = Design::of(&subjects, 2, |subject| subject.teaches);
        let cox = regress(&mut design, &subjects, |subject| subject.teaches).unwrap();
        let bands = bands(&design, &cox, &subjects, 60);
        assert!(bands.len() > 5 && bands.iter().map(|band| band.customers).sum::<u64>() == all);
        for band in &bands {
            let alone: u64 = subjects.iter().filter(|(subject, _)| band.range.has(subject)).map(|(_, customers)| customers).sum();
            assert_eq!(alone, band.customers);
            let again: Range = serde_json::from_str(&serde_json::to_string(&band.range).unwrap()).unwrap();
            assert_eq!(again, band.range);
        }
        let risks: Vec<f64> = bands.iter().filter_map(|band| band.foretold).collect();
        assert!(risks.is_sorted(), "{risks:?}");
    }

    #[test]
    fn rare_texts_are_one_and_gaps_in_numbers_are_left_out() {
        let mut subjects = Subjects::new();
        for n in 0..400i64 {
            // Sixteen values of 25 customers, and ten of one.
            let mut of = subject(&format!("t{:02}", if n < 10 { 20 + n } else { n % 16 }), 1, n, true, true);
            if n == 13 {
                of.levels[1] = Level::Missing;
            }
            subjects.insert(of, 1);
        }
        let design = Design::of(&subjects, 2, |_| true);
        assert_eq!(design.terms.len(), LEVELS_MAX);
        assert_eq!((design.incomplete, design.constant.as_slice()), (1, [1].as_slice()));
        let others = design.terms.iter().position(|term| term.level.as_deref() == Some(OTHERS)).unwrap();
        let held: usize = subjects.keys().filter(|subject| design.is_complete(subject) && design.row(subject)[others] == 1.0).count();
        assert!(held > 10, "{held}");
        assert_eq!(design.rare().map(|(covariate, rare, shared)| (covariate, rare.len(), shared)).collect::<Vec<_>>(), [(0, 10, true)]);
        assert!(matches!(regress(&mut Design::of(&Subjects::new(), 0, |_| true), &Subjects::new(), |_| true), Err(CoxError::Size)));
    }

    #[test]
    fn a_value_that_it_never_happened_to_does_not_end_the_regression() {
        let alone = subjects();
        let fitted = regress(&mut Design::of(&alone, 2, |_| true), &alone, |_| true).unwrap();
        for (odd, happened, time) in [("never", false, 90), ("once", true, 1), ("last", true, 500)] {
            let mut subjects = subjects();
            // Of one value a few, to whom it never happened, or to one only, first or last of all.
            *subjects.entry(subject(odd, 3, time, happened, true)).or_default() += if happened { 1 } else { 20 };
            let mut design = Design::of(&subjects, 2, |_| true);
            let cox = regress(&mut design, &subjects, |_| true).unwrap();
            assert_eq!(design.rare().map(|(_, rare, shared)| (rare.to_vec(), shared)).collect::<Vec<_>>(), [(vec![odd.to_owned()], false)]);
            assert_eq!(cox.customers, 240, "they are left out, and the others are told as without them");
            assert_eq!(cox.coefficients, fitted.coefficients);
            let bands = bands(&design, &cox, &subjects, 60);
            assert_eq!(bands.iter().map(|band| band.customers).sum::<u64>(), 240);
        }
    }

    #[test]
    fn a_value_that_always_comes_first_is_one_of_the_others() {
        let mut subjects = subjects();
        for n in 0..12 {
            *subjects.entry(subject("first", n % 7, 0, true, n % 2 == 0)).or_default() += 1;
            *subjects.entry(subject("rare", n % 7, 10 + n, n < 4, n % 2 == 0)).or_default() += 1;
        }
        let mut design = Design::of(&subjects, 2, |_| true);
        assert!(design.terms.iter().any(|term| term.level.as_deref() == Some("first")));
        let cox = regress(&mut design, &subjects, |_| true).unwrap();
        assert_eq!(
            design.rare().map(|(_, rare, shared)| (rare.to_vec(), shared)).collect::<Vec<_>>(),
            [(vec!["rare".to_owned(), "first".to_owned()], true)]
        );
        assert_eq!(cox.customers, 264);
    }
}
