//! Whether somebody is to be asked now.

use periplus_model::condition::lot;
use periplus_model::{Instant, Span};
use serde::Serialize;

use crate::definition::{Channel, Survey, WITHIN};
use crate::event::{ANSWERED, ASKED};
use crate::person::{Meanings, Person};

/// Why somebody is not asked. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotAsked {
    /// The survey has not begun, or is over.
    #[error("the survey is not open")]
    Closed,
    /// Nobody is asked by this way.
    #[error("the survey is not asked by this way")]
    NotThisWay,
    /// The segment does not have them.
    #[error("not in the segment")]
    Segment,
    /// What they are asked after has not happened, or too long ago.
    #[error("what the survey asks after did not happen lately")]
    Nothing,
    /// What they are asked after has happened, and the delay is not over.
    #[error("it is too early after what the survey asks after")]
    TooEarly,
    /// They are not in the share that is asked.
    #[error("not in the share that is asked")]
    SampledOut,
    /// They have answered.
    #[error("answered already")]
    Answered,
    /// They were asked, by this or another survey, not long ago.
    #[error("asked not long ago")]
    AskedLately,
}

impl NotAsked {
    /// Every reason.
    pub const ALL: [NotAsked; 8] = [
        NotAsked::Closed,
        NotAsked::NotThisWay,
        NotAsked::Segment,
        NotAsked::Nothing,
        NotAsked::TooEarly,
        NotAsked::SampledOut,
        NotAsked::Answered,
        NotAsked::AskedLately,
    ];
}

/// A survey under its id, with what it speaks of, and the workspace's span in which nobody is asked twice.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The survey's id.
    pub id: &'a str,
    /// The survey.
    pub survey: &'a Survey,
    /// What its conditions name.
    pub meanings: &'a Meanings,
    /// Nobody is asked again within this span, where the survey does not say.
    pub quiet: Span,
}

/// Whether a person is to be asked now, by this way. Questions are looked at from the cheapest to the dearest; the first reason counts.
///
/// # Errors
/// Why not.
pub fn may_ask(asking: &Asking<'_>, person: &Person, via: Channel, now: Instant) -> Result<(), NotAsked> {
    let Asking { id, survey, meanings, quiet } = asking;
    if !survey.is_open(now) {
        return Err(NotAsked::Closed);
    }
    if !survey.channels.contains(&via) {
        return Err(NotAsked::NotThisWay);
    }
    if survey.share.is_some_and(|share| lot(&format!("survey:{id}"), person.key.0) >= share) {
        return Err(NotAsked::SampledOut);
    }
    let last =
        |wanted: &dyn Fn(&crate::person::Happened) -> bool| person.events.iter().rev().find(|event| wanted(event)).map(|event| event.time);
    let is_lately = |at: Option<Instant>, span: Span| at.is_some_and(|at| now.0.saturating_sub(at.0) < span.0);
    let answered = last(&|event| event.event == ANSWERED && event.property("survey").is_some_and(|survey| survey == **id));
    if answered.is_some() && survey.again.is_none_or(|again| is_lately(answered, again)) {
        return Err(NotAsked::Answered);
    }
    // Whoever answered was asked, also where nobody noted that.
    if is_lately(last(&|event| event.event == ASKED || event.event == ANSWERED), survey.quiet.unwrap_or(*quiet)) {
        return Err(NotAsked::AskedLately);
    }
    if let Some(after) = &survey.after {
        let since = last(&|event| event.time <= now && meanings.meets(event, &after.what)).map(|at| now.0.saturating_sub(at.0));
        match since {
            Some(since) if since < after.delay.unwrap_or(Span(0)).0 => return Err(NotAsked::TooEarly),
            Some(since) if since <= after.within.unwrap_or(WITHIN).0 => {}
            _ => return Err(NotAsked::Nothing),
        }
    }
    match survey.segment.as_ref().is_none_or(|segment| meanings.holds(person, segment, now)) {
        true => Ok(()),
        false => Err(NotAsked::Segment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::QUIET;
    use crate::person::{Happened, Known};
    use periplus_model::CustomerKey;
    use proptest::prelude::*;
    use serde_json::json;

    const DAY: i64 = 86_400_000_000;
    const NOW: Instant = Instant(1_000 * DAY);

    fn survey(more: &str) -> Survey {
        let text = format!("title='T'\nlanguages=['en']\nchannels=['widget']\n{more}\n[[question]]\nid='q'\nkind='nps'\ntext='Q'\n");
        Survey::parse(&text).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    fn person(events: &[(i64, &str, &str)]) -> Person {
        let event = |(ago, name, survey): &(i64, &str, &str)| Happened {
            time: Instant(NOW.0 - ago * DAY),
            event: (*name).to_owned(),
            channel: None,
            amount: None,
            properties: json!({"survey": survey}).to_string(),
        };
        let traits = vec![Known { since: None, name: "tier".to_owned(), value: json!("gold") }];
        Person { key: CustomerKey(7), events: events.iter().map(event).collect(), traits }
    }

    fn told(survey: &Survey, person: &Person) -> Result<(), NotAsked> {
        let meanings = Meanings::default();
        may_ask(&Asking { id: "s", survey, meanings: &meanings, quiet: QUIET }, person, Channel::Widget, NOW)
    }

    #[test]
    fn everybody_who_is_not_asked_is_told_why() {
        let after = "after = { what = 'delivered', delay = '2d', within = '10d' }";
        for (more, events, outcome) in [
            ("", &[][..], Ok(())),
            ("opens = '2100-01-01'", &[], Err(NotAsked::Closed)),
            ("closes = '1972-01-01'", &[], Err(NotAsked::Closed)),
            ("share = 0.0", &[], Err(NotAsked::SampledOut)),
            ("share = 1.0", &[], Ok(())),
            ("", &[(31, ASKED, "other")], Ok(())),
            ("", &[(30, ASKED, "other")], Ok(())),
            ("", &[(29, ASKED, "other")], Err(NotAsked::AskedLately)),
            ("quiet = '20d'", &[(29, ASKED, "other")], Ok(())),
            ("quiet = '0s'", &[(0, ASKED, "other")], Ok(())),
            ("", &[(29, ANSWERED, "other")], Err(NotAsked::AskedLately)),
            ("", &[(400, ANSWERED, "s"), (1, "view", "")], Err(NotAsked::Answered)),
            ("again = '90d'", &[(400, ANSWERED, "s")], Ok(())),
            ("again = '90d'", &[(89, ANSWERED, "s")], Err(NotAsked::Answered)),
            ("segment = { trait = 'tier', is = 'gold' }", &[], Ok(())),
            ("segment = { trait = 'tier', is = 'silver' }", &[], Err(NotAsked::Segment)),
            (after, &[], Err(NotAsked::Nothing)),
            (after, &[(1, "delivered", "")], Err(NotAsked::TooEarly)),
            (after, &[(2, "delivered", "")], Ok(())),
            (after, &[(10, "delivered", "")], Ok(())),
            (after, &[(11, "delivered", "")], Err(NotAsked::Nothing)),
            (after, &[(5, "delivered", ""), (1, "delivered", "")], Err(NotAsked::TooEarly)),
        ] {
            assert_eq!(told(&survey(more), &person(events)), outcome, "{more} {events:?}");
        }
        let meanings = Meanings::default();
        let asking = Asking { id: "s", survey: &survey(""), meanings: &meanings, quiet: QUIET };
        assert_eq!(may_ask(&asking, &person(&[]), Channel::Email, NOW), Err(NotAsked::NotThisWay));
    }

    #[test]
    fn a_share_is_that_share_of_people_the_same_each_time_and_others_elsewhere() {
        let (survey, meanings) = (survey("share = 0.3"), Meanings::default());
        let chosen = |id: &str| -> Vec<i64> {
            let asking = Asking { id, survey: &survey, meanings: &meanings, quiet: QUIET };
            (0..10_000).filter(|key| may_ask(&asking, &Person::new(CustomerKey(*key)), Channel::Widget, NOW).is_ok()).collect()
        };
        let (one, other) = (chosen("one"), chosen("other"));
        assert!((2_850..3_150).contains(&one.len()), "{}", one.len());
        assert_eq!(one, chosen("one"));
        let both = one.iter().filter(|key| other.contains(key)).count();
        assert!((800..1_000).contains(&both), "as if by chance, nine in a hundred: {both}");
    }

    proptest! {
        /// Being asked makes that nobody is asked again before the quiet span is over, whatever happened before.
        #[test]
        fn nobody_is_asked_twice_within_the_quiet_span(
            quiet in 0i64..60, later in 0i64..80, past in prop::collection::vec((0i64..100, 0usize..3), 0..6),
        ) {
            let survey = survey(&format!("quiet = '{quiet}d'"));
            let names = [ASKED, ANSWERED, "view"];
            let mut past: Vec<(i64, &str, &str)> = past.into_iter().map(|(ago, name)| (ago, names[name], "other")).collect();
            past.sort_by_key(|(ago, ..)| -ago);
            let mut person = person(&past);
            let meanings = Meanings::default();
            let asking = Asking { id: "s", survey: &survey, meanings: &meanings, quiet: QUIET };
            if may_ask(&asking, &person, Channel::Widget, NOW).is_ok() {
                person.events.push(Happened { time: NOW, event: ASKED.to_owned(), channel: None, amount: None, properties: String::new() });
                let then = Instant(NOW.0 + later * DAY);
                prop_assert_eq!(may_ask(&asking, &person, Channel::Widget, then).is_ok(), later >= quiet);
            }
        }
    }
}
