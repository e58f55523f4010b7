//! Answers as one flat table, for CSV files and for SQL.

use serde_json::Value;

use crate::answer::{Answer, Column, ColumnKind, Graph, Sequences, Steps, Table, View};
use crate::figures::figures;
use crate::measured::MeasuredMap;

impl Answer {
    /// The answer as one flat table: a funnel has a row per step, a graph per edge (after its nodes), a list of sequences
    /// per variant, and a map one per number.
    pub fn table(&self) -> Table {
        match &self.view {
            View::Table(table) => table.clone(),
            View::Steps(steps) => of_steps(steps),
            View::Graph(graph) => of_graph(graph),
            View::Sequences(sequences) => of_sequences(sequences),
            View::Map(map) => of_map(map),
        }
    }
}

use ColumnKind::{Count, Number, Seconds, Share, Text};

fn table(columns: &[(&str, ColumnKind)], rows: Vec<Vec<Value>>) -> Table {
    Table { columns: columns.iter().map(|(name, kind)| Column { name: (*name).to_owned(), kind: *kind }).collect(), rows }
}

fn of_steps(view: &Steps) -> Table {
    let columns = [
        ("step", Text),
        ("reached", Count),
        ("from first", Share),
        ("from previous", Share),
        ("low", Share),
        ("high", Share),
        ("n", Count),
        ("median seconds", Seconds),
    ];
    let rows = view.steps.iter().map(|step| {
        let rate = step.from_previous.as_ref();
        vec![
            step.name.as_str().into(),
            step.reached.into(),
            step.from_first.into(),
            rate.map(|rate| rate.value).into(),
            rate.map(|rate| rate.low).into(),
            rate.map(|rate| rate.high).into(),
            rate.map(|rate| rate.n).into(),
            step.median_seconds.into(),
        ]
    });
    table(&columns, rows.collect())
}

fn of_graph(view: &Graph) -> Table {
    let columns = [
        ("from", Text),
        ("to", Text),
        ("count", Count),
        ("sequences", Count),
        ("starts", Count),
        ("ends", Count),
        ("mean seconds", Seconds),
        ("median seconds", Seconds),
    ];
    let none = Value::Null;
    let nodes = view.nodes.iter().map(|node| {
        let name = node.name.as_str().into();
        vec![name, none.clone(), node.count.into(), node.sequences.into(), node.starts.into(), node.ends.into(), none.clone(), none.clone()]
    });
    let name = |at: usize| view.nodes.get(at).map_or(Value::Null, |node| node.name.as_str().into());
    let edges = view.edges.iter().map(|edge| {
        let (mean, median) = (edge.mean_seconds.into(), edge.median_seconds.into());
        vec![name(edge.from), name(edge.to), edge.count.into(), edge.sequences.into(), none.clone(), none.clone(), mean, median]
    });
    table(&columns, nodes.chain(edges).collect())
}

fn of_sequences(view: &Sequences) -> Table {
    let columns = [("count", Count), ("share", Share), ("median seconds", Seconds), ("steps", Text)];
    let rows = view
        .variants
        .iter()
        .map(|variant| vec![variant.count.into(), variant.share.into(), variant.median_seconds.into(), variant.steps.join(" → ").into()]);
    table(&columns, rows.collect())
}

fn of_map(map: &MeasuredMap) -> Table {
    let columns = [
        ("group", Text),
        ("about", Text),
        ("stage", Text),
        ("name", Text),
        ("measure", Text),
        ("value", Number),
        ("low", Number),
        ("high", Number),
        ("n", Count),
        ("compared with", Number),
    ];
    let rows = figures(map).into_iter().map(|figure| {
        let estimate = figure.estimate;
        vec![
            figure.group.into(),
            figure.about.into(),
            figure.stage.into(),
            figure.name.into(),
            figure.measure.into(),
            figure.value.into(),
            estimate.map(|estimate| estimate.low).into(),
            estimate.map(|estimate| estimate.high).into(),
            estimate.map(|estimate| estimate.n).into(),
            figure.beside.into(),
        ]
    });
    table(&columns, rows.collect())
}
