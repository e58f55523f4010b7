//! A turn: what becomes of what somebody gave to the questions of one screen.
//!
//! The response is recorded as soon as it has a mark, so that whoever gives one and closes the page is counted; what comes after that
//! is recorded at the end, as more of the same response. A survey without marks is recorded at its end.

use serde_json::{Map, Value};

use crate::answers::{Answers, Wrong, taken};
use crate::definition::Survey;
use crate::link::Purpose;
use crate::path::{Screen, screen};

/// What becomes of what somebody gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// All answers until now.
    pub answers: Answers,
    /// What is to be recorded now.
    pub record: Option<Record>,
    /// What further answers are for.
    pub purpose: Purpose,
    /// Whether there are no further questions.
    pub is_over: bool,
}

/// What is to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// The response, with all answers until now.
    Answered,
    /// More of it: the answers to what was shown after the first so many questions.
    Completed {
        /// How many.
        shown: usize,
    },
}

/// Why nothing became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// These questions' answers are none.
    Wrong(Vec<(String, Wrong)>),
    /// Nothing was answered in the whole survey.
    Nothing,
}

/// Decides what becomes of what somebody gave, by the ids of the questions, to the screen that comes after the answers that they carry
/// along. What was given to other questions is passed over.
///
/// # Errors
/// Why nothing becomes of it; the screen is to be shown again.
pub fn turn(survey: &Survey, purpose: Purpose, carried: Answers, given: &Map<String, Value>) -> Result<Turn, Stuck> {
    let (mut answers, mut wrong) = (carried, Vec::new());
    let Screen::Ask(questions) = screen(survey, &answers) else {
        return Ok(Turn { answers, record: None, purpose, is_over: true });
    };
    for question in questions {
        match taken(question, given.get(&question.id).unwrap_or(&Value::Null)) {
            Ok(answer) => answers.put(&question.id, answer),
            Err(why) => wrong.push((question.id.clone(), why)),
        }
    }
    if !wrong.is_empty() {
        return Err(Stuck::Wrong(wrong));
    }
    let is_over = screen(survey, &answers) == Screen::Thanks;
    let has_mark = survey.questions.iter().any(|question| question.kind.marks().is_some() && answers.get(&question.id).is_some());
    let (record, next) = match purpose {
        Purpose::Rest(shown) => {
            let shown = usize::from(shown);
            let has_more = answers.given_since(shown).next().is_some();
            ((is_over && has_more).then_some(Record::Completed { shown }), purpose)
        }
        _ if is_over && answers.given_since(0).next().is_none() => return Err(Stuck::Nothing),
        _ if is_over => (Some(Record::Answered), purpose),
        // There are 50 questions at most.
        _ if has_mark => (Some(Record::Answered), Purpose::Rest(u16::try_from(answers.len()).unwrap_or(u16::MAX))),
        _ => (None, Purpose::Answer),
    };
    Ok(Turn { answers, record, purpose: next, is_over })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const NPS: &str = include_str!("templates/nps.toml");

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn the_mark_is_recorded_at_once_and_the_rest_at_the_end() {
        let survey = Survey::parse(NPS).unwrap();
        let first = turn(&survey, Purpose::Score(3), Answers::default(), &object(json!({"nps": "3", "best": "not asked"}))).unwrap();
        assert_eq!((first.record, first.purpose, first.is_over), (Some(Record::Answered), Purpose::Rest(1), false));
        assert_eq!(first.answers.to_object(), object(json!({"nps": 3})));
        let carried = Answers::carried(&survey, &first.answers.to_object()).unwrap();
        let second = turn(&survey, first.purpose, carried.clone(), &object(json!({"better": "faster"}))).unwrap();
        assert_eq!((second.record, second.is_over), (Some(Record::Completed { shown: 1 }), true));
        let silent = turn(&survey, first.purpose, carried, &Map::new()).unwrap();
        assert_eq!((silent.record, silent.is_over), (None, true), "there is nothing more to record");
    }

    #[test]
    fn what_is_on_one_screen_is_one_record() {
        let survey = Survey::parse(include_str!("templates/ces.toml")).unwrap();
        let whole = turn(&survey, Purpose::Answer, Answers::default(), &object(json!({"ces": 6, "hard": "nothing"}))).unwrap();
        assert_eq!((whole.record, whole.is_over), (Some(Record::Answered), true));
        let stuck = turn(&survey, Purpose::Answer, Answers::default(), &object(json!({"hard": "x".repeat(1_001)})));
        assert_eq!(stuck, Err(Stuck::Wrong(vec![("ces".into(), Wrong::Missing), ("hard".into(), Wrong::TooLong)])));
    }

    #[test]
    fn nothing_at_all_is_no_response() {
        let survey = Survey::parse("title='T'\nlanguages=['en']\n[[question]]\nid='q'\nkind='text'\ntext='Q'\n").unwrap();
        assert_eq!(turn(&survey, Purpose::Answer, Answers::default(), &object(json!({"q": "  "}))), Err(Stuck::Nothing));
        let said = turn(&survey, Purpose::Answer, Answers::default(), &object(json!({"q": "x"}))).unwrap();
        assert_eq!((said.record, said.is_over), (Some(Record::Answered), true));
    }

    proptest! {
        /// However somebody goes through a survey: there is one response at most, with all that was given before it, and everything that
        /// was given is recorded once.
        #[test]
        fn whoever_comes_to_the_end_is_recorded_once(marks in prop::collection::vec(prop::option::of(0u8..=10), 8), texts in prop::collection::vec(prop::option::of("[a-z]{1,5}"), 8)) {
            let survey = Survey::parse(NPS).unwrap();
            let (mut carried, mut purpose) = (Answers::default(), Purpose::Answer);
            let (mut responses, mut recorded) = (0, 0);
            for _ in 0..8 {
                let mut given = Map::new();
                for (place, question) in survey.questions.iter().enumerate() {
                    let value = if question.kind.marks().is_some() { json!(marks[place].or(Some(5))) } else { json!(texts[place]) };
                    given.insert(question.id.clone(), value);
                }
                let turn = turn(&survey, purpose, carried, &given).unwrap();
                match turn.record {
                    Some(Record::Answered) => {
                        responses += 1;
                        recorded += turn.answers.given_since(0).count();
                    }
                    Some(Record::Completed { shown }) => recorded += turn.answers.given_since(shown).count(),
                    None => {}
                }
                (carried, purpose) = (turn.answers.clone(), turn.purpose);
                if turn.is_over {
                    break;
                }
            }
            prop_assert_eq!(responses, 1);
            prop_assert_eq!(recorded, carried.given_since(0).count());
        }
    }
}
