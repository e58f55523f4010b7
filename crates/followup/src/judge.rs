//! What of an answer is worth telling.

use periplus_model::answer::{Answer, Axis, ColumnKind, Line, Series, View};
use periplus_model::finding::{Finding, Status};
use periplus_model::question::Interval;
use periplus_model::time::Instant;
use periplus_stats::expected::{Measured, expected};
use serde::{Deserialize, Serialize};

use crate::watch::{Watch, Way, When};

/// Half the length of a 95 % interval, in standard errors.
const Z: f64 = 1.959_963_984_540_054;
/// So many lines are judged.
const LINES_MAX: usize = 200;

/// One figure, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Which: the line of the series, or the id of the finding.
    pub about: String,
    /// How it is.
    pub state: State,
    /// One sentence for a person.
    pub text: String,
    /// What it is of: when the day, week or month began, or since when the finding is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// The figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The interval in which it was to be expected, and its middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<[f64; 3]>,
    /// By which chance it would be as far away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
}

/// How a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it was to be expected.
    Well,
    /// Worth telling.
    Alarm,
    /// There is too little to say.
    TooLittle,
}

/// Judges an answer. A series is judged by its last stretch that is over; findings are all told, and whoever asks knows which are new.
///
/// # Errors
/// When the answer is neither a series over the calendar nor findings.
pub fn judge(watch: &Watch, answer: &Answer) -> Result<Vec<Judged>, String> {
    match &answer.view {
        // What is over is no alert any more.
        View::Findings(found) => Ok(found.findings.iter().filter(|finding| finding.status != Status::Fixed).map(of_finding).collect()),
        View::Series(series) => of_series(watch, series),
        _ => Err(format!("the answer of {} is no series over time", answer.analysis)),
    }
}

/// How long before the stretch that is judged a watch has to look, in stretches: what is expected is learnt from these.
pub fn stretches_before(interval: Interval) -> u32 {
    match interval {
        Interval::Day => 56,
        _ => 12,
    }
}

fn of_finding(finding: &Finding) -> Judged {
    Judged {
        about: finding.id.clone(),
        state: State::Alarm,
        text: finding.sentence.clone(),
        at: finding.from,
        value: Some(finding.rate.value),
        expected: Some([finding.expected; 3]),
        p: Some(finding.q),
    }
}

fn of_series(watch: &Watch, series: &Series) -> Result<Vec<Judged>, String> {
    let Axis::Calendar { interval, starts, labels } = &series.axis else {
        return Err("the series is not over the calendar".to_owned());
    };
    let season = if *interval == Interval::Day { 7 } else { 1 };
    let over = series.unfinished_from.unwrap_or(starts.len()).min(starts.len());
    let meant: Vec<&Line> = series.lines.iter().filter(|line| watch.line.as_ref().is_none_or(|name| *name == line.name)).collect();
    if meant.is_empty() {
        let known: Vec<&str> = series.lines.iter().map(|line| line.name.as_str()).take(10).collect();
        return Err(match &watch.line {
            Some(line) => format!("there is no line '{line}' in the answer; there is {}", known.join(", ")),
            None => format!(
                "no {} has a figure: too few are counted in each; ask for longer stretches (\"interval\": \"week\"), or for what more people do",
                word(*interval)
            ),
        });
    }
    let judged = meant.into_iter().take(LINES_MAX).map(|line| {
        let (mut state, mut text) = (State::TooLittle, String::new());
        let mut judged = Judged { about: line.name.clone(), state, text: String::new(), at: None, value: None, expected: None, p: None };
        let Some(last) = over.checked_sub(1).filter(|last| line.values.get(*last).is_some_and(Option::is_some)) else {
            judged.text = format!("{}: the last {} that is over has no figure.", line.name, word(*interval));
            return judged;
        };
        let value = line.values[last].unwrap_or_default();
        judged.at = starts.get(last).copied();
        judged.value = Some(value);
        let when = labels.get(last).map_or("", String::as_str);
        let told = format!("{} was {} in {when}", line.name, figure(line.kind, value));
        match watch.when {
            When::Found => {}
            When::Below(bound) | When::Above(bound) => {
                let (low, high) = line.intervals.get(last).copied().flatten().unwrap_or((value, value));
                let (is_past, side) = match watch.when {
                    When::Below(_) => (high < bound, "below"),
                    _ => (low > bound, "above"),
                };
                state = if is_past { State::Alarm } else { State::Well };
                let surely = if is_past { "surely " } else { "not surely " };
                text = format!("{told}, {surely}{side} {}.", figure(line.kind, bound));
            }
            When::Unusual(unusual) => {
                let before: Vec<Option<Measured>> = (0..last).map(|at| measured(line, at)).collect();
                let seen = measured(line, last).unwrap_or(Measured { value, error: 0.0 });
                // Nobody counts more precisely than the root of a count.
                let at_least = if line.kind == ColumnKind::Count { usual(&before).max(1.0).sqrt() } else { 0.0 };
                match expected(&before, season, seen, unusual.chance, at_least) {
                    Err(short) => text = format!("{told}; {short} to say what was to be expected."),
                    Ok(told_by) => {
                        let is_down = value < told_by.value;
                        let is_way = unusual.way.is_none_or(|way| (way == Way::Down) == is_down);
                        state = if told_by.is_missed_by(value) && is_way { State::Alarm } else { State::Well };
                        judged.expected = Some([told_by.low, told_by.value, told_by.high]);
                        judged.p = Some(told_by.p);
                        let like = if season == 7 { "on such a day of the week " } else { "" };
                        let [low, middle, high] = [told_by.low, told_by.value, told_by.high].map(|value| bounded(line.kind, value));
                        text = format!(
                            "{told}; {like}{} was to be expected ({} to {}).",
                            figure(line.kind, middle),
                            figure(line.kind, low),
                            figure(line.kind, high)
                        );
                    }
                }
            }
        }
        Judged { state, text, ..judged }
    });
    Ok(judged.collect())
}

/// A count or a share does not go below 0, nor a share above 1, whatever a straight line says.
fn bounded(kind: ColumnKind, value: f64) -> f64 {
    match kind {
        ColumnKind::Share => value.clamp(0.0, 1.0),
        ColumnKind::Count | ColumnKind::Seconds => value.max(0.0),
        _ => value,
    }
}

fn measured(line: &Line, at: usize) -> Option<Measured> {
    let value = line.values.get(at).copied().flatten()?;
    let error = line.intervals.get(at).copied().flatten().map_or(0.0, |(low, high)| (high - low).abs() / (2.0 * Z));
    Some(Measured { value, error })
}

/// The middle one of the values.
fn usual(before: &[Option<Measured>]) -> f64 {
    let mut values: Vec<f64> = before.iter().flatten().map(|measured| measured.value).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn word(interval: Interval) -> &'static str {
    match interval {
        Interval::Hour => "hour",
        Interval::Day => "day",
        Interval::Week => "week",
        Interval::Month => "month",
        _ => "stretch",
    }
}

/// A figure as a person writes it.
pub(crate) fn figure(kind: ColumnKind, value: f64) -> String {
    match kind {
        ColumnKind::Share => format!("{:.1} %", value * 100.0),
        ColumnKind::Count => format!("{value:.0}"),
        ColumnKind::Seconds => span(value),
        _ if value.abs() >= 100.0 => format!("{value:.0}"),
        _ => format!("{value:.1}"),
    }
}

/// Seconds in the largest unit of which there are two.
pub(crate) fn span(seconds: f64) -> String {
    let units = [(86_400.0, "days"), (3_600.0, "h"), (60.0, "min")];
    let (value, unit) =
        units.iter().find(|(unit, _)| seconds.abs() >= 2.0 * unit).map_or((seconds, "s"), |(unit, name)| (seconds / unit, name));
    if value.fract() == 0.0 || value >= 10.0 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Unusual;
    use periplus_model::answer::SeriesStyle;
    use serde_json::json;

    fn watch(when: serde_json::Value) -> Watch {
        let object = json!({"name": "w", "analysis": "kpis", "question": {"interval": "day"}, "when": when});
        crate::watch::parse(object.as_object().unwrap()).unwrap()
    }

    fn answer(values: Vec<Option<f64>>, half: f64, unfinished_from: Option<usize>) -> Answer {
        let days = values.len();
        let intervals = values.iter().map(|value| value.map(|value| (value - half, value + half))).collect();
        Answer {
            analysis: "kpis".to_owned(),
            caption: String::new(),
            view: View::Series(Series {
                axis: Axis::Calendar {
                    interval: Interval::Day,
                    starts: (0..days as i64).map(|day| Instant(day * 86_400_000_000)).collect(),
                    labels: (0..days).map(|day| format!("day {day}")).collect(),
                },
                lines: vec![Line { name: "NPS".to_owned(), kind: ColumnKind::Number, values, intervals, n: Vec::new() }],
                style: SeriesStyle::Lines,
                unfinished_from,
            }),
            groups: Vec::new(),
            compared: None,
            meta: Default::default(),
        }
    }

    fn days(last: f64) -> Vec<Option<f64>> {
        let mut values: Vec<Option<f64>> = (0..56).map(|day| Some(if day % 7 > 4 { 20.0 } else { 40.0 } + f64::from(day % 3))).collect();
        values.push(Some(last));
        values
    }

    #[test]
    fn the_last_stretch_that_is_over_is_judged() {
        let unusual = watch(json!({"unusual": {}}));
        let of = |values: Vec<Option<f64>>, unfinished| judge(&unusual, &answer(values, 2.0, unfinished)).unwrap().remove(0);
        assert_eq!(of(days(41.0), None).state, State::Well);
        let low = of(days(20.0), None);
        assert_eq!(low.state, State::Alarm, "a Monday like a Sunday: {low:?}");
        assert!(low.text.starts_with("NPS was 20.0 in day 56; on such a day of the week 4"), "{}", low.text);
        assert_eq!(of(days(20.0), Some(56)).state, State::Well, "a day that is not over is not judged, and the Sunday before is one");
        assert_eq!(of(vec![Some(1.0); 10], None).state, State::TooLittle);
        assert_eq!(of(vec![None; 60], None).state, State::TooLittle);
        assert_eq!(of(days(20.0), Some(0)).state, State::TooLittle);
        let up = Watch { when: When::Unusual(Unusual { way: Some(Way::Up), ..Unusual::default() }), ..unusual.clone() };
        assert_eq!(judge(&up, &answer(days(20.0), 2.0, None)).unwrap()[0].state, State::Well, "only what goes up was asked for");
        assert_eq!(judge(&up, &answer(days(70.0), 2.0, None)).unwrap()[0].state, State::Alarm);
    }

    #[test]
    fn a_bound_is_passed_with_the_whole_interval() {
        let below = watch(json!({"below": 30}));
        let of = |last, half| judge(&below, &answer(days(last), half, None)).unwrap().remove(0).state;
        assert_eq!((of(20.0, 2.0), of(20.0, 12.0), of(40.0, 2.0)), (State::Alarm, State::Well, State::Well));
        let above = watch(json!({"above": 30}));
        assert_eq!(judge(&above, &answer(days(40.0), 2.0, None)).unwrap()[0].state, State::Alarm);
    }

    #[test]
    fn findings_are_told_until_they_are_fixed_whoever_says_so() {
        let finding = |id: &str, status| Finding { id: id.to_owned(), status, ..Finding::default() };
        let findings = vec![finding("said", Status::Reported), finding("over", Status::Fixed), finding("both", Status::Confirmed)];
        let view = View::Findings(Box::new(periplus_model::finding::Findings { findings, ..Default::default() }));
        let object = json!({"name": "w", "analysis": "findings", "when": "found"});
        let watch = crate::watch::parse(object.as_object().unwrap()).unwrap();
        let told = judge(&watch, &Answer { view, ..answer(vec![], 1.0, None) }).unwrap();
        assert_eq!(told.iter().map(|judged| judged.about.as_str()).collect::<Vec<_>>(), ["said", "both"]);
    }

    #[test]
    fn what_is_no_series_or_has_no_such_line_is_said() {
        let mut lacks = watch(json!({"below": 30}));
        lacks.line = Some("CSAT".to_owned());
        assert!(judge(&lacks, &answer(days(1.0), 1.0, None)).unwrap_err().contains("there is NPS"));
        let table = View::Table(periplus_model::answer::Table::default());
        assert!(judge(&lacks, &Answer { view: table, ..answer(vec![], 1.0, None) }).is_err());
    }
}
