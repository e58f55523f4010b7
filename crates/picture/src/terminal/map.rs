//! A measured map as text: stages side by side where there is room, below each other where there is not.

use periplus_model::measured::{Feeling, Lane, MeasuredGroup, MeasuredMap};

use super::lines::{Page, Tint, cut, wide, wrap};
use crate::lettering::clean;
use crate::look::Ink;
use crate::map::{covered, emotion, findings, kpis, lane_name, unit};
use crate::numbers::{self, Kind, SMALL_N};

/// The narrowest column in which a stage can still be read.
const COLUMN_MIN: usize = 20;
/// The width of the names of the lanes.
const HEAD: usize = 13;

type Line = (String, Tint);

pub(super) fn draw(page: &mut Page, map: &MeasuredMap) {
    page.line(&map.title, Tint::Strong);
    page.wrapped(&map.about, Tint::Faint);
    let nobody = MeasuredGroup::default();
    let group = map.groups.first().unwrap_or(&nobody);
    let mut facts = vec![numbers::counted(group.customers, unit(map))];
    facts.extend(numbers::period(map.from, map.to));
    facts.push(format!("{}, {} on the map", numbers::counted(map.coverage.events, "events"), numbers::share(covered(&map.coverage))));
    page.wrapped(&facts.join(" · "), Tint::Plain);
    page.blank();
    let stages = map.stages.len();
    if stages == 0 {
        page.line("This map has no stages yet.", Tint::Faint);
    } else if page.width >= HEAD + stages * (COLUMN_MIN + 2) {
        side_by_side(page, map, group);
    } else {
        below_each_other(page, map, group);
    }
    others(page, map);
}

fn side_by_side(page: &mut Page, map: &MeasuredMap, group: &MeasuredGroup) {
    let width = ((page.width - HEAD) / map.stages.len() - 2).min(44);
    let names = map.stages.iter().map(|stage| vec![(format!("{} ▸", cut(&clean(&stage.name), width - 2)), Tint::Strong)]).collect();
    row(page, "", names, width);
    for lane in &map.lanes {
        let cells: Vec<Vec<Line>> = (0..map.stages.len()).map(|at| cell(map, group, *lane, at)).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            page.raw(&page.tinted(&"─".repeat((HEAD + map.stages.len() * (width + 2)).min(page.width)), Tint::Faint));
            row(page, lane_name(*lane).0, cells, width);
        }
    }
}

/// A row of cells, each wrapped into its column.
fn row(page: &mut Page, name: &str, cells: Vec<Vec<Line>>, width: usize) {
    let wrapped: Vec<Vec<Line>> = cells
        .into_iter()
        .map(|cell| {
            cell.into_iter().flat_map(|(text, tint)| wrap(&clean(&text), width).into_iter().map(move |line| (line, tint))).collect()
        })
        .collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..height {
        let head = if at == 0 { name } else { "" };
        let mut line = page.tinted(head, Tint::Faint);
        line.push_str(&" ".repeat(HEAD - wide(head)));
        for cell in &wrapped {
            let (text, tint) = cell.get(at).map_or(("", Tint::Plain), |(text, tint)| (text.as_str(), *tint));
            line.push_str(&page.tinted(text, tint));
            line.push_str(&" ".repeat(width + 2 - wide(text)));
        }
        page.raw(&line);
    }
}

fn below_each_other(page: &mut Page, map: &MeasuredMap, group: &MeasuredGroup) {
    for (at, stage) in map.stages.iter().enumerate() {
        page.blank();
        page.line(&format!("{} {}", at + 1, stage.name), Tint::Strong);
        for lane in &map.lanes {
            let width = page.width - HEAD;
            let lines = cell(map, group, *lane, at);
            if !lines.is_empty() {
                row(page, lane_name(*lane).0, vec![lines], width.saturating_sub(2));
            }
        }
    }
}

/// What a lane says of a stage.
fn cell(map: &MeasuredMap, group: &MeasuredGroup, lane: Lane, at: usize) -> Vec<Line> {
    let info = &map.stages[at];
    let plain = |text: &str| vec![(text.to_owned(), Tint::Plain)];
    let measured = group.stages.get(at);
    match lane {
        Lane::People => measured.map(|stage| people(map, stage, at)).unwrap_or_default(),
        Lane::Goals => info.goal.as_deref().map(plain).unwrap_or_default(),
        Lane::Owners => info.owner.as_deref().map(plain).unwrap_or_default(),
        Lane::Hypotheses => info.hypotheses.iter().map(|words| (format!("? {words}"), Tint::Faint)).collect(),
        Lane::Touchpoints => {
            let mut here: Vec<(f64, &str)> = map
                .touchpoints
                .iter()
                .enumerate()
                .filter(|(_, touchpoint)| touchpoint.stage == at)
                .map(|(index, touchpoint)| (group.touchpoints.get(index).map_or(0.0, |measured| measured.reach), touchpoint.name.as_str()))
                .collect();
            here.sort_by(|a, b| b.0.total_cmp(&a.0));
            let mut lines: Vec<Line> =
                here.iter().take(8).map(|(reach, name)| (format!("{} {name}", numbers::share(*reach)), Tint::Plain)).collect();
            if here.len() > 8 {
                lines.push((format!("{} more", here.len() - 8), Tint::Faint));
            }
            lines
        }
        Lane::Quotes => {
            measured.map_or(&[][..], |stage| &stage.quotes).iter().take(1).map(|quote| (format!("“{}”", quote.text), Tint::Faint)).collect()
        }
        Lane::Emotion => {
            let mut lines = Vec::new();
            let figure = measured.and_then(|stage| stage.emotion);
            if let Some(figure) = figure {
                let tint = match (figure.n < SMALL_N, figure.low > 0.0, figure.high < 0.0) {
                    (true, ..) => Tint::Faint,
                    (_, true, _) => Tint::Blue,
                    (_, _, true) => Tint::Amber,
                    _ => Tint::Plain,
                };
                lines.push((Kind::Feeling.write(figure.value), tint));
                lines.push((format!("{}, {}", Kind::Feeling.interval(&figure), numbers::observations(figure.n)), Tint::Faint));
            }
            if let Some(feeling) = info.believed {
                let gap = measured.and_then(emotion::sure_gap).is_some();
                lines.push((
                    format!("believed {}{}", Kind::Feeling.write(feeling), if gap { ", gap!" } else { "" }),
                    if gap { Tint::Amber } else { Tint::Faint },
                ));
            }
            lines
        }
        Lane::Pains => cards(map, group, Feeling::Pain, at),
        Lane::Delights => cards(map, group, Feeling::Delight, at),
        Lane::Kpis => measured.map_or(&[][..], |stage| &stage.kpis).iter().flat_map(kpi).collect(),
    }
}

fn people(map: &MeasuredMap, stage: &periplus_model::measured::MeasuredStage, at: usize) -> Vec<Line> {
    let last = at + 1 == map.stages.len();
    let mut lines = vec![(format!("{} ({})", numbers::count(stage.customers), numbers::share(stage.share)), Tint::Strong)];
    if let Some(rate) = stage.conversion.as_ref().filter(|_| !last) {
        let tint = if rate.n < SMALL_N { Tint::Faint } else { Tint::Plain };
        lines.push((format!("→ {} ({})", Kind::Share.write(rate.value), Kind::Share.interval(rate)), tint));
    }
    lines.push((format!("↓ {} {}", numbers::count(stage.dropped), if last { "end here" } else { "drop off" }), Tint::Plain));
    if let Some(seconds) = stage.median_seconds_to_next.filter(|_| !last) {
        lines.push((format!("{} to the next", numbers::seconds(seconds)), Tint::Plain));
    }
    if stage.back_customers > 0 {
        lines.push((format!("↩ {} go back", numbers::count(stage.back_customers)), Tint::Plain));
    }
    lines
}

fn cards(map: &MeasuredMap, group: &MeasuredGroup, feeling: Feeling, at: usize) -> Vec<Line> {
    let (sign, tint) = match feeling {
        Feeling::Pain => ("▼", Tint::Amber),
        Feeling::Delight => ("▲", Tint::Blue),
    };
    let here = findings::felt(map, group, at, feeling);
    let mut lines = Vec::new();
    for finding in here.iter().take(3) {
        lines.push((format!("{sign} {}", finding.title), tint));
        lines.push((format!("{}, {}", findings::against(finding), numbers::counted(finding.customers, unit(map))), Tint::Faint));
        lines.extend(findings::when(finding).map(|when| (when, Tint::Faint)));
    }
    if here.len() > 3 {
        lines.push((format!("{} more", here.len() - 3), Tint::Faint));
    }
    lines
}

fn kpi(kpi: &periplus_model::measured::MeasuredKpi) -> Vec<Line> {
    let kind = Kind::from(kpi.format);
    let value = kpi.value.filter(|value| value.n > 0);
    let figure = value.map_or_else(|| "no data".to_owned(), |value| kind.write(value.value));
    let mut lines = vec![(format!("{}: {figure}", kpi.name), Tint::Plain)];
    if let Some(value) = value {
        lines.push((format!("{}, {}", kind.interval(&value), numbers::observations(value.n)), Tint::Faint));
    }
    lines.extend(kpis::answered(kpi).map(|answered| (answered, Tint::Faint)));
    if let Some((words, ink)) = kpis::verdict(kpi) {
        let tint = match ink {
            Ink::Blue => Tint::Blue,
            Ink::Amber => Tint::Amber,
            _ => Tint::Faint,
        };
        lines.push((words.to_owned(), tint));
    }
    lines
}

/// The other groups, in a line each.
fn others(page: &mut Page, map: &MeasuredMap) {
    if map.groups.len() < 2 {
        return;
    }
    page.blank();
    page.line("Customers in each stage", Tint::Faint);
    let rows = map.groups.iter().map(|group| {
        let mut cells = vec![super::Cell::new(&group.name, Tint::Plain)];
        cells.extend(group.stages.iter().map(|stage| super::Cell::new(&numbers::count(stage.customers), Tint::Plain).right(true)));
        cells
    });
    super::columns(page, rows.collect());
}
