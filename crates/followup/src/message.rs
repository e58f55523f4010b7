//! What is written to whom: as text and HTML for people, as JSON for programs.

use periplus_model::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::case::{Case, CaseFigures};
use crate::judge::{Judged, figure, span};
use periplus_model::answer::ColumnKind;

/// Of so many things a digest tells one by one.
const TOLD_MAX: usize = 50;
/// So many letters of a customer's words are in a letter.
const WORDS_MAX: usize = 600;

/// Something that was out of line, told by a watch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Happening {
    /// The alert's number.
    pub id: u64,
    /// The watch's id,
    pub watch: String,
    /// and what it is called.
    pub name: String,
    /// What was seen.
    pub judged: Judged,
    /// Since when.
    pub began_at: Instant,
}

/// What is to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Paper<'a> {
    /// Something is out of line.
    Alert(&'a Happening),
    /// Somebody is to see to a response.
    Case(&'a Case),
    /// What came together in a day or a week.
    Digest {
        /// "day" or "week".
        of: &'static str,
        /// From here
        from: Instant,
        /// to here.
        to: Instant,
        /// What was out of line.
        alerts: &'a [Happening],
        /// Cases that are not closed, the one that is due first at first.
        cases: &'a [Case],
        /// What came of cases.
        figures: &'a CaseFigures,
    },
    /// Whether messages arrive.
    Test {
        /// The watch, or the rule.
        name: &'a str,
    },
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The subject of a letter: one line.
    pub subject: String,
    /// The letter as text.
    pub text: String,
    /// The letter as HTML: no pictures, no scripts, nothing that is loaded.
    pub html: String,
    /// The body for programs.
    pub json: String,
}

/// A line of a letter.
enum Line {
    Head(String),
    Plain(String),
    Quote(String),
    Faint(String),
    Link(String, String),
}

/// Writes it. `house` is what the workspace is called, `address` where its pages are, if they can be reached.
pub fn write(paper: &Paper<'_>, house: &str, address: Option<&str>, now: Instant) -> Message {
    let link =
        |path: &str, words: &str| address.map(|address| Line::Link(format!("{}{path}", address.trim_end_matches('/')), words.to_owned()));
    let mut lines = Vec::new();
    let (subject, kind, data) = match paper {
        Paper::Alert(happening) => {
            lines.push(Line::Head(happening.name.clone()));
            alert_lines(happening, &mut lines);
            lines.extend(link(&format!("/act/alerts?alert={}", happening.id), "See it in Periplus"));
            (format!("{}: {}", happening.name, happening.judged.text), "alert.raised", json!(happening))
        }
        Paper::Case(case) => {
            lines.push(Line::Head(format!("A response to {} needs somebody", case.score)));
            case_lines(case, now, &mut lines);
            lines.extend(link(&format!("/act/cases?case={}", case.id), "Open the case"));
            (format!("{} {}: due {}", case.score, mark(case), day(case.due_at)), "case.opened", json!(case))
        }
        Paper::Digest { of, from, to, alerts, cases, figures } => {
            lines.push(Line::Head(format!("The {of} until {}", day(*to))));
            if alerts.is_empty() {
                lines.push(Line::Plain("Nothing that is watched was out of line.".to_owned()));
            }
            for happening in alerts.iter().take(TOLD_MAX) {
                lines.push(Line::Head(happening.name.clone()));
                alert_lines(happening, &mut lines);
            }
            more(alerts.len(), &mut lines);
            if figures.cases > 0 {
                let in_time = figures.in_time.map(|share| format!(", {} in time", figure(ColumnKind::Share, share.value)));
                let median = figures.median_seconds.map(|seconds| format!(", half of them within {}", span(seconds)));
                lines.push(Line::Head("Cases".to_owned()));
                lines.push(Line::Plain(format!(
                    "{} open, {} in hand, {} overdue; {} closed{}{}.",
                    figures.open,
                    figures.in_hand,
                    figures.overdue,
                    figures.closed,
                    in_time.unwrap_or_default(),
                    median.unwrap_or_default()
                )));
            }
            for case in cases.iter().take(TOLD_MAX) {
                case_lines(case, now, &mut lines);
            }
            more(cases.len(), &mut lines);
            lines.extend(link("/act", "See all of it in Periplus"));
            let subject = match (alerts.len(), figures.overdue) {
                (0, 0) => format!("Your {of}: nothing out of line"),
                (0, overdue) => format!("Your {of}: {} overdue", cases_of(overdue)),
                (n, 0) => format!("Your {of}: {} out of line", things(n as u64)),
                (n, overdue) => format!("Your {of}: {} out of line, {} overdue", things(n as u64), cases_of(overdue)),
            };
            (subject, "digest", json!({"from": from, "to": to, "alerts": alerts, "cases": cases, "figures": figures}))
        }
        Paper::Test { name } => {
            lines.push(Line::Head("It arrives".to_owned()));
            lines.push(Line::Plain(format!("“{name}” will tell you here. Nothing is wrong: somebody tried whether messages arrive.")));
            (format!("{name}: a test"), "test", json!({"name": name}))
        }
    };
    lines.push(Line::Faint(format!("From {house}. Who is told is said with each watch and each rule for cases, in Act.")));
    Message {
        subject: one_line(&subject, 200),
        text: text_of(&lines),
        html: html_of(&lines),
        json: json!({"type": kind, "timestamp": now, "workspace": house, "data": data}).to_string(),
    }
}

fn alert_lines(happening: &Happening, lines: &mut Vec<Line>) {
    lines.push(Line::Plain(happening.judged.text.clone()));
    let chance = happening.judged.p.filter(|p| *p > 0.0).map(|p| match p {
        p if p < 1e-6 => "by chance, less often than once in a million times".to_owned(),
        p if p < 0.5 => format!("by chance, about once in {:.0} times", 1.0 / p),
        _ => "by chance, often".to_owned(),
    });
    let since = format!("Since {}", day(happening.began_at));
    lines.push(Line::Faint(chance.map_or(since.clone(), |chance| format!("{since}; {chance}."))));
}

fn case_lines(case: &Case, now: Instant, lines: &mut Vec<Line>) {
    let who = case.customer.as_deref().unwrap_or(&case.distinct_id);
    let place = case.touchpoint.as_deref().or(case.stage.as_deref()).map_or(String::new(), |place| format!(" at {place}"));
    lines.push(Line::Plain(format!("{who}: {} {}{place}, {}.", case.score, mark(case), day(case.responded_at))));
    if let Some(words) = case.words.as_deref().filter(|words| !words.trim().is_empty()) {
        lines.push(Line::Quote(shortened(words.trim(), WORDS_MAX)));
    }
    let owner = case.owner.as_deref().map_or("nobody sees to it yet".to_owned(), |owner| format!("{owner} sees to it"));
    let due = if case.is_overdue(now) { "was due" } else { "due" };
    lines.push(Line::Faint(format!("{owner}; {due} {}.", day(case.due_at))));
}

fn more(there: usize, lines: &mut Vec<Line>) {
    if there > TOLD_MAX {
        lines.push(Line::Faint(format!("And {} more.", there - TOLD_MAX)));
    }
}

fn things(n: u64) -> String {
    if n == 1 { "one thing".to_owned() } else { format!("{n} things") }
}

fn cases_of(n: u64) -> String {
    if n == 1 { "one case".to_owned() } else { format!("{n} cases") }
}

fn mark(case: &Case) -> String {
    case.mark.map_or("without a mark".to_owned(), |mark| if mark.fract() == 0.0 { format!("{mark:.0}") } else { format!("{mark:.1}") })
}

/// The day and the minute, in UTC.
fn day(at: Instant) -> String {
    let text = at.to_string();
    text.get(..16).map_or(text.clone(), |minute| format!("{} UTC", minute.replace('T', " ")))
}

fn shortened(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

/// Without line ends and other signs that are none, which would be headers of a letter.
fn one_line(text: &str, letters: usize) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    shortened(plain.trim(), letters)
}

fn text_of(lines: &[Line]) -> String {
    let of = |line: &Line| match line {
        Line::Head(text) => format!("\n{}\n", one_line(text, 300)),
        Line::Plain(text) | Line::Faint(text) => format!("{text}\n"),
        Line::Quote(text) => text.lines().map(|line| format!("> {line}\n")).collect(),
        Line::Link(address, words) => format!("\n{words}: {address}\n"),
    };
    lines.iter().map(of).collect::<String>().trim_start().to_owned()
}

fn html_of(lines: &[Line]) -> String {
    let of = |line: &Line| match line {
        Line::Head(text) => format!("<h2 style=\"font-size:17px;margin:24px 0 6px\">{}</h2>", escaped(text)),
        Line::Plain(text) => format!("<p style=\"margin:0 0 6px\">{}</p>", escaped(text)),
        Line::Quote(text) => {
            format!("<blockquote style=\"margin:6px 0;padding-left:12px;border-left:3px solid #b9c2cc\">{}</blockquote>", escaped(text))
        }
        Line::Faint(text) => format!("<p style=\"margin:0 0 6px;color:#5b6670;font-size:13px\">{}</p>", escaped(text)),
        Line::Link(address, words) => {
            format!("<p style=\"margin:16px 0\"><a href=\"{}\" style=\"color:#0b5c7a\">{}</a></p>", escaped(address), escaped(words))
        }
    };
    let body: String = lines.iter().map(of).collect();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\"></head>\
         <body style=\"font:15px/1.5 system-ui,sans-serif;max-width:640px;margin:0 auto;padding:16px\">{body}</body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Outcome, Status};
    use crate::judge::State;
    use serde_json::Value;

    fn happening(name: &str) -> Happening {
        let judged = Judged {
            about: "NPS".to_owned(),
            state: State::Alarm,
            text: "NPS was 12.0 in 3 May; on such a day of the week 31.0 was to be expected (22.0 to 40.0).".to_owned(),
            at: Some(Instant(0)),
            value: Some(12.0),
            expected: Some([22.0, 31.0, 40.0]),
            p: Some(0.0001),
        };
        Happening { id: 7, watch: "nps".to_owned(), name: name.to_owned(), judged, began_at: Instant(0) }
    }

    fn case(words: &str) -> Case {
        Case {
            id: "c1".to_owned(),
            rule: "d".to_owned(),
            score: "NPS".to_owned(),
            responded_at: Instant(0),
            mark: Some(2.0),
            words: Some(words.to_owned()),
            distinct_id: "user_id:1".to_owned(),
            customer: Some("email:ana@example.org".to_owned()),
            touchpoint: Some("Checkout".to_owned()),
            stage: None,
            owner: None,
            opened_at: Instant(0),
            due_at: Instant(172_800_000_000),
            status: Status::Open,
            outcome: None::<Outcome>,
            closed_at: None,
        }
    }

    #[test]
    fn an_alert_says_what_how_sure_and_where() {
        let told = happening("NPS of the app");
        let message = write(&Paper::Alert(&told), "Shop", Some("https://p.example.org/"), Instant(0));
        assert!(message.subject.starts_with("NPS of the app: NPS was 12.0"));
        assert!(
            message.text.contains("about once in 10000 times") && message.text.contains("https://p.example.org/act/alerts?alert=7"),
            "{}",
            message.text
        );
        let json: Value = serde_json::from_str(&message.json).unwrap();
        assert_eq!((json["type"].as_str(), json["data"]["judged"]["value"].as_f64()), (Some("alert.raised"), Some(12.0)));
        assert!(!write(&Paper::Alert(&told), "Shop", None, Instant(0)).text.contains("http"), "without an address there is no link");
    }

    #[test]
    fn what_strangers_wrote_is_text_everywhere() {
        let hostile = happening("Bad\r\nBcc: evil@example.org");
        let message = write(&Paper::Alert(&hostile), "S", None, Instant(0));
        assert!(!message.subject.contains(['\r', '\n']), "{}", message.subject);
        let case = case("<script>alert(1)</script>\nand \"more\" & more");
        let message = write(&Paper::Case(&case), "S", None, Instant(200_000_000_000));
        assert!(message.html.contains("&lt;script&gt;alert(1)&lt;/script&gt;<br>and &quot;more&quot; &amp; more"), "{}", message.html);
        assert!(message.text.contains("> <script>alert(1)</script>\n> and"), "{}", message.text);
        assert!(message.text.contains("was due 1970-01-03 00:00 UTC"), "{}", message.text);
        let long = case_with(&"x".repeat(5_000));
        assert!(write(&Paper::Case(&long), "S", None, Instant(0)).text.len() < 1_500);
    }

    fn case_with(words: &str) -> Case {
        case(words)
    }

    #[test]
    fn a_digest_has_everything_and_says_so_when_there_is_nothing() {
        let nothing = CaseFigures::default();
        let of = |alerts: &[Happening], cases: &[Case], figures: &CaseFigures| {
            write(&Paper::Digest { of: "day", from: Instant(0), to: Instant(1), alerts, cases, figures }, "S", None, Instant(0))
        };
        assert_eq!(of(&[], &[], &nothing).subject, "Your day: nothing out of line");
        let figures = CaseFigures { cases: 3, open: 1, overdue: 1, closed: 2, median_seconds: Some(7_200.0), ..CaseFigures::default() };
        let message = of(&[happening("NPS")], &[case("slow")], &figures);
        assert_eq!(message.subject, "Your day: one thing out of line, one case overdue");
        assert!(message.text.contains("half of them within 2 h") && message.text.contains("> slow"), "{}", message.text);
        let many = vec![happening("NPS"); TOLD_MAX + 3];
        assert!(of(&many, &[], &nothing).text.contains("And 3 more."));
        assert_eq!(write(&Paper::Test { name: "NPS" }, "S", None, Instant(0)).subject, "NPS: a test");
    }
}
