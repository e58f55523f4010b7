//! Answers as tables: what files for spreadsheets and SQL are made of.
//!
//! Whatever shape an answer has, its numbers can be said in rows. The columns of a shape are always the same, whatever
//! the data (a table's own and the axis of a series apart), so that programs can rely on their names.

use serde::Serialize;
use serde_json::Value;

use crate::answer::*;
use crate::comments::{Comments, Mood};
use crate::figures::figures;
use crate::finding::Findings;
use crate::kpis::Kpis;

/// The data as one flat table.
///
/// A funnel has a row per step, a list of sequences one per variant, a series one per point of each line, cohorts one
/// per cell, a map one per number. Graphs and paths have one per node and then one per edge, which are those rows that
/// say where they lead `to`. Shares are between 0 and 1, spans in seconds, times in RFC 3339; what is not known is null.
pub fn table(view: &View) -> Table {
    match view {
        View::Table(table) => table.clone(),
        View::Steps(steps) => of_steps(steps),
        View::Graph(graph) => of_graph(graph),
        View::Sequences(sequences) => of_sequences(sequences),
        View::Series(series) => of_series(series),
        View::Cohorts(cohorts) => of_cohorts(cohorts),
        View::Paths(paths) => of_paths(paths),
        View::Map(map) => {
            let mut table = headed(&[
                ("group", ColumnKind::Text),
                ("about", ColumnKind::Text),
                ("stage", ColumnKind::Text),
                ("name", ColumnKind::Text),
                ("measure", ColumnKind::Text),
                ("value", ColumnKind::Number),
                ("low", ColumnKind::Number),
                ("high", ColumnKind::Number),
                ("n", ColumnKind::Count),
                ("compared with", ColumnKind::Number),
            ]);
            table.rows.extend(figures(map).into_iter().map(|figure| {
                let mut row: Vec<Value> =
                    [figure.group, figure.about, figure.stage, figure.name, figure.measure].into_iter().map(Value::from).collect();
                row.push(number(figure.value));
                row.extend(bounds(figure.estimate));
                row.push(figure.estimate.map_or(Value::Null, |estimate| estimate.n.into()));
                row.push(number(figure.beside));
                row
            }));
            table
        }
        View::Findings(findings) => of_findings(findings),
        View::Kpis(kpis) => of_kpis(kpis),
        View::Comments(comments) => of_comments(comments),
    }
}

/// A word of a closed list, as JSON writes it.
fn written(word: &impl Serialize) -> Value {
    serde_json::to_value(word).unwrap_or_default()
}

fn of_findings(findings: &Findings) -> Table {
    let mut table = headed(&[
        ("finding", ColumnKind::Text),
        ("feeling", ColumnKind::Text),
        ("kind", ColumnKind::Text),
        ("stage", ColumnKind::Text),
        ("touchpoint", ColumnKind::Text),
        ("who", ColumnKind::Text),
        ("from", ColumnKind::Text),
        ("until", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("rate", ColumnKind::Share),
        ("low", ColumnKind::Share),
        ("high", ColumnKind::Share),
        ("n", ColumnKind::Count),
        ("expected", ColumnKind::Share),
        ("by chance", ColumnKind::Share),
        ("spent each", ColumnKind::Number),
        ("weight", ColumnKind::Number),
        ("status", ColumnKind::Text),
        ("sentence", ColumnKind::Text),
    ]);
    table.rows.extend(findings.findings.iter().map(|finding| {
        let day =
            |time: Option<crate::time::Instant>| time.map_or(Value::Null, |time| time.to_string().get(..10).unwrap_or_default().into());
        let mut row: Vec<Value> = vec![
            finding.title.as_str().into(),
            written(&finding.feeling),
            written(&finding.kind),
            finding.stage.as_str().into(),
            finding.at.as_str().into(),
            finding.who.as_deref().map_or(Value::Null, Value::from),
            day(finding.from),
            day(finding.until),
            finding.customers.into(),
            number(Some(finding.rate.value)),
        ];
        row.extend(bounds(Some(&finding.rate)));
        row.extend([finding.rate.n.into(), number(Some(finding.expected)), number(Some(finding.q))]);
        row.extend([number(finding.spent.map(|spent| spent.value)), number(Some(finding.weight)), written(&finding.status)]);
        row.push(finding.sentence.as_str().into());
        row
    }));
    table
}

fn of_kpis(kpis: &Kpis) -> Table {
    let mut table = headed(&[
        ("key figure", ColumnKind::Text),
        ("kind", ColumnKind::Text),
        ("of", ColumnKind::Text),
        ("value", ColumnKind::Number),
        ("low", ColumnKind::Number),
        ("high", ColumnKind::Number),
        ("format", ColumnKind::Text),
        ("n", ColumnKind::Count),
        ("customers", ColumnKind::Count),
        ("yes", ColumnKind::Count),
        ("no", ColumnKind::Count),
        ("too young", ColumnKind::Count),
        ("without", ColumnKind::Count),
        ("target", ColumnKind::Number),
        ("verdict", ColumnKind::Text),
        ("owner", ColumnKind::Text),
        ("variant", ColumnKind::Text),
        ("interval", ColumnKind::Text),
    ]);
    let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
    table.rows.extend(kpis.figures.iter().map(|figure| {
        let mut row: Vec<Value> = vec![figure.name.as_str().into(), figure.kpi.as_str().into(), text(&figure.of)];
        row.push(number(figure.value.map(|value| value.value)));
        row.extend(bounds(figure.value.as_ref()));
        row.push(written(&figure.format));
        let without = figure.without.iter().map(|(_, n)| n).sum();
        row.extend([figure.n, figure.customers, figure.yes, figure.no, figure.immature, without].map(Value::from));
        row.push(number(figure.target));
        row.push(figure.verdict.map_or(Value::Null, |verdict| verdict.word().into()));
        row.extend([text(&figure.owner), figure.variant.as_str().into(), figure.interval.as_str().into()]);
        row
    }));
    table
}

fn of_comments(comments: &Comments) -> Table {
    let mut table = headed(&[
        ("about", ColumnKind::Text),
        ("name", ColumnKind::Text),
        ("comments", ColumnKind::Count),
        ("customers", ColumnKind::Count),
        ("scored", ColumnKind::Count),
        ("negative", ColumnKind::Count),
        ("neutral", ColumnKind::Count),
        ("positive", ColumnKind::Count),
        ("mean", ColumnKind::Number),
        ("low", ColumnKind::Number),
        ("high", ColumnKind::Number),
        ("share negative", ColumnKind::Share),
        ("quote", ColumnKind::Text),
    ]);
    let mut add = |about: &str, name: &str, mood: &Mood, quote: Option<&str>| {
        let mut row: Vec<Value> = vec![about.into(), name.into()];
        row.extend([mood.comments, mood.customers, mood.scored].into_iter().chain(mood.labels).map(Value::from));
        row.push(number(mood.mean.map(|mean| mean.value)));
        row.extend(bounds(mood.mean.as_ref()));
        row.push(number(mood.negative.map(|share| share.value)));
        row.push(quote.map_or(Value::Null, Value::from));
        table.rows.push(row);
    };
    add("all", "all", &comments.all, None);
    comments.themes.iter().for_each(|theme| add("theme", &theme.name, &theme.mood, theme.quotes.first().map(|quote| quote.text.as_str())));
    comments.stages.iter().for_each(|at| add("stage", &at.name, &at.mood, None));
    comments.touchpoints.iter().for_each(|at| add("touchpoint", &at.name, &at.mood, None));
    comments.over_time.iter().for_each(|then| add("time", &then.name, &then.mood, None));
    table
}

/// The whole answer as one flat table: as [`table`], and before its columns one for each breakdown, which is null in the
/// rows that are about all, and a column `side`, which is null in the answer's own rows and names what it is compared
/// with in the others. Neither is there when the question asked for none.
///
/// Slices whose columns differ from the answer's are left out; no analysis makes any.
pub fn table_of_answer(answer: &Answer) -> Table {
    let own = table(&answer.view);
    let depth = answer.groups.iter().map(|group| group.name.len()).max().unwrap_or(0);
    let sides = usize::from(answer.compared.is_some());
    let text = |name: String| Column { name, kind: ColumnKind::Text };
    let mut columns: Vec<Column> =
        (1..=depth).map(|at| text(if depth == 1 { "group".to_owned() } else { format!("group {at}") })).collect();
    columns.extend((0..sides).map(|_| text("side".to_owned())));
    columns.extend(own.columns.iter().cloned());
    let mut rows = Vec::new();
    let mut add = |table: Table, before: Vec<Value>| {
        if table.columns.len() == own.columns.len() {
            rows.extend(table.rows.into_iter().map(|row| before.iter().cloned().chain(row).collect::<Vec<Value>>()));
        }
    };
    add(own.clone(), vec![Value::Null; depth + sides]);
    if let Some(other) = &answer.compared {
        let mut before = vec![Value::Null; depth];
        before.push(other.name.join(", ").into());
        add(table(&other.view), before);
    }
    for group in &answer.groups {
        let mut before: Vec<Value> = group.name.iter().map(|value| Value::from(value.as_str())).collect();
        before.resize(depth + sides, Value::Null);
        add(table(&group.view), before);
    }
    Table::new(columns, rows)
}

/// Every difference between groups, or from what an answer is compared with, in one table; no rows when there is none.
pub fn differences(answer: &Answer) -> Table {
    let mut table = headed(&[
        ("group", ColumnKind::Text),
        ("figure", ColumnKind::Text),
        ("here", ColumnKind::Number),
        ("there", ColumnKind::Number),
        ("difference", ColumnKind::Number),
        ("low", ColumnKind::Number),
        ("high", ColumnKind::Number),
        ("by chance", ColumnKind::Share),
    ]);
    for slice in answer.compared.iter().chain(&answer.groups) {
        table.rows.extend(slice.differences.iter().map(|difference| {
            let mut row = vec![Value::from(slice.name.join(", ")), difference.figure.as_str().into()];
            let change = &difference.difference;
            let figures = [difference.here, difference.there, change.value, change.low, change.high, difference.p];
            row.extend(figures.map(|figure| number(Some(figure))));
            row
        }));
    }
    table
}

fn of_steps(steps: &Steps) -> Table {
    let mut table = headed(&[
        ("step", ColumnKind::Text),
        ("reached", ColumnKind::Count),
        ("from first", ColumnKind::Share),
        ("from previous", ColumnKind::Share),
        ("low", ColumnKind::Share),
        ("high", ColumnKind::Share),
        ("n", ColumnKind::Count),
        ("median seconds", ColumnKind::Seconds),
    ]);
    table.rows.extend(steps.steps.iter().map(|step| {
        let rate = step.from_previous.as_ref();
        let mut row = vec![step.name.as_str().into(), step.reached.into(), number(step.from_first), number(rate.map(|rate| rate.value))];
        row.extend(bounds(rate));
        row.extend([rate.map_or(Value::Null, |rate| rate.n.into()), number(step.median_seconds)]);
        row
    }));
    table
}

fn of_graph(graph: &Graph) -> Table {
    let mut table = headed(&[
        ("from", ColumnKind::Text),
        ("to", ColumnKind::Text),
        ("count", ColumnKind::Count),
        ("sequences", ColumnKind::Count),
        ("starts", ColumnKind::Count),
        ("ends", ColumnKind::Count),
        ("mean seconds", ColumnKind::Seconds),
        ("median seconds", ColumnKind::Seconds),
    ]);
    table.rows.extend(graph.nodes.iter().map(|node| {
        vec![
            node.name.as_str().into(),
            Value::Null,
            node.count.into(),
            node.sequences.into(),
            node.starts.into(),
            node.ends.into(),
            Value::Null,
            Value::Null,
        ]
    }));
    let name = |at: usize| graph.nodes.get(at).map_or(Value::Null, |node| node.name.as_str().into());
    table.rows.extend(graph.edges.iter().map(|edge| {
        vec![
            name(edge.from),
            name(edge.to),
            edge.count.into(),
            edge.sequences.into(),
            Value::Null,
            Value::Null,
            number(edge.mean_seconds),
            number(edge.median_seconds),
        ]
    }));
    table
}

fn of_sequences(sequences: &Sequences) -> Table {
    let mut table = headed(&[
        ("count", ColumnKind::Count),
        ("share", ColumnKind::Share),
        ("median seconds", ColumnKind::Seconds),
        ("steps", ColumnKind::Text),
    ]);
    table.rows.extend(sequences.variants.iter().map(|variant| {
        vec![variant.count.into(), number(Some(variant.share)), number(Some(variant.median_seconds)), variant.steps.join(" → ").into()]
    }));
    table
}

fn of_series(series: &Series) -> Table {
    let mut columns = match &series.axis {
        Axis::Calendar { .. } => vec![("start", ColumnKind::Time), ("period", ColumnKind::Text)],
        Axis::Seconds(_) => vec![("seconds", ColumnKind::Seconds)],
        Axis::Numbers(_) => vec![("number", ColumnKind::Number)],
        Axis::Names(_) => vec![("name", ColumnKind::Text)],
    };
    // Lines of one kind make a column of that kind; of several kinds, one of plain numbers.
    let kind = match series.lines.first() {
        Some(first) if series.lines.iter().all(|line| line.kind == first.kind) => first.kind,
        _ => ColumnKind::Number,
    };
    // A trend of counts has intervals with decimals.
    let bound = if kind == ColumnKind::Count { ColumnKind::Number } else { kind };
    columns.extend([
        ("line", ColumnKind::Text),
        ("value", kind),
        ("low", bound),
        ("high", bound),
        ("n", ColumnKind::Count),
        ("finished", ColumnKind::Text),
    ]);
    let mut table = headed(&columns);
    for line in &series.lines {
        for at in 0..series.axis.len() {
            let interval = line.intervals.get(at).copied().flatten();
            let mut row = match &series.axis {
                Axis::Calendar { starts, labels, .. } => vec![
                    starts.get(at).map_or(Value::Null, |start| start.to_string().into()),
                    labels.get(at).map_or(Value::Null, |label| label.as_str().into()),
                ],
                Axis::Seconds(numbers) | Axis::Numbers(numbers) => vec![number(numbers.get(at).copied())],
                Axis::Names(names) => vec![names.get(at).map_or(Value::Null, |name| name.as_str().into())],
            };
            row.extend([
                line.name.as_str().into(),
                figure(line.kind, line.values.get(at).copied().flatten()),
                number(interval.map(|(low, _)| low)),
                number(interval.map(|(_, high)| high)),
                line.n.get(at).copied().filter(|n| *n > 0).into(),
                yes(series.unfinished_from.is_none_or(|from| at < from)),
            ]);
            table.rows.push(row);
        }
    }
    table
}

fn of_cohorts(cohorts: &Cohorts) -> Table {
    let mut table = headed(&[
        ("cohort", ColumnKind::Text),
        ("size", ColumnKind::Count),
        ("interval", ColumnKind::Text),
        ("count", ColumnKind::Count),
        ("share", ColumnKind::Share),
        ("low", ColumnKind::Share),
        ("high", ColumnKind::Share),
        ("n", ColumnKind::Count),
        ("finished", ColumnKind::Text),
    ]);
    for cohort in std::iter::once(&cohorts.overall).chain(&cohorts.rows) {
        table.rows.extend(cohort.cells.iter().zip(&cohorts.intervals).map(|(cell, interval)| {
            let share = cell.share.as_ref();
            let mut row = vec![cohort.name.as_str().into(), cohort.size.into(), interval.as_str().into(), cell.count.into()];
            row.push(number(share.map(|share| share.value)));
            row.extend(bounds(share));
            row.extend([share.map_or(Value::Null, |share| share.n.into()), yes(cell.finished)]);
            row
        }));
    }
    table
}

fn of_paths(paths: &Paths) -> Table {
    let mut table = headed(&[
        ("step", ColumnKind::Count),
        ("from", ColumnKind::Text),
        ("to", ColumnKind::Text),
        ("count", ColumnKind::Count),
        ("ends", ColumnKind::Count),
        ("beyond", ColumnKind::Count),
        ("median seconds", ColumnKind::Seconds),
    ]);
    let step = |node: &PathNode| Value::from(node.step.saturating_add(1));
    table.rows.extend(paths.nodes.iter().map(|node| {
        let name = node.name.as_str().into();
        vec![step(node), name, Value::Null, node.count.into(), node.ends.into(), node.beyond.into(), Value::Null]
    }));
    let name = |at: usize| paths.nodes.get(at).map_or(Value::Null, |node| node.name.as_str().into());
    table.rows.extend(paths.links.iter().map(|link| {
        let from = paths.nodes.get(link.from).map_or(Value::Null, step);
        let (count, seconds) = (link.count.into(), number(Some(link.median_seconds)));
        vec![from, name(link.from), name(link.to), count, Value::Null, Value::Null, seconds]
    }));
    table
}

fn headed(columns: &[(&str, ColumnKind)]) -> Table {
    let columns = columns.iter().map(|(name, kind)| Column::new(*name, *kind));
    Table::new(columns.collect(), Vec::new())
}

fn number(number: Option<f64>) -> Value {
    number.map_or(Value::Null, Value::from)
}

/// A count without decimals, where it is one.
fn figure(kind: ColumnKind, value: Option<f64>) -> Value {
    match value {
        Some(value) if kind == ColumnKind::Count && value.fract() == 0.0 && value.abs() < 9e15 => Value::from(value as i64),
        value => number(value),
    }
}

fn bounds(estimate: Option<&Estimate>) -> [Value; 2] {
    [number(estimate.map(|estimate| estimate.low)), number(estimate.map(|estimate| estimate.high))]
}

fn yes(yes: bool) -> Value {
    Value::from(if yes { "yes" } else { "no" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::{MeasuredGroup, MeasuredMap, MeasuredStage, StageInfo};
    use crate::question::Interval;
    use crate::time::Instant;

    fn views() -> Vec<View> {
        let estimate = Estimate { value: 0.5, low: 0.4, high: 0.6, n: 90 };
        let cell = |share, finished| CohortCell { count: 5, share, finished };
        let cohort = |name: &str| Cohort { name: name.into(), size: 10, cells: vec![cell(Some(estimate), true), cell(None, false)] };
        let line = |kind| Line {
            name: "orders".into(),
            kind,
            values: vec![Some(3.0), None],
            intervals: vec![Some((1.5, 4.5)), None],
            n: vec![40, 0],
        };
        let place = |step, name: &str| PathNode { step, name: name.into(), count: 7, ends: 2, beyond: 1 };
        let stage = MeasuredStage { customers: 4, conversion: Some(estimate), ..MeasuredStage::default() };
        vec![
            View::Table(Table::new(vec![Column::new("a", ColumnKind::Count)], vec![vec![1.into()]])),
            View::Steps(Steps {
                steps: vec![Step { name: "A".into(), reached: 9, from_first: None, from_previous: Some(estimate), ..Step::default() }],
                ..Steps::default()
            }),
            View::Graph(Graph {
                nodes: vec![Node { name: "A".into(), count: 1, sequences: 1, starts: 1, ends: 0 }],
                edges: vec![Edge { from: 0, to: 9, count: 1, sequences: 1, mean_seconds: Some(f64::NAN), median_seconds: Some(1.0) }],
                sequences: 1,
            }),
            View::Sequences(Sequences {
                variants: vec![Variant { steps: vec!["A".into(), "B".into()], count: 1, share: 1.0, median_seconds: 2.0 }],
                distinct: 1,
                sequences: 1,
            }),
            View::Series(Series {
                axis: Axis::Calendar { interval: Interval::Day, starts: vec![Instant(0), Instant(1)], labels: vec!["1 Jan".into()] },
                lines: vec![line(ColumnKind::Count)],
                style: SeriesStyle::Lines,
                unfinished_from: Some(1),
            }),
            View::Series(Series {
                axis: Axis::Numbers(vec![1.0, 2.0]),
                lines: vec![line(ColumnKind::Count), line(ColumnKind::Share)],
                style: SeriesStyle::Bars,
                unfinished_from: None,
            }),
            View::Cohorts(Cohorts {
                by: "week".into(),
                after: "weeks after".into(),
                intervals: vec!["0".into(), "1".into()],
                rows: vec![cohort("May")],
                overall: cohort("all"),
            }),
            View::Paths(Paths {
                nodes: vec![place(0, "A"), place(1, "B")],
                links: vec![
                    PathLink { from: 0, to: 1, count: 5, median_seconds: 3.0 },
                    PathLink { from: 8, to: 9, count: 5, median_seconds: 3.0 },
                ],
                paths: 7,
                steps: 2,
            }),
            View::Map(Box::new(MeasuredMap {
                stages: vec![StageInfo::default()],
                groups: vec![MeasuredGroup { stages: vec![stage], ..MeasuredGroup::default() }],
                ..MeasuredMap::default()
            })),
        ]
    }

    fn answer(view: View) -> Answer {
        let (analysis, caption) = ("any".to_owned(), String::new());
        Answer { analysis, caption, view, groups: Vec::new(), compared: None, meta: Meta::default() }
    }

    fn slice(name: &[&str], view: View) -> Slice {
        let difference = Difference {
            figure: "conversion".into(),
            kind: ColumnKind::Share,
            here: 0.5,
            there: 0.4,
            difference: Estimate { value: 0.1, low: 0.05, high: 0.15, n: 9 },
            p: 0.01,
        };
        let name = name.iter().map(|part| (*part).to_owned()).collect();
        Slice { name, caption: String::new(), units: 5, view, differences: vec![difference] }
    }

    #[test]
    fn every_row_has_a_cell_per_column_and_no_number_is_broken() {
        for view in views() {
            let table = table(&view);
            assert!(!table.rows.is_empty(), "{view:?}");
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{view:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_null() {
        let rows = |at: usize| table(&views()[at]).rows;
        assert_eq!(rows(2)[1][1], Value::Null, "an edge to nowhere");
        assert_eq!(rows(2)[1][6], Value::Null, "not a number");
        assert_eq!(
            rows(4)[1],
            vec![
                "1970-01-01T00:00:00.000001Z".into(),
                Value::Null,
                "orders".into(),
                Value::Null,
                Value::Null,
                Value::Null,
                Value::Null,
                "no".into()
            ]
        );
        assert_eq!(rows(4)[0][3], Value::from(3), "a count has no decimals");
        assert_eq!(rows(6)[1][4], Value::Null, "an interval that is over for nobody");
    }

    #[test]
    fn groups_and_the_other_side_are_marked() {
        for view in views() {
            let own = table(&view);
            let plain = answer(view.clone());
            assert_eq!(table_of_answer(&plain), own);
            let groups = vec![slice(&["web"], view.clone()), slice(&["app"], view.clone())];
            let whole = table_of_answer(&Answer { groups: groups.clone(), compared: Some(slice(&["May"], view.clone())), ..plain.clone() });
            assert_eq!(whole.columns.iter().take(2).map(|column| column.name.as_str()).collect::<Vec<_>>(), ["group", "side"]);
            assert_eq!(whole.rows.len(), 4 * own.rows.len());
            assert!(whole.rows.iter().all(|row| row.len() == whole.columns.len()));
            assert_eq!(whole.rows[own.rows.len()][..2], [Value::Null, "May".into()]);
            assert_eq!(whole.rows[2 * own.rows.len()][..2], ["web".into(), Value::Null]);
            // Two breakdowns; a group that names only one of them has nothing in the other.
            let deep = Answer { groups: vec![slice(&["web", "AT"], view.clone()), slice(&["app"], view.clone())], ..plain.clone() };
            let deep = table_of_answer(&deep);
            assert_eq!(deep.columns[1].name, "group 2");
            assert_eq!(deep.rows[2 * own.rows.len()][..2], ["app".into(), Value::Null]);
            assert_eq!(differences(&Answer { groups, ..plain }).rows.len(), 2);
        }
    }
}
