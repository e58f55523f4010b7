//! Cases: a bad response that somebody sees to, until it is closed.

use periplus_model::answer::Estimate;
use periplus_model::time::{Instant, Span};
use periplus_stats::survival::Survival;
use periplus_stats::wilson;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::watch::{Tell, Wrong, check_name, check_tell};

/// Words of people have so many characters at most.
pub const TEXT_MAX: usize = 4_000;
/// A case is due within a year.
const DUE_MAX: Span = Span::days(366);

/// Which responses become cases, who sees to them and until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it is called.
    pub name: String,
    /// Which score, as the map names it ("NPS").
    pub score: String,
    /// Marks up to this one; of a scale whose best mark is its smallest, from this one on. With none, every response with words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Only with words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_words: bool,
    /// By which journey map; the first one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<String>,
    /// Who sees to it; when absent, whoever answers for the touchpoint or the stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Within how long.
    #[serde(default = "two_days")]
    pub due: Span,
    /// Only responses that are not older than this when they are seen: an import of old ones opens no cases.
    #[serde(default = "two_weeks")]
    pub within: Span,
    /// Who is told of a new case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tell: Vec<Tell>,
    /// Whether it rests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_off: bool,
}

fn two_days() -> Span {
    Span::days(2)
}

fn two_weeks() -> Span {
    Span::days(14)
}

/// Reads a rule and holds it against its limits.
///
/// # Errors
/// What is wrong with it.
pub fn parse(object: &Map<String, Value>) -> Result<Rule, Wrong> {
    let rule: Rule = serde_json::from_value(Value::Object(object.clone())).map_err(|error| Wrong(format!("a rule for cases: {error}")))?;
    check_name(&rule.name)?;
    check_tell(&rule.tell)?;
    if rule.score.trim().is_empty() {
        return Err(Wrong("it needs the \"score\" that it is about".to_owned()));
    }
    if rule.at_most.is_some_and(|mark| !mark.is_finite()) {
        return Err(Wrong("\"at_most\" is no number".to_owned()));
    }
    if rule.at_most.is_none() && !rule.with_words {
        return Err(Wrong(
            "say which marks are bad (\"at_most\"), or that everything with words is to be seen to (\"with_words\")".to_owned(),
        ));
    }
    for (name, span) in [("due", rule.due), ("within", rule.within)] {
        if span <= Span(0) || span > DUE_MAX {
            return Err(Wrong(format!("\"{name}\" is a span of up to a year, such as 2d")));
        }
    }
    Ok(rule)
}

impl Rule {
    /// Whether a response becomes a case. `falling` says that the best mark of its scale is the smallest.
    pub fn opens(&self, mark: Option<f64>, falling: bool, words: Option<&str>) -> bool {
        let is_bad = match (self.at_most, mark) {
            (None, _) => true,
            (Some(bound), Some(mark)) if falling => mark >= bound,
            (Some(bound), Some(mark)) => mark <= bound,
            (Some(_), None) => false,
        };
        is_bad && (!self.with_words || words.is_some_and(|words| !words.trim().is_empty()))
    }
}

/// The id of the case of a response: the same whoever it turns out to be from, and however often it is seen.
pub fn id(distinct_id: &str, time: Instant, score: &str, mark: Option<f64>, words: Option<&str>) -> String {
    let parts = [distinct_id, &time.0.to_string(), score, &mark.map_or(String::new(), |mark| mark.to_string()), words.unwrap_or_default()];
    let text: Vec<String> = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.concat().as_bytes()))[..20].to_owned()
}

/// A bad response that somebody sees to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// The rule that opened it.
    pub rule: String,
    /// The score that was answered.
    pub score: String,
    /// When.
    pub responded_at: Instant,
    /// The mark.
    pub mark: Option<f64>,
    /// The words.
    pub words: Option<String>,
    /// The identifier that the response carried.
    pub distinct_id: String,
    /// The customer, as they are called now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// The touchpoint that it is about.
    pub touchpoint: Option<String>,
    /// The stage that it is about.
    pub stage: Option<String>,
    /// Who sees to it.
    pub owner: Option<String>,
    /// When it was opened.
    pub opened_at: Instant,
    /// By when it is to be closed.
    pub due_at: Instant,
    /// How it is.
    pub status: Status,
    /// What came of it, when it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Instant>,
}

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $one:ident => $word:literal, $said:literal;)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $one,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$one,)*];

            /// Its word in files, addresses and the store.
            pub fn word(self) -> &'static str {
                match self { $($name::$one => $word,)* }
            }

            /// As a person says it.
            pub fn said(self) -> &'static str {
                match self { $($name::$one => $said,)* }
            }

            /// The one with this word.
            pub fn of_word(word: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

words! {
    /// How a case is.
    Status {
        /// Nobody has begun.
        Open => "open", "open";
        /// Somebody sees to it.
        InHand => "in_hand", "in hand";
        /// It is done.
        Closed => "closed", "closed";
    }
}

words! {
    /// What came of a case.
    Outcome {
        /// What was wrong is put right.
        Solved => "solved", "solved";
        /// It could not be put right, and the customer knows why.
        Explained => "explained", "explained";
        /// The customer got something for it.
        Compensated => "compensated", "compensated";
        /// The customer did not answer.
        NotReached => "not_reached", "not reached";
        /// There was nothing to do.
        NothingToDo => "nothing_to_do", "nothing to do";
    }
}

/// What somebody does with a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Sees to it from now on.
    Take {
        /// Who.
        by: String,
    },
    /// Gives it to somebody.
    Assign {
        /// To whom.
        owner: String,
    },
    /// Says something about it.
    Note {
        /// What.
        text: String,
    },
    /// Sets another time by which it is due.
    Due {
        /// When.
        at: Instant,
    },
    /// Is done with it.
    Close {
        /// What came of it.
        outcome: Outcome,
        /// What there is to say.
        #[serde(default)]
        text: String,
    },
    /// Is not done with it after all.
    Reopen {
        /// Why.
        #[serde(default)]
        text: String,
    },
}

impl Act {
    /// Its word.
    pub fn word(&self) -> &'static str {
        match self {
            Act::Take { .. } => "take",
            Act::Assign { .. } => "assign",
            Act::Note { .. } => "note",
            Act::Due { .. } => "due",
            Act::Close { .. } => "close",
            Act::Reopen { .. } => "reopen",
        }
    }

    /// What is to be remembered of it, in words.
    pub fn text(&self) -> String {
        match self {
            Act::Take { by } => by.trim().to_owned(),
            Act::Assign { owner } => owner.trim().to_owned(),
            Act::Due { at } => at.to_string(),
            Act::Note { text } | Act::Reopen { text } => text.trim().to_owned(),
            Act::Close { outcome, text } if text.trim().is_empty() => outcome.said().to_owned(),
            Act::Close { outcome, text } => format!("{}: {}", outcome.said(), text.trim()),
        }
    }
}

/// Why something cannot be done with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is closed.
    #[error("the case is closed; reopen it first")]
    Closed,
    /// It is not closed.
    #[error("the case is not closed")]
    NotClosed,
    /// Nothing was said.
    #[error("say something: a name, or a note")]
    Nothing,
    /// Too much was said.
    #[error("that is longer than {TEXT_MAX} characters")]
    TooLong,
    /// A time before the case was opened.
    #[error("that is before the case was opened")]
    Past,
}

/// What becomes of a case when somebody does something.
///
/// # Errors
/// When it cannot be done.
pub fn step(case: &Case, act: &Act, now: Instant) -> Result<Case, Refused> {
    let said = act.text();
    if said.chars().count() > TEXT_MAX {
        return Err(Refused::TooLong);
    }
    if said.is_empty() && !matches!(act, Act::Reopen { .. }) {
        return Err(Refused::Nothing);
    }
    let is_closed = case.status == Status::Closed;
    let mut next = case.clone();
    match act {
        Act::Note { .. } => {}
        Act::Reopen { .. } if !is_closed => return Err(Refused::NotClosed),
        Act::Reopen { .. } => (next.status, next.outcome, next.closed_at) = (Status::InHand, None, None),
        _ if is_closed => return Err(Refused::Closed),
        Act::Take { .. } => (next.status, next.owner) = (Status::InHand, Some(said)),
        Act::Assign { .. } => next.owner = Some(said),
        Act::Due { at } if *at < case.opened_at => return Err(Refused::Past),
        Act::Due { at } => next.due_at = *at,
        Act::Close { outcome, .. } => {
            (next.status, next.outcome, next.closed_at) = (Status::Closed, Some(*outcome), Some(now.max(case.opened_at)));
        }
    }
    Ok(next)
}

impl Case {
    /// Whether it is the case of a response that was given at the same time: with the same score, mark and words, or with words that came
    /// when it was open already, as those to a survey come after the mark.
    pub fn is_of(&self, score: &str, mark: Option<f64>, words: Option<&str>) -> bool {
        self.score == score && self.mark == mark && (self.words.is_none() || self.words.as_deref() == words)
    }

    /// The case with the words of its response; nothing when they are none, or known.
    pub fn with_words(&self, words: Option<&str>) -> Option<Case> {
        let words = words.filter(|_| self.words.is_none())?;
        Some(Case { words: Some(words.to_owned()), ..self.clone() })
    }

    /// Whether it should be closed by now and is not.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.status != Status::Closed && self.due_at < now
    }
}

/// What came of cases.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CaseFigures {
    /// How many there are.
    pub cases: u64,
    /// Nobody has begun.
    pub open: u64,
    /// Somebody sees to them.
    pub in_hand: u64,
    /// Of both, those that should be closed by now.
    pub overdue: u64,
    /// They are done.
    pub closed: u64,
    /// Of those that are closed or overdue, the share that was closed in time.
    pub in_time: Option<Estimate>,
    /// Seconds until half of them are closed, with its interval; cases that are not closed count as far as they got.
    pub median_seconds: Option<f64>,
    /// From here
    pub median_low: Option<f64>,
    /// to here it lies with 95 % certainty.
    pub median_high: Option<f64>,
    /// How many came to what.
    pub outcomes: Vec<(Outcome, u64)>,
}

/// Sums cases up. The time to close is the Kaplan-Meier median, so that open cases do not make it look shorter than it is.
pub fn figures<'c>(cases: impl IntoIterator<Item = &'c Case>, now: Instant) -> CaseFigures {
    let mut told = CaseFigures::default();
    let mut waits = Survival::default();
    let (mut in_time, mut judged) = (0, 0);
    let mut outcomes = vec![0u64; Outcome::ALL.len()];
    for case in cases {
        told.cases += 1;
        match case.status {
            Status::Open => told.open += 1,
            Status::InHand => told.in_hand += 1,
            Status::Closed => told.closed += 1,
        }
        told.overdue += u64::from(case.is_overdue(now));
        if let Some(outcome) = case.outcome {
            outcomes[outcome as usize] += 1;
        }
        let until = case.closed_at.unwrap_or(now);
        let wait = until.since(case.opened_at).0.max(0);
        match case.closed_at {
            Some(_) => waits.add_event(wait),
            None => waits.add_censored(wait),
        }
        if case.closed_at.is_some() || case.is_overdue(now) {
            judged += 1;
            in_time += u64::from(case.closed_at.is_some_and(|at| at <= case.due_at));
        }
    }
    told.in_time = wilson(in_time, judged);
    if let Some(median) = waits.median() {
        told.median_seconds = Some(median.time as f64 / 1e6);
        told.median_low = Some(median.low as f64 / 1e6);
        told.median_high = median.high.map(|high| high as f64 / 1e6);
    }
    told.outcomes = Outcome::ALL.iter().copied().zip(outcomes).filter(|(_, n)| *n > 0).collect();
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HOUR: i64 = 3_600_000_000;

    fn case(opened: i64, closed: Option<i64>) -> Case {
        Case {
            id: id("user_id:1", Instant(opened), "NPS", Some(3.0), None),
            rule: "detractors".to_owned(),
            score: "NPS".to_owned(),
            responded_at: Instant(opened),
            mark: Some(3.0),
            words: None,
            distinct_id: "user_id:1".to_owned(),
            customer: None,
            touchpoint: None,
            stage: None,
            owner: None,
            opened_at: Instant(opened),
            due_at: Instant(opened + 48 * HOUR),
            status: if closed.is_some() { Status::Closed } else { Status::Open },
            outcome: closed.map(|_| Outcome::Solved),
            closed_at: closed.map(Instant),
        }
    }

    #[test]
    fn words_that_come_after_the_mark_are_those_of_the_case() {
        let silent = case(0, None);
        assert!(silent.is_of("NPS", Some(3.0), None) && silent.is_of("NPS", Some(3.0), Some("late")));
        assert!(!silent.is_of("NPS", Some(2.0), None) && !silent.is_of("CSAT", Some(3.0), None));
        assert_eq!(silent.with_words(None), None);
        let told = silent.with_words(Some("late")).unwrap();
        assert_eq!((told.words.as_deref(), &told.id), (Some("late"), &silent.id));
        assert!(told.is_of("NPS", Some(3.0), Some("late")) && !told.is_of("NPS", Some(3.0), Some("rude")));
        assert_eq!(told.with_words(Some("rude")), None);
    }

    #[test]
    fn a_rule_says_which_responses_become_cases() {
        let read = |value: Value| parse(value.as_object().unwrap());
        let nps = read(json!({"name": "Detractors", "score": "NPS", "at_most": 6})).unwrap();
        assert_eq!((nps.due, nps.within), (Span::days(2), Span::days(14)));
        assert!(nps.opens(Some(6.0), false, None) && !nps.opens(Some(7.0), false, None) && !nps.opens(None, false, Some("bad")));
        assert!(nps.opens(Some(6.0), true, None) && !nps.opens(Some(5.0), true, None), "where 1 is the best mark");
        let words = read(json!({"name": "Words", "score": "Review", "with_words": true})).unwrap();
        assert!(words.opens(None, false, Some("Where is it?")) && !words.opens(Some(1.0), false, Some("  ")));
        for wrong in [
            json!({"name": "x", "score": "NPS"}),
            json!({"name": "x", "score": " ", "at_most": 6}),
            json!({"name": "x", "score": "NPS", "at_most": 6, "due": "-1d"}),
            json!({"name": "x", "score": "NPS", "at_most": 6, "within": "900d"}),
            json!({"name": "x", "score": "NPS", "at_most": 6, "tell": [{"mail": "x"}]}),
            json!({"name": "x", "score": "NPS", "at_most": 6, "until": "2d"}),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_case_goes_its_way() {
        let now = Instant(10 * HOUR);
        let new = case(0, None);
        let act = |value: Value| serde_json::from_value::<Act>(value).unwrap();
        let taken = step(&new, &act(json!({"do": "take", "by": " Ana "})), now).unwrap();
        assert_eq!((taken.status, taken.owner.as_deref()), (Status::InHand, Some("Ana")));
        let close = act(json!({"do": "close", "outcome": "solved", "text": "sent again"}));
        let closed = step(&taken, &close, now).unwrap();
        assert_eq!((closed.status, closed.outcome, closed.closed_at), (Status::Closed, Some(Outcome::Solved), Some(now)));
        assert_eq!(close.text(), "solved: sent again");
        assert_eq!(step(&closed, &close, now), Err(Refused::Closed));
        let open = act(json!({"do": "reopen", "text": "it came back"}));
        let again = step(&closed, &open, now).unwrap();
        assert_eq!((again.status, again.outcome, again.closed_at), (Status::InHand, None, None));
        assert_eq!(step(&again, &open, now), Err(Refused::NotClosed));
        assert!(step(&closed, &act(json!({"do": "note", "text": "thanks"})), now).is_ok(), "of a closed case something can be said");
        assert_eq!(step(&new, &act(json!({"do": "note", "text": " "})), now), Err(Refused::Nothing));
        assert_eq!(step(&new, &act(json!({"do": "note", "text": "x".repeat(TEXT_MAX + 1)})), now), Err(Refused::TooLong));
        assert_eq!(step(&new, &act(json!({"do": "due", "at": "1969-01-01T00:00:00Z"})), now), Err(Refused::Past));
        assert!(serde_json::from_value::<Act>(json!({"do": "close", "outcome": "ignored"})).is_err());
    }

    #[test]
    fn a_response_has_one_id_and_others_have_others() {
        let of = |who: &str, mark, words| id(who, Instant(5), "NPS", mark, words);
        let first = of("user_id:1", Some(3.0), Some("slow"));
        assert_eq!(first, of("user_id:1", Some(3.0), Some("slow")));
        assert_eq!(first.len(), 20);
        for other in [of("user_id:2", Some(3.0), Some("slow")), of("user_id:1", Some(4.0), Some("slow")), of("user_id:1", Some(3.0), None)]
        {
            assert_ne!(first, other);
        }
        assert_ne!(id("a", Instant(1), "b", None, Some("c")), id("a", Instant(1), "bc", None, Some("")), "parts do not run together");
    }

    #[test]
    fn figures_count_cases_that_are_still_open() {
        let now = Instant(100 * HOUR);
        let cases = [case(0, Some(10 * HOUR)), case(0, Some(60 * HOUR)), case(0, None), case(90 * HOUR, None)];
        let told = figures(&cases, now);
        assert_eq!((told.cases, told.open, told.closed, told.overdue), (4, 2, 2, 1));
        let in_time = told.in_time.unwrap();
        assert_eq!((in_time.n, in_time.value), (3, 1.0 / 3.0), "the one that is not due yet is not judged");
        assert_eq!(told.median_seconds, Some(60.0 * 3_600.0), "the mean of those that are closed would be 35 hours");
        assert_eq!(told.outcomes, [(Outcome::Solved, 2)]);
        assert_eq!(figures([], now), CaseFigures::default());
    }
}
