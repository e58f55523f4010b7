//! What was spent on each channel or campaign, read from a table of an advertising tool, an analytics export or a spreadsheet.

use std::collections::{BTreeMap, BTreeSet};

use periplus_engine::catalogue::Catalogue;
use periplus_intake::dialects::campaign_channel;
use periplus_model::time::{Instant, Span};
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
    /// The heading of the column of dates; null when the table has none: then all of it counts, whatever the period.
    pub dates: Option<String>,
    /// Rows that have no amount, or a negative one, or no date where others have one.
    pub skipped: u64,
    /// Rows that were not spent in the period.
    pub outside: u64,
}

/// The time that is asked about: from one instant on and before another; open where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// From then on,
    pub from: Option<Instant>,
    /// and before that.
    pub to: Option<Instant>,
}

impl Period {
    /// Whether a day is in it. Its noon in UTC decides, which is on the same day nearly everywhere.
    fn has(self, day: Instant) -> bool {
        let noon = day.plus(Span::hours(12));
        self.from.is_none_or(|from| from <= noon) && self.to.is_none_or(|to| noon < to)
    }

    fn is_open(self) -> bool {
        self == Period::default()
    }
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

/// Of a week or a month, its first day decides.
const DATES: &[Sign] = &[
    |name| ["date", "day", "datum", "tag", "jour", "fecha", "día", "giorno", "data"].contains(&name),
    |name| ["week", "month", "reporting starts", "start date", "day of"].iter().any(|word| name.starts_with(word)),
];

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

/// Reads a table of costs. Rows before its headings, comments, sums and rows without a name are left out; equal names are added up. Where
/// it has a column of dates, only what was spent in the period counts.
///
/// # Errors
/// In words, when the text is too long, has no name with an amount or none in the period, or dates that can be read in two ways.
pub fn read(text: &str, by: By<'_>, period: Period) -> Result<Spend, String> {
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
    let dated = found.and_then(|(at, ..)| Some((at, column(&rows[at], DATES.iter())?)));
    let dated = dated.filter(|(_, place)| *place != name && *place != spent);
    let order = match dated.filter(|_| !period.is_open()) {
        Some((_, place)) => Some((place, Order::of(body.iter().filter_map(|row| row.get(place)))?)),
        None => None,
    };
    let mut told = Spend { headings, dates: dated.map(|(at, place)| rows[at][place].clone()), ..Spend::default() };
    for row in body {
        let of = cell(row, name);
        if of.is_empty() || is_sum(&cell(row, 0)) {
            continue;
        }
        if let Some((place, order)) = order {
            match day(&cell(row, place), order) {
                None => {
                    told.skipped += 1;
                    continue;
                }
                Some(day) if !period.has(day) => {
                    told.outside += 1;
                    continue;
                }
                Some(_) => {}
            }
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
    if told.spend.is_empty() && told.outside > 0 {
        return Err(format!("none of its {} rows was spent in the period that is asked about", told.outside + told.skipped));
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

/// In which order a table writes day and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    DayFirst,
    MonthFirst,
}

impl Order {
    /// Of dates with slashes: a number above 12 is no month.
    fn of<'d>(dates: impl Iterator<Item = &'d String>) -> Result<Order, String> {
        let (mut day_first, mut month_first, mut open) = (false, false, None);
        for date in dates {
            let Some((first, second)) = numbers(date, '/').filter(|parts| parts[0] < 1000).map(|parts| (parts[0], parts[1])) else {
                continue;
            };
            day_first |= first > 12;
            month_first |= second > 12;
            if first != second {
                open = Some(date);
            }
        }
        match (day_first, month_first, open) {
            (true, false, _) => Ok(Order::DayFirst),
            (false, true, _) | (false, false, None) => Ok(Order::MonthFirst),
            (_, _, Some(date)) => Err(format!("the date '{date}' can be read in two ways: write dates as 2025-01-31")),
            (true, true, None) => Err("its dates are written in several ways: write dates as 2025-01-31".to_owned()),
        }
    }
}

/// The three numbers of a date between such marks.
fn numbers(date: &str, mark: char) -> Option<[u32; 3]> {
    let parts: Vec<u32> = date.split(mark).map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// The day that a date means: `2025-01-31`, `20250131`, `2025/1/31`, `31.1.2025`, `1/31/2025`, `Jan 31, 2025`, `31 Jan 2025`; of a month (`2025-01`)
/// its first. A time of the day is left out.
fn day(date: &str, order: Order) -> Option<Instant> {
    let date = date.trim();
    let written = |year: u32, month: u32, day: u32| Instant::parse(&format!("{year:04}-{month:02}-{day:02}")).ok();
    if date.len() == 8
        && let Ok(digits) = date.parse::<u32>()
    {
        return written(digits / 10_000, digits / 100 % 100, digits % 100);
    }
    if let Some([first, second, third]) = numbers(date, '/') {
        return match (first >= 1000, order) {
            (true, _) => written(first, second, third),
            (false, Order::DayFirst) => written(third, second, first),
            (false, Order::MonthFirst) => written(third, first, second),
        };
    }
    if let Some([first, second, third]) = numbers(date, '.') {
        return written(third, second, first);
    }
    let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    if let [one, two, year] = words(date).collect::<Vec<_>>()[..]
        && let Ok(year) = year.parse::<u32>()
        && let (name, number) = if one.starts_with(|letter: char| letter.is_ascii_digit()) { (two, one) } else { (one, two) }
        && let Some(month) = names.iter().position(|known| name.to_lowercase().starts_with(known))
    {
        return written(year, month as u32 + 1, number.parse().ok()?);
    }
    let own = date.split(['T', ' ']).next()?;
    let whole = if own.len() == 7 { format!("{own}-01") } else { own.to_owned() };
    Instant::parse(&whole).ok()
}

/// The channel that a name means, where that is plain; else the name. A source with its medium ("google / cpc") is the channel that it is
/// where such events are imported, and so is a source alone, of which everything is paid in a table of costs.
fn channel(name: &str, channels: &[String]) -> String {
    let plain = |text: &str| text.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
    let known = |wanted: &str| channels.iter().find(|channel| plain(channel) == plain(wanted));
    if let Some(same) = known(name) {
        return same.clone();
    }
    if let Some((source, medium)) = name.split_once('/')
        && let Some(meant) = campaign_channel(Some(medium), Some(source))
    {
        return known(&meant).cloned().unwrap_or_else(|| meant.into_owned());
    }
    let low = name.to_lowercase();
    let worded = channels.iter().find(|channel| has_word(&low, &[&channel.to_lowercase()]));
    let paid = || campaign_channel(Some("paid"), Some(name)).and_then(|meant| known(&meant));
    worded.or_else(paid).map_or(name, String::as_str).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn channels() -> Vec<String> {
        ["search", "social", "display", "email", "web"].map(str::to_owned).to_vec()
    }

    fn told(text: &str) -> Spend {
        read(text, By::Channel(&channels()), Period::default()).unwrap()
    }

    fn campaigns(text: &str) -> Result<Spend, String> {
        read(text, By::Campaign, Period::default())
    }

    fn spend<const N: usize>(amounts: [(&str, f64); N]) -> BTreeMap<String, f64> {
        amounts.into_iter().map(|(name, amount)| (name.to_owned(), amount)).collect()
    }

    fn headed(channel: &str, spent: &str) -> Option<[String; 2]> {
        Some([channel.to_owned(), spent.to_owned()])
    }

    #[test]
    fn two_columns_without_headings_are_enough() {
        let expected = Spend { spend: spend([("search", 1200.0), ("social", 800.5)]), ..Spend::default() };
        assert_eq!(told("search\t1200\nsocial\t800.5\n"), expected);
    }

    #[test]
    fn an_analytics_export_has_comments_and_a_sum() {
        let text = "# ----------------------------------------\n# Traffic acquisition\n# Start date: 20250101\nSession primary channel group (Default channel group),Sessions,Ads cost,Ads cost per click\n,1000,1500,1.2\nPaid Search,500,\"1,000.50\",1.1\nPaid Social,300,400,0.9\nDisplay,200,99.5,0.1\nGrand total,1000,1500,1.2\n";
        let expected = Spend {
            spend: spend([("search", 1000.5), ("social", 400.0), ("display", 99.5)]),
            headings: headed("Session primary channel group (Default channel group)", "Ads cost"),
            ..Spend::default()
        };
        assert_eq!(told(text), expected);
    }

    #[test]
    fn exports_of_advertising_tools_are_added_up() {
        let ads = "Campaign report\n1 Jan 2025 - 31 Jan 2025\nCampaign;Currency code;Cost\nBrand;EUR;1.234,56\nBrand;EUR;10,00\nTotal: account;EUR;1.244,56";
        let expected = Spend { spend: spend([("Brand", 1244.56)]), headings: headed("Campaign", "Cost"), ..Spend::default() };
        assert_eq!(campaigns(ads).unwrap(), expected);
        let social =
            "\"Publisher platform\",\"Amount spent (EUR)\",\"Cost per result\"\n\"facebook\",\"12.30\",\"1\"\n\"instagram\",\"--\",\"1\"\n";
        let expected = Spend {
            spend: spend([("social", 12.3)]),
            headings: headed("Publisher platform", "Amount spent (EUR)"),
            skipped: 1,
            ..Spend::default()
        };
        assert_eq!(told(social), expected);
        assert_eq!(told("utm_source,cost_micros,cost\ngoogle,1,5\n").spend, spend([("search", 5.0)]));
        assert_eq!(campaigns("campaign,cost_micros\na,2500000\n").unwrap().spend, spend([("a", 2.5)]));
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
        let named = ["Paid Search", "E-Mail", "SOCIAL", "billboards"].map(|name| channel(name, &channels()));
        assert_eq!(named, ["search", "email", "social", "billboards"]);
    }

    #[test]
    fn a_source_with_its_medium_is_the_channel_that_it_is_imported_as() {
        let named = ["google / cpc", "facebook / paid", "mailchimp / email", "bing/organic", "partner / affiliate", "(direct) / (none)"];
        let named = named.map(|name| channel(name, &channels()));
        assert_eq!(named, ["search", "social", "email", "search", "affiliate", "(direct) / (none)"]);
        assert_eq!(["Google", "Instagram", "paid"].map(|name| channel(name, &channels())), ["search", "social", "paid"]);
        assert_eq!(channel("Google", &[]), "Google", "a source alone is only what there is");
    }

    #[test]
    fn only_what_was_spent_in_the_period_counts() {
        let time = |text: &str| Some(Instant::parse(text).unwrap());
        let june = Period { from: time("2025-06-01"), to: time("2025-07-01") };
        let within = |text: &str, period| read(text, By::Channel(&channels()), period);
        let text =
            "Date,Channel,Cost\n2025-01-05,search,100\n2025-06-01,search,200\n2025-06-30,social,30\n2025-07-01,social,700\nTotal,,1030\n";
        let found = within(text, june).unwrap();
        assert_eq!((found.spend, found.outside, found.dates), (spend([("search", 200.0), ("social", 30.0)]), 2, Some("Date".to_owned())));
        let all = within(text, Period::default()).unwrap();
        assert_eq!((all.spend, all.outside), (spend([("search", 300.0), ("social", 730.0)]), 0));
        let since = within(text, Period { to: None, ..june }).unwrap();
        assert_eq!((since.spend["social"], since.outside), (730.0, 1));
        // Days of the zone in which the question has its own.
        let vienna = Period { from: time("2025-05-31T22:00:00Z"), to: time("2025-06-30T22:00:00Z") };
        assert_eq!(within(text, vienna).unwrap().spend, spend([("search", 200.0), ("social", 30.0)]));
        // Nothing says when: all of it counts, and that is told.
        let undated = within("search\t100\n", june).unwrap();
        assert_eq!((undated.dates, undated.spend["search"]), (None, 100.0));
        let late = within(text, Period { from: time("2026-01-01"), to: None }).unwrap_err();
        assert!(late.contains("none of its 4 rows"), "{late}");
        let gap = within("day;channel;cost\n1.6.2025;search;5\n;search;7\n", june).unwrap();
        assert_eq!((gap.spend["search"], gap.skipped), (5.0, 1));
        let unsure = within("day,channel,cost\n6/7/2025,search,5\n", june).unwrap_err();
        assert!(unsure.contains("two ways"), "{unsure}");
        let sure = within("day,channel,cost\n6/7/2025,search,5\n6/25/2025,search,7\n", june).unwrap();
        assert_eq!(sure.spend["search"], 12.0);
    }

    #[test]
    fn days_are_read_as_exports_write_them() {
        for text in
            ["2025-01-31", "20250131", "2025/1/31", "31.1.2025", "1/31/2025", "Jan 31, 2025", "31 January 2025", "2025-01-31 00:00:00"]
        {
            assert_eq!(day(text, Order::MonthFirst), Instant::parse("2025-01-31").ok(), "{text}");
        }
        assert_eq!(day("3/2/2025", Order::DayFirst), Instant::parse("2025-02-03").ok());
        assert_eq!(day("2025-02", Order::DayFirst), Instant::parse("2025-02-01").ok());
        for text in ["", "n/a", "2025-02-31", "99999999", "31/31/2025", "May"] {
            assert_eq!(day(text, Order::DayFirst), None, "{text}");
        }
    }

    #[test]
    fn quotes_keep_separators_and_lines() {
        assert_eq!(rows("a,b\n\"x, \"\"y\"\"\nz\",2\n"), [["a", "b"], ["x, \"y\"\nz", "2"]]);
    }

    #[test]
    fn what_is_no_table_of_costs_is_refused() {
        for text in ["", "\u{feff}", "hello", "a,b\nc,d\n", "channel,cost\n"] {
            assert!(campaigns(text).is_err(), "{text}");
        }
        assert!(campaigns(&"a,1\n".repeat(BYTES_MAX)).unwrap_err().contains("larger than 5 MB"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(?s)[a-z0-9,;\t\n\"#. €-]{0,200}|.{0,200}") {
            let period = Period { from: Some(Instant::EARLIEST), to: None };
            let _ = read(&text, By::Channel(&channels()), period);
            if let Ok(told) = read(&text, By::Channel(&channels()), Period::default()) {
                prop_assert!(!told.spend.is_empty() && told.spend.values().all(|amount| amount.is_finite() && *amount >= 0.0), "{told:?}");
            }
        }
    }
}
