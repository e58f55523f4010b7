//! Overview: what is in the lake, in one table.

use std::collections::HashMap;

use periplus_model::answer::{Answer, Column, ColumnKind, Table, View};
use periplus_model::question::Unit;
use periplus_model::time::Instant;
use periplus_stats::Quantiles;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Of, codes, common, count, seconds};
use crate::asked::{schema, settings};
use crate::lens::NONE;
use crate::scan::{Fold, Run, scan};
use crate::{Analysis, Desk, EngineError, Telling};

pub(super) struct Overview;

/// A question for the journey overview.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Question {
    /// Events or touchpoints.
    #[serde(default)]
    of: Of,
}

impl Analysis for Overview {
    fn name(&self) -> &'static str {
        "overview"
    }
    fn about(&self) -> &'static str {
        "What there is: every event or touchpoint with its customers, how often it happens, when first and last, and where in the journey."
    }
    fn example(&self) -> Value {
        json!({})
    }
    fn schema(&self) -> Value {
        schema::<Question>()
    }

    fn answer(&self, question: &Value, desk: &Desk<'_>) -> Result<Answer, EngineError> {
        let started = (desk.stopwatch)();
        let (shared, asked, question): (_, Question, _) = settings(question)?;
        let mut lens = common(&shared, desk)?;
        let names = codes(asked.of, &mut lens, desk)?;
        let (states, totals) = scan(desk, &lens, Unit::Customer, State::default)?;
        let names = names.unwrap_or_else(|| lens.names.list());
        let mut all = State::default();
        for state in states {
            all.customers += state.customers;
            all.lengths.merge(&state.lengths);
            all.spans.merge(&state.spans);
            for (code, seen) in state.seen {
                all.seen.entry(code).or_insert_with(Seen::new).merge(&seen);
            }
        }
        let mut rows: Vec<(u32, &Seen)> = all.seen.iter().map(|(code, seen)| (*code, seen)).collect();
        rows.sort_by(|a, b| b.1.events.cmp(&a.1.events).then_with(|| names[a.0 as usize].cmp(&names[b.0 as usize])));
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        let table = Table {
            columns: vec![
                column(if asked.of == Of::Events { "event" } else { "touchpoint" }, ColumnKind::Text),
                column("events", ColumnKind::Count),
                column("customers", ColumnKind::Count),
                column("share", ColumnKind::Share),
                column("position", ColumnKind::Share),
                column("first", ColumnKind::Time),
                column("last", ColumnKind::Time),
            ],
            rows: rows
                .iter()
                .map(|(code, seen)| {
                    vec![
                        names[*code as usize].as_str().into(),
                        seen.events.into(),
                        seen.customers.into(),
                        (seen.customers as f64 / all.customers.max(1) as f64).into(),
                        (seen.positions.median().unwrap_or(0.0) / POSITION as f64).into(),
                        Instant(seen.first).to_string().into(),
                        Instant(seen.last).to_string().into(),
                    ]
                })
                .collect(),
        };
        let caption = if all.customers == 0 {
            "There are no events yet; import some with `periplus import FILE`.".to_owned()
        } else {
            format!(
                "{} events of {} customers; the median journey has {} events over {}.",
                count(all.seen.values().map(|seen| seen.events).sum()),
                count(all.customers),
                all.lengths.median().unwrap_or(0.0),
                seconds(all.spans.median().unwrap_or(0.0) / 1e6)
            )
        };
        let telling = Telling {
            analysis: self,
            question,
            unit: "customers",
            semantics: "The share is of all customers, the position the median place in the customer's journey, from 0 % (first) to 100 % (last).",
            caption,
            totals,
            immature: 0,
            started,
        };
        Ok(telling.answer(desk, View::Table(table)))
    }
}

/// Positions are counted in thousandths.
const POSITION: i64 = 1_000;

struct Seen {
    events: u64,
    customers: u64,
    first: i64,
    last: i64,
    positions: Quantiles,
}

impl Seen {
    fn new() -> Seen {
        Seen { events: 0, customers: 0, first: i64::MAX, last: i64::MIN, positions: Quantiles::default() }
    }

    fn merge(&mut self, other: &Seen) {
        self.events += other.events;
        self.customers += other.customers;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.positions.merge(&other.positions);
    }
}

#[derive(Default)]
struct State {
    customers: u64,
    lengths: Quantiles,
    spans: Quantiles,
    seen: HashMap<u32, Seen>,
    here: Vec<u32>,
}

impl Fold for State {
    fn take(&mut self, run: &Run<'_>) {
        self.here.clear();
        let length = run.codes.iter().filter(|code| **code != NONE).count();
        let (mut first, mut last, mut nth) = (None, 0, 0i64);
        for (code, time) in run.codes.iter().zip(run.times).filter(|(code, _)| **code != NONE) {
            first.get_or_insert(*time);
            last = *time;
            let seen = self.seen.entry(*code).or_insert_with(Seen::new);
            seen.events += 1;
            seen.first = seen.first.min(*time);
            seen.last = seen.last.max(*time);
            // Only the customer's first time counts for the position: a repeated event says little about where it belongs.
            if !self.here.contains(code) {
                self.here.push(*code);
                seen.customers += 1;
                seen.positions.add(if length > 1 { nth * POSITION / (length as i64 - 1) } else { 0 });
            }
            nth += 1;
        }
        let Some(first) = first else { return };
        self.customers += 1;
        self.lengths.add(length as i64);
        self.spans.add(last - first);
    }
}
