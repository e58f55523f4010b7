//! `current_traits`: what holds of each customer now.

use periplus_engine::lens::Lens;
use periplus_engine::scan::Run;
use periplus_model::parts::PartTable;

use super::sorted::{Said, Sorted, current, traits};
use super::told::{Asked, Rows, Teller, Told};
use super::{KEY, Kind, TableDoc, column};
use crate::error::QueryError;

#[derive(Debug)]
pub(crate) struct CurrentTraits;

const DOC: TableDoc = TableDoc {
    name: "current_traits",
    about: "One row per customer and trait: the last that was said",
    columns: &[
        KEY,
        column("name", Kind::Text, "Which trait"),
        column("value", Kind::Text, "Its value, in JSON; see property()"),
        column("since", Kind::Time, "When it was said; null when it was always so"),
    ],
};

impl Told for CurrentTraits {
    fn doc(&self) -> &'static TableDoc {
        &DOC
    }
    fn order(&self) -> &'static [&'static str] {
        &["customer_key", "name"]
    }
    fn reads(&self) -> &'static [PartTable] {
        &[PartTable::Traits]
    }
    fn teller(&self, asked: &Asked<'_>, _: &mut Lens) -> Result<Box<dyn Teller>, QueryError> {
        Ok(Box::new(Now(traits(&asked.world.source.lake, asked.snapshot)?)))
    }
}

struct Now(Sorted<Said>);

impl Teller for Now {
    fn tell(&mut self, _: &Run<'_>, _: &mut Rows) -> Result<(), QueryError> {
        Ok(())
    }
    fn end(&mut self, rows: &mut Rows) -> Result<(), QueryError> {
        while let Some(key) = self.0.next_key()? {
            if rows.is_unheard() {
                break;
            }
            let mut said = Vec::new();
            self.0.take(key, |one| said.push(one))?;
            for one in current(said) {
                rows.integer(0, key);
                rows.text(1, Some(&one.name));
                rows.text(2, Some(&one.value));
                rows.time(3, one.at.0);
                rows.end()?;
            }
        }
        Ok(())
    }
}
