//! Experiments over HTTP: the same as the commands say. Numbers come as text, because they stand in an address.

use periplus_server::{Refusal, RefusalKind};
use serde_json::Value;

use super::refusal;
use crate::experiments::{Dealing, Planning};

/// Which arm a unit gets.
pub(super) fn assign(
    unit: &str,
    experiment: String,
    arms: String,
    holdout: Option<&str>,
    holdout_name: Option<String>,
) -> Result<Value, Refusal> {
    Dealing { experiment, arms, holdout: number("holdout", holdout)?, holdout_name }.assign(unit).map_err(|why| wrong(&why))
}

/// What is planned, as it stands in an address.
#[derive(Default)]
pub(super) struct Asked<'a> {
    pub base: Option<&'a str>,
    pub deviation: Option<&'a str>,
    pub effect: Option<&'a str>,
    pub units: Option<&'a str>,
    pub each_day: Option<&'a str>,
    pub alpha: Option<&'a str>,
    pub power: Option<&'a str>,
    pub arms: Option<String>,
}

/// How many customers are needed.
pub(super) fn plan(asked: Asked<'_>) -> Result<Value, Refusal> {
    let planning = Planning {
        base: number("base", asked.base)?,
        deviation: number("deviation", asked.deviation)?,
        effect: number("effect", asked.effect)?,
        units: number("units", asked.units)?,
        each_day: number("each_day", asked.each_day)?,
        alpha: number("alpha", asked.alpha)?,
        power: number("power", asked.power)?,
        arms: asked.arms,
    };
    planning.plan().map_err(|why| wrong(&why))
}

fn number(name: &str, text: Option<&str>) -> Result<Option<f64>, Refusal> {
    let read = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    text.map(|text| read(text).ok_or_else(|| wrong(&format!("{name} is a number, and '{text}' is none")))).transpose()
}

fn wrong(why: &str) -> Refusal {
    refusal(RefusalKind::Invalid, "bad_experiment", "The experiment makes no sense", why, "GET /api says what this address takes.")
}
