//! What sets a group apart, in words.

use periplus_stats::cluster::{Feature, Table, features};

use super::figures::{Reader, What};
use super::member::Member;

/// Differences from here on are told (in standard deviations; Cohen calls 0.2 small).
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

/// The portraits of so many groups, of their members' figures.
pub(crate) fn portraits(members: &[&Member], groups: &[u32], k: usize, reader: &Reader) -> Vec<Portrait> {
    let rows: Vec<Vec<f64>> = members.iter().map(|member| reader.row(member)).collect();
    let found = Table::new(&rows).and_then(|table| features(&table, groups)).unwrap_or_default();
    let plain: Vec<Vec<f64>> = members.iter().map(|member| reader.plain(member)).collect();
    let mut all: Vec<Portrait> = (0..k as u32).map(|group| portrait(group, &found, &plain, groups, reader)).collect();
    for at in 0..all.len() {
        let same = all[..at].iter().filter(|other| other.name == all[at].name).count();
        if same > 0 {
            all[at].name = format!("{} ({})", all[at].name, same + 1);
        }
    }
    all
}

fn portrait(group: u32, found: &[Feature], plain: &[Vec<f64>], groups: &[u32], reader: &Reader) -> Portrait {
    let own = found.iter().filter(|feature| feature.group == group && feature.difference.value.abs() >= DIFFERENCE_MIN);
    let own: Vec<&Feature> = own.take(TOLD).collect();
    if own.is_empty() {
        return Portrait { name: "like everybody".to_owned(), apart: String::new() };
    }
    let mean = |column: usize, is_in: bool| {
        let (mut sum, mut count) = (0.0, 0.0);
        for (row, _) in plain.iter().zip(groups).filter(|(_, other)| (**other == group) == is_in) {
            sum += row[column];
            count += 1.0;
        }
        if count > 0.0 { sum / count } else { 0.0 }
    };
    let name: Vec<String> = own.iter().take(NAMING).filter_map(|feature| Some(short(reader.what(feature.column)?, feature))).collect();
    let apart: Vec<String> = own
        .iter()
        .filter_map(|feature| {
            let (here, there) = (mean(feature.column, true), mean(feature.column, false));
            let what = reader.what(feature.column)?;
            Some(format!("{} ({}, others {})", long(what, feature), figure(here), figure(there)))
        })
        .collect();
    Portrait { name: name.join(", "), apart: apart.join("; ") }
}

fn short(what: &What, feature: &Feature) -> String {
    let more = feature.difference.value > 0.0;
    match what {
        What::Count(name) => format!("{} {name}", if more { "much" } else { "little" }),
        What::Recency => (if more { "long not seen" } else { "seen lately" }).to_owned(),
        What::Frequency => (if more { "there on many days" } else { "there on few days" }).to_owned(),
        What::Money => (if more { "brings much" } else { "brings little" }).to_owned(),
    }
}

fn long(what: &What, feature: &Feature) -> String {
    let more = if feature.difference.value > 0.0 { "more" } else { "less" };
    match what {
        What::Count(name) => format!("{more} '{name}'"),
        What::Recency => format!("{more} days since last seen"),
        What::Frequency => format!("{} days there", if feature.difference.value > 0.0 { "more" } else { "fewer" }),
        What::Money => format!("{more} money"),
    }
}

fn figure(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}
