//! Findings: one below the other, each with its sentence, its weeks, and how sure it is.

use periplus_model::finding::{Finding, Findings, Status};
use periplus_model::measured::Feeling;

use super::nothing;
use crate::look::Ink;
use crate::numbers;
use crate::scene::{Block, Paint, Style};

const WIDTH: f32 = 900.0;
const WORDS: f32 = 680.0;
const WEEKS: f32 = 190.0;
const BARS: f32 = 44.0;

pub(super) fn draw(view: &Findings) -> (Block, f32) {
    if view.findings.is_empty() {
        return nothing("Nothing stands out beyond chance.");
    }
    let mut block = Block::new();
    for finding in &view.findings {
        block.rule((0.0, block.height), (WIDTH, block.height), Paint::stroke(Ink::Line, 1.0));
        block.gap(12.0);
        let top = block.height;
        let (words, weeks) = (words(finding, view), weeks(finding));
        let height = words.height.max(weeks.height);
        block.place(words, 0.0, top);
        block.place(weeks, WIDTH - WEEKS, top + 4.0);
        block.gap(height + 12.0);
    }
    (block, WIDTH)
}

fn ink(feeling: Feeling) -> Ink {
    match feeling {
        Feeling::Pain => Ink::Amber,
        Feeling::Delight => Ink::Blue,
    }
}

fn words(finding: &Finding, view: &Findings) -> Block {
    let mut block = Block::new();
    let mark = if finding.feeling == Feeling::Pain { "▼" } else { "▲" };
    let used = block.put(0.0, 20.0, mark, Style::FIGURE.ink(ink(finding.feeling)));
    block.line(used + 8.0, WORDS - used - 8.0, &finding.title, Style::FIGURE);
    block.gap(3.0);
    block.lines(0.0, WORDS, &finding.sentence, Style::BODY, 4);
    let mut facts = vec![numbers::counted(finding.customers, &view.unit), sureness(finding.status).to_owned(), finding.stage.clone()];
    facts.extend((!finding.also.is_empty()).then(|| format!("shows in {} more places", finding.also.len())));
    block.line(0.0, WORDS, &facts.join(" · "), Style::SMALL);
    if let Some(quote) = finding.quotes.first() {
        block.lines(0.0, WORDS, &format!("“{}”", quote.text), Style::SMALL, 2);
    }
    block
}

/// How sure something is, as a word.
pub(crate) fn sureness(status: Status) -> &'static str {
    match status {
        Status::Assumed => "assumed",
        Status::Reported => "reported",
        Status::Observed => "observed",
        Status::Confirmed => "confirmed",
        Status::Fixed => "fixed, verified",
    }
}

/// The rate week by week; the weeks that it is about in its colour, and the expected rate as a line.
fn weeks(finding: &Finding) -> Block {
    let mut block = Block::new();
    let rates: Vec<f64> =
        finding.trend.iter().map(|week| if week.trials == 0 { 0.0 } else { week.hits as f64 / week.trials as f64 }).collect();
    let most = rates.iter().copied().fold(finding.expected, f64::max).max(1e-9);
    let wide = WEEKS / rates.len().max(1) as f32;
    for (at, (week, rate)) in finding.trend.iter().zip(&rates).enumerate() {
        let is_in = finding.from.is_none_or(|from| week.start.0 + 3 * 86_400_000_000 >= from.0)
            && finding.until.is_none_or(|until| week.start.0 + 3 * 86_400_000_000 < until.0);
        let high = (rate / most) as f32 * BARS;
        let paint = Paint::fill(if is_in { ink(finding.feeling) } else { Ink::Stream });
        block.area((at as f32 * wide, BARS - high), ((wide - 1.0).max(0.5), high), 0.0, paint);
    }
    let level = BARS - (finding.expected / most) as f32 * BARS;
    block.rule((0.0, level), (WEEKS, level), Paint::stroke(Ink::Muted, 1.0).dashed(3.0, 3.0));
    block.gap(BARS + 4.0);
    block.line(
        0.0,
        WEEKS,
        &format!("{} where {} were expected", numbers::share(finding.rate.value), numbers::share(finding.expected)),
        Style::SMALL,
    );
    block
}
