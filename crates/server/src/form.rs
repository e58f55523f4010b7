//! What an answer can be had as, named by the last part of an address: `map.svg`, `funnel.csv`.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use periplus_model::{Answer, View};
use periplus_picture::{Form, Look, Theme, render};
use serde::Deserialize;

use crate::house::{Refusal, RefusalKind};
use crate::problem::Problem;

/// How the picture of an answer is wanted, as in a query.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    /// `light` or `dark`.
    pub theme: Theme,
    /// The id of the group of customers to draw (`all`, or a persona's).
    pub group: Option<String>,
    /// The id of a second group to draw beside it.
    pub beside: Option<String>,
}

/// What a browser may do with an answer in a form. A drawing, a table and a page run nothing and load nothing but the fonts
/// they bring along. Viewers of PDF are pages of the browser's own, which a sandbox would keep from starting.
fn policy(form: Form) -> &'static str {
    match form {
        Form::Svg => "default-src 'none'; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'none'; sandbox",
        // The page says itself what it may do; a map's has a script of its own, named by its hash.
        Form::Html | Form::Pdf => "frame-ancestors 'none'",
        Form::Png | Form::Csv | Form::Json => "default-src 'none'; frame-ancestors 'none'; sandbox",
    }
}

/// Splits the last part of an address: `map.svg` is the map in SVG, `map` the map itself.
pub(crate) fn split(name: &str) -> (&str, Option<Form>) {
    match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => Form::named(end).map_or((name, None), |form| (stem, Some(form))),
        _ => (name, None),
    }
}

/// Writes an answer in a form. Blocks: drawing takes time.
pub(crate) fn write(form: Form, answer: &Answer, wish: &Wish, stem: &str) -> Result<Written, Refusal> {
    let bytes = render(answer, form, &wish.look(answer)?).map_err(undrawn)?;
    Ok(Written { form, file: file_name(stem, form), bytes })
}

/// An answer in a form, ready to be sent.
pub(crate) struct Written {
    form: Form,
    file: String,
    bytes: Vec<u8>,
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        // A table is for another program; the rest is for looking at.
        let place = if self.form == Form::Csv { "attachment" } else { "inline" };
        let headers: [(HeaderName, String); 3] = [
            (header::CONTENT_TYPE, self.form.media_type().to_owned()),
            (header::CONTENT_SECURITY_POLICY, policy(self.form).to_owned()),
            (header::CONTENT_DISPOSITION, format!("{place}; filename=\"{}\"", self.file)),
        ];
        (headers, self.bytes).into_response()
    }
}

impl Wish {
    /// Reads a query.
    pub fn read(query: Option<&str>) -> Result<Wish, Problem> {
        parse_query(query.unwrap_or_default())
    }

    fn look(&self, answer: &Answer) -> Result<Look, Refusal> {
        let place = |wanted: &Option<String>| match (wanted, &answer.view) {
            (Some(id), View::Map(map)) => match map.groups.iter().position(|group| group.id == *id) {
                Some(at) => Ok(Some(at)),
                None => Err(no_such_group(map.groups.iter().map(|group| group.id.as_str()))),
            },
            _ => Ok(None),
        };
        Ok(Look { theme: self.theme, group: place(&self.group)?.unwrap_or(0), compare: place(&self.beside)?, note: None })
    }
}

/// Reads a query into its type; parameters that the type does not know are left alone.
pub(crate) fn parse_query<T: serde::de::DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let uri = format!("/?{query}").parse().map_err(|_| Problem::of_status(StatusCode::BAD_REQUEST))?;
    axum::extract::Query::try_from_uri(&uri).map(|query| query.0).map_err(|error| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "bad_query",
            "Unreadable query",
            error.to_string(),
            "Known are theme=light or dark, group=ID, beside=ID, and question=JSON where a question is asked.",
        )
    })
}

fn no_such_group<'a>(known: impl Iterator<Item = &'a str>) -> Refusal {
    Refusal {
        kind: RefusalKind::Invalid,
        code: "no_such_group".into(),
        title: "No such group".into(),
        detail: "The map has no group of customers with this id.".into(),
        help: format!("It has: {}.", known.collect::<Vec<_>>().join(", ")),
    }
}

/// A picture or page that could not be made.
pub(crate) fn undrawn(error: impl std::fmt::Display) -> Refusal {
    Refusal {
        kind: RefusalKind::Internal,
        code: "not_drawn".into(),
        title: "It could not be drawn".into(),
        detail: error.to_string(),
        help: "Another form may work: .svg, .png, .pdf, .html, .csv, .json.".into(),
    }
}

/// A file name that no header and no file system takes amiss.
fn file_name(stem: &str, form: Form) -> String {
    let safe = |character: char| if character.is_ascii_alphanumeric() || "-_".contains(character) { character } else { '-' };
    format!("{}.{}", stem.chars().take(80).map(safe).collect::<String>(), form.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_is_its_form() {
        assert_eq!(split("first-purchase.svg"), ("first-purchase", Some(Form::Svg)));
        assert_eq!(split("v1.2.csv"), ("v1.2", Some(Form::Csv)));
        assert_eq!(split("v1.2"), ("v1.2", None));
        assert_eq!(split(".svg"), (".svg", None));
        assert_eq!(split("map.exe"), ("map.exe", None));
    }

    #[test]
    fn file_names_hold_no_surprises() {
        assert_eq!(file_name("a\"b\r\n/../ü", Form::Csv), "a-b-------.csv");
    }
}
