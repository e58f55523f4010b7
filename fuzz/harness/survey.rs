//! Surveys' files, answers to them, and links.

use periplus_model::{CustomerKey, Instant};
use periplus_survey::answers::taken;
use periplus_survey::event::Ask;
use periplus_survey::{Answers, Channel, Link, Meanings, Person, Screen, Secret, Survey, asking, screen};
use serde_json::Value;

/// A survey is refused with problems that name a place, or everybody comes through it to an end, whatever they give; and no bytes are a
/// link.
pub fn hold(bytes: &[u8]) {
    let secret = Secret::new(b"nobody knows it");
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    assert!(Link::read(text, &secret, Instant(0)).is_err());
    let survey = match Survey::parse(text) {
        Ok(survey) => survey,
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            let lines = text.lines().count() + 1;
            return assert!(
                problems.iter().all(|problem| !problem.message.is_empty() && (1..=lines).contains(&problem.line)),
                "{problems:?}"
            );
        }
    };
    let language = survey.language(&["de"]);
    assert!(survey.languages.iter().any(|known| known == language));
    let mut answers = Answers::default();
    for round in 0..=survey.questions.len() {
        let Screen::Ask(questions) = screen(&survey, &answers) else { break };
        assert!(round < survey.questions.len(), "there is no end");
        for question in questions {
            assert!(!survey.say(&question.text, language).is_empty());
            let option = question.options.first().map(|option| Value::from(option.id.as_str()));
            // The bytes themselves choose the answer.
            let given = match bytes.get(round).copied().unwrap_or_default() % 4 {
                0 => Value::Null,
                1 => option.unwrap_or(3.into()),
                2 => Value::from(bytes.len() % 11),
                _ => Value::from(text.get(..40).unwrap_or("words")),
            };
            answers.put(&question.id, taken(question, &given).unwrap_or(None));
        }
    }
    assert_eq!(screen(&survey, &answers), Screen::Thanks);
    let carried = answers.to_object();
    if let Ok(again) = Answers::carried(&survey, &carried) {
        assert_eq!(again, answers);
    }
    let who = "email:ana@example.org".parse().unwrap_or_else(|_| unreachable!());
    let ask = Ask { id: "s", survey: &survey, ask: 7, who: &who, via: Channel::Page, language };
    assert!(ask.answered(&answers, Instant(0)).is_object());
    let meanings = Meanings::default();
    let asking = asking::Asking { id: "s", survey: &survey, meanings: &meanings, quiet: periplus_survey::definition::QUIET };
    let _ = periplus_survey::may_ask(&asking, &Person::new(CustomerKey(1)), Channel::Email, Instant(0));
}
