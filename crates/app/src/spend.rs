//! What was spent on each channel or campaign, read from a table of an advertising tool, an analytics export or a spreadsheet.

use std::collections::{BTreeMap, BTreeSet};

use periplus_engine::catalogue::Catalogue;
use serde::Serialize;

/// A table of costs is one of channels, or of campaigns and days: a longer text is something else.
pub const BYTES_MAX: usize = 5_000_000;

/// What a table says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Spend {
    /// The amounts, by channel or campaign.
    pub spend: BTreeMap<String, f64>,
    /// The headings of the two columns that were read; null when the table has none, and its first two were.
    pub headings: Option<[String; 2]>,
    /// Rows that have no amount, or a negative one.
    pub skipped: u64,
}

/// By what costs are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By<'a> {
    /// Channels, of which these are known: names that plainly mean one of them are taken for it.
    Channel(&'a [String]),
    /// Campaigns, or whatever else the table calls by name.
    Campaign,
}

/// A word of a heading that says what its column holds; the surest come first.
type Sign = fn(&str) -> bool;

const SPENT: &[Sign] = &[
    |name| begins_with_word(name.strip_prefix("amount ").unwrap_or(name), &["spent", "spend"]),
    |name| name.starts_with("ad spend") || name.starts_with("adspend"),
    |name| has_word(name, &["cost", "costs"]) && !has_word(name, &["per", "micros"]),
    |name| ["kosten", "ausgaben", "dépenses", "coût", "gasto", "coste"].iter().any(|word| name.starts_with(word)),
    |name| name.contains("micros"),
];

const CHANNELS: &[Sign] = &[
    |name| name == "channel",
    |name| name.contains("channel group"),
    |name| ["source", "source / medium", "source/medium"].contains(&own(name)),
    |name| name == "utm source",
    |name| ["platform", "network", "publisher platform"].iter().any(|word| name.starts_with(word)),
    |name| name.contains("channel"),
    |name| own(name) == "medium",
    |name| name.contains("campaign"),
];

const CAMPAIGNS: &[Sign] = &[|name| name == "campaign" || name == "campaign name", |name| name.contains("campaign")];

/// A name without whose it is, in exports of web analytics.
fn own(name: &str) -> &str {
    name.strip_prefix("session ").or_else(|| name.strip_prefix("first user ")).unwrap_or(name)
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn has_word(name: &str, wanted: &[&str]) -> bool {
    words(name).any(|word| wanted.contains(&word))
}

fn begins_with_word(name: &str, wanted: &[&str]) -> bool {
    words(name).next().is_some_and(|word| wanted.contains(&word) && name.starts_with(word))
}

/// The first column that the surest sign fits.
fn column<'s>(headings: &[String], signs: impl Iterator<Item = &'s Sign>) -> Option<usize> {
    let names: Vec<String> = headings.iter().map(|name| name.to_lowercase().replace('_', " ").trim().to_owned()).collect();
    signs.into_iter().find_map(|sign| names.iter().position(|name| sign(name)))
}

/// The channels of all events, by name.
pub fn channels(catalogue: &Catalogue) -> Vec<String> {
    let names: BTreeSet<&str> = catalogue.events.iter().flat_map(|entry| &entry.channels).map(|(name, _)| name.as_ref()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Reads a table of costs. Rows before its headings, comments, sums and rows without a name are left out; equal names are added up.
///
/// # Errors
/// In words, when the text is too long or has no name with an amount.
pub fn read(text: &str, by: By<'_>) -> Result<Spend, String> {
    if text.len() > BYTES_MAX {
        return Err(format!("the table is larger than {} MB; add it up by channel first", BYTES_MAX / 1_000_000));
    }
    let rows: Vec<Vec<String>> = rows(text).into_iter().filter(|row| !row.first().is_some_and(|cell| cell.starts_with('#'))).collect();
    let signs = || {
        let campaigns: &[Sign] = if by == By::Campaign { CAMPAIGNS } else { &[] };
        campaigns.iter().chain(CHANNELS)
    };
    let found = rows.iter().enumerate().find_map(|(at, row)| Some((at, column(row, signs())?, column(row, SPENT.iter())?)));
    let (body, name, spent) = found.map_or((&rows[..], 0, 1), |(at, name, spent)| (&rows[at + 1..], name, spent));
    let headings = found.map(|(at, name, spent)| [rows[at][name].clone(), rows[at][spent].clone()]);
    // Interfaces of tools tell millionths.
    let unit = if headings.as_ref().is_some_and(|[_, spent]| spent.to_lowercase().contains("micros")) { 1e6 } else { 1.0 };
    let cell = |row: &'_ [String], at: usize| row.get(at).cloned().unwrap_or_default();
    let has_commas = body.iter().any(|row| row.get(spent).is_some_and(|amount| has_comma(amount)));
    let mut told = Spend { headings, ..Spend::default() };
    for row in body {
        let of = cell(row, name);
        if of.is_empty() || is_sum(&cell(row, 0)) {
            continue;
        }
        match amount(&cell(row, spent), has_commas).filter(|amount| *amount >= 0.0) {
            None => told.skipped += 1,
            Some(amount) => {
                let name = match by {
                    By::Channel(channels) => channel(&of, channels),
                    By::Campaign => of,
                };
                let sum = told.spend.entry(name).or_insert(0.0);
                *sum = ((*sum + amount / unit) * 1e6).round() / 1e6;
            }
        }
    }
    if told.spend.is_empty() {
        return Err("there are no names with amounts in it: a table of two columns is enough, a channel and what was spent".to_owned());
    }
    Ok(told)
}

/// A separated text as rows without empty ones; the separator is what it has most of.
fn rows(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let times = |mark: &u8| text.bytes().filter(|byte| byte == mark).count();
    // Of equally many the last wins.
    let separator = [b',', b';', b'\t'].into_iter().max_by_key(times).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect::<Vec<String>>();
    reader.records().filter_map(Result::ok).map(cells).filter(|row| row.iter().any(|cell| !cell.is_empty())).collect()
}

/// Whether an amount has decimals after a comma, as in "1.234,50", or points between thousands.
fn has_comma(amount: &str) -> bool {
    let digits: String = amount.chars().filter(|letter| letter.is_ascii_digit() || ".,".contains(*letter)).collect();
    let after = |mark| digits.rsplit_once(mark).map(|(_, after): (&str, &str)| after);
    let decimals = after(',').is_some_and(|after| (1..=2).contains(&after.len()) && after.bytes().all(|byte| byte.is_ascii_digit()));
    let thousands = digits.split_once('.').is_some_and(|(_, after)| after.get(3..4).is_some_and(|mark| mark == "." || mark == ","));
    decimals || thousands
}

/// An amount as people write it: "1,234.50", "USD 12", or with a comma "1.234,50 €".
fn amount(text: &str, has_commas: bool) -> Option<f64> {
    // A currency has at most three letters; more is a sentence.
    if text.split(|letter: char| !letter.is_alphabetic()).any(|word| word.chars().count() > 3) {
        return None;
    }
    let digits: String = text.chars().filter(|letter| letter.is_ascii_digit() || ".,-".contains(*letter)).collect();
    let (dropped, point) = if has_commas { ('.', ',') } else { (',', '.') };
    let number: String =
        digits.chars().filter(|letter| *letter != dropped).map(|letter| if letter == point { '.' } else { letter }).collect();
    number.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Sums of all, as exports have them first or last.
fn is_sum(first: &str) -> bool {
    let first = first.to_lowercase();
    first.starts_with("gesamt") || begins_with_word(first.strip_prefix("grand ").unwrap_or(&first), &["total", "totals"])
}

/// The channel that a name means, where that is plain; else the name.
fn channel(name: &str, channels: &[String]) -> String {
    let plain = |text: &str| text.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
    let low = name.to_lowercase();
    let same = channels.iter().find(|channel| plain(channel) == plain(name));
    let meant = same.or_else(|| channels.iter().find(|channel| has_word(&low, &[&channel.to_lowercase()])));
    meant.map_or(name, String::as_str).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn channels() -> Vec<String> {
        ["search", "social", "display", "email", "web"].map(str::to_owned).to_vec()
    }

    fn told(text: &str) -> Spend {
        read(text, By::Channel(&channels())).unwrap()
    }

    fn spend<const N: usize>(amounts: [(&str, f64); N]) -> BTreeMap<String, f64> {
        amounts.into_iter().map(|(name, amount)| (name.to_owned(), amount)).collect()
    }

    fn headed(channel: &str, spent: &str) -> Option<[String; 2]> {
        Some([channel.to_owned(), spent.to_owned()])
    }

    #[test]
    fn two_columns_without_headings_are_enough() {
        let expected = Spend { spend: spend([("search", 1200.0), ("social", 800.5)]), headings: None, skipped: 0 };
        assert_eq!(told("search\t1200\nsocial\t800.5\n"), expected);
    }

    #[test]
    fn an_analytics_export_has_comments_and_a_sum() {
        let text = "# ----------------------------------------\n# Traffic acquisition\n# Start date: 20250101\nSession primary channel group (Default channel group),Sessions,Ads cost,Ads cost per click\n,1000,1500,1.2\nPaid Search,500,\"1,000.50\",1.1\nPaid Social,300,400,0.9\nDisplay,200,99.5,0.1\nGrand total,1000,1500,1.2\n";
        let expected = Spend {
            spend: spend([("search", 1000.5), ("social", 400.0), ("display", 99.5)]),
            headings: headed("Session primary channel group (Default channel group)", "Ads cost"),
            skipped: 0,
        };
        assert_eq!(told(text), expected);
    }

    #[test]
    fn exports_of_advertising_tools_are_added_up() {
        let ads = "Campaign report\n1 Jan 2025 - 31 Jan 2025\nCampaign;Currency code;Cost\nBrand;EUR;1.234,56\nBrand;EUR;10,00\nTotal: account;EUR;1.244,56";
        let expected = Spend { spend: spend([("Brand", 1244.56)]), headings: headed("Campaign", "Cost"), skipped: 0 };
        assert_eq!(read(ads, By::Campaign).unwrap(), expected);
        let social =
            "\"Publisher platform\",\"Amount spent (EUR)\",\"Cost per result\"\n\"facebook\",\"12.30\",\"1\"\n\"instagram\",\"--\",\"1\"\n";
        let expected =
            Spend { spend: spend([("facebook", 12.3)]), headings: headed("Publisher platform", "Amount spent (EUR)"), skipped: 1 };
        assert_eq!(told(social), expected);
        assert_eq!(told("utm_source,cost_micros,cost\ngoogle,1,5\n").spend, spend([("google", 5.0)]));
        assert_eq!(read("campaign,cost_micros\na,2500000\n", By::Campaign).unwrap().spend, spend([("a", 2.5)]));
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let amounts = |written: &[&str]| {
            let text: Vec<String> = written.iter().enumerate().map(|(at, amount)| format!("{at}\t{amount}")).collect();
            told(&text.join("\n")).spend.into_values().collect::<Vec<f64>>()
        };
        assert_eq!(amounts(&["1,234.50", "USD 12", "1,234", "1234.567"]), [1234.5, 12.0, 1234.0, 1234.567]);
        assert_eq!(amounts(&["1.234,50 €", "0,5", "1.234.567", "1.234"]), [1234.5, 0.5, 1_234_567.0, 1234.0]);
        assert_eq!(["", "--", "n/a", "unknown 3", "1-2"].map(|text| amount(text, false)), [None; 5]);
    }

    #[test]
    fn a_name_is_a_channel_only_where_it_says_so() {
        let named = ["Paid Search", "E-Mail", "google / cpc", "SOCIAL"].map(|name| channel(name, &channels()));
        assert_eq!(named, ["search", "email", "google / cpc", "social"]);
    }

    #[test]
    fn quotes_keep_separators_and_lines() {
        assert_eq!(rows("a,b\n\"x, \"\"y\"\"\nz\",2\n"), [["a", "b"], ["x, \"y\"\nz", "2"]]);
    }

    #[test]
    fn what_is_no_table_of_costs_is_refused() {
        for text in ["", "\u{feff}", "hello", "a,b\nc,d\n", "channel,cost\n"] {
            assert!(read(text, By::Campaign).is_err(), "{text}");
        }
        assert!(read(&"a,1\n".repeat(BYTES_MAX), By::Campaign).unwrap_err().contains("larger than 5 MB"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(?s)[a-z0-9,;\t\n\"#. €-]{0,200}|.{0,200}") {
            if let Ok(told) = read(&text, By::Channel(&channels())) {
                prop_assert!(!told.spend.is_empty() && told.spend.values().all(|amount| amount.is_finite() && *amount >= 0.0), "{told:?}");
            }
        }
    }
}
