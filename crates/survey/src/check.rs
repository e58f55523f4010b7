//! Reading a survey, and what is wrong with one, each with its place in the file.
//!
//! **To add a check** write one function and add it to [`CHECKS`].

use std::collections::BTreeSet;
use std::fmt;

use periplus_model::{Condition, Span};
use serde::Serialize;
use toml::de::{DeTable, DeValue};

use crate::definition::{END, Kind, LENGTH_MAX, Survey, Text, When};
use crate::person::Meanings;

/// A survey's file has so many bytes at most.
pub const BYTES_MAX: usize = 256 << 10;
/// A title, an option or what a mark means has so many characters at most.
const SHORT: usize = 200;
/// Every other text.
const LONG: usize = 2_000;
/// Addresses below `/s/` that are no surveys.
const TAKEN: [&str; 3] = ["a", "ask", "answer"];

/// Something that is wrong with a survey's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// Whether a survey, a question or an option may have this id.
pub fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
}

/// Whether a survey may have this id: its file's name, and a part of addresses.
pub fn is_survey_id(id: &str) -> bool {
    is_id(id) && !TAKEN.contains(&id)
}

impl Survey {
    /// Reads a survey.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Survey, Vec<Problem>> {
        if text.len() > BYTES_MAX {
            return Err(vec![Problem { line: 1, column: 1, message: format!("a survey has {BYTES_MAX} bytes at most") }]);
        }
        let survey: Survey = toml::from_str(text).map_err(|error| {
            let (line, column) = place_of(text, error.span().map_or(0, |span| span.start));
            vec![Problem { line, column, message: error.message().trim().to_owned() }]
        })?;
        let mut found = Found { text, table: DeTable::parse(text).ok().map(toml::Spanned::into_inner), problems: Vec::new() };
        CHECKS.iter().for_each(|check| check(&survey, &mut found));
        found.problems.sort_by_key(|problem| (problem.line, problem.column));
        if found.problems.is_empty() { Ok(survey) } else { Err(found.problems) }
    }
}

/// What is wrong with a survey, read from this text, in view of what its journey map has: a touchpoint that is none of the map's would
/// be carried by every response and heeded by nobody. Nothing when the survey names no map.
pub fn of_map(survey: &Survey, text: &str, meanings: &Meanings) -> Vec<Problem> {
    let (Some(map), Some(touchpoint)) = (&survey.map, &survey.touchpoint) else { return Vec::new() };
    if meanings.touchpoints.iter().any(|(id, ..)| id == touchpoint) {
        return Vec::new();
    }
    let ids: Vec<&str> = meanings.touchpoints.iter().map(|(id, ..)| id.as_str()).collect();
    let mut found = Found { text, table: DeTable::parse(text).ok().map(toml::Spanned::into_inner), problems: Vec::new() };
    found.note(&[Member("touchpoint")], format!("the journey map '{map}' has no touchpoint '{touchpoint}'; it has {}", ids.join(", ")));
    found.problems
}

/// What was found until now, and the file to find places in.
struct Found<'t> {
    text: &'t str,
    table: Option<DeTable<'t>>,
    problems: Vec<Problem>,
}

/// A way into a file: names of members, and places in lists.
#[derive(Clone, Copy)]
enum Step<'s> {
    Member(&'s str),
    Nth(usize),
}

use Step::{Member, Nth};

impl Found<'_> {
    /// Notes a problem, at what lies on the way, or as near to it as there is something.
    fn note(&mut self, way: &[Step<'_>], message: impl Into<String>) {
        let (line, column) = place_of(self.text, self.table.as_ref().map_or(0, |table| offset(table, way)));
        self.problems.push(Problem { line, column, message: message.into() });
    }
}

fn offset(table: &DeTable<'_>, way: &[Step<'_>]) -> usize {
    let Some(Member(first)) = way.first() else { return 0 };
    let Some(mut at) = table.get(*first) else { return 0 };
    for step in &way[1..] {
        let inner = match (step, at.get_ref()) {
            (Member(name), DeValue::Table(table)) => table.get(*name),
            (Nth(place), DeValue::Array(list)) => list.get(*place),
            _ => None,
        };
        match inner {
            Some(inner) => at = inner,
            None => break,
        }
    }
    at.span().start
}

/// The line and column (in characters) of a byte.
fn place_of(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset.min(text.len())).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Every check.
const CHECKS: &[fn(&Survey, &mut Found<'_>)] = &[languages, texts, ids, marks_and_options, ways_on, every_question_is_reached, whom, spans];

fn languages(survey: &Survey, found: &mut Found<'_>) {
    if survey.languages.is_empty() || survey.languages.len() > 40 {
        found.note(&[Member("languages")], "name the languages of the survey, 1 to 40, such as [\"en\", \"de\"]");
    }
    for (place, code) in survey.languages.iter().enumerate() {
        let mut parts = code.split('-');
        let fits = |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let base = parts.next().unwrap_or_default();
        if !(fits(base) && base.len() <= 3 && base.bytes().all(|byte| byte.is_ascii_lowercase()) && parts.all(fits)) || code.len() > 20 {
            found.note(&[Member("languages"), Nth(place)], format!("'{code}' is no language: write `en`, `de` or `pt-BR`"));
        }
        if survey.languages[..place].contains(code) {
            found.note(&[Member("languages"), Nth(place)], format!("'{code}' is there twice"));
        }
    }
}

fn texts(survey: &Survey, found: &mut Found<'_>) {
    let mut check = |text: &Text, longest: usize, way: &[Step<'_>]| {
        let said: Vec<(&str, &str)> = match text {
            Text::Same(text) => vec![("", text.as_str())],
            Text::By(texts) => texts.iter().map(|(code, text)| (code.as_str(), text.as_str())).collect(),
        };
        for (code, words) in &said {
            let inner: Vec<Step<'_>> = way.iter().copied().chain((!code.is_empty()).then_some(Member(code))).collect();
            if !code.is_empty() && !survey.languages.iter().any(|known| known == code) {
                found.note(&inner, format!("'{code}' is none of the survey's languages"));
            }
            if words.trim().is_empty() {
                found.note(&inner, "the text is empty");
            }
            if words.chars().count() > longest {
                found.note(&inner, format!("the text has {} characters; {longest} are allowed", words.chars().count()));
            }
            if words.chars().any(|c| c.is_control() && c != '\n') {
                found.note(&inner, "the text has characters that cannot be printed");
            }
        }
        if let Text::By(texts) = text
            && !texts.contains_key(survey.fallback())
        {
            found.note(
                way,
                format!("the text is missing in {}, the first language, which everybody gets for whom there is none", survey.fallback()),
            );
        }
    };
    check(&survey.title, SHORT, &[Member("title")]);
    for (text, name) in [(&survey.intro, "intro"), (&survey.thanks, "thanks")] {
        text.iter().for_each(|text| check(text, LONG, &[Member(name)]));
    }
    for (place, question) in survey.questions.iter().enumerate() {
        let at = [Member("question"), Nth(place)];
        check(&question.text, LONG, &[at[0], at[1], Member("text")]);
        question.hint.iter().for_each(|text| check(text, LONG, &[at[0], at[1], Member("hint")]));
        for (text, name) in [(&question.low, "low"), (&question.high, "high")] {
            text.iter().for_each(|text| check(text, SHORT, &[at[0], at[1], Member(name)]));
        }
        for (nth, option) in question.options.iter().enumerate() {
            check(&option.text, SHORT, &[at[0], at[1], Member("options"), Nth(nth), Member("text")]);
        }
    }
}

fn ids(survey: &Survey, found: &mut Found<'_>) {
    if survey.questions.is_empty() || survey.questions.len() > 50 {
        found.note(&[Member("question")], "a survey has 1 to 50 questions");
    }
    const SHAPE: &str = "an id has lower-case letters, digits, '-' and '_', 64 at most";
    for (place, question) in survey.questions.iter().enumerate() {
        let way = [Member("question"), Nth(place), Member("id")];
        if !is_id(&question.id) || question.id == END {
            found.note(&way, format!("'{}' cannot be the id of a question: {SHAPE}, and is not `{END}`", question.id));
        }
        if survey.questions[..place].iter().any(|other| other.id == question.id) {
            found.note(&way, format!("there are two questions '{}'", question.id));
        }
        for (nth, option) in question.options.iter().enumerate() {
            let way = [Member("question"), Nth(place), Member("options"), Nth(nth), Member("id")];
            if !is_id(&option.id) {
                found.note(&way, format!("'{}' cannot be the id of an option: {SHAPE}", option.id));
            }
            if question.options[..nth].iter().any(|other| other.id == option.id) {
                found.note(&way, format!("there are two options '{}'", option.id));
            }
        }
    }
    for (name, id) in [("touchpoint", &survey.touchpoint), ("map", &survey.map)] {
        if id.as_ref().is_some_and(|id| id.is_empty() || id.len() > 200) {
            found.note(&[Member(name)], format!("'{name}' is an id of the journey map"));
        }
    }
    for (place, channel) in survey.channels.iter().enumerate() {
        if survey.channels[..place].contains(channel) {
            found.note(&[Member("channels"), Nth(place)], format!("'{}' is there twice", channel.name()));
        }
    }
}

fn marks_and_options(survey: &Survey, found: &mut Found<'_>) {
    for (place, question) in survey.questions.iter().enumerate() {
        let way = |name: &'static str| [Member("question"), Nth(place), Member(name)];
        let kind = question.kind.name();
        match question.kind {
            Kind::Choice if !(2..=50).contains(&question.options.len()) => found.note(&way("options"), "a choice has 2 to 50 `options`"),
            Kind::Choice => {}
            _ if !question.options.is_empty() => {
                found.note(&way("options"), format!("only a choice has `options`, and this is of kind {kind}"))
            }
            _ => {}
        }
        if question.many && question.kind != Kind::Choice {
            found.note(&way("many"), format!("`many` is for a choice, and this is of kind {kind}"));
        }
        for (name, is_there) in [("low", question.low.is_some()), ("high", question.high.is_some())] {
            if is_there && question.kind.marks().is_none() {
                found.note(&way(name), format!("`{name}` is for marks, and this is of kind {kind}"));
            }
        }
        match question.length_max {
            Some(_) if question.kind != Kind::Text => {
                found.note(&way("length_max"), format!("`length_max` is for a text, and this is of kind {kind}"));
            }
            Some(length) if !(1..=LENGTH_MAX).contains(&length) => {
                found.note(&way("length_max"), format!("a text may have 1 to {LENGTH_MAX} characters"));
            }
            _ => {}
        }
    }
}

fn ways_on(survey: &Survey, found: &mut Found<'_>) {
    for (place, question) in survey.questions.iter().enumerate() {
        for (nth, next) in question.next.iter().enumerate() {
            let way = |name: &'static str| [Member("question"), Nth(place), Member("next"), Nth(nth), Member(name)];
            match survey.question(&next.go) {
                // Forward only: nobody can be led in a circle.
                Some((target, _)) if target <= place => {
                    found.note(&way("go"), format!("'{}' is not below '{}': a way on leads forward", next.go, question.id));
                }
                None if next.go != END => found.note(&way("go"), format!("there is no question '{}'; `{END}` ends the survey", next.go)),
                _ => {}
            }
            if next.when.is_none() && nth + 1 < question.next.len() {
                found.note(&way("go"), "what comes after a way on without `when` is never taken");
            }
            let Some(when) = &next.when else { continue };
            if *when == When::default() {
                found.note(&way("when"), "say what the answer must be: at_least, at_most, chosen or answered");
            }
            match question.kind.marks() {
                Some((lowest, highest)) => {
                    for mark in [when.at_least, when.at_most].into_iter().flatten().filter(|mark| !(lowest..=highest).contains(mark)) {
                        found.note(&way("when"), format!("{mark} is no mark: they go from {lowest} to {highest}"));
                    }
                }
                None if when.at_least.is_some() || when.at_most.is_some() => {
                    found.note(&way("when"), format!("at_least and at_most are for marks, and this is of kind {}", question.kind.name()));
                }
                None => {}
            }
            for id in when.chosen.iter().filter(|id| !question.options.iter().any(|option| option.id == **id)) {
                found.note(&way("when"), format!("'{id}' is none of the options"));
            }
        }
    }
}

fn every_question_is_reached(survey: &Survey, found: &mut Found<'_>) {
    let mut reached: BTreeSet<usize> = BTreeSet::from([0]);
    // Ways lead forward, so once through is enough.
    for (place, question) in survey.questions.iter().enumerate() {
        if !reached.contains(&place) {
            found.note(&[Member("question"), Nth(place)], format!("nobody comes to the question '{}'", question.id));
            continue;
        }
        reached.extend(question.next.iter().filter_map(|next| survey.question(&next.go)).map(|(target, _)| target));
        if question.next.iter().all(|next| next.when.is_some()) {
            reached.insert(place + 1);
        }
    }
}

/// Whether a condition speaks of what only a journey map knows.
fn needs_map(condition: &Condition) -> bool {
    match condition {
        Condition::And(list) | Condition::Or(list) => list.iter().any(needs_map),
        Condition::Sequence { steps, .. } => steps.iter().any(needs_map),
        Condition::Not(one) => needs_map(one),
        Condition::Did { what, .. } => needs_map(what),
        Condition::Event(_, further) => further.as_ref().is_some_and(|further| needs_map(further)),
        Condition::Touchpoint(_) | Condition::Stage(_) => true,
        _ => false,
    }
}

fn whom(survey: &Survey, found: &mut Found<'_>) {
    const MAP: &str = "it speaks of touchpoints or stages: name the journey map with `map`";
    if let Some(segment) = &survey.segment {
        if !segment.about_customers() {
            found.note(&[Member("segment")], "`segment` is a condition about customers, such as { did = { event = \"purchase\" } }");
        }
        if survey.map.is_none() && needs_map(segment) {
            found.note(&[Member("segment")], MAP);
        }
    }
    if let Some(after) = &survey.after {
        if !after.what.about_events() {
            found.note(&[Member("after"), Member("what")], "`what` is a condition about events, such as \"Order Delivered\"");
        }
        if survey.map.is_none() && needs_map(&after.what) {
            found.note(&[Member("after"), Member("what")], MAP);
        }
    }
    if survey.share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
        found.note(&[Member("share")], "`share` goes from 0 to 1");
    }
    if let (Some(opens), Some(closes)) = (survey.opens, survey.closes)
        && opens >= closes
    {
        found.note(&[Member("closes")], "the survey closes before it opens");
    }
}

fn spans(survey: &Survey, found: &mut Found<'_>) {
    const LONGEST: Span = Span::days(3_660);
    let mut check = |span: Option<Span>, least: Span, way: &[Step<'_>]| {
        if span.is_some_and(|span| span < least || span > LONGEST) {
            found.note(way, format!("the span goes from {least} to {LONGEST}"));
        }
    };
    let none = Span(0);
    check(survey.quiet, none, &[Member("quiet")]);
    check(survey.again, none, &[Member("again")]);
    check(survey.expires, Span::seconds(1), &[Member("expires")]);
    if let Some(after) = &survey.after {
        check(after.delay, none, &[Member("after"), Member("delay")]);
        check(after.within, Span::seconds(1), &[Member("after"), Member("within")]);
        if after.delay.unwrap_or(none) >= after.within.unwrap_or(crate::definition::WITHIN) {
            found.note(&[Member("after"), Member("delay")], "nobody is ever asked: `delay` is not shorter than `within`");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "title = 'T'\nlanguages = ['en', 'de']\n";
    const QUESTION: &str = "[[question]]\nid = 'q'\nkind = 'nps'\ntext = 'How?'\n";

    #[test]
    fn mistakes_are_explained_with_their_place() {
        for (text, place, part) in [
            ("title = 'T'\nlanguages = ['en']\n".to_owned(), (1, 1), "question"),
            (format!("{HEAD}tytle = 'x'\n{QUESTION}"), (3, 1), "tytle"),
            (format!("{HEAD}share = 1.5\n{QUESTION}"), (3, 9), "from 0 to 1"),
            (format!("{HEAD}segment = {{ event = 'x' }}\n{QUESTION}"), (3, 11), "about customers"),
            (format!("{HEAD}segment = {{ did = {{ stage = 'x' }} }}\n{QUESTION}"), (3, 11), "name the journey map"),
            (format!("{HEAD}after = {{ what = {{ trait = 'x', is = 1 }} }}\n{QUESTION}"), (3, 18), "about events"),
            (format!("{HEAD}after = {{ what = 'x', delay = '40d' }}\n{QUESTION}"), (3, 31), "nobody is ever asked"),
            (format!("{HEAD}after = {{ what = 'x', dellay = '40d' }}\n{QUESTION}"), (3, 23), "dellay"),
            (format!("{HEAD}opens = '2026-02-01'\ncloses = '2026-01-01'\n{QUESTION}"), (4, 10), "before it opens"),
            (format!("{HEAD}quiet = '-1d'\n{QUESTION}"), (3, 9), "from 0s"),
            (format!("{HEAD}channels = ['email', 'email']\n{QUESTION}"), (3, 22), "twice"),
            (format!("{HEAD}channels = ['post']\n{QUESTION}"), (3, 13), "post"),
            ("title = 'T'\nlanguages = ['English']\n".to_owned() + QUESTION, (2, 14), "no language"),
            (format!("{HEAD}{QUESTION}hint = {{ fr = 'x' }}\n"), (7, 8), "missing in en"),
            (format!("{HEAD}{QUESTION}hint = ' '\n"), (7, 8), "empty"),
            (format!("{HEAD}{QUESTION}{QUESTION}"), (8, 6), "two questions"),
            (format!("{HEAD}{QUESTION}options = [{{ id = 'a', text = 'A' }}]\n"), (7, 11), "only a choice"),
            (format!("{HEAD}{QUESTION}length_max = 5\n"), (7, 14), "for a text"),
            (format!("{HEAD}{QUESTION}many = true\n"), (7, 8), "for a choice"),
            (format!("{HEAD}{QUESTION}next = [{{ go = 'q' }}]\n"), (7, 16), "leads forward"),
            (format!("{HEAD}{QUESTION}next = [{{ go = 'r' }}]\n"), (7, 16), "no question 'r'"),
            (format!("{HEAD}{QUESTION}next = [{{ when = {{ at_most = 11 }}, go = 'end' }}]\n"), (7, 18), "no mark"),
            (format!("{HEAD}{QUESTION}next = [{{ when = {{ }}, go = 'end' }}]\n"), (7, 18), "must be"),
            (format!("{HEAD}{QUESTION}next = [{{ when = {{ chosen = ['x'] }}, go = 'end' }}]\n"), (7, 18), "none of the options"),
            (
                format!("{HEAD}{QUESTION}next = [{{ go = 'end' }}]\n[[question]]\nid = 'r'\nkind = 'text'\ntext = 'x'\n"),
                (8, 1),
                "nobody comes",
            ),
            (format!("{HEAD}[[question]]\nid = 'end'\nkind = 'choice'\ntext = 'x'\n"), (4, 6), "cannot be the id"),
        ] {
            let problems = Survey::parse(&text).expect_err(&text);
            let found = problems.iter().find(|problem| problem.message.contains(part));
            let found = found.unwrap_or_else(|| panic!("{text}\n{problems:?}"));
            assert_eq!((found.line, found.column), place, "{text}\n{problems:?}");
            assert!(found.to_string().starts_with(&format!("{}:{}: ", place.0, place.1)));
        }
        assert!(Survey::parse(&format!("{HEAD}{QUESTION}")).is_ok());
        assert_eq!(Survey::parse(&"#".repeat(BYTES_MAX + 1)).unwrap_err().len(), 1);
    }

    #[test]
    fn a_touchpoint_is_one_of_the_maps() {
        let what = Condition::event("Order Delivered");
        let meanings = Meanings { touchpoints: vec![("parcel".to_owned(), "get".to_owned(), what)], ..Meanings::default() };
        let problems = |head: &str| {
            let text = format!("{HEAD}{head}{QUESTION}");
            of_map(&Survey::parse(&text).unwrap(), &text, &meanings)
        };
        let wrong = problems("map = 'retailer'\ntouchpoint = 'packet'\n");
        assert_eq!(
            wrong.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["4:14: the journey map 'retailer' has no touchpoint 'packet'; it has parcel"]
        );
        for right in ["map = 'retailer'\ntouchpoint = 'parcel'\n", "touchpoint = 'packet'\n", "map = 'retailer'\n", ""] {
            assert_eq!(problems(right), [], "{right}");
        }
    }

    #[test]
    fn several_mistakes_are_told_at_once_in_their_order() {
        let problems = Survey::parse(&format!("{HEAD}share = 2.0\n{QUESTION}many = true\nhint = ''\n")).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [3, 8, 9]);
    }

    #[test]
    fn addresses_of_our_own_are_no_surveys() {
        assert!(is_survey_id("after-delivery_2"));
        for id in ["", "a", "ask", "answer", "x.js", "../x", "A", &"x".repeat(65)] {
            assert!(!is_survey_id(id), "{id}");
        }
    }

    #[test]
    fn the_published_schema_is_the_types() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/survey.schema.json");
        let schema = serde_json::to_string_pretty(&crate::schema()).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &schema).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), schema, "run the test with UPDATE=1 and review the difference");
    }
}
