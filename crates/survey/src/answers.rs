//! Answers, and whether they are answers.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::definition::{Kind, Question, Survey, When};

/// What was given to each question that was shown, in the order in which they were: nothing where it was left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers(Vec<(String, Option<Value>)>);

/// What is wrong with an answer. The list is closed: every refusal of an answer anywhere is one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// It must be answered.
    #[error("the question must be answered")]
    Missing,
    /// A mark that is no whole number of the scale.
    #[error("the answer is no mark of the scale")]
    NoMark,
    /// Nothing that there is to choose.
    #[error("the answer is none of the options")]
    NoOption,
    /// Several options where one can be chosen, or one twice.
    #[error("one option can be chosen, once")]
    TooMany,
    /// More characters than a text may have.
    #[error("the text is too long")]
    TooLong,
    /// A text that is none, or has characters that are none.
    #[error("the answer is no text")]
    NoText,
}

impl Wrong {
    /// Every reason.
    pub const ALL: [Wrong; 6] = [Wrong::Missing, Wrong::NoMark, Wrong::NoOption, Wrong::TooMany, Wrong::TooLong, Wrong::NoText];
}

/// Holds what somebody gave against its question. Answers what is kept of it: a number for a mark, the id of an option or the ids of
/// several in the options' order, a text without spaces around it; nothing where nothing was given. Marks may come as texts, as
/// forms have them.
///
/// # Errors
/// What is wrong with it.
pub fn taken(question: &Question, given: &Value) -> Result<Option<Value>, Wrong> {
    let kept = match question.kind {
        Kind::Choice => chosen(question, given)?,
        Kind::Text => text(question, given)?,
        _ => mark(question.kind, given)?,
    };
    if kept.is_none() && question.required { Err(Wrong::Missing) } else { Ok(kept) }
}

fn is_nothing(given: &Value) -> bool {
    match given {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.iter().all(is_nothing),
        _ => false,
    }
}

fn mark(kind: Kind, given: &Value) -> Result<Option<Value>, Wrong> {
    if is_nothing(given) {
        return Ok(None);
    }
    let number = match given {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => Some(text.trim()).filter(|text| text.len() <= 2).and_then(|text| text.parse().ok()),
        _ => None,
    };
    let (lowest, highest) = kind.marks().ok_or(Wrong::NoMark)?;
    match number {
        Some(number) if (u64::from(lowest)..=u64::from(highest)).contains(&number) => Ok(Some(number.into())),
        _ => Err(Wrong::NoMark),
    }
}

fn chosen(question: &Question, given: &Value) -> Result<Option<Value>, Wrong> {
    let ids: Vec<&str> = match given {
        _ if is_nothing(given) => return Ok(None),
        Value::String(id) => vec![id],
        Value::Array(list) if list.len() <= question.options.len() => {
            list.iter().map(Value::as_str).collect::<Option<_>>().ok_or(Wrong::NoOption)?
        }
        Value::Array(_) => return Err(Wrong::TooMany),
        _ => return Err(Wrong::NoOption),
    };
    if ids.iter().any(|id| !question.options.iter().any(|option| option.id == *id)) {
        return Err(Wrong::NoOption);
    }
    let in_order: Vec<Value> =
        question.options.iter().filter(|option| ids.contains(&option.id.as_str())).map(|option| option.id.as_str().into()).collect();
    if in_order.len() < ids.len() || (ids.len() > 1 && !question.many) {
        return Err(Wrong::TooMany);
    }
    Ok(if question.many { Some(in_order.into()) } else { in_order.into_iter().next() })
}

fn text(question: &Question, given: &Value) -> Result<Option<Value>, Wrong> {
    let text = match given {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        _ => return Err(Wrong::NoText),
    };
    // Forms have line ends of two characters, which nobody counted who wrote.
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().count() > question.length() {
        return Err(Wrong::TooLong);
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(Wrong::NoText);
    }
    Ok(Some(text.into()))
}

impl When {
    /// Whether an answer, as it is kept, is what it must be.
    pub fn holds(&self, answer: Option<&Value>) -> bool {
        let mark = answer.and_then(Value::as_u64);
        let was_chosen = |id: &String| match answer {
            Some(Value::String(chosen)) => chosen == id,
            Some(Value::Array(list)) => list.iter().any(|chosen| chosen == id),
            _ => false,
        };
        self.answered.is_none_or(|answered| answer.is_some() == answered)
            && self.at_least.is_none_or(|least| mark.is_some_and(|mark| mark >= u64::from(least)))
            && self.at_most.is_none_or(|most| mark.is_some_and(|mark| mark <= u64::from(most)))
            && (self.chosen.is_empty() || self.chosen.iter().any(was_chosen))
    }
}

impl Answers {
    /// Reads the answers that a page carries along from screen to screen: an object in the order in which they were given, null where
    /// one was left out. Each is held against its question again; it comes from outside.
    ///
    /// # Errors
    /// When there is no such question, or an answer is none.
    pub fn carried(survey: &Survey, object: &Map<String, Value>) -> Result<Answers, Wrong> {
        let mut answers = Answers::default();
        for (id, given) in object {
            let (_, question) = survey.question(id).ok_or(Wrong::NoOption)?;
            answers.put(id, taken(question, given)?);
        }
        Ok(answers)
    }

    /// As an object, to be carried along.
    pub fn to_object(&self) -> Map<String, Value> {
        self.0.iter().map(|(id, answer)| (id.clone(), answer.clone().unwrap_or_default())).collect()
    }

    /// Adds what was given to a question, in the place of what was given to it before.
    pub fn put(&mut self, id: &str, answer: Option<Value>) {
        match self.0.iter_mut().find(|(known, _)| known == id) {
            Some((_, known)) => *known = answer,
            None => self.0.push((id.to_owned(), answer)),
        }
    }

    /// Whether a question was shown.
    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|(known, _)| known == id)
    }

    /// What was given to a question.
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == id).and_then(|(_, answer)| answer.as_ref())
    }

    /// How many questions were shown.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none was shown.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The answers that were given, without those to the first so many questions that were shown.
    pub fn given_since(&self, shown: usize) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().skip(shown).filter_map(|(id, answer)| Some((id.as_str(), answer.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn question(toml: &str) -> Question {
        let text = format!("title='T'\nlanguages=['en']\n[[question]]\nid='q'\ntext='Q'\n{toml}\n");
        Survey::parse(&text).unwrap_or_else(|problems| panic!("{problems:?}")).questions.remove(0)
    }

    #[test]
    fn answers_are_held_against_their_questions() {
        let options = "options=[{id='a',text='A'},{id='b',text='B'},{id='c',text='C'}]";
        let one = question(&format!("kind='choice'\n{options}"));
        let many = question(&format!("kind='choice'\nmany=true\n{options}"));
        let (nps, ces, words) = (question("kind='nps'\nrequired=true"), question("kind='ces'"), question("kind='text'\nlength_max=5"));
        for (question, given, kept) in [
            (&nps, json!(0), Ok(Some(json!(0)))),
            (&nps, json!(" 10 "), Ok(Some(json!(10)))),
            (&nps, json!(11), Err(Wrong::NoMark)),
            (&nps, json!(-1), Err(Wrong::NoMark)),
            (&nps, json!(7.5), Err(Wrong::NoMark)),
            (&nps, json!("7.0"), Err(Wrong::NoMark)),
            (&nps, json!("+7"), Ok(Some(json!(7)))),
            (&nps, json!([7]), Err(Wrong::NoMark)),
            (&nps, json!(null), Err(Wrong::Missing)),
            (&nps, json!(""), Err(Wrong::Missing)),
            (&ces, json!(0), Err(Wrong::NoMark)),
            (&ces, json!(7), Ok(Some(json!(7)))),
            (&ces, json!(null), Ok(None)),
            (&one, json!("a"), Ok(Some(json!("a")))),
            (&one, json!(["a"]), Ok(Some(json!("a")))),
            (&one, json!(["a", "b"]), Err(Wrong::TooMany)),
            (&one, json!("d"), Err(Wrong::NoOption)),
            (&one, json!(1), Err(Wrong::NoOption)),
            (&one, json!({"a": true}), Err(Wrong::NoOption)),
            (&many, json!(["c", "a"]), Ok(Some(json!(["a", "c"])))),
            (&many, json!(["a", "a"]), Err(Wrong::TooMany)),
            (&many, json!(["a", "b", "c", "a"]), Err(Wrong::TooMany)),
            (&many, json!([]), Ok(None)),
            (&many, json!("b"), Ok(Some(json!(["b"])))),
            (&words, json!("  ünïçö \r\n"), Ok(Some(json!("ünïçö")))),
            (&words, json!("123456"), Err(Wrong::TooLong)),
            (&words, json!("a\u{0}b"), Err(Wrong::NoText)),
            (&words, json!(5), Err(Wrong::NoText)),
            (&words, json!(" "), Ok(None)),
        ] {
            assert_eq!(taken(question, &given), kept, "{} {given}", question.kind.name());
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_taken_again_and_stays_the_same(given in any_value(), kind in 0usize..7) {
            let options = "options=[{id='a',text='A'},{id='b',text='B'}]";
            let kinds = ["kind='nps'", "kind='csat'", "kind='ces'", "kind='stars'", "kind='text'\nlength_max=20"];
            let question = match kind {
                5 => question(&format!("kind='choice'\n{options}")),
                6 => question(&format!("kind='choice'\nmany=true\n{options}")),
                kind => question(kinds[kind]),
            };
            if let Ok(kept) = taken(&question, &given) {
                let again = kept.clone().unwrap_or_default();
                prop_assert_eq!(taken(&question, &again), Ok(kept));
            }
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i16>().prop_map(Value::from),
            (0u8..12).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[ab]|[0-9]{1,2}|.{0,30}".prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 8, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::from))
    }
}
