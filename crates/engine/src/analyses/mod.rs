//! The analyses, one file each.

mod follows;
mod funnel;
mod map;
mod overview;
mod reach;
mod stages;
mod variants;

use periplus_maps::JourneyMap;
use periplus_model::parts::PartTable;
use periplus_model::question::Common;
use serde::{Deserialize, Serialize};

use crate::lens::{Lens, RowTest};
use crate::{Analysis, Desk, EngineError};

/// Every analysis there is.
pub static ANALYSES: &[&dyn Analysis] =
    &[&overview::Overview, &stages::Stages, &reach::Reach, &follows::Follows, &variants::Variants, &funnel::Funnel, &map::Map];

/// What sequences are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Of {
    /// Event names.
    #[default]
    Events,
    /// Touchpoints of the journey map; events that belong to none are left out.
    Touchpoints,
}

/// A lens for the part that questions share.
fn common(common: &Common, desk: &Desk<'_>) -> Result<Lens, EngineError> {
    let mut lens = Lens { from: common.from.map(|t| t.0), to: common.to.map(|t| t.0), ..Lens::default() };
    if let (Some(from), Some(to)) = (lens.from, lens.to)
        && from >= to
    {
        return Err(EngineError::Question("\"from\" is not before \"to\"".to_owned()));
    }
    lens.filter = common.filter.as_ref().map(|filter| RowTest::compile(filter, desk.map)).transpose()?;
    lens.only = common.segment.as_ref().map(|segment| lens.segment(segment, desk.map)).transpose()?;
    lens.end = lens.to.unwrap_or_else(|| watermark(desk).saturating_add(1));
    Ok(lens)
}

/// The time of the newest event.
fn watermark(desk: &Desk<'_>) -> i64 {
    desk.snapshot.of(PartTable::Events).map(|part| part.time_max).max().unwrap_or(0)
}

fn the_map<'a>(desk: &Desk<'a>) -> Result<&'a JourneyMap, EngineError> {
    desk.map.ok_or(EngineError::NoMap)
}

/// Makes events or touchpoints the codes; answers the touchpoints' names.
fn codes(of: Of, lens: &mut Lens, desk: &Desk<'_>) -> Result<Option<Vec<String>>, EngineError> {
    match of {
        Of::Events => Ok(None),
        Of::Touchpoints => {
            let map = the_map(desk)?;
            lens.by_touchpoints(map)?;
            Ok(Some(map.touchpoints.iter().map(|t| t.name.clone()).collect()))
        }
    }
}

/// `n` of something, with a comma for thousands.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in per cent with one decimal.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Seconds as a person says them.
pub(crate) fn seconds(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 120.0 => (s, "s"),
        s if s < 7_200.0 => (s / 60.0, "min"),
        s if s < 172_800.0 => (s / 3_600.0, "h"),
        s => (s / 86_400.0, "days"),
    };
    if value >= 10.0 || value.fract() == 0.0 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_analysis_has_its_own_name_an_example_and_a_schema() {
        let mut names: Vec<&str> = ANALYSES.iter().map(|a| a.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ANALYSES.len());
        for analysis in ANALYSES {
            assert!(analysis.about().ends_with('.'), "{}", analysis.name());
            assert!(analysis.example().is_object());
            assert_eq!(analysis.schema()["additionalProperties"], false, "{} refuses unknown fields", analysis.name());
        }
    }
}
