//! Findings in a terminal.

use periplus_model::finding::Findings;
use periplus_model::measured::Feeling;

use super::lines::{Page, Tint};
use crate::answers::sureness;
use crate::numbers;

pub(super) fn draw(page: &mut Page, view: &Findings) {
    if view.findings.is_empty() {
        page.line("Nothing stands out beyond chance.", Tint::Faint);
    }
    for (at, finding) in view.findings.iter().enumerate() {
        let (mark, tint) = if finding.feeling == Feeling::Pain { ("▼", Tint::Amber) } else { ("▲", Tint::Blue) };
        page.line(&format!("{mark} {}. {}", at + 1, finding.title), tint);
        page.wrapped(&finding.sentence, Tint::Plain);
        let mut facts = vec![sureness(finding.status).to_owned(), numbers::counted(finding.customers, &view.unit), finding.stage.clone()];
        facts.extend(
            (!finding.also.is_empty())
                .then(|| format!("shows also in: {}", finding.also.iter().map(|sign| sign.title.as_str()).collect::<Vec<_>>().join("; "))),
        );
        page.wrapped(&facts.join(" · "), Tint::Faint);
        for quote in finding.quotes.iter().take(2) {
            page.wrapped(&format!("“{}”", quote.text), Tint::Faint);
        }
        page.blank();
    }
}
