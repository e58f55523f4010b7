//! What sets a group apart, in words.

use super::figures::{Reader, What};
use super::member::Member;

/// Differences from here on are told (in standard deviations of all members).
const DIFFERENCE_MIN: f64 = 0.2;
/// So many differences are told, and so many make the name.
const TOLD: usize = 3;
const NAMING: usize = 2;

/// A group in words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Portrait {
    /// A short name.
    pub(crate) name: String,
    /// What sets it apart, with figures.
    pub(crate) apart: String,
}

/// How a column of a group differs from the others'. The deviation is that of all members: groups that were found by these very figures
/// often do not vary within themselves.
struct Apart<'w> {
    what: &'w What,
    difference: f64,
    here: f64,
    there: f64,
}

/// The portraits of so many groups, of their members' figures.
pub(crate) fn portraits(members: &[&Member], groups: &[u32], k: usize, reader: &Reader) -> Vec<Portrait> {
    let comparable: Vec<Vec<f64>> = members.iter().map(|member| reader.row(member)).collect();
    let plain: Vec<Vec<f64>> = members.iter().map(|member| reader.plain(member)).collect();
    let mut all: Vec<Portrait> = (0..k as u32).map(|group| portrait(&apart(group, &comparable, &plain, groups, reader))).collect();
    for at in 0..all.len() {
        let same = all[..at].iter().filter(|other| other.name == all[at].name).count();
        if same > 0 {
            all[at].name = format!("{} ({})", all[at].name, same + 1);
        }
    }
    all
}

/// What sets a group apart, the most telling first.
fn apart<'r>(group: u32, comparable: &[Vec<f64>], plain: &[Vec<f64>], groups: &[u32], reader: &'r Reader) -> Vec<Apart<'r>> {
    let means = |rows: &[Vec<f64>], column: usize| {
        let mut sums = [(0.0, 0.0); 2];
        for (row, own) in rows.iter().zip(groups) {
            let sum = &mut sums[usize::from(*own == group)];
            *sum = (sum.0 + row[column], sum.1 + 1.0);
        }
        sums.map(|(sum, count)| (count > 0.0).then(|| sum / count))
    };
    let of = |column: usize| {
        let [there, here] = means(comparable, column);
        let difference = here? - there?;
        let [there, here] = means(plain, column);
        Some(Apart { what: reader.what(column)?, difference, here: here?, there: there? })
    };
    let mut all: Vec<Apart<'r>> = (0..reader.len()).filter_map(of).filter(|apart| apart.difference.abs() >= DIFFERENCE_MIN).collect();
    all.sort_by(|a, b| b.difference.abs().total_cmp(&a.difference.abs()));
    all
}

fn portrait(all: &[Apart<'_>]) -> Portrait {
    if all.is_empty() {
        return Portrait { name: "like everybody".to_owned(), apart: String::new() };
    }
    let name: Vec<String> = all.iter().take(NAMING).map(|apart| short(apart.what, apart.difference > 0.0)).collect();
    let told = |apart: &Apart<'_>| {
        format!("{} ({}, others {})", long(apart.what, apart.difference > 0.0), figure(apart.here), figure(apart.there))
    };
    Portrait { name: name.join(", "), apart: all.iter().take(TOLD).map(told).collect::<Vec<_>>().join("; ") }
}

fn short(what: &What, more: bool) -> String {
    match what {
        What::Count(name) => format!("{} {name}", if more { "much" } else { "little" }),
        What::Recency => (if more { "long not seen" } else { "seen lately" }).to_owned(),
        What::Frequency => (if more { "there on many days" } else { "there on few days" }).to_owned(),
        What::Money => (if more { "brings much" } else { "brings little" }).to_owned(),
    }
}

fn long(what: &What, more: bool) -> String {
    match what {
        What::Count(name) => format!("{} '{name}'", if more { "more" } else { "less" }),
        What::Recency => format!("{} days since last seen", if more { "more" } else { "fewer" }),
        What::Frequency => format!("{} days there", if more { "more" } else { "fewer" }),
        What::Money => format!("{} money", if more { "more" } else { "less" }),
    }
}

fn figure(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}
