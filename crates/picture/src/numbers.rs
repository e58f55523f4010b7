//! How numbers are written, everywhere: pictures, pages, terminal.

use periplus_model::answer::{ColumnKind, Estimate};
use periplus_model::figures::FigureKind;
use periplus_model::measured::KpiFormat;
use periplus_model::time::Instant;

/// A figure is shown muted when it rests on fewer observations than this.
pub const SMALL_N: u64 = 30;

/// What a number means, which decides how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A count: `1,234`.
    Count,
    /// A plain number: `3.8`.
    Number,
    /// A share between 0 and 1: `12.3 %`.
    Share,
    /// A score with its sign, from −100 to 100: `+38`.
    Score,
    /// A feeling with its sign, from −1 to 1: `+0.42`.
    Feeling,
    /// A span: `2 h 10 min`.
    Seconds,
    /// Currency units: `1,234.50`.
    Money,
}

impl From<FigureKind> for Kind {
    fn from(kind: FigureKind) -> Kind {
        match kind {
            FigureKind::Count => Kind::Count,
            FigureKind::Number => Kind::Number,
            FigureKind::Share => Kind::Share,
            FigureKind::Score => Kind::Score,
            FigureKind::Feeling => Kind::Feeling,
            FigureKind::Seconds => Kind::Seconds,
            FigureKind::Money => Kind::Money,
        }
    }
}

impl From<KpiFormat> for Kind {
    fn from(format: KpiFormat) -> Kind {
        FigureKind::from(format).into()
    }
}

impl From<ColumnKind> for Kind {
    fn from(kind: ColumnKind) -> Kind {
        match kind {
            ColumnKind::Count => Kind::Count,
            ColumnKind::Share => Kind::Share,
            ColumnKind::Seconds => Kind::Seconds,
            ColumnKind::Money => Kind::Money,
            ColumnKind::Number | ColumnKind::Text | ColumnKind::Time => Kind::Number,
        }
    }
}

impl Kind {
    /// The number in words and figures; `–` when it is not a number.
    pub fn write(self, value: f64) -> String {
        if !value.is_finite() {
            return "–".to_owned();
        }
        match self {
            Kind::Count => grouped(value, 0),
            Kind::Number => number(value),
            Kind::Share => share(value),
            Kind::Score => with_sign(value, if value.abs() < 10.0 && value.fract() != 0.0 { 1 } else { 0 }),
            Kind::Feeling => with_sign(value, 2),
            Kind::Seconds => seconds(value),
            Kind::Money => grouped(value, if value.abs() >= 10_000.0 { 0 } else { 2 }),
        }
    }

    /// How far two such numbers are apart, with its sign; of shares in points: `+1.2 pt`.
    pub fn change(self, value: f64) -> String {
        if !value.is_finite() {
            return "–".to_owned();
        }
        match self {
            Kind::Share => format!("{} pt", with_sign(value * 100.0, if value.abs() < 0.001 { 2 } else { 1 })),
            Kind::Count | Kind::Number | Kind::Seconds | Kind::Money => {
                let text = self.write(value);
                if value > 0.0 && text.contains(|digit: char| digit.is_ascii_digit() && digit != '0') { format!("+{text}") } else { text }
            }
            Kind::Score | Kind::Feeling => self.write(value),
        }
    }

    /// The interval of a difference, as [`change`](Kind::change) writes it.
    pub fn change_interval(self, estimate: &Estimate) -> String {
        let (low, high) = (self.change(estimate.low), self.change(estimate.high));
        match (self, high.as_str()) {
            (Kind::Share, "–") => format!("{low} to {high}"),
            (Kind::Share, _) => format!("{} to {high}", low.trim_end_matches(" pt")),
            _ => format!("{low} to {high}"),
        }
    }

    /// The interval of an estimate, without the figure itself.
    pub fn interval(self, estimate: &Estimate) -> String {
        let (low, high) = (self.write(estimate.low), self.write(estimate.high));
        match self {
            Kind::Share if !low.starts_with(['<', '>']) && !high.starts_with(['<', '>']) => {
                format!("{}–{high}", low.trim_end_matches(" %"))
            }
            Kind::Count | Kind::Number | Kind::Money if !low.starts_with('−') => format!("{low}–{high}"),
            _ => format!("{low} to {high}"),
        }
    }
}

/// A count with thousands separators.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun, which loses its plural s for one: `1 customer`, `1,234 customers`.
pub fn counted(value: u64, plural: &str) -> String {
    match plural.strip_suffix('s') {
        Some(singular) if value == 1 => format!("1 {singular}"),
        _ => format!("{} {plural}", count(value)),
    }
}

/// A number of observations: `n 1,234`.
pub fn observations(n: u64) -> String {
    format!("n {}", count(n))
}

/// A share in per cent, never rounded to a certainty that it is not.
pub fn share(value: f64) -> String {
    let percent = value * 100.0;
    if percent > 0.0 && percent < 0.05 {
        "< 0.1 %".to_owned()
    } else if percent < 100.0 && percent > 99.95 {
        "> 99.9 %".to_owned()
    } else if percent == 0.0 || percent == 100.0 {
        format!("{percent:.0} %")
    } else {
        format!("{} %", grouped(percent, 1))
    }
}

/// A span of time, to about three significant figures.
pub fn seconds(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let sign = if value < 0.0 { "−" } else { "" };
    let value = value.abs();
    let two = |whole: f64, unit: &str, rest: f64, small: &str| match rest {
        0.0 => format!("{sign}{} {unit}", grouped(whole, 0)),
        rest => format!("{sign}{} {unit} {rest:.0} {small}", grouped(whole, 0)),
    };
    let (minutes, hours) = ((value / 60.0).round(), (value / 3600.0).floor());
    if value == 0.0 {
        "0 s".to_owned()
    } else if value < 9.95 {
        format!("{sign}{value:.1} s")
    } else if value < 59.5 {
        format!("{sign}{value:.0} s")
    } else if value.round() < 600.0 {
        two((value.round() / 60.0).floor(), "min", value.round() % 60.0, "s")
    } else if minutes < 60.0 {
        format!("{sign}{minutes:.0} min")
    } else if hours < 48.0 && minutes < 48.0 * 60.0 {
        two((minutes / 60.0).floor(), "h", minutes % 60.0, "min")
    } else {
        format!("{sign}{} d", grouped(value / 86_400.0, if value < 8_640_000.0 { 1 } else { 0 }))
    }
}

/// A plain number, with as many decimals as its size deserves.
fn number(value: f64) -> String {
    let size = value.abs();
    // Tiny but not zero stays visible.
    if value != 0.0 && size < 1e-4 {
        return format!("{}<0.0001", if value < 0.0 { "−" } else { "" });
    }
    let decimals = if size >= 100.0 || value.fract() == 0.0 {
        0
    } else if size >= 10.0 {
        1
    } else if size >= 0.01 {
        2
    } else {
        4
    };
    grouped(value, decimals)
}

fn with_sign(value: f64, decimals: usize) -> String {
    let text = grouped(value, decimals);
    if value > 0.0 && !text.trim_matches(['0', '.']).is_empty() { format!("+{text}") } else { text }
}

pub(crate) fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut written = match whole.parse::<u64>() {
        Ok(whole) => count(whole),
        Err(_) => whole.to_owned(),
    };
    if !fraction.is_empty() {
        written = format!("{written}.{fraction}");
    }
    let zero = !text.contains(|digit: char| digit.is_ascii_digit() && digit != '0');
    if value < 0.0 && !zero { format!("−{written}") } else { written }
}

/// A moment in UTC to the minute: `2026-09-28 14:05`.
pub fn moment(time: Instant) -> String {
    cut(time, 16)
}

/// A moment in UTC to the second: `2026-09-28 14:05:09`.
pub fn second(time: Instant) -> String {
    cut(time, 19)
}

fn cut(time: Instant, letters: usize) -> String {
    time.to_string().chars().take(letters).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn month(month: u32) -> &'static str {
    MONTHS[(month.clamp(1, 12) - 1) as usize]
}

/// A day in UTC: `28 Sep 2026`.
pub fn day(time: Instant) -> String {
    let (year, of_year, of_month) = time.date();
    format!("{of_month} {} {year}", month(of_year))
}

/// A period in UTC, as short as it can be said: `1 Jul – 28 Sep 2026`.
pub fn period(from: Option<Instant>, to: Option<Instant>) -> Option<String> {
    let (first, last) = (from?.date(), to?.date());
    let end = day(to?);
    Some(if first == last {
        end
    } else if first.0 != last.0 {
        format!("{} – {end}", day(from?))
    } else if first.1 != last.1 {
        format!("{} {} – {end}", first.2, month(first.1))
    } else {
        format!("{} – {end}", first.2)
    })
}

/// Days in UTC, of which the end is the day after the last: `since 1 Jul 2026`; nothing when it is always.
pub fn days(from: Option<Instant>, until: Option<Instant>) -> Option<String> {
    let last = until.map(|until| Instant(until.0.saturating_sub(1)));
    match (from, last) {
        (None, None) => None,
        (Some(from), None) => Some(format!("since {}", day(from))),
        (None, Some(last)) => Some(format!("until {}", day(last))),
        both => period(both.0, both.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_separators() {
        for (value, text) in
            [(0, "0"), (999, "999"), (1_234, "1,234"), (12_345_678, "12,345,678"), (u64::MAX, "18,446,744,073,709,551,615")]
        {
            assert_eq!(count(value), text);
        }
        assert_eq!(counted(1, "customers"), "1 customer");
        assert_eq!(counted(0, "customers"), "0 customers");
    }

    #[test]
    fn shares_never_claim_a_certainty() {
        for (value, text) in [
            (0.0, "0 %"),
            (0.123, "12.3 %"),
            (1.0, "100 %"),
            (0.0001, "< 0.1 %"),
            (0.9999, "> 99.9 %"),
            (0.0006, "0.1 %"),
            (2.5, "250.0 %"),
            (-0.05, "−5.0 %"),
        ] {
            assert_eq!(share(value), text, "{value}");
        }
        assert_eq!(Kind::Share.write(f64::NAN), "–");
    }

    #[test]
    fn spans_read_like_speech() {
        for (value, text) in [
            (0.0, "0 s"),
            (0.42, "0.4 s"),
            (45.0, "45 s"),
            (59.7, "1 min"),
            (200.0, "3 min 20 s"),
            (599.7, "10 min"),
            (720.0, "12 min"),
            (3599.9, "1 h"),
            (7_800.0, "2 h 10 min"),
            (172_799.0, "2.0 d"),
            (293_760.0, "3.4 d"),
            (1e9, "11,574 d"),
            (-7_800.0, "−2 h 10 min"),
        ] {
            assert_eq!(seconds(value), text, "{value}");
        }
    }

    #[test]
    fn every_kind_writes_its_interval() {
        let estimate = |low, high| Estimate { value: (low + high) / 2.0, low, high, n: 50 };
        assert_eq!(Kind::Share.interval(&estimate(0.409, 0.417)), "40.9–41.7 %");
        assert_eq!(Kind::Share.interval(&estimate(0.0001, 0.417)), "< 0.1 % to 41.7 %");
        assert_eq!(Kind::Feeling.interval(&estimate(-0.2, 0.1)), "−0.20 to +0.10");
        assert_eq!(Kind::Score.interval(&estimate(29.0, 47.0)), "+29 to +47");
        assert_eq!(Kind::Money.interval(&estimate(12.5, 14.0)), "12.50–14.00");
        assert_eq!(Kind::Seconds.interval(&estimate(60.0, 7_800.0)), "1 min to 2 h 10 min");
        assert_eq!(Kind::Feeling.write(-0.0001), "0.00");
        assert_eq!(Kind::Number.write(1234.56), "1,235");
        assert_eq!(Kind::Number.write(3.8), "3.80");
        assert_eq!(
            (Kind::Number.write(4e-12), Kind::Number.write(-4e-5), Kind::Number.write(0.0)),
            ("<0.0001".into(), "−<0.0001".into(), "0".into())
        );
    }

    #[test]
    fn differences_have_signs_and_those_of_shares_are_points() {
        assert_eq!(Kind::Share.change(0.0123), "+1.2 pt");
        assert_eq!(Kind::Share.change(-0.091), "−9.1 pt");
        assert_eq!(Kind::Share.change(0.0), "0.00 pt");
        assert_eq!(Kind::Count.change(1_234.0), "+1,234");
        assert_eq!(Kind::Seconds.change(-120.0), "−2 min");
        assert_eq!(Kind::Money.change(f64::INFINITY), "–");
        let estimate = Estimate { value: 0.0, low: -0.03, high: 0.006, n: 9 };
        assert_eq!(Kind::Share.change_interval(&estimate), "−3.0 to +0.6 pt");
        assert_eq!(Kind::Number.change_interval(&estimate), "−0.03 to +0.0060");
    }

    #[test]
    fn periods_are_short() {
        let at = |text: &str| Some(Instant::parse(text).unwrap());
        assert_eq!(period(at("2026-07-01"), at("2026-09-28")).unwrap(), "1 Jul – 28 Sep 2026");
        assert_eq!(period(at("2025-12-31"), at("2026-01-01")).unwrap(), "31 Dec 2025 – 1 Jan 2026");
        assert_eq!(period(at("2026-07-01"), at("2026-07-09")).unwrap(), "1 – 9 Jul 2026");
        assert_eq!(period(None, at("2026-07-09")), None);
    }
}
