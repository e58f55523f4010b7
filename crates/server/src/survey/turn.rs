//! What page and widget have in common: a link is read, answers are held against their questions, and what is new is kept.

use std::sync::Arc;

use axum::http::StatusCode;
use periplus_model::Instant;
use periplus_survey::event::Ask;
use periplus_survey::words::Words;
use periplus_survey::{Answers, Link, Purpose, Record, Stuck, Survey, Turn, Unlinked, Wrong, turn};
use serde_json::{Map, Value};

use super::Booth;
use crate::collect::Unkept;

/// Why somebody cannot answer, or not now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The link is none that can be used.
    Link(Unlinked),
    /// There is no such survey, or it is not open.
    Closed,
    /// It was answered already.
    Taken,
    /// What was sent cannot be read.
    Unreadable,
    /// Too much is sent at once.
    Rate(u64),
    /// It cannot be kept, or looked up, now.
    Later,
}

impl From<Unkept> for Refused {
    fn from(_: Unkept) -> Refused {
        Refused::Later
    }
}

impl From<Unlinked> for Refused {
    fn from(why: Unlinked) -> Refused {
        Refused::Link(why)
    }
}

impl Refused {
    /// The status of an answer that says so.
    pub fn status(self) -> StatusCode {
        match self {
            Refused::Link(Unlinked::Expired(_)) => StatusCode::GONE,
            Refused::Link(Unlinked::NotOurs) => StatusCode::FORBIDDEN,
            Refused::Link(Unlinked::Incomplete) | Refused::Unreadable => StatusCode::BAD_REQUEST,
            Refused::Closed => StatusCode::NOT_FOUND,
            Refused::Taken => StatusCode::CONFLICT,
            Refused::Rate(_) => StatusCode::TOO_MANY_REQUESTS,
            Refused::Later => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The code that programs may rely on.
    pub fn code(self) -> &'static str {
        match self {
            Refused::Link(Unlinked::Expired(_)) => "link_expired",
            Refused::Link(Unlinked::NotOurs) => "link_invalid",
            Refused::Link(Unlinked::Incomplete) => "link_incomplete",
            Refused::Unreadable => "unreadable",
            Refused::Closed => "survey_closed",
            Refused::Taken => "answered_already",
            Refused::Rate(_) => "rate",
            Refused::Later => "later",
        }
    }

    /// What is said to whoever answers.
    pub fn sentence(self, words: &Words) -> String {
        match self {
            Refused::Link(Unlinked::Expired(at)) => words.expired.replace("{}", &day(at)),
            Refused::Link(Unlinked::NotOurs) => words.invalid.to_owned(),
            Refused::Link(Unlinked::Incomplete) => words.incomplete.to_owned(),
            Refused::Closed => words.closed.to_owned(),
            Refused::Taken => words.already.to_owned(),
            Refused::Unreadable | Refused::Rate(_) | Refused::Later => words.later.to_owned(),
        }
    }
}

fn day(at: Instant) -> String {
    let (year, month, day) = at.date();
    format!("{year:04}-{month:02}-{day:02}")
}

/// An ask that can be answered.
pub(super) struct Open {
    pub link: Link,
    pub survey: Arc<Survey>,
}

impl Booth {
    /// The ask that a link is of, if it can be answered.
    pub(super) async fn open(&self, token: &str) -> Result<Open, Refused> {
        let link = Link::read(token, self.surveys.secret(), self.now())?;
        let survey = self.surveys.survey(&link.survey).filter(|survey| survey.is_open(self.now())).ok_or(Refused::Closed)?;
        let asked = link.clone();
        match self.look(move |surveys| surveys.is_taken(&asked)).await? {
            true => Err(Refused::Taken),
            false => Ok(Open { link, survey }),
        }
    }

    /// Takes what somebody gave to a screen, and keeps what is to be kept of it. Answers the turn, and the link for further answers.
    pub(super) async fn take(
        &self,
        open: &Open,
        language: &str,
        carried: &Map<String, Value>,
        given: &Map<String, Value>,
    ) -> Result<Result<(Turn, String), Stuck>, Refused> {
        let Open { link, survey } = open;
        let now = self.now();
        self.meter.pass("answers", 1, now).map_err(Refused::Rate)?;
        let carried = Answers::carried(survey, carried).map_err(|_: Wrong| Refused::Unreadable)?;
        let turn = match turn(survey, link.purpose, carried, given) {
            Ok(turn) => turn,
            Err(stuck) => return Ok(Err(stuck)),
        };
        let ask = Ask { id: &link.survey, survey, ask: link.ask, who: &link.who, via: link.via, language };
        let event = match turn.record {
            Some(Record::Answered) => Some(ask.answered(&turn.answers, now)),
            Some(Record::Completed { shown }) => Some(ask.completed(&turn.answers, shown, now)),
            None => None,
        };
        if let Some(event) = event
            && !self.keep(&link.who, event).await?
        {
            return Err(Refused::Taken);
        }
        // Whoever was promised that their mark is there is given a day for the rest.
        let expires = match turn.purpose {
            Purpose::Rest(_) if turn.purpose != link.purpose => Instant(now.0.saturating_add(REST)),
            _ => link.expires,
        };
        let further = Link { purpose: turn.purpose, expires, ..link.clone() };
        Ok(Ok((turn, further.sign(self.surveys.secret()))))
    }
}

/// For how long more can be said after the mark was taken (a day, in microseconds).
pub(super) const REST: i64 = 86_400_000_000;
