//! Answers as CSV (RFC 4180), with raw numbers and with text that a spreadsheet cannot mistake for a formula.

use periplus_model::Answer;
use periplus_model::rows::table_of_answer;
use serde_json::Value;

/// The answer as one flat table, with the columns and rows of [`table_of_answer`]: raw numbers, groups in the first
/// columns, and a column `side` that marks what the answer is compared with.
pub fn csv(answer: &Answer) -> String {
    let table = table_of_answer(answer);
    let mut file = String::new();
    row(&mut file, table.columns.iter().map(|column| Value::from(column.name.as_str())));
    for cells in table.rows {
        let room = table.columns.len();
        row(&mut file, cells.into_iter().chain(std::iter::repeat(Value::Null)).take(room));
    }
    file
}

fn row(file: &mut String, cells: impl IntoIterator<Item = Value>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            file.push(',');
        }
        match cell {
            Value::Null => {}
            // Whole numbers without decimals, others without exponents.
            Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
                Some(number) => file.push_str(&number.to_string()),
                None => file.push_str(&number.to_string()),
            },
            other => {
                let text = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
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
                Value::from("=1+1"),
                Value::from("@x,\"y\""),
                Value::from("+49 30"),
                Value::from("-"),
                (-0.5).into(),
                f64::NAN.into(),
                7.into(),
            ],
        );
        assert_eq!(file, "'=1+1,\"'@x,\"\"y\"\"\",'+49 30,'-,-0.5,,7\r\n");
    }
}
