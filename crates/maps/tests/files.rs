//! Files as people have them: good, wrong and hostile.

use std::path::PathBuf;

use periplus_maps::{JourneyMap, Problem, Severity, check, parse, print, schema};
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("../../../examples/maps/ecommerce.yaml");

/// The maps of data that everybody can have, with their stages and touchpoints.
const EXAMPLES: [(&str, &str, usize, usize); 3] = [
    ("retailer", include_str!("../../../examples/retailer/map.yaml"), 5, 29),
    ("ecom", include_str!("../../../examples/ecom/map.yaml"), 5, 19),
    ("completejourney", include_str!("../../../examples/completejourney/map.yaml"), 4, 5),
];

fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn the_example_has_no_problems_and_survives_printing() {
    let (map, problems) = check(EXAMPLE);
    assert_eq!(lines(&problems), [] as [String; 0]);
    let map = map.unwrap();
    assert_eq!(map.stages.len(), 5);
    let printed = print(&map);
    let again = parse(&printed).unwrap_or_else(|problems| panic!("{printed}\n{:#?}", lines(&problems)));
    assert_eq!(again, map);
    assert_eq!(print(&again), printed);
    assert!(printed.contains("when: product_view,"), "{printed}");
    assert!(printed.contains("  next: 2027-01-15\n"), "{printed}");
    assert!(!printed.contains("null") && !printed.contains("[]"), "{printed}");
}

#[test]
fn the_maps_of_known_data_have_no_problems_and_survive_printing() {
    for (name, text, stages, touchpoints) in EXAMPLES {
        let (map, problems) = check(text);
        assert_eq!(lines(&problems), [] as [String; 0], "{name}");
        let map = map.unwrap();
        assert_eq!((map.id.as_str(), map.stages.len(), map.touchpoints.len()), (name, stages, touchpoints));
        assert_eq!(parse(&print(&map)).unwrap(), map, "{name}");
        // A way back is told by the map's order, so the touchpoints stand in the order of the stages.
        let order: Vec<_> = map.touchpoints.iter().map(|touchpoint| map.stage_index(&touchpoint.stage)).collect();
        assert!(order.is_sorted(), "{name}");
    }
}

/// The file that the schema is published in; `UPDATE=1` rewrites it.
#[test]
fn the_published_schema_is_that_of_the_types() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/map.schema.json");
    let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == current, "docs/schema/map.schema.json is out of date: run `UPDATE=1 cargo test -p periplus-maps`");
}

/// A map with one fault, or several, and what must be said about it: line, column, part of the sentence.
fn assert_problems(text: &str, expected: &[(usize, usize, Severity, &str)]) {
    let (map, problems) = check(text);
    let seen = lines(&problems);
    assert_eq!(problems.len(), expected.len(), "{seen:#?}");
    for (problem, (line, column, severity, part)) in problems.iter().zip(expected) {
        let found = (problem.line, problem.column, problem.severity);
        assert_eq!(found, (*line, *column, *severity), "{seen:#?}");
        assert!(problem.to_string().contains(part), "'{part}' is not in {seen:#?}");
    }
    assert_eq!(map.is_none(), expected.iter().any(|e| e.2 == Severity::Error));
}

use Severity::{Error, Warning};

#[test]
fn every_problem_is_named_with_its_place() {
    assert_problems(
        "id: shop\ntitel: Shop\nstages:\n  - id: buy\n    name: Buy\n    believed: 2\n    kpis:\n      - {name: Conv, kind: convrsion}\ntouchpoints:\n  - {id: cart, name: Cart, stage: by, when: cart}\n  - {id: cart, name: Basket, stage: buy, when: {trait: age, is: 3}}\n  - id: late\n    name: Late\n    stage: buy\n    when: {and: [cart, {channel: web, wehre: 1}]}\n",
        &[
            (1, 1, Error, "'title' is missing"),
            (2, 1, Error, "did you mean 'title'?"),
            (6, 15, Error, "2 is not between −1 and 1"),
            (8, 28, Error, "did you mean 'conversion'?"),
            (10, 35, Error, "did you mean 'buy'?"),
            (11, 10, Error, "'cart' is taken by touchpoints[0].id"),
            (11, 42, Error, "about customers"),
            (15, 39, Error, "\"wehre\" is not known"),
        ],
    );
}

#[test]
fn wrong_types_are_named() {
    let head = "id: shop\ntitle: 2026\nstages: [{id: buy, name: Buy}]\ntouchpoints: [{id: a, name: A, stage: buy, when: a}]\n";
    assert_problems(head, &[]);
    assert_eq!(parse(head).unwrap().title, "2026");
    for (rest, column, part) in [
        ("journey: {start: 404}", 18, "put quotes around"),
        ("window: soon", 9, "not a span"),
        ("window: [7d]", 9, "a text is needed"),
        ("window: 0s", 9, "zero"),
        ("period: {from: yesterday}", 16, "not a time"),
        ("period: {from: 2026-02-01, to: 2026-01-01}", 32, "ends before"),
        ("period: 2026", 9, "a set of fields is needed"),
        ("lanes: [people, peple]", 17, "did you mean 'people'?"),
        ("lanes: [people, people]", 17, "listed twice"),
        ("version: 2", 10, "this program reads version 1"),
        ("version: 1.5", 10, "a whole number is needed"),
        ("unit: family", 7, "customer"),
        ("scores: [{name: NPS, when: nps, property: score, scale: [0]}]", 57, "1 values are given, but exactly 2 may be"),
        ("scores: [{name: NPS, when: nps, property: score, scale: [1, 1]}]", 50, "the same"),
        ("scores: [{name: NPS, when: nps, property: score, scale: [0, ten]}]", 61, "a number is needed here, not 'ten'"),
        ("personas: [{id: p, name: P, segment: purchase}]", 38, "about events"),
        ("personas: [{id: p, name: P, segment: {member: p}}]", 29, "defined by itself"),
        ("journey: {start: {stage: bye}}", 11, "no stage 'bye'"),
        ("id: again", 1, "given twice"),
    ] {
        assert_problems(&format!("{head}{rest}\n"), &[(5, column, Error, part)]);
    }
}

#[test]
fn touchpoints_and_key_figures_are_looked_at() {
    let map = |stage: &str, touchpoints: &str| {
        format!(
            "id: s\ntitle: S\nstages:\n- {{id: a, name: A}}\n- {{id: b, name: B{stage}}}\ntouchpoints:\n- {{id: x, name: X, stage: a, when: x}}\n{touchpoints}\n"
        )
    };
    let y = "- {id: y, name: Y, stage: b, when: y}";
    assert_problems(&map("", y), &[]);
    assert_problems(&map("", ""), &[(5, 3, Warning, "stage 'b' has no touchpoint")]);
    assert_problems(&map(", entry: y", ""), &[(5, 3, Warning, "stage 'b' has no touchpoint")]);
    let again = map(", entry: y}\n- {id: c, name: C, entry: y", y);
    assert_problems(&again, &[]);
    assert_problems(
        &map("", "- {id: y, name: Y, stage: b, when: {event: x, where: {property: p, is: 1}}}"),
        &[(8, 30, Error, "no event can reach")],
    );
    assert_problems(&map("", "- {id: y, name: Y, stage: b, when: {stage: a}}"), &[(8, 30, Error, "cannot be defined by")]);
    let kpi = |kpi: &str| map(&format!(", kpis: [{{name: K, {kpi}}}]"), y);
    assert_problems(&kpi("kind: reach, target: 40"), &[(5, 58, Warning, "write 0.4 for 40 %")]);
    assert_problems(&kpi("kind: reach, target: 2d"), &[(5, 58, Error, "a span is no target")]);
    assert_problems(&kpi("kind: conversion"), &[(5, 43, Warning, "after the last")]);
    assert_problems(&kpi("kind: nps"), &[(5, 43, Warning, "no score that fits")]);
    assert_problems(&kpi("kind: mean"), &[(5, 43, Error, "'mean' needs settings")]);
    assert_problems(
        &kpi("kind: {mean: {proprety: p}}"),
        &[(5, 50, Error, "'property' is missing"), (5, 51, Error, "did you mean 'property'?")],
    );
    assert_problems(&kpi("kind: {count: {when: {did: x}}}"), &[(5, 52, Error, "about customers")]);
}

#[test]
fn hostile_files_are_refused_quickly() {
    let bomb = (1..40).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, i| {
        text + &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", "))
    });
    let tall = (1..40).fold("a0: &a0 [x]\n".to_owned(), |text, i| text + &format!("a{i}: &a{i} [[[[*a{}]]]]\n", i - 1));
    let wide: String = (0..12_000).map(|i| format!("k{i}:\n")).collect();
    for (text, part) in [
        (bomb, "30000 values"),
        (tall, "nested more than"),
        ("[".repeat(10_000), "nested"),
        ("- ".repeat(10_000), "nested"),
        ("{a: ".repeat(10_000), "nested"),
        (wide, "is not a field"),
        ("x".repeat(2 << 20), "bytes"),
        (String::new(), "empty"),
        ("# nothing\n".into(), "empty"),
        ("a: &a [*a]".into(), ""),
        ("a: *b".into(), "not YAML"),
        ("id: a\n---\nid: b\n".into(), "second document"),
        ("\tid: a".into(), ""),
        ("id: \"a".into(), "not YAML"),
        ("{[a]: b}".into(), "name of a field"),
        ("just words".into(), "a set of fields is needed"),
        ("\u{0}".into(), ""),
    ] {
        let problems = parse(&text).expect_err(&text.chars().take(40).collect::<String>());
        assert!(problems.iter().any(|problem| problem.message.contains(part)), "{part}: {:#?}", lines(&problems[..problems.len().min(5)]));
        assert!(problems.len() <= 200);
    }
}

#[test]
fn an_alias_is_what_it_stands_for() {
    let map = parse("id: s\ntitle: S\nstages: [{id: a, name: A, entry: &buy {event: x}, exit: *buy}]\n").unwrap();
    assert_eq!(map.stages[0].entry, map.stages[0].exit);
}

/// Reads a text and, if it is a map, holds printing to its promise.
fn survives(text: &str) -> Result<(), TestCaseError> {
    let (map, problems) = check(text);
    for problem in &problems {
        prop_assert!(problem.line >= 1 && problem.column >= 1);
    }
    prop_assert_eq!(map.is_none(), problems.iter().any(|problem| problem.severity == Severity::Error));
    if let Some(map) = map {
        same_after_printing(&map)?;
    }
    Ok(())
}

fn same_after_printing(map: &JourneyMap) -> Result<(), TestCaseError> {
    let printed = print(map);
    let again = parse(&printed).map_err(|problems| TestCaseError::fail(format!("{printed}\n{:#?}", lines(&problems))))?;
    prop_assert_eq!(&again, map, "{}", printed);
    prop_assert_eq!(print(&again), printed.clone());
    // Another reader, which knows nothing of ours, must see the same.
    let other: JourneyMap = serde_saphyr::from_str(&printed).map_err(|error| TestCaseError::fail(format!("{printed}\n{error}")))?;
    prop_assert_eq!(&other, map, "{}", printed);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Lines dropped, doubled and moved, letters changed: no panic, places that exist, and whatever is still a map prints.
    #[test]
    fn broken_files_never_panic(edits in prop::collection::vec((0usize..8000, 0u8..6, any::<char>()), 1..8)) {
        let mut letters: Vec<char> = EXAMPLE.chars().collect();
        for (at, how, letter) in edits {
            let at = at % letters.len();
            let line_end = letters[at..].iter().position(|c| *c == '\n').map_or(letters.len(), |n| at + n);
            match how {
                0 => letters[at] = letter,
                1 => letters.insert(at, letter),
                2 => drop(letters.remove(at)),
                3 => drop(letters.drain(at..line_end)),
                4 => { let copy = letters[at..line_end].to_vec(); letters.splice(at..at, copy); }
                _ => letters.insert(at, ['[', ']', '{', '}', ':', '-', '"', '&', '*', '\n'][letter as usize % 10]),
            }
        }
        survives(&letters.into_iter().collect::<String>())?;
    }

    /// Any text in any place of a map comes back from the printed file.
    #[test]
    fn any_text_survives_printing(texts in prop::collection::vec(any_text(), 12), numbers in prop::collection::vec(-1.0..1.0f64, 2), value in any_value()) {
        let mut map = parse(EXAMPLE).unwrap();
        let text = |i: usize| texts[i].clone();
        let named = |i: usize| format!("n{}", texts[i]);
        map.about = text(0);
        map.title = named(1);
        map.personas[0].goals = vec![text(2), text(3)];
        map.personas[0].about = text(4);
        map.stages[0].goal = Some(text(5));
        map.stages[0].believed = Some(numbers[0]);
        map.stages[1].hypotheses[0].text = text(6);
        map.stages[2].hypotheses[0].text = text(7);
        map.touchpoints[0].channel = Some(text(8));
        map.touchpoints[1].name = named(9);
        map.touchpoints[2].when = serde_json::from_value(serde_json::json!({"event": [text(10)], "where": {"property": text(11), "is": value}})).unwrap();
        map.personas[0].segment = serde_json::from_value(serde_json::json!({"trait": text(11), "not_in": [value, text(10)]})).unwrap();
        map.scores[0].scale = [numbers[1] * 1e9, 1e17];
        same_after_printing(&map)?;
    }
}

/// Texts that YAML might take for something else, among any others.
fn any_text() -> impl Strategy<Value = String> {
    const TRICKY: &[&str] = &[
        "",
        " ",
        "null",
        "~",
        "true",
        "No",
        "on",
        "12",
        "1.0",
        "-3",
        "0x1F",
        "1e5",
        "007",
        ".5",
        ".inf",
        "2026-01-01",
        "12:30",
        "a: b",
        "a #b",
        "#b",
        "- a",
        "[a]",
        "{a}",
        "a,b",
        "'a'",
        "\"a\"",
        "&a",
        "*a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "a:",
        ":a",
        "?",
        "-",
        "---",
        "...",
        "a\nb",
        "a\n\nb\n",
        "\n",
        " a\nb",
        "a\n",
        "a\\n",
        "=",
        "<<",
        "\t",
        "é ü 日本 🎉",
        "\u{85}",
        "\u{2028}",
        "\u{feff}a",
        "\r\n",
        "a\n  b\n c",
        "x\u{0}y",
        "1_000",
        "+1",
        "a\n ",
        "support call",
        "chat *",
        "| a",
        "> b",
        "--- a",
        "... b",
    ];
    prop_oneof![prop::sample::select(TRICKY).prop_map(str::to_owned), any::<String>(), "[ -~\n]{0,200}"]
}

fn any_value() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_filter_map("finite", serde_json::Number::from_f64).prop_map(Into::into),
        any_text().prop_map(Into::into)
    ]
}
