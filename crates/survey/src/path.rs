//! The way through a survey: which questions come next.
//!
//! Questions that come one after the other whatever is answered stand on one screen. Where an answer decides what comes next, a screen
//! ends. Ways lead forward only, so everybody comes to an end.

use crate::answers::Answers;
use crate::definition::{Question, Survey};

/// What somebody is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Screen<'s> {
    /// These questions.
    Ask(Vec<&'s Question>),
    /// Nothing more: thanks.
    Thanks,
}

/// The place of what comes after a question, given its answer; the number of questions when it is the end.
fn after(survey: &Survey, place: usize, answers: &Answers) -> usize {
    let question = &survey.questions[place];
    let holds = |when: &Option<_>| when.as_ref().is_none_or(|when: &crate::definition::When| when.holds(answers.get(&question.id)));
    match question.next.iter().find(|next| holds(&next.when)) {
        // A survey that was read has no way that leads nowhere or back; it must not lead in a circle if it had.
        Some(next) => survey.question(&next.go).map_or(survey.questions.len(), |(target, _)| target.max(place + 1)),
        None => place + 1,
    }
}

/// What comes next for somebody who was shown some questions, and gave these answers.
pub fn screen<'s>(survey: &'s Survey, answers: &Answers) -> Screen<'s> {
    let mut place = 0;
    let mut shown = Vec::new();
    while let Some(question) = survey.questions.get(place) {
        if !answers.has(&question.id) || !shown.is_empty() {
            shown.push(question);
            if question.branches() {
                break;
            }
        }
        place = after(survey, place, answers);
    }
    if shown.is_empty() { Screen::Thanks } else { Screen::Ask(shown) }
}

/// How many of the survey's questions may still come, the screen's included: what a progress bar is made of.
pub fn left(survey: &Survey, answers: &Answers) -> usize {
    match screen(survey, answers) {
        Screen::Thanks => 0,
        Screen::Ask(shown) => {
            shown.first().and_then(|first| survey.question(&first.id)).map_or(0, |(place, _)| survey.questions.len() - place)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::taken;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const BRANCHED: &str = "title='T'\nlanguages=['en']\n\
        [[question]]\nid='nps'\nkind='nps'\ntext='N'\nrequired=true\nnext=[{when={at_most=6},go='why'},{when={at_least=9},go='praise'}]\n\
        [[question]]\nid='meh'\nkind='text'\ntext='M'\nnext=[{go='last'}]\n\
        [[question]]\nid='why'\nkind='choice'\ntext='W'\noptions=[{id='late',text='L'},{id='broken',text='B'}]\nnext=[{when={chosen=['late']},go='end'},{go='last'}]\n\
        [[question]]\nid='praise'\nkind='text'\ntext='P'\n\
        [[question]]\nid='last'\nkind='text'\ntext='X'\n";

    fn ids(screen: &Screen<'_>) -> Vec<String> {
        match screen {
            Screen::Ask(questions) => questions.iter().map(|question| question.id.clone()).collect(),
            Screen::Thanks => Vec::new(),
        }
    }

    fn walked(answers: &[(&str, Value)]) -> Vec<Vec<String>> {
        let survey = Survey::parse(BRANCHED).unwrap();
        let (mut given, mut screens) = (Answers::default(), Vec::new());
        loop {
            let shown = screen(&survey, &given);
            screens.push(ids(&shown));
            let Screen::Ask(questions) = shown else { return screens };
            for question in questions {
                let answer = answers.iter().find(|(id, _)| *id == question.id).map(|(_, answer)| answer.clone());
                given.put(&question.id, answer);
            }
        }
    }

    #[test]
    fn answers_decide_what_comes_next() {
        let screens = |answers: &[(&str, Value)]| walked(answers).iter().map(|ids| ids.join("+")).collect::<Vec<_>>();
        assert_eq!(screens(&[("nps", json!(3)), ("why", json!("late"))]), ["nps", "why", ""]);
        assert_eq!(screens(&[("nps", json!(3)), ("why", json!("broken"))]), ["nps", "why", "last", ""]);
        assert_eq!(screens(&[("nps", json!(3))]), ["nps", "why", "last", ""], "left out");
        assert_eq!(screens(&[("nps", json!(8))]), ["nps", "meh+last", ""]);
        assert_eq!(screens(&[("nps", json!(10)), ("last", json!("x"))]), ["nps", "praise+last", ""]);
    }

    #[test]
    fn what_does_not_branch_is_one_screen() {
        let survey = Survey::parse(
            "title='T'\nlanguages=['en']\n[[question]]\nid='a'\nkind='csat'\ntext='A'\n[[question]]\nid='b'\nkind='text'\ntext='B'\n",
        )
        .unwrap();
        assert_eq!(ids(&screen(&survey, &Answers::default())), ["a", "b"]);
        assert_eq!(left(&survey, &Answers::default()), 2);
    }

    proptest! {
        /// Whatever a survey looks like and whatever is answered: every question comes at most once, in order, and there is an end.
        #[test]
        fn everybody_comes_to_an_end(
            ways in prop::collection::vec(prop::collection::vec((0u8..=10, 1usize..9), 0..3), 1..8),
            marks in prop::collection::vec(prop::option::of(0u8..=10), 8),
        ) {
            let mut survey = Survey::parse(BRANCHED).unwrap();
            let template = survey.questions[0].clone();
            let count = ways.len();
            survey.questions = ways.iter().enumerate().map(|(place, ways)| {
                let next = ways.iter().map(|(least, ahead)| crate::definition::Next {
                    when: Some(crate::definition::When { at_least: Some(*least), ..Default::default() }),
                    go: if place + ahead < count { format!("q{}", place + ahead) } else { "end".to_owned() },
                }).collect();
                crate::definition::Question { id: format!("q{place}"), next, required: false, ..template.clone() }
            }).collect();
            let mut given = Answers::default();
            let mut seen: Vec<usize> = Vec::new();
            for _ in 0..=count {
                let Screen::Ask(questions) = screen(&survey, &given) else { break };
                prop_assert!(!questions.is_empty());
                for question in questions {
                    let (place, _) = survey.question(&question.id).unwrap();
                    prop_assert!(seen.last().is_none_or(|last| *last < place));
                    seen.push(place);
                    let mark = json!(marks[place]);
                    given.put(&question.id, taken(question, &mark).unwrap());
                }
            }
            prop_assert_eq!(screen(&survey, &given), Screen::Thanks);
        }
    }
}
