//! What customers say, in a terminal.

use periplus_model::comments::Comments;

use super::lines::{Cell, Page, Tint, columns};
use super::over_time::curve;
use crate::answers::{read_as, tables, trust};
use crate::numbers;

pub(super) fn draw(page: &mut Page, view: &Comments) {
    for (heading, table) in tables(view) {
        page.line(heading, Tint::Strong);
        super::table(page, &table);
        page.blank();
    }
    over_time(page, view);
    for theme in view.themes.iter().filter(|theme| !theme.quotes.is_empty()) {
        page.line(&theme.name, Tint::Strong);
        for quote in &theme.quotes {
            page.wrapped(&format!("“{}”", quote.text), Tint::Plain);
            page.wrapped(&read_as(quote), Tint::Faint);
        }
        page.blank();
    }
    if !view.newest.is_empty() {
        page.line("The newest", Tint::Strong);
        for comment in &view.newest {
            page.wrapped(&format!("“{}”", comment.text), Tint::Plain);
            page.wrapped(&format!("{} · {} · {}", numbers::moment(comment.time), read_as(comment), comment.hash), Tint::Faint);
        }
        page.blank();
    }
    trust(view).iter().for_each(|line| page.wrapped(line, Tint::Faint));
}

/// How many texts there were, and how many of each theme, one stretch of time after the other.
fn over_time(page: &mut Page, view: &Comments) {
    let (Some(first), Some(last), true) = (view.over_time.first(), view.over_time.last(), view.over_time.len() > 1) else { return };
    let row = |name: &str, counts: &[u64]| {
        let values: Vec<Option<f64>> = counts.iter().map(|n| Some(*n as f64)).collect();
        vec![Cell::new(name, Tint::Plain), Cell::new(&curve(&values, 60), Tint::Blue)]
    };
    let all: Vec<u64> = view.over_time.iter().map(|then| then.mood.comments).collect();
    page.line(&format!("Over time, {} to {}", first.name, last.name), Tint::Strong);
    let mut rows = vec![row("all texts", &all)];
    rows.extend(view.themes.iter().map(|theme| row(&theme.name, &theme.trend)));
    columns(page, rows);
    page.blank();
}
