//! Asks and responses as events, in the format that exports have (`"periplus": 1`), which intake reads like any other.
//!
//! A response is **one** `Survey Answered`. Its message id is the number of the ask, so that it counts once however often it is sent. Who
//! gives a mark and then more is counted when the mark is taken; what comes after it is `Survey Completed`, which has no score and
//! counts as no response (docs/adr/0020).

use periplus_model::{Identifier, Instant};
use serde_json::{Map, Value, json};

use crate::answers::Answers;
use crate::definition::{Channel, Kind, Survey};
use crate::link::ask_text;

/// Somebody was shown a survey, or sent a link to one.
pub const ASKED: &str = "Survey Asked";
/// Somebody answered: the response.
pub const ANSWERED: &str = "Survey Answered";
/// Somebody said more after that.
pub const COMPLETED: &str = "Survey Completed";
/// The source of all three.
pub const SOURCE: &str = "surveys";

/// An ask: of whom, by what and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask<'a> {
    /// The survey's id.
    pub id: &'a str,
    /// The survey.
    pub survey: &'a Survey,
    /// The number of the ask.
    pub ask: u128,
    /// Who is asked.
    pub who: &'a Identifier,
    /// By which way.
    pub via: Channel,
    /// In which language.
    pub language: &'a str,
}

impl Ask<'_> {
    /// `Survey Asked`, with the kind of the first mark that it asks for.
    pub fn asked(&self, at: Instant) -> Value {
        let scored = self.survey.questions.iter().find(|question| question.kind.marks().is_some());
        let more = scored.map(|question| ("kind".to_owned(), question.kind.name().into())).into_iter().collect();
        self.event(ASKED, format!("{}-asked", ask_text(self.ask)), at, more)
    }

    /// `Survey Answered`: everything that was answered until now.
    pub fn answered(&self, answers: &Answers, at: Instant) -> Value {
        let mut more = Map::new();
        let scored = self.survey.questions.iter().find(|question| question.kind.marks().is_some() && answers.get(&question.id).is_some());
        if let Some(question) = scored {
            more.insert("kind".to_owned(), question.kind.name().into());
            more.insert("score".to_owned(), answers.get(&question.id).cloned().unwrap_or_default());
        }
        self.tell(answers, 0, &mut more);
        self.event(ANSWERED, ask_text(self.ask), at, more)
    }

    /// `Survey Completed`: what was answered to the questions that were shown after the first so many.
    pub fn completed(&self, answers: &Answers, shown: usize, at: Instant) -> Value {
        let mut more = Map::new();
        self.tell(answers, shown, &mut more);
        self.event(COMPLETED, format!("{}-rest", ask_text(self.ask)), at, more)
    }

    /// Adds what was answered, and the first text as the comment.
    fn tell(&self, answers: &Answers, shown: usize, more: &mut Map<String, Value>) {
        let is_text = |id: &str| self.survey.question(id).is_some_and(|(_, question)| question.kind == Kind::Text);
        if let Some((_, comment)) = answers.given_since(shown).find(|(id, _)| is_text(id)) {
            more.insert("comment".to_owned(), comment.clone());
        }
        let given: Map<String, Value> = answers.given_since(shown).map(|(id, answer)| (id.to_owned(), answer.clone())).collect();
        more.insert("answers".to_owned(), given.into());
    }

    fn event(&self, name: &str, message_id: String, at: Instant, more: Map<String, Value>) -> Value {
        let Ask { id, survey, ask, who, via, language } = self;
        let mut properties = json!({"survey": id, "ask": ask_text(*ask), "via": via.name(), "language": language});
        if let Some(fields) = properties.as_object_mut() {
            for (name, value) in [("touchpoint", &survey.touchpoint), ("map", &survey.map)] {
                fields.extend(value.iter().map(|value| (name.to_owned(), Value::from(value.as_str()))));
            }
            fields.extend(more);
        }
        let channel = if *via == Channel::Email { "e-mail" } else { "web" };
        json!({"periplus": 1, "type": "event", "time": at, "event": name, "ids": [who.to_string()], "channel": channel,
            "message_id": message_id, "properties": properties})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_one_event_and_what_follows_has_no_score() {
        let text = "title='T'\nlanguages=['en']\ntouchpoint='delivery'\n\
            [[question]]\nid='which'\nkind='choice'\ntext='W'\noptions=[{id='a',text='A'},{id='b',text='B'}]\n\
            [[question]]\nid='nps'\nkind='nps'\ntext='N'\n[[question]]\nid='ease'\nkind='ces'\ntext='E'\n[[question]]\nid='why'\nkind='text'\ntext='Y'\n";
        let survey = Survey::parse(text).unwrap();
        let who = "email:ana@example.org".parse().unwrap();
        let ask = Ask { id: "s", survey: &survey, ask: 0xab, who: &who, via: Channel::Email, language: "en" };
        let number = "000000000000000000000000000000ab";
        let mut answers = Answers::default();
        answers.put("which", None);
        answers.put("nps", Some(json!(9)));
        let answered = ask.answered(&answers, Instant(0));
        assert_eq!(
            answered,
            json!({"periplus": 1, "type": "event", "time": "1970-01-01T00:00:00Z", "event": "Survey Answered", "ids": ["email:ana@example.org"],
                "channel": "e-mail", "message_id": number, "properties": {"survey": "s", "ask": number, "via": "email", "language": "en",
                "touchpoint": "delivery", "kind": "nps", "score": 9, "answers": {"nps": 9}}})
        );
        answers.put("ease", Some(json!(7)));
        answers.put("why", Some(json!("quick")));
        let completed = ask.completed(&answers, 2, Instant(0));
        assert_eq!(completed["message_id"], format!("{number}-rest"));
        let properties = &completed["properties"];
        assert_eq!((&properties["answers"], &properties["comment"]), (&json!({"ease": 7, "why": "quick"}), &json!("quick")));
        assert_eq!((properties.get("score"), properties.get("kind")), (None, None));
        let whole = ask.answered(&answers, Instant(0));
        assert_eq!((&whole["properties"]["score"], &whole["properties"]["comment"]), (&json!(9), &json!("quick")));
        let asked = ask.asked(Instant(0));
        assert_eq!((&asked["message_id"], &asked["properties"]["kind"]), (&json!(format!("{number}-asked")), &json!("nps")));
    }
}
