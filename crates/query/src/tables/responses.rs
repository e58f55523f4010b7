//! `responses`: what customers answered, by the scores that the journey map declares.

use periplus_engine::lens::Lens;
use periplus_engine::profile::profile;
use periplus_engine::responses::Responses as Answered;
use periplus_engine::scan::Run;
use periplus_maps::{Score, TEMPLATES, propose};

use super::told::{Asked, Rows, Teller, Told};
use super::{KEY, Kind, TableDoc, column};
use crate::error::QueryError;

#[derive(Debug)]
pub(crate) struct Responses;

const DOC: TableDoc = TableDoc {
    name: "responses",
    about: "One row per answer to a survey, or review: by the scores of the journey map, or those that a draft of one would have",
    columns: &[
        KEY,
        column("time", Kind::Time, "When"),
        column("kind", Kind::Text, "Which score, such as NPS, CSAT, CES"),
        column("score", Kind::Number, "The mark"),
        column("text", Kind::Text, "The customer's words"),
        column("touchpoint", Kind::Text, "The touchpoint that it is about; null without a journey map"),
        column("stage", Kind::Text, "The stage that it is about; null without a journey map"),
    ],
};

// The places of its columns.
const CUSTOMER_KEY: usize = 0;
const TIME: usize = 1;
const KIND: usize = 2;
const SCORE: usize = 3;
const TEXT: usize = 4;
const TOUCHPOINT: usize = 5;
const STAGE: usize = 6;

impl Told for Responses {
    fn doc(&self) -> &'static TableDoc {
        &DOC
    }
    fn order(&self) -> &'static [&'static str] {
        &["customer_key", "time"]
    }
    fn teller(&self, asked: &Asked<'_>, lens: &mut Lens) -> Result<Box<dyn Teller>, QueryError> {
        let map = asked.world.source.map.as_deref();
        let scores = match map {
            Some(map) => map.scores.clone(),
            None => asked.world.drafted_scores()?,
        };
        let with_places = asked.wanted[TOUCHPOINT] || asked.wanted[STAGE];
        let responses = Answered::of(&scores, map, with_places, lens).map_err(|error| asked.world.failure(&error))?;
        // Touchpoints have codes; without them only the answers are of interest.
        lens.keep_all = false;
        let touchpoints = map.map_or_else(Vec::new, |map| map.touchpoints.iter().map(|touchpoint| touchpoint.name.clone()).collect());
        let stages = map.map_or_else(Vec::new, |map| map.stages.iter().map(|stage| stage.name.clone()).collect());
        Ok(Box::new(Answers { responses, touchpoints, stages }))
    }
}

/// The scores that a draft of a journey map would declare.
pub(crate) fn drafted(world: &crate::world::World) -> Result<Vec<Score>, QueryError> {
    let desk = world.desk(&world.source.snapshot, world.threads());
    let Some(template) = TEMPLATES.first() else { return Ok(Vec::new()) };
    Ok(propose(&profile(&desk).map_err(|error| world.failure(&error))?, template).map.scores)
}

struct Answers {
    responses: Answered,
    /// The names of the map's touchpoints and stages.
    touchpoints: Vec<String>,
    stages: Vec<String>,
}

impl Teller for Answers {
    fn tell(&mut self, run: &Run<'_>, rows: &mut Rows) -> Result<(), QueryError> {
        let Answers { responses, touchpoints, stages } = self;
        for response in responses.each(run) {
            rows.integer(CUSTOMER_KEY, run.key);
            rows.time(TIME, Some(run.times[response.row]));
            rows.text(KIND, Some(response.score));
            rows.number(SCORE, response.mark);
            rows.text(TEXT, response.words.map(AsRef::as_ref));
            rows.text(TOUCHPOINT, response.touchpoint.and_then(|place| touchpoints.get(place)).map(String::as_str));
            rows.text(STAGE, response.stage.and_then(|place| stages.get(place)).map(String::as_str));
            rows.end()?;
        }
        Ok(())
    }
}
