//! What customers say, in a terminal.

use periplus_model::comments::Comments;

use super::lines::{Page, Tint};
use crate::answers::{read_as, tables, trust};

pub(super) fn draw(page: &mut Page, view: &Comments) {
    for (heading, table) in tables(view) {
        page.line(heading, Tint::Strong);
        super::table(page, &table);
        page.blank();
    }
    for theme in view.themes.iter().filter(|theme| !theme.quotes.is_empty()) {
        page.line(&theme.name, Tint::Strong);
        for quote in &theme.quotes {
            page.wrapped(&format!("“{}”", quote.text), Tint::Plain);
            page.wrapped(&read_as(quote), Tint::Faint);
        }
        page.blank();
    }
    trust(view).iter().for_each(|line| page.wrapped(line, Tint::Faint));
}
