//! Revenue per customer.

use periplus_model::measured::KpiFormat;
use serde::{Deserialize, Serialize};

use super::seen::{Counts, Planned, See, Seen, Shown, Sighting, UNIT};
use super::{Around, given_or};
use crate::EngineError;
use crate::kind::Asked;
use crate::lens::Number;
use crate::scan::Run;
use crate::steps::Step;

/// What counts as revenue.
#[derive(Clone, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Which events bring money; events named like purchases when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<Step>,
    /// The property that holds it; the events' amount of money when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    property: Option<String>,
}

pub(crate) fn plan(question: &Question, asked: &mut Asked<'_>, around: &Around) -> Result<Planned, EngineError> {
    let of = given_or(&question.of, around.purchases(), "revenue needs the events that bring it (\"of\")")?;
    let bit = of.required()?.bit(asked)?;
    let number = asked.lens.number(question.property.clone().map_or(Number::Amount, Number::Property));
    // Who brought nothing counts as well.
    asked.lens.keep_all = true;
    Ok(Planned {
        kpi: "revenue_per_customer",
        name: question.name.clone().unwrap_or_else(|| "Revenue per customer".to_owned()),
        counts: Counts::Sum,
        shown: vec![Shown::new(format!("amounts of {}, for each customer who was there, buying or not", of.title()), KpiFormat::Money)],
        means: ["spent something", "spent nothing"],
        smaller_is_better: false,
        aims: Vec::new(),
        has_whole: true,
        skips_idle: true,
        see: Box::new(Revenue { bit, number }),
        response: None,
    })
}

struct Revenue {
    bit: u32,
    number: usize,
}

impl See for Revenue {
    fn see(&self, run: &Run<'_>, plain: bool, into: &mut Vec<Sighting>) {
        let first = into.len();
        for row in 0..run.times.len() {
            let amount = if run.meets(row, Some(self.bit)) { run.number(self.number, row) } else { 0.0 };
            let amount = if amount.is_finite() { (amount * UNIT).round() as i64 } else { 0 };
            // Nothing must be seen of somebody who was there and brought nothing but that they were there.
            if amount != 0 || !plain || into.len() == first {
                into.push(Sighting::at(run, row, Seen::Value(amount, i8::from(amount > 0))));
            }
        }
    }
}
