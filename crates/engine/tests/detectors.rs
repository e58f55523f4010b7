//! Each detector finds what it is there for: planted for everybody, or for some, on some days; and nothing where it is not planted.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use periplus_maps::JourneyMap;
use periplus_model::answer::View;
use periplus_model::finding::{Finding, FindingKind, Status};
use periplus_model::measured::Feeling;
use periplus_model::time::Instant;
use serde_json::{Value, json};

use world::{DAY, MINUTE, World};

/// A shop with a web site, stores, parcels and a call centre.
const MAP: &str = r#"
version: 1
id: shop
title: Shop
stages:
  - {id: see, name: See}
  - {id: buy, name: Buy}
  - {id: get, name: Get}
  - {id: use, name: Use}
touchpoints:
  - {id: home, name: Home page, stage: see, when: Page Viewed, channel: web}
  - {id: product, name: Product, stage: see, when: Product Viewed, channel: web}
  - {id: cart, name: Cart, stage: buy, when: Cart Viewed, channel: web}
  - {id: failed, name: Failed payment, stage: buy, when: Payment Failed, channel: web}
  - {id: store, name: Store, stage: buy, when: Store Visited, channel: store, offline: true}
  - {id: order, name: Order, stage: buy, when: Order Completed, channel: web}
  - {id: parcel, name: Parcel, stage: get, when: Parcel Delivered, channel: post}
  - {id: call, name: Call, stage: get, when: Call Made, channel: call centre}
  - {id: app, name: App, stage: use, when: App Opened, channel: app}
scores:
  - {name: CSAT, when: {event: Survey Answered, where: {property: kind, is: csat}}, property: score, scale: [1, 5], comment: comment}
"#;

/// So many customers come, one after the other, on so many days,
const CUSTOMERS: i64 = 1_500;
const DAYS: i64 = 200;
/// and on these the thing strikes most of them, on the others few.
const STRUCK: std::ops::Range<i64> = 60..100;

type Event = (i64, i64, &'static str, Option<&'static str>, Value);

/// One customer's life, beginning at some time.
struct Life {
    who: i64,
    start: i64,
    events: Vec<Event>,
}

impl Life {
    /// Something happens so many microseconds after the beginning.
    fn at(&mut self, after: i64, event: &'static str, channel: &'static str, properties: Value) {
        self.events.push((self.who, self.start + after, event, Some(channel), properties));
    }

    fn look(&mut self) {
        self.at(0, "Page Viewed", "web", json!({}));
        self.at(MINUTE, "Product Viewed", "web", json!({"sku": self.who}));
    }

    fn cart(&mut self) {
        self.at(2 * MINUTE, "Cart Viewed", "web", json!({}));
    }

    fn order(&mut self) {
        self.at(5 * MINUTE, "Order Completed", "web", json!({"amount": 50.0}));
    }

    fn parcel(&mut self, after: i64, properties: Value) {
        self.at(5 * MINUTE + after, "Parcel Delivered", "post", properties);
    }

    fn says(&mut self, score: u8, comment: Option<&str>) {
        let mut said = json!({"kind": "csat", "score": score, "touchpoint": "parcel"});
        if let Some(comment) = comment {
            said["comment"] = json!(comment);
        }
        self.at(8 * DAY, "Survey Answered", "e-mail", said);
    }

    fn usual(&mut self) {
        self.look();
        self.cart();
        self.order();
        self.parcel(2 * DAY, json!({}));
    }
}

/// What the life of somebody is like whom a thing strikes, or whom it does not.
fn live(life: &mut Life, kind: FindingKind, struck: bool) {
    use FindingKind::*;
    match kind {
        DropOff => match struck {
            true => (life.look(), life.cart()).1,
            false => life.usual(),
        },
        Loop => {
            life.usual();
            if struck {
                life.at(3 * MINUTE, "Product Viewed", "web", json!({"sku": life.who}));
                life.at(4 * MINUTE, "Cart Viewed", "web", json!({}));
            }
        }
        Again | SameAgain => {
            life.usual();
            if struck {
                life.at(3 * MINUTE, "Cart Viewed", "web", json!({}));
            }
        }
        Error => {
            life.usual();
            if struck {
                life.at(3 * MINUTE, "Script Error", "web", json!({}));
            }
        }
        Met => {
            life.usual();
            if struck {
                life.at(3 * MINUTE, "Payment Failed", "web", json!({}));
            }
        }
        Rage => {
            life.usual();
            if struck {
                life.at(MINUTE + 500_000, "Product Viewed", "web", json!({"sku": life.who}));
                life.at(MINUTE + 1_000_000, "Product Viewed", "web", json!({"sku": life.who}));
            }
        }
        DeadEnd => {
            life.usual();
            if struck {
                life.at(MINUTE + 3_000_000, "Page Viewed", "web", json!({}));
            }
        }
        ToService => {
            life.usual();
            if struck {
                life.at(3 * DAY, "Call Made", "call centre", json!({}));
            }
        }
        HelpAgain => {
            life.usual();
            life.at(5 * DAY, "Call Made", "call centre", json!({}));
            if struck {
                life.at(7 * DAY, "Call Made", "call centre", json!({}));
            }
        }
        LostSwitch => {
            life.look();
            life.cart();
            match struck {
                true => life.at(DAY, "Store Visited", "store", json!({})),
                false => (life.order(), life.parcel(2 * DAY, json!({}))).1,
            }
        }
        Settled => {
            life.usual();
            life.at(3 * DAY, "Call Made", "call centre", json!({"resolved": struck}));
        }
        Late => {
            life.look();
            life.cart();
            life.order();
            let promised = Instant(life.start + 3 * DAY);
            life.parcel(if struck { 6 * DAY } else { 2 * DAY }, json!({"promised_at": promised}));
        }
        BadScore => (life.usual(), life.says(if struck { 1 } else { 4 }, None)).1,
        GoodScore => (life.usual(), life.says(if struck { 5 } else { 3 }, None)).1,
        Complaint | Praise => {
            life.usual();
            let said = match (struck, kind) {
                (false, _) => "The parcel came on Monday.",
                (true, Complaint) => "The parcel never arrived and nobody answers, this is terrible.",
                (true, _) => "Great service, the parcel came early, thank you!",
            };
            life.says(3, Some(said));
        }
        GoesOn => {
            life.look();
            life.cart();
            if struck {
                life.parcel(2 * DAY, json!({}));
            }
        }
        BoughtAgain => {
            life.usual();
            if struck {
                life.at(10 * DAY, "Order Completed", "web", json!({"amount": 20.0}));
            }
        }
        Referral => {
            life.usual();
            if struck {
                life.at(5 * DAY, "Friend Invited", "app", json!({}));
            }
        }
        LongWay | FastWay => {
            life.look();
            life.cart();
            life.order();
            life.parcel(if struck == (kind == LongWay) { 6 * DAY } else { DAY }, json!({}));
        }
        LongStep | QuickStep => {
            life.usual();
            let wait = if struck == (kind == LongStep) { 900 } else { 30 };
            life.at(3 * DAY, "Call Made", "call centre", json!({"wait_seconds": wait}));
        }
    }
}

/// Where each kind is planted.
fn place(kind: FindingKind) -> &'static str {
    use FindingKind::*;
    match kind {
        DropOff | Loop | Again | SameAgain | Error | LostSwitch | GoesOn => "cart",
        Met => "failed",
        Rage | DeadEnd => "product",
        ToService | Late | BadScore | GoodScore | Complaint | Praise => "parcel",
        HelpAgain | Settled | LongStep | QuickStep => "call",
        BoughtAgain | LongWay | FastWay => "order",
        // Whoever brings others does so a fortnight after all that they did.
        Referral => "",
    }
}

/// A company in which a thing strikes few, but most on some days; with `control`, as many of each day.
fn company(kind: FindingKind, control: bool) -> World {
    let days = if control { 0..0 } else { STRUCK };
    // What groups do on all days is for a funnel to say: going on is about some customers on some days.
    let (some, few) = match kind {
        FindingKind::GoesOn => (true, 400),
        FindingKind::LostSwitch | FindingKind::BoughtAgain => (true, 40),
        // More than a fifth of all, so that the fastest fifth is of them; of what is long, less than that.
        FindingKind::FastWay | FindingKind::QuickStep => (false, 150),
        _ => (false, 40),
    };
    company_of(days, some, few, |life, struck| live(life, kind, struck))
}

/// A company in which a thing strikes few of a thousand customers, and on some days 500 more: of all, or of some.
fn company_of(days: std::ops::Range<i64>, some: bool, few: u64, live: impl Fn(&mut Life, bool)) -> World {
    let mut events = Vec::new();
    for who in 0..CUSTOMERS {
        let day = who * DAYS / CUSTOMERS;
        let is_gold = who % 2 == 0;
        // Dealt out blindly, and always the same.
        let drawn = periplus_findings::mix(who as u64 ^ 0x9e37) % 1_000;
        let share = if days.contains(&day) && (is_gold || !some) { few + 500 } else { few };
        let mut life = Life { who, start: day * DAY + who % 7 * MINUTE, events: Vec::new() };
        live(&mut life, drawn < share);
        let tier = if is_gold { "gold" } else { "grey" };
        life.events.iter_mut().for_each(|event| event.4["tier"] = json!(tier));
        events.extend(life.events);
    }
    World::of_events(&events)
}

fn findings(world: &World, question: &Value) -> Vec<Finding> {
    let map: JourneyMap = periplus_maps::parse(MAP).unwrap();
    let View::Findings(told) = world.ask("findings", question, &map, 2).view else { panic!("findings answer with findings") };
    told.findings
}

fn day(time: Option<Instant>) -> i64 {
    time.unwrap().0 / DAY
}

#[test]
fn each_kind_is_found_where_and_when_it_was_planted() {
    for kind in FindingKind::ALL {
        let found = findings(&company(*kind, false), &json!({"kinds": [kind]}));
        let first = found.first().unwrap_or_else(|| panic!("{kind:?} is not found"));
        let told = format!("{kind:?}: {}", found.iter().map(|one| format!("{} | {}\n", one.title, one.sentence)).collect::<String>());
        assert_eq!(first.kind, *kind, "{told}");
        assert_eq!(first.feeling, kind.feeling(), "{told}");
        assert!(place(*kind).is_empty() || first.touchpoint == place(*kind), "{told}");
        let (from, until) = (day(first.from), day(first.until));
        assert!((from - STRUCK.start).abs() <= 8 && (until - STRUCK.end).abs() <= 8, "{told}");
        assert!(first.rate.low > first.expected, "{told}");
        let of_some = matches!(kind, FindingKind::GoesOn | FindingKind::LostSwitch | FindingKind::BoughtAgain);
        assert_eq!(first.who.is_some(), of_some, "{told}");
    }
}

#[test]
fn nothing_is_found_where_nothing_was_planted() {
    let found = |kind: &FindingKind| findings(&company(*kind, true), &json!({"kinds": [kind]}));
    let alarms: Vec<String> = FindingKind::ALL.iter().flat_map(found).map(|one| one.title).collect();
    // One in twenty questions may have a false alarm.
    assert!(alarms.len() <= 1, "{alarms:?}");
}

#[test]
fn examples_are_journeys_of_those_who_were_struck() {
    let world = company(FindingKind::ToService, false);
    let found = findings(&world, &json!({"kinds": ["to_service"]}));
    let examples = &found[0].examples;
    assert_eq!(examples.len(), 3);
    for example in examples {
        let steps: Vec<(&str, bool)> = example.steps.iter().map(|step| (step.at.as_str(), step.here)).collect();
        assert_eq!(
            steps,
            [("Home page", false), ("Product", false), ("Cart", false), ("Order", false), ("Parcel", true), ("Call", false)],
            "of whoever asked for help after the parcel"
        );
        let here = example.steps.iter().find(|step| step.here).unwrap();
        assert!(found[0].from.unwrap() <= here.time && here.time < found[0].until.unwrap());
        assert!(example.steps.is_sorted_by_key(|step| step.time));
    }
    assert_eq!(found[0].feeling, Feeling::Pain);
    let without = findings(&world, &json!({"kinds": ["to_service"], "examples": false}));
    assert!(without[0].examples.is_empty());
    let shuffled = findings(&world, &json!({"shuffle": 1}));
    assert!(shuffled.iter().all(|finding| finding.examples.is_empty()));
}

/// Parcels that come late, and what those say about them who got one.
fn late(life: &mut Life, struck: bool) {
    live(life, FindingKind::Late, struck);
    life.says(3, Some(if struck { "The parcel came far too late, this is terrible." } else { "The parcel came on Monday." }));
}

#[test]
fn what_customers_do_and_say_confirm_each_other_and_what_is_over_is_fixed() {
    let status = |world: &World, kinds: Value| {
        let found = findings(world, &json!({"kinds": kinds}));
        found.iter().map(|one| (one.kind, one.status)).next().unwrap()
    };
    let goes_on = company_of(150..DAYS, false, 80, late);
    assert_eq!(status(&goes_on, json!(["late"])), (FindingKind::Late, Status::Observed));
    assert_eq!(status(&goes_on, json!(["complaint"])), (FindingKind::Complaint, Status::Reported));
    assert_eq!(status(&goes_on, json!(["late", "complaint"])).1, Status::Confirmed);
    let over = company_of(60..100, false, 80, late);
    assert_eq!(status(&over, json!(["late", "complaint"])).1, Status::Fixed);
}

#[test]
fn people_may_say_how_a_text_is_meant() {
    let world = company_of(STRUCK, false, 80, late);
    let text = "The parcel came far too late, this is terrible.";
    let corrected = json!({ periplus_model::comments::text_hash(text): "neutral" });
    assert_eq!(findings(&world, &json!({"kinds": ["complaint"]})).len(), 1);
    assert!(findings(&world, &json!({"kinds": ["complaint"], "corrected": corrected})).is_empty());
}

#[test]
fn quotes_are_about_the_place() {
    let world = company_of(150..DAYS, false, 80, late);
    let found = findings(&world, &json!({"kinds": ["late"]}));
    assert!(!found[0].quotes.is_empty() && found[0].quotes.iter().all(|quote| quote.text.contains("parcel")), "{:?}", found[0].quotes);
    // The same people, struck elsewhere: what they say about parcels is said of something else.
    let world = company_of(150..DAYS, false, 80, |life, struck| {
        live(life, FindingKind::Loop, struck);
        life.says(1, Some("The parcel came far too late, this is terrible."));
    });
    let found = findings(&world, &json!({"kinds": ["loop"]}));
    assert!(found[0].quotes.is_empty(), "{:?}", found[0].quotes);
}
