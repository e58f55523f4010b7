//! Drafts from data as different companies have it.

use periplus_maps::{
    DataProfile, EventProfile, JourneyMap, KindProfile, NumberProfile, TEMPLATES, Template, TraitProfile, check, print, propose,
};
use proptest::prelude::*;
use serde_json::json;

fn event(name: &str, events: u64, median_position: f64) -> EventProfile {
    EventProfile { name: name.into(), events, customers: events / 2 + 1, median_position, ..EventProfile::default() }
}

fn data(events: Vec<EventProfile>) -> DataProfile {
    DataProfile { customers: 1000, events, traits: Vec::new() }
}

/// Each touchpoint as "stage: name".
fn placed(map: &JourneyMap) -> Vec<String> {
    map.touchpoints.iter().map(|touchpoint| format!("{}: {}", touchpoint.stage, touchpoint.name)).collect()
}

/// A draft must be a map without errors, and print as one.
fn assert_sound(map: &JourneyMap) {
    let printed = print(map);
    let (again, problems) = check(&printed);
    assert_eq!(again.as_ref(), Some(map), "{printed}\n{:#?}", problems.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[test]
fn a_shop_in_plain_words() {
    let names = [
        "home",
        "catalog",
        "product_view",
        "cart",
        "shipping_details",
        "purchase",
        "support call",
        "delivered",
        "review",
        "promo_page",
        "nps",
    ];
    let mut data = data(names.iter().map(|name| event(name, 100, 0.5)).collect());
    data.events[5].amounts = 100;
    data.events[10].numbers = vec![NumberProfile { name: "score".into(), low: 0.0, high: 10.0 }];
    data.events[10].texts = vec!["comment".into()];
    let proposal = propose(&data, &TEMPLATES[0]);
    assert_sound(&proposal.map);
    let mut seen = placed(&proposal.map);
    seen.sort();
    assert_eq!(
        seen,
        [
            "advocacy: NPS survey",
            "advocacy: Review",
            "awareness: Home page",
            "awareness: Promotion",
            "consideration: Catalogue",
            "consideration: Product page",
            "purchase: Cart",
            "purchase: Delivery details",
            "purchase: Purchase",
            "retention: Call to support",
            "retention: Delivery",
        ]
    );
    assert!((proposal.covered - 1.0).abs() < 1e-9);
    let score = &proposal.map.scores[0];
    assert_eq!(
        (score.name.as_str(), score.scale, score.comment.as_deref(), score.stage.as_deref()),
        ("NPS", [0.0, 10.0], Some("comment"), Some("advocacy"))
    );
    assert_eq!(proposal.map.stages[2].kpis.iter().map(|kpi| kpi.name.as_str()).collect::<Vec<_>>(), ["Conversion", "Revenue per customer"]);
    assert_eq!(proposal.map.stages[4].kpis.iter().map(|kpi| kpi.name.as_str()).collect::<Vec<_>>(), ["Reach", "NPS"]);
    let call = proposal.map.touchpoints.iter().find(|touchpoint| touchpoint.name == "Call to support").unwrap();
    assert!(call.offline && call.channel.as_deref() == Some("call centre"));
}

#[test]
fn each_kind_of_mark_is_a_score_with_its_own_scale() {
    let number = |name: &str, low: f64, high: f64| vec![NumberProfile { name: name.into(), low, high }];
    let kind = |kind: &str, low: f64, high: f64| KindProfile { kind: kind.into(), numbers: number("score", low, high) };
    let mut data = data(
        ["Survey Answered", "Survey Completed", "Review Posted", "Visit Rated", "Ticket Closed"].map(|name| event(name, 100, 0.5)).to_vec(),
    );
    data.events[0].numbers = number("score", 0.0, 10.0);
    data.events[0].kinds = vec![kind("ces", 1.0, 7.0), kind("csat", 2.0, 5.0), kind("nps", 0.0, 10.0)];
    data.events[1].texts = vec!["comment".into()];
    data.events[2].numbers = number("score", 1.0, 5.0);
    data.events[3].numbers = number("score", 1.0, 4.0);
    // Kinds of something else are no kinds of marks.
    data.events[4].numbers = number("rating", 1.0, 5.0);
    data.events[4].kinds = vec![KindProfile { kind: "return".into(), numbers: number("rating", 1.0, 5.0) }];
    let map = propose(&data, &TEMPLATES[0]).map;
    assert_sound(&map);
    let told: Vec<(&str, [f64; 2], Option<&str>)> =
        map.scores.iter().map(|score| (score.name.as_str(), score.scale, score.comment.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("CES", [1.0, 7.0], Some("comment")),
            ("CSAT", [1.0, 5.0], Some("comment")),
            ("NPS", [0.0, 10.0], Some("comment")),
            ("Review", [1.0, 5.0], None),
            ("Score", [1.0, 5.0], None),
            ("Rating", [1.0, 5.0], None),
        ]
    );
    assert_eq!(map.scores[1].when.to_json(), json!({"event": "Survey Answered", "where": {"property": "kind", "is": "csat"}}));
    assert_eq!(map.scores[5].when.to_json(), json!({"event": "Ticket Closed"}));
}

#[test]
fn spellings_of_one_thing_are_one_touchpoint() {
    let proposal = propose(
        &data(vec![event("view_item", 50, 0.3), event("Product Viewed", 30, 0.3), event("fooBar", 5, 0.2), event("foo_bar", 5, 0.2)]),
        &TEMPLATES[0],
    );
    assert_sound(&proposal.map);
    assert_eq!(placed(&proposal.map).iter().filter(|t| t.ends_with("Product page")).count(), 1);
    assert_eq!(proposal.map.touchpoints.iter().filter(|t| t.name == "Foo bar").count(), 1);
    assert_eq!(proposal.map.touchpoints.len(), 2);
}

#[test]
fn unknown_events_are_placed_by_when_they_happen() {
    let proposal = propose(
        &data(vec![event("ad_click", 90, 0.1), event("purchase", 90, 0.7), event("zzz", 90, 0.65), event("qqq", 90, 0.0)]),
        &TEMPLATES[0],
    );
    assert_eq!(placed(&proposal.map), ["awareness: Qqq", "awareness: Ad click", "purchase: Zzz", "purchase: Purchase"]);
    assert!(proposal.notes.iter().any(|note| note.contains("'zzz'")), "{:?}", proposal.notes);
    assert!(proposal.notes.iter().any(|note| note.contains("'Retention'")), "{:?}", proposal.notes);
}

#[test]
fn the_data_says_the_channel() {
    let mut purchase = event("purchase", 100, 0.9);
    purchase.channels = vec![("store".into(), 80), ("web".into(), 20)];
    let mut email = event("email_open", 100, 0.1);
    email.channels = vec![("e-mail".into(), 10)];
    let map = propose(&data(vec![purchase, email]), &TEMPLATES[0]).map;
    let of = |name: &str| {
        map.touchpoints
            .iter()
            .find(|touchpoint| touchpoint.name == name)
            .map(|t| (t.channel.clone().unwrap_or_default(), t.offline))
            .unwrap()
    };
    assert_eq!(of("Purchase"), ("store".into(), true));
    assert_eq!(of("E-mail"), ("e-mail".into(), false));
}

#[test]
fn rare_events_that_matter_stay_and_noise_goes() {
    let mut events: Vec<EventProfile> = (0..200).map(|i| event(&format!("noise {i}"), 10, 0.5)).collect();
    events.push(event("page_view", 100_000, 0.5));
    events.push(event("purchase", 3, 0.9));
    let proposal = propose(&data(events), &TEMPLATES[0]);
    assert_sound(&proposal.map);
    assert_eq!(proposal.map.touchpoints.len(), 30);
    assert!(proposal.covered >= 0.9);
    assert!(proposal.map.touchpoints.iter().any(|touchpoint| touchpoint.name == "Purchase"));
}

#[test]
fn personas_come_from_a_trait_that_tells_people_apart() {
    let values = |all: &[(&str, u64)]| all.iter().map(|(value, count)| (json!(value), *count)).collect::<Vec<_>>();
    let mut data = data(vec![event("purchase", 10, 0.5)]);
    data.traits = vec![
        TraitProfile { name: "favourite_colour".into(), values: values(&[("red", 500), ("blue", 500)]), customers: 1000 },
        TraitProfile { name: "age".into(), values: values(&[("19-24", 200), ("25-34", 300)]), customers: 500 },
        TraitProfile { name: "gender".into(), values: values(&[("f", 990), ("x", 10)]), customers: 1000 },
    ];
    let map = propose(&data, &TEMPLATES[0]).map;
    assert_sound(&map);
    assert_eq!(map.personas.iter().map(|persona| persona.name.as_str()).collect::<Vec<_>>(), ["Age: 19-24", "Age: 25-34"]);
    data.traits.truncate(1);
    data.traits[0].values.push((json!("green"), 10));
    assert!(propose(&data, &TEMPLATES[0]).map.personas.is_empty());
}

#[test]
fn templates_place_in_their_own_words() {
    let calls =
        data(vec![event("call_started", 50, 0.5), event("technician_visit", 20, 0.8), event("outage", 70, 0.1), event("faq", 30, 0.2)]);
    let map = propose(&calls, Template::find("telecom-support").unwrap()).map;
    assert_eq!(placed(&map), ["notice: Outage", "self-service: Help article", "contact: Call to support", "repair: Repair"]);
}

#[test]
fn nothing_at_all_is_no_reason_to_fail() {
    for template in TEMPLATES {
        let proposal = propose(&DataProfile::default(), template);
        assert_sound(&proposal.map);
        assert_eq!(proposal.covered, 0.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the events are called, a draft is a sound map with each template.
    #[test]
    fn any_data_gives_a_sound_map(names in prop::collection::hash_set("[ -~é]{0,24}|[a-c]{0,2}[*]", 0..40), position in any::<f64>(), template in 0..TEMPLATES.len(), value in any::<i64>()) {
        let mut data = data(names.iter().map(|name| event(name, 7, position)).collect());
        data.traits = vec![TraitProfile { name: "plan".into(), values: vec![(json!(value), 500), (json!(""), 500)], customers: 1000 }];
        let proposal = propose(&data, &TEMPLATES[template]);
        assert_sound(&proposal.map);
        prop_assert!(proposal.map.touchpoints.len() <= 30);
    }
}
