//! Answers as CSV (RFC 4180), with raw numbers and with text that a spreadsheet cannot mistake for a formula.

use periplus_model::Answer;
use serde_json::Value;

/// A cell of the file.
enum Cell {
    Text(String),
    Number(f64),
    Count(u64),
    Empty,
}

/// The answer's flat table ([`Answer::table`]).
pub fn csv(answer: &Answer) -> String {
    let mut file = String::new();
    let table = answer.table();
    row(&mut file, table.columns.iter().map(|column| Cell::Text(column.name.clone())));
    for cells in &table.rows {
        row(&mut file, (0..table.columns.len()).map(|at| of_value(cells.get(at))));
    }
    file
}

fn of_value(value: Option<&Value>) -> Cell {
    match value {
        None | Some(Value::Null) => Cell::Empty,
        Some(Value::String(text)) => Cell::Text(text.clone()),
        Some(Value::Number(number)) => match number.as_u64() {
            Some(count) => Cell::Count(count),
            None => number.as_f64().map_or(Cell::Empty, Cell::Number),
        },
        Some(other) => Cell::Text(other.to_string()),
    }
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
                Cell::Text("=1+1".to_owned()),
                Cell::Text("@x,\"y\"".to_owned()),
                Cell::Text("+49 30".to_owned()),
                Cell::Text("-".to_owned()),
                Cell::Number(-0.5),
                Cell::Empty,
                Cell::Count(7),
            ],
        );
        assert_eq!(file, "'=1+1,\"'@x,\"\"y\"\"\",'+49 30,'-,-0.5,,7\r\n");
    }
}
