//! `responses`: what customers answered, by the scores that the journey map declares.

use periplus_engine::lens::{Lens, Number, Text};
use periplus_engine::profile::profile;
use periplus_engine::scan::Run;
use periplus_maps::{Score, TEMPLATES, propose};

use super::journeys::Place;
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
        column("touchpoint", Kind::Text, "The last touchpoint until then; null without a journey map"),
        column("stage", Kind::Text, "The stage that it speaks about; null without a journey map"),
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
        let compile = |score: Score| -> Result<Kept, QueryError> {
            let stage = score.stage.as_ref().zip(map).and_then(|(id, map)| map.stages.iter().find(|stage| stage.id == *id));
            Ok(Kept {
                bit: lens.bit(&score.when, map).map_err(|error| asked.world.failure(&error))?,
                number: lens.number(Number::Property(score.property)),
                text: score.comment.map(|comment| lens.text(Text::Written(comment))),
                kind: score.name,
                stage: stage.map(|stage| stage.name.clone()),
            })
        };
        let scores = scores.into_iter().map(compile).collect::<Result<Vec<_>, _>>()?;
        let mapped = asked.wanted[TOUCHPOINT] || asked.wanted[STAGE];
        let places = if mapped { Place::all(asked, lens)? } else { Vec::new() };
        // Touchpoints have codes; without them only the answers are of interest.
        lens.keep_all = false;
        Ok(Box::new(Answers { scores, places }))
    }
}

/// The scores that a draft of a journey map would declare.
pub(crate) fn drafted(world: &crate::world::World) -> Result<Vec<Score>, QueryError> {
    let desk = world.desk(&world.source.snapshot, world.threads());
    let Some(template) = TEMPLATES.first() else { return Ok(Vec::new()) };
    Ok(propose(&profile(&desk).map_err(|error| world.failure(&error))?, template).map.scores)
}

struct Kept {
    bit: u32,
    number: usize,
    text: Option<usize>,
    kind: String,
    stage: Option<String>,
}

struct Answers {
    scores: Vec<Kept>,
    places: Vec<Place>,
}

impl Teller for Answers {
    fn tell(&mut self, run: &Run<'_>, rows: &mut Rows) -> Result<(), QueryError> {
        let mut here = None;
        for index in 0..run.times.len() {
            here = Place::of(&self.places, run, index).or(here);
            for score in self.scores.iter().filter(|score| run.meets(index, Some(score.bit))) {
                let mark = Some(run.number(score.number, index)).filter(|mark| mark.is_finite());
                let text = score.text.and_then(|place| run.text(place, index));
                if mark.is_none() && text.is_none() {
                    continue;
                }
                rows.integer(CUSTOMER_KEY, run.key);
                rows.time(TIME, Some(run.times[index]));
                rows.text(KIND, Some(&score.kind));
                rows.number(SCORE, mark);
                rows.text(TEXT, text.map(AsRef::as_ref));
                rows.text(TOUCHPOINT, here.map(|place| place.touchpoint.as_str()));
                rows.text(STAGE, score.stage.as_deref().or(here.and_then(|place| place.stage.as_deref())));
                rows.end()?;
            }
        }
        Ok(())
    }
}
