//! A map as one HTML file that works without a network: every group's picture, who stands beside whom, the evidence
//! behind every card, and all numbers as a table.
//!
//! Everything from outside passes minijinja's or [`Escaped`](crate::svg::Escaped)'s escaping, and a content policy
//! allows exactly this page's own script and style, by their hashes.

mod answer;

use std::collections::BTreeMap;

use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};
use periplus_model::figures::figures_of;
use periplus_model::finding::Finding;
use periplus_model::measured::{Feeling, MeasuredMap};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::answers::sureness;
use crate::lettering::{Weight, clean};
use crate::look::{Ink, Look, Theme};
use crate::map::findings::{key, when};
use crate::map::{framed_scene, phone_scene, unit};
use crate::numbers::{self, Kind};
use crate::paper::PictureError;
use crate::svg::{Manner, base64, font_faces, write};

pub(crate) use answer::answer_html;

/// Up to so many groups, every pair is drawn side by side; of more, each beside the first one only.
const PAIRS_UP_TO: usize = 6;

const SCRIPT: &str = include_str!("page.js");

#[derive(Serialize)]
struct Picture {
    key: String,
    svg: String,
    left: f32,
    top: f32,
    lanes: f32,
    bottom: f32,
}

#[derive(Serialize)]
struct Numbers {
    group: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    stage: String,
    about: &'static str,
    name: String,
    measure: &'static str,
    value: String,
    interval: String,
    n: String,
    beside: String,
}

/// What the panel says of a part of the picture.
#[derive(Serialize)]
struct Evidence {
    word: &'static str,
    title: String,
    sentence: String,
    rows: Vec<(&'static str, String)>,
}

/// The map as one HTML file that needs nothing else: a switch of groups and of who is beside them, light and dark, the
/// evidence behind pains, delights, stages and touchpoints by click or keyboard, one stage per swipe on a phone, and a
/// table of all numbers.
///
/// # Errors
/// When the map's figures cannot be put into the page, which would be a fault of this program.
pub fn map_html(map: &MeasuredMap) -> Result<String, PictureError> {
    let style = style();
    let hash = |text: &str| base64(&Sha256::digest(text.as_bytes()));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; font-src data:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(&style)
    );
    let groups: Vec<String> = match map.groups.len() {
        0 => vec!["Everybody".to_owned()],
        _ => map.groups.iter().map(|group| format!("{} ({})", clean(&group.name), numbers::count(group.customers))).collect(),
    };
    let phones: Vec<Vec<String>> = (0..groups.len())
        .map(|group| {
            let look = Look { group, ..Look::default() };
            (0..map.stages.len()).map(|at| write(&phone_scene(map, &look, at), Manner::Page, "")).collect()
        })
        .collect();
    let count = groups.len();
    let mut environment = Environment::new();
    environment.add_template("page.html", include_str!("page.html"))?;
    // A `<` inside the figures must not end their element.
    let findings = serde_json::to_string(&findings(map))?.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let title = if map.title.trim().is_empty() { "Journey map".to_owned() } else { clean(&map.title) };
    Ok(environment.get_template("page.html")?.render(context! {
        title,
        policy,
        style,
        script => SCRIPT,
        groups,
        pictures => Value::from(Serde(&pictures(map, count))),
        phones,
        tables => Value::from(Serde(&tables(map))),
        findings,
    })?)
}

fn pictures(map: &MeasuredMap, groups: usize) -> Vec<Picture> {
    let singles = (0..groups).map(|group| (group, None));
    let pairs = (0..groups).flat_map(|first| (0..groups).map(move |second| (first, second)));
    let pairs = pairs.filter(|(first, second)| first != second && (groups <= PAIRS_UP_TO || *first == 0 || *second == 0));
    singles
        .chain(pairs.map(|(first, second)| (first, Some(second))))
        .map(|(group, compare)| {
            let (scene, frame) = framed_scene(map, &Look { group, compare, ..Look::default() });
            Picture {
                key: compare.map_or(format!("{group}"), |second| format!("{group}-{second}")),
                svg: write(&scene, Manner::Page, ""),
                left: frame.left,
                top: frame.top,
                lanes: frame.lanes,
                bottom: frame.bottom,
            }
        })
        .collect()
}

fn tables(map: &MeasuredMap) -> Vec<Numbers> {
    let rows = |group| {
        let rows = figures_of(map, group).into_iter().filter(|figure| figure.value.is_some()).map(|figure| Row {
            stage: clean(figure.stage),
            about: figure.about,
            name: clean(figure.name),
            measure: figure.measure,
            value: figure.value.map_or_else(String::new, |value| Kind::from(figure.kind).write(value)),
            interval: figure.estimate.map_or_else(String::new, |estimate| Kind::from(figure.kind).interval(estimate)),
            n: figure.estimate.map_or_else(String::new, |estimate| numbers::count(estimate.n)),
            beside: figure.beside.map_or_else(String::new, |beside| Kind::from(figure.kind).write(beside)),
        });
        rows.collect()
    };
    map.groups.iter().map(|group| Numbers { group: clean(&group.name), rows: rows(group) }).collect()
}

fn findings(map: &MeasuredMap) -> BTreeMap<String, Evidence> {
    let mut findings = BTreeMap::new();
    let unit = clean(unit(map));
    for (place, group) in map.groups.iter().enumerate() {
        for (_, finding) in map.findings_of(group) {
            findings.insert(key(place, finding), of_finding(map, finding));
        }
        for (at, (info, stage)) in map.stages.iter().zip(&group.stages).enumerate() {
            let mut rows = vec![("Customers in", format!("{} ({})", numbers::count(stage.customers), numbers::share(stage.share)))];
            if let Some(rate) = &stage.conversion {
                rows.push(("Go on to the next stage", Kind::Share.write(rate.value)));
                rows.push(("95 % interval", format!("{}, {}", Kind::Share.interval(rate), numbers::observations(rate.n))));
            }
            rows.push(("Drop off", numbers::count(stage.dropped)));
            if let Some(seconds) = stage.median_seconds_to_next {
                rows.push(("Median time to the next", numbers::seconds(seconds)));
            }
            rows.push(("Go back", format!("{}, {} times", numbers::count(stage.back_customers), numbers::count(stage.back_count))));
            if let Some(feeling) = &stage.emotion {
                let figure = format!(
                    "{} ({}), {}",
                    Kind::Feeling.write(feeling.value),
                    Kind::Feeling.interval(feeling),
                    numbers::observations(feeling.n)
                );
                rows.push(("Emotion", figure));
            }
            rows.push(("Events", numbers::count(stage.events)));
            rows.push(("Of", clean(&group.name)));
            let sentence = clean(info.goal.as_deref().unwrap_or_default());
            findings.insert(format!("stage-{place}-{at}"), Evidence { word: "Stage", title: clean(&info.name), sentence, rows });
        }
        for (at, (info, touchpoint)) in map.touchpoints.iter().zip(&group.touchpoints).enumerate() {
            let rows = vec![
                ("Channel", clean(info.channel.as_deref().unwrap_or("not said"))),
                ("Where", if info.offline { "offline" } else { "online" }.to_owned()),
                ("Customers", numbers::count(touchpoint.customers)),
                ("Share of the group", numbers::share(touchpoint.reach)),
                ("Events", numbers::count(touchpoint.events)),
                ("Of", clean(&group.name)),
            ];
            let sentence =
                format!("{} of {} had this touchpoint.", numbers::count(touchpoint.customers), numbers::counted(group.customers, &unit));
            findings.insert(format!("touchpoint-{place}-{at}"), Evidence { word: "Touchpoint", title: clean(&info.name), sentence, rows });
        }
    }
    findings
}

fn of_finding(map: &MeasuredMap, finding: &Finding) -> Evidence {
    let mut rows = vec![
        ("Struck", numbers::counted(finding.customers, &clean(unit(map)))),
        ("Whom", clean(finding.who.as_deref().unwrap_or("everybody"))),
        ("When", when(finding).unwrap_or_else(|| "all along".to_owned())),
        ("How often", numbers::share(finding.rate.value)),
        ("95 % interval", format!("{}, {}", Kind::Share.interval(&finding.rate), numbers::observations(finding.rate.n))),
        ("To be expected", numbers::share(finding.expected)),
        ("Learnt from", clean(&finding.expected_from)),
    ];
    if let Some(spent) = &finding.spent {
        rows.push(("Spent afterwards", format!("{} each ({})", Kind::Money.change(spent.value), Kind::Money.change_interval(spent))));
    }
    if let Some(further) = &finding.further {
        rows.push(("Got further", format!("{} ({})", Kind::Share.change(further.value), Kind::Share.change_interval(further))));
    }
    rows.push(("How sure", sureness(finding.status).to_owned()));
    rows.push(("False discovery rate (q)", if finding.q < 0.0001 { "< 0.0001".to_owned() } else { format!("{:.4}", finding.q) }));
    rows.push(("Touchpoint", clean(&finding.at)));
    let word = match finding.feeling {
        Feeling::Pain => "Pain",
        Feeling::Delight => "Delight",
    };
    Evidence { word, title: clean(&finding.title), sentence: clean(&finding.sentence), rows }
}

/// The style sheet: fonts, the inks of both themes, the layout.
fn style() -> String {
    let inks = |theme| Ink::ALL.iter().map(|ink| format!("--{}:{};", ink.name(), ink.hex(theme))).collect::<String>();
    let (light, dark) = (inks(Theme::Light), inks(Theme::Dark));
    let mut style = font_faces(&Weight::ALL);
    style.push_str(&format!(
        ":root{{color-scheme:light dark;{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\
         @media screen{{:root[data-theme=light]{{color-scheme:light;{light}}}:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}"
    ));
    style.push_str(".f-none{fill:none}");
    for ink in Ink::ALL {
        style.push_str(&format!(".f-{0}{{fill:var(--{0})}}.s-{0}{{stroke:var(--{0})}}", ink.name()));
    }
    style + include_str!("page.css")
}
