//! An answer as one HTML file: its picture, and all its numbers as a table.

use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};
use periplus_model::Answer;
use periplus_model::rows::table_of_answer;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::style;
use crate::answers::answer_scene;
use crate::answers::table::{is_words, written};
use crate::lettering::clean;
use crate::look::Look;
use crate::numbers;
use crate::paper::PictureError;
use crate::svg::{Manner, base64, write};

/// As many rows as a page holds; a CSV file has all.
const ROWS: usize = 2_000;

/// What a page of an answer adds to the style of a map's: a picture that is read, not operated.
const STYLE: &str =
    "body{display:block;height:auto}.sheet.single{display:block}.wide{margin:0}.part{cursor:default}.numbers[open]{max-height:none}";

#[derive(Serialize)]
struct Cell {
    words: String,
    figure: bool,
}

/// An answer as one HTML file that needs nothing else, in the reader's light or dark.
pub(crate) fn answer_html(answer: &Answer, look: &Look) -> Result<String, PictureError> {
    let scene = answer_scene(answer, look);
    let table = table_of_answer(answer);
    let style = style() + STYLE;
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; font-src data:; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(style.as_bytes()))
    );
    let cells = |row: &Vec<serde_json::Value>| -> Vec<Cell> {
        let cell = |(at, column): (usize, &periplus_model::answer::Column)| Cell {
            words: clean(&written(column.kind, row.get(at))),
            figure: !is_words(column.kind),
        };
        table.columns.iter().enumerate().map(cell).collect()
    };
    let rows: Vec<Vec<Cell>> = table.rows.iter().take(ROWS).map(cells).collect();
    let more = table.rows.len().saturating_sub(ROWS) as u64;
    let mut environment = Environment::new();
    environment.add_template("answer.html", include_str!("answer.html"))?;
    Ok(environment.get_template("answer.html")?.render(context! {
        title => clean(&answer.caption),
        policy,
        style,
        svg => write(&scene, Manner::Read, ""),
        heads => table.columns.iter().map(|column| clean(&column.name)).collect::<Vec<_>>(),
        rows => Value::from(Serde(&rows)),
        more => if more > 0 { format!("{} are in the CSV file.", numbers::counted(more, "more rows")) } else { String::new() },
    })?)
}
