//! What an answer can be had as, named by the last part of an address: `map.svg`, `funnel.csv`.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use periplus_model::{Answer, View};
use periplus_picture::{Look, Theme, answer_scene, csv, pdf, png, svg_with_fonts};
use serde::Deserialize;

use crate::house::{Refusal, RefusalKind};
use crate::problem::Problem;

/// A form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A drawing that looks the same everywhere.
    Svg,
    /// A drawing in pixels, twice as many as on the page.
    Png,
    /// A drawing for paper.
    Pdf,
    /// The numbers as a table.
    Csv,
    /// Everything.
    Json,
}

/// How the picture of an answer is wanted, as in a query.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    /// `light` or `dark`.
    theme: Theme,
    /// The id of the group of customers to draw (`all`, or a persona's).
    group: Option<String>,
    /// The id of a second group to draw beside it.
    beside: Option<String>,
}

impl Form {
    /// Every form.
    pub const ALL: [Form; 5] = [Form::Svg, Form::Png, Form::Pdf, Form::Csv, Form::Json];

    /// Its name at the end of an address.
    pub fn name(self) -> &'static str {
        match self {
            Form::Svg => "svg",
            Form::Png => "png",
            Form::Pdf => "pdf",
            Form::Csv => "csv",
            Form::Json => "json",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Form::Svg => "image/svg+xml",
            Form::Png => "image/png",
            Form::Pdf => "application/pdf",
            Form::Csv => "text/csv; charset=utf-8",
            Form::Json => "application/json",
        }
    }

    /// What a browser may do with it. A drawing and a table run nothing and load nothing but the fonts they bring along.
    /// Viewers of PDF are pages of the browser's own, which a sandbox would keep from starting.
    fn policy(self) -> &'static str {
        match self {
            Form::Svg => "default-src 'none'; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'none'; sandbox",
            Form::Png | Form::Csv | Form::Json => "default-src 'none'; frame-ancestors 'none'; sandbox",
            Form::Pdf => "frame-ancestors 'none'",
        }
    }

    /// Splits the last part of an address: `map.svg` is the map in SVG, `map` the map itself.
    pub fn split(name: &str) -> (&str, Option<Form>) {
        let form = |end: &str| Form::ALL.into_iter().find(|form| form.name() == end);
        match name.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() => form(end).map_or((name, None), |form| (stem, Some(form))),
            _ => (name, None),
        }
    }

    /// Writes an answer in this form. Blocks: drawing takes time.
    pub fn write(self, answer: &Answer, wish: &Wish, stem: &str) -> Result<Written, Refusal> {
        let scene = || wish.look(answer).map(|look| answer_scene(answer, &look));
        let bytes = match self {
            Form::Svg => svg_with_fonts(&scene()?).into_bytes(),
            Form::Png => png(&scene()?, 2.0).map_err(undrawn)?,
            Form::Pdf => pdf(&scene()?).map_err(undrawn)?,
            Form::Csv => csv(answer).into_bytes(),
            Form::Json => serde_json::to_vec(answer).map_err(undrawn)?,
        };
        Ok(Written { form: self, file: file_name(stem, self), bytes })
    }
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
            (header::CONTENT_SECURITY_POLICY, self.form.policy().to_owned()),
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
        help: "Another form may work: .svg, .png, .pdf, .csv, .json.".into(),
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
        assert_eq!(Form::split("first-purchase.svg"), ("first-purchase", Some(Form::Svg)));
        assert_eq!(Form::split("v1.2.csv"), ("v1.2", Some(Form::Csv)));
        assert_eq!(Form::split("v1.2"), ("v1.2", None));
        assert_eq!(Form::split(".svg"), (".svg", None));
        assert_eq!(Form::split("map.exe"), ("map.exe", None));
    }

    #[test]
    fn file_names_hold_no_surprises() {
        assert_eq!(file_name("a\"b\r\n/../ü", Form::Csv), "a-b-------.csv");
    }
}
