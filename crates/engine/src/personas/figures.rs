//! Figures of members that can be compared: logarithms, less their mean, in standard deviations.
//!
//! Mean and deviation are whole numbers (millionths), because they travel in the places of an answer: whoever is held against them alone
//! must come to the same to the last bit.

use serde::{Deserialize, Serialize};

use super::COUNTED_MAX;
use super::member::Member;
use crate::columns::Names;

/// What is in a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// How often this event, touchpoint or channel came.
    Count(String),
    /// Days since it was last seen.
    Recency,
    /// On how many days it was seen.
    Frequency,
    /// Money.
    Money,
}

/// A column, and how its values are made comparable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scaled {
    /// What it holds.
    pub(crate) what: What,
    /// The mean of the logarithms, in millionths.
    mean: i64,
    /// Their standard deviation, in millionths.
    deviation: i64,
}

/// Millionths.
pub(crate) const UNIT: f64 = 1e6;
const DAY: f64 = 86_400e6;

/// What a member has in columns, with names as codes.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    columns: Vec<(Source, Scaled)>,
    known_until: i64,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    /// A name that was never recorded has no code: nobody has it.
    Count(Option<u32>),
    Recency,
    Frequency,
    Money,
}

impl Source {
    fn value(self, member: &Member, known_until: i64) -> f64 {
        match self {
            Source::Count(code) => {
                let at = code.and_then(|code| member.counts.binary_search_by_key(&code, |(code, _)| *code).ok());
                at.map_or(0.0, |at| f64::from(member.counts[at].1))
            }
            Source::Recency => known_until.saturating_sub(member.last).max(0) as f64 / DAY,
            Source::Frequency => f64::from(member.days),
            Source::Money => member.amount as f64 / UNIT,
        }
    }
}

/// Few values are very large, and some money is negative.
fn logarithm(value: f64) -> f64 {
    value.abs().ln_1p().copysign(value)
}

impl Reader {
    /// Columns for those names that most members have, and for the rest of what is known of them. Columns in which all are equal are
    /// left out.
    pub(crate) fn of(members: &[&Member], names: &Names, wanted: &[What], counts: bool, known_until: i64) -> Reader {
        let mut having = vec![0u64; names.list().len()];
        for (code, _) in members.iter().flat_map(|member| &member.counts) {
            if let Some(own) = having.get_mut(*code as usize) {
                *own += 1;
            }
        }
        let mut frequent: Vec<usize> = (0..having.len()).filter(|code| having[*code] > 0 && counts).collect();
        frequent.sort_by_key(|code| (std::cmp::Reverse(having[*code]), *code));
        frequent.truncate(COUNTED_MAX);
        let counted = frequent.into_iter().filter_map(|code| Some(What::Count(names.list().get(code)?.clone())));
        let scaled = counted.chain(wanted.iter().cloned()).filter_map(|what| {
            let source = source(&what, names);
            let values: Vec<f64> = members.iter().map(|member| logarithm(source.value(member, known_until))).collect();
            let rows = values.len().max(1) as f64;
            let mean = values.iter().sum::<f64>() / rows;
            let deviation = (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / rows).sqrt();
            let (mean, deviation) = ((mean * UNIT).round() as i64, (deviation * UNIT).round() as i64);
            (deviation > 0).then_some(Scaled { what, mean, deviation })
        });
        Reader::carried(&scaled.collect::<Vec<_>>(), names, known_until)
    }

    /// The columns that a place carries.
    pub(crate) fn carried(columns: &[Scaled], names: &Names, known_until: i64) -> Reader {
        Reader { columns: columns.iter().map(|scaled| (source(&scaled.what, names), scaled.clone())).collect(), known_until }
    }

    pub(crate) fn scaled(&self) -> Vec<Scaled> {
        self.columns.iter().map(|(_, scaled)| scaled.clone()).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    pub(crate) fn what(&self, column: usize) -> Option<&What> {
        self.columns.get(column).map(|(_, scaled)| &scaled.what)
    }

    /// A member's values as they are.
    pub(crate) fn plain(&self, member: &Member) -> Vec<f64> {
        self.columns.iter().map(|(source, _)| source.value(member, self.known_until)).collect()
    }

    /// A member's values, made comparable.
    pub(crate) fn row(&self, member: &Member) -> Vec<f64> {
        let value = |(source, scaled): &(Source, Scaled)| {
            (logarithm(source.value(member, self.known_until)) * UNIT - scaled.mean as f64) / scaled.deviation.max(1) as f64
        };
        self.columns.iter().map(value).collect()
    }
}

fn source(what: &What, names: &Names) -> Source {
    match what {
        What::Count(name) => Source::Count(names.code(name)),
        What::Recency => Source::Recency,
        What::Frequency => Source::Frequency,
        What::Money => Source::Money,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(looks: u32, amount: i64) -> Member {
        Member { counts: vec![(1, looks)], steps: Vec::new(), last: 5 * 86_400_000_000, days: 2, amount }
    }

    #[test]
    fn columns_are_comparable_and_read_alone_as_among_others() {
        let names = Names::new(vec!["buy".to_owned(), "look".to_owned()]);
        let all = [member(1, 5_000_000), member(4, -7_000_000), member(9, 0)];
        let members: Vec<&Member> = all.iter().collect();
        let reader = Reader::of(&members, &names, &[What::Recency, What::Frequency, What::Money], true, 9 * 86_400_000_000);
        // Nobody bought, and all were last seen at the same time on as many days.
        let whats: Vec<_> = reader.scaled().into_iter().map(|scaled| scaled.what).collect();
        assert_eq!(whats, [What::Count("look".to_owned()), What::Money]);
        assert_eq!(reader.plain(&all[1]), [4.0, -7.0]);
        for column in 0..2 {
            let values: Vec<f64> = all.iter().map(|member| reader.row(member)[column]).collect();
            assert!(values.iter().sum::<f64>().abs() < 1e-5, "{values:?}");
            assert!((values.iter().map(|value| value * value).sum::<f64>() / 3.0 - 1.0).abs() < 1e-4, "{values:?}");
        }
        let carried: Vec<Scaled> = serde_json::from_str(&serde_json::to_string(&reader.scaled()).unwrap()).unwrap();
        let alone = Reader::carried(&carried, &names, 9 * 86_400_000_000);
        assert!(all.iter().all(|member| alone.row(member) == reader.row(member)));
        assert!(Reader::of(&[], &names, &[What::Money], true, 0).scaled().is_empty());
    }
}
