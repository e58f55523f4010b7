//! Answers as CSV (RFC 4180), with raw numbers and with text that a spreadsheet cannot mistake for a formula.

use periplus_model::Answer;
use periplus_model::answer::View;
use serde_json::Value;

use crate::figures::{COLUMNS, figures};

/// A cell of the file.
enum Cell {
    Text(String),
    Number(f64),
    Count(u64),
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Cell {
        Cell::Count(count)
    }
}

impl From<Option<f64>> for Cell {
    fn from(number: Option<f64>) -> Cell {
        number.filter(|number| number.is_finite()).map_or(Cell::Empty, Cell::Number)
    }
}

/// The answer as one flat table: a funnel has a row per step, a graph per edge (after its nodes), a list of sequences
/// per variant, and a map one per number.
pub fn csv(answer: &Answer) -> String {
    let mut file = String::new();
    match &answer.view {
        View::Table(table) => {
            row(&mut file, table.columns.iter().map(|column| Cell::from(column.name.as_str())));
            for cells in &table.rows {
                row(&mut file, (0..table.columns.len()).map(|at| of_value(cells.get(at))));
            }
        }
        View::Steps(steps) => {
            head(&mut file, &["step", "reached", "from first", "from previous", "low", "high", "n", "median seconds"]);
            for step in &steps.steps {
                let rate = step.from_previous.as_ref();
                row(
                    &mut file,
                    [
                        Cell::from(step.name.as_str()),
                        step.reached.into(),
                        step.from_first.into(),
                        rate.map(|rate| rate.value).into(),
                        rate.map(|rate| rate.low).into(),
                        rate.map(|rate| rate.high).into(),
                        rate.map_or(Cell::Empty, |rate| rate.n.into()),
                        step.median_seconds.into(),
                    ],
                );
            }
        }
        View::Graph(graph) => {
            head(&mut file, &["from", "to", "count", "sequences", "starts", "ends", "mean seconds", "median seconds"]);
            for node in &graph.nodes {
                let name = Cell::from(node.name.as_str());
                row(
                    &mut file,
                    [
                        name,
                        Cell::Empty,
                        node.count.into(),
                        node.sequences.into(),
                        node.starts.into(),
                        node.ends.into(),
                        Cell::Empty,
                        Cell::Empty,
                    ],
                );
            }
            let name = |at: usize| graph.nodes.get(at).map_or(Cell::Empty, |node| node.name.as_str().into());
            for edge in &graph.edges {
                row(
                    &mut file,
                    [
                        name(edge.from),
                        name(edge.to),
                        edge.count.into(),
                        edge.sequences.into(),
                        Cell::Empty,
                        Cell::Empty,
                        Some(edge.mean_seconds).into(),
                        Some(edge.median_seconds).into(),
                    ],
                );
            }
        }
        View::Sequences(sequences) => {
            head(&mut file, &["count", "share", "median seconds", "steps"]);
            for variant in &sequences.variants {
                let steps = variant.steps.join(" → ");
                row(&mut file, [variant.count.into(), Some(variant.share).into(), Some(variant.median_seconds).into(), Cell::Text(steps)]);
            }
        }
        View::Map(map) => {
            head(&mut file, &COLUMNS);
            for figure in figures(map) {
                let estimate = figure.estimate;
                row(
                    &mut file,
                    [
                        figure.group.into(),
                        figure.about.into(),
                        figure.stage.into(),
                        figure.name.into(),
                        figure.measure.into(),
                        figure.value.into(),
                        estimate.map(|estimate| estimate.low).into(),
                        estimate.map(|estimate| estimate.high).into(),
                        estimate.map_or(Cell::Empty, |estimate| estimate.n.into()),
                        figure.beside.into(),
                    ],
                );
            }
        }
    }
    file
}

fn of_value(value: Option<&Value>) -> Cell {
    match value {
        None | Some(Value::Null) => Cell::Empty,
        Some(Value::String(text)) => Cell::Text(text.clone()),
        Some(Value::Number(number)) => match number.as_u64() {
            Some(count) => Cell::Count(count),
            None => number.as_f64().into(),
        },
        Some(other) => Cell::Text(other.to_string()),
    }
}

fn head(file: &mut String, names: &[&str]) {
    row(file, names.iter().map(|name| Cell::from(*name)));
}

fn row(file: &mut String, cells: impl IntoIterator<Item = Cell>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            file.push(',');
        }
        match cell {
            Cell::Empty => {}
            Cell::Number(number) => file.push_str(&number.to_string()),
            Cell::Count(count) => file.push_str(&count.to_string()),
            Cell::Text(text) => {
                // A spreadsheet would run a text that begins like a formula (ASVS 1.2.10).
                let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) { "'" } else { "" };
                if text.contains([',', '"', '\n', '\r']) {
                    file.push_str(&format!("\"{guard}{}\"", text.replace('"', "\"\"")));
                } else {
                    file.push_str(guard);
                    file.push_str(&text);
                }
            }
        }
    }
    file.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_no_formulas_and_numbers_are_numbers() {
        let mut file = String::new();
        row(
            &mut file,
            [
                Cell::from("=1+1"),
                Cell::from("@x,\"y\""),
                Cell::from("+49 30"),
                Cell::from("-"),
                Some(-0.5).into(),
                Some(f64::NAN).into(),
                7.into(),
            ],
        );
        assert_eq!(file, "'=1+1,\"'@x,\"\"y\"\"\",'+49 30,'-,-0.5,,7\r\n");
    }
}
