//! Lifetime value, RFM, survival and experiments, against figures that were reckoned by hand or customer by customer.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use std::collections::BTreeMap;

use periplus_engine::{EngineError, Share, Watch, analysis};
use periplus_model::answer::{Answer, Counted, Series, Table, View};
use periplus_stats::lifetime::{History, Horizon, Model, Spender, fit, fit_spending, summarise};
use periplus_stats::{newcombe, two_proportions};
use serde_json::{Value, json};

use world::{Batch, DAY, MAP, Plain, Told, World};

const LOOK: usize = 0;
const BUY: usize = 2;
const CALL: usize = 3;
const RETURN: usize = 4;

fn event(who: u8, day: i64, event: usize, n: u8) -> Plain {
    Plain { id: None, who, time: day * DAY + 3, event, web: who.is_multiple_of(2), n }
}

fn world(events: Vec<Plain>) -> World {
    World::new(&[Batch { events, traits: Vec::new(), merge: None }])
}

fn ask(world: &World, name: &str, question: &Value) -> Answer {
    let map = periplus_maps::parse(MAP).unwrap();
    let answer = world.ask(name, question, &map, 2);
    // Whatever is counted can be opened.
    let watch = Watch::default();
    let desk = world.desk(&map, &watch, 1, Share::ALL);
    let analysis = analysis(name).unwrap();
    for (place, count) in analysis.places(question, &desk).unwrap() {
        assert_eq!(analysis.people(question, &place, 3, &desk).unwrap().total, count, "{name} {question} at {place}");
    }
    if let View::Table(table) = &answer.view {
        assert!(!table.people.is_empty() || table.rows.is_empty(), "{name} {question} opens nobody");
        for Counted { row, column, place } in &table.people {
            assert_eq!(
                analysis.people(question, place, 3, &desk).unwrap().total,
                table.rows[*row][*column],
                "{name} {question} at {place}"
            );
        }
    }
    let text = serde_json::to_string(&answer).unwrap();
    assert!(!text.contains("NaN") && !text.contains("inf "), "{text}");
    answer
}

fn refused(world: &World, name: &str, question: &Value) {
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    let answer = analysis(name).unwrap().answer(question, &world.desk(&map, &watch, 1, Share::ALL));
    assert!(matches!(answer, Err(EngineError::Question(_))), "{name} {question}");
}

fn people(world: &World, name: &str, question: &Value, place: &Value) -> u64 {
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    analysis(name).unwrap().people(question, place, 3, &world.desk(&map, &watch, 1, Share::ALL)).unwrap().total
}

fn table(answer: &Answer) -> &Table {
    let View::Table(table) = &answer.view else { panic!("{:?}", answer.view) };
    table
}

fn series(answer: &Answer) -> &Series {
    let View::Series(series) = &answer.view else { panic!("{:?}", answer.view) };
    series
}

fn cell<'a>(table: &'a Table, row: usize, column: &str) -> &'a Value {
    let at = table.columns.iter().position(|known| known.name == column).unwrap_or_else(|| panic!("no {column}"));
    &table.rows[row][at]
}

fn number(table: &Table, row: usize, column: &str) -> f64 {
    cell(table, row, column).as_f64().unwrap_or_else(|| panic!("{column}: {}", cell(table, row, column)))
}

fn with(question: &Value, name: &str, value: Value) -> Value {
    let mut question = question.clone();
    question[name] = value;
    question
}

/// Sixty customers who buy at rates of their own, some until the end.
fn buyers() -> Vec<Plain> {
    let mut events = Vec::new();
    for who in 0..60u8 {
        let (first, gap) = (i64::from(who % 20), 3 + i64::from(who) * 7 % 31);
        let times = if who % 3 == 0 { 1 } else { 1 + i64::from(who % 9) };
        for purchase in 0..times {
            let day = first + purchase * gap;
            if day < 120 {
                events.push(event(who, day, BUY, 1 + (who + purchase as u8) % 5));
                // A second one on the same day is none of its own.
                events.push(event(who, day, BUY, 1));
            }
        }
    }
    events.push(event(200, 120, LOOK, 0));
    events
}

#[test]
fn lifetime_value_is_that_of_each_customer_added_up() {
    let events = buyers();
    let mut own: BTreeMap<u8, Vec<(i64, f64)>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.event == BUY) {
        own.entry(event.who).or_default().push((event.time / DAY, f64::from(event.n)));
    }
    own.values_mut().for_each(|bought| bought.sort_by_key(|(day, _)| *day));
    let known: Vec<_> = own.values().map(|bought| summarise(bought, 120, 120, 7.0).unwrap()).collect();
    let summaries: Vec<_> = known.iter().map(|customer| customer.summary).collect();
    let spenders: Vec<Spender> =
        known.iter().map(|customer| Spender { repeats: customer.summary.repeats, mean_value: customer.mean_value, customers: 1 }).collect();
    let world = world(events.clone());
    for (name, model) in [("bg_nbd", Model::BgNbd), ("mbg_nbd", Model::MbgNbd), ("pareto_nbd", Model::ParetoNbd)] {
        let question = json!({"purchase": {"event": "buy"}, "property": "n", "model": name, "horizon": "180d", "margin": 0.5, "holdout": "0s", "by": {"first": "channel"}});
        let answer = ask(&world, "lifetime", &question);
        let buying = fit(model, &History::new(&summaries).unwrap()).unwrap().model;
        let spending = fit_spending(&spenders).unwrap();
        let months = 6.0;
        let days: f64 = 180.0;
        let horizon = Horizon { period: days / months / 7.0, periods: 6, discount: 1.1f64.powf(days / months / 365.25) - 1.0, margin: 0.5 };
        let (mut worth, mut purchases, mut alive) = (0.0, 0.0, 0.0);
        for customer in &known {
            let expected = spending.expected(customer.summary.repeats, customer.mean_value).unwrap();
            worth += buying.worth(&customer.summary, expected, &horizon).unwrap();
            purchases += buying.expected(&customer.summary, days / 7.0).unwrap();
            alive += buying.alive(&customer.summary).unwrap();
        }
        let told = table(&answer);
        let sum = |column: &str, each: bool| -> f64 {
            (0..told.rows.len()).map(|row| number(told, row, column) * if each { number(told, row, "customers") } else { 1.0 }).sum()
        };
        assert_eq!(told.rows.len(), 2, "web and store");
        let close = |one: f64, two: f64| (one - two).abs() <= 1e-6 * two.abs();
        assert!(close(sum("value to come", false), worth), "{name}: {} is not {worth}", sum("value to come", false));
        assert!(close(sum("purchases to come, each", true), purchases) && close(sum("probability to be alive", true), alive));
        let spent: f64 = own.values().flatten().map(|(_, spent)| spent).sum();
        assert!(close(sum("spent so far", false), spent) && sum("customers", false) == 60.0);
        assert!(answer.meta.notes.iter().any(|note| note.starts_with(periplus_model_name(model)) && note.contains("log-likelihood")));
        assert!(answer.caption.contains("In the next 180d, 60 customers are expected to buy"), "{}", answer.caption);
    }
}

fn periplus_model_name(model: Model) -> &'static str {
    match model {
        Model::BgNbd => "BG/NBD",
        Model::MbgNbd => "MBG/NBD",
        Model::ParetoNbd => "Pareto/NBD",
    }
}

#[test]
fn what_was_held_back_is_held_against_the_model() {
    let world = world(buyers());
    let question = json!({"purchase": {"event": "buy"}, "property": "n", "show": "holdout", "holdout": "40d"});
    let answer = ask(&world, "lifetime", &question);
    let told = table(&answer);
    let customers: f64 = (0..told.rows.len()).map(|row| number(told, row, "customers")).sum();
    assert_eq!(customers, 60.0, "all came in the first 80 days");
    // Of who bought once until day 80: as many days of purchases after it as there are.
    let later = buyers().iter().filter(|event| event.event == BUY && event.time / DAY > 80).count() as f64 / 2.0;
    let made: f64 = (0..told.rows.len()).map(|row| number(told, row, "made, each") * number(told, row, "customers")).sum();
    assert!((made - later).abs() < 1e-9, "{made} is not {later}");
    assert!(answer.caption.starts_with("Held back: of 60 customers who had bought before the last 40 days"), "{}", answer.caption);
    assert_eq!(people(&world, "lifetime", &question, &json!({"held": true})), 60);
    let bands = ask(&world, "lifetime", &json!({"purchase": {"event": "buy"}, "property": "n"}));
    assert!(bands.meta.notes.iter().any(|note| note.contains("Held back")), "a third of the period, without being asked");
}

#[test]
fn customers_are_listed_with_what_is_known_and_expected_of_each() {
    let world = world(buyers());
    let map = periplus_maps::parse(MAP).unwrap();
    let question = json!({"purchase": {"event": "buy"}, "property": "n", "model": "mbg_nbd", "holdout": "0s", "horizon": "180d"});
    let all = world.ask("lifetime", &with(&with(&question, "show", json!("customers")), "at_most", json!(1000)), &map, 2);
    let told = table(&all);
    assert_eq!(told.rows.len(), 60);
    // One by one they come to what they come to together.
    let groups = ask(&world, "lifetime", &question);
    let groups = table(&groups);
    let sum = |table: &Table, column: &str| (0..table.rows.len()).map(|row| number(table, row, column)).sum::<f64>();
    for column in ["value to come", "spent so far"] {
        assert!((sum(told, column) - sum(groups, column)).abs() < 1e-6 * sum(groups, column), "{column}");
    }
    let each = |column: &str| (0..groups.rows.len()).map(|row| number(groups, row, column) * number(groups, row, "customers")).sum::<f64>();
    assert!((sum(told, "probability to be alive") - each("probability to be alive")).abs() < 1e-9);
    assert!((sum(told, "purchases to come") - each("purchases to come, each")).abs() < 1e-9);
    // What is known of one of them is what they did.
    let row = (0..60).find(|row| *cell(told, *row, "key") == json!(world::key(7))).unwrap();
    let days: std::collections::BTreeSet<i64> = buyers().iter().filter(|e| e.who == 7 && e.event == BUY).map(|e| e.time / DAY).collect();
    let spent: f64 = buyers().iter().filter(|e| e.who == 7 && e.event == BUY).map(|e| f64::from(e.n)).sum();
    assert_eq!(number(told, row, "bought again, times") as usize, days.len() - 1);
    assert_eq!(number(told, row, "days since the last purchase") as i64, 120 - days.last().unwrap());
    assert_eq!(number(told, row, "spent so far"), spent);
    // The first few are the first of all, however they were counted.
    let values: Vec<f64> = (0..60).map(|row| number(told, row, "value to come")).collect();
    assert!(values.is_sorted_by(|one, two| one >= two), "{values:?}");
    for threads in [1, 2, 3] {
        let few = world.ask("lifetime", &with(&with(&question, "show", json!("customers")), "at_most", json!(7)), &map, threads);
        assert_eq!(table(&few).rows, told.rows[..7], "{threads}");
        assert!(few.meta.notes.join(" ").contains("These are the 7 of 60"), "{:?}", few.meta.notes);
    }
    for wrong in [0, 10_001] {
        refused(&world, "lifetime", &with(&question, "at_most", json!(wrong)));
    }
    let nobody = world.ask("lifetime", &with(&with(&question, "show", json!("customers")), "to", json!("1970-01-02")), &map, 2);
    assert!(table(&nobody).rows.is_empty() && nobody.caption.contains("cannot be told"), "{}", nobody.caption);
}

#[test]
fn purchases_are_tracked_week_by_week_beside_what_was_expected() {
    let world = world(buyers());
    let question = json!({"purchase": {"event": "buy"}, "property": "n", "model": "mbg_nbd", "holdout": "40d", "show": "tracking"});
    let answer = ask(&world, "lifetime", &question);
    let curve = series(&answer);
    assert_eq!((curve.lines.len(), curve.axis.len()), (2, 17), "119 days after the first purchase are 17 weeks");
    let days: std::collections::BTreeSet<(u8, i64)> =
        buyers().iter().filter(|event| event.event == BUY).map(|event| (event.who, event.time / DAY)).collect();
    // All came until day 80, so that whatever was bought on another day than the first is a repeat.
    let repeats = |until: i64| {
        let before: Vec<u8> = days.iter().filter(|(_, day)| *day < until).map(|(who, _)| *who).collect();
        before.len() - before.iter().collect::<std::collections::BTreeSet<_>>().len()
    };
    for (week, made) in curve.lines[1].values.iter().enumerate() {
        assert_eq!(made.unwrap() as usize, repeats(7 * (week as i64 + 1)), "week {week}");
    }
    let expected: Vec<f64> = curve.lines[0].values.iter().map(|value| value.unwrap()).collect();
    assert!(expected.is_sorted() && expected[0] > 0.0, "{expected:?}");
    // The model is the one that the holdout is judged by: until its beginning it is about right.
    let at = 80 / 7 - 1;
    let (made, foretold) = (curve.lines[1].values[at].unwrap(), expected[at]);
    assert!((foretold - made).abs() < 0.25 * made, "{foretold} and {made}");
    assert!(answer.caption.starts_with("119 days after the first purchase,"), "{}", answer.caption);
    assert!(answer.caption.contains("77 days after it, when the holdout begins,"), "{}", answer.caption);
    let whole = ask(&world, "lifetime", &with(&question, "holdout", json!("0s")));
    assert!(!whole.caption.contains("holdout") && series(&whole).axis.len() == 17, "{}", whole.caption);
    let short = ask(&world, "lifetime", &with(&question, "to", json!("1970-01-05")));
    assert!(short.caption.contains("Nothing can be tracked") && series(&short).axis.is_empty(), "{}", short.caption);
}

#[test]
fn a_model_that_missed_what_was_held_back_warns_in_the_headline() {
    let question = json!({"purchase": {"event": "buy"}, "property": "n", "holdout": "40d"});
    // Hardly anybody buys again for 80 days, then everybody every second day.
    let mut events = buyers().into_iter().filter(|event| event.event != BUY || event.time / DAY < 80).collect::<Vec<_>>();
    events.extend((0..60).flat_map(|who| (0..20).map(move |n| event(who, 81 + 2 * n, BUY, 2))));
    let answer = ask(&world(events.clone()), "lifetime", &question);
    assert!(answer.caption.contains("The model does not hold here") && answer.caption.contains("too few"), "{}", answer.caption);
    assert!(answer.caption.contains("it would have been MBG/NBD"), "{}", answer.caption);
    let shown = ask(&world(events), "lifetime", &with(&question, "show", json!("holdout")));
    assert!(shown.meta.notes.join(" ").contains("does not hold here"), "{:?}", shown.meta.notes);
    // Who goes on as before is foretold well enough.
    let mut steady = Vec::new();
    for who in 0..60u8 {
        let gap = 4 + i64::from(who % 9);
        steady.extend((0..120 / gap).map(|n| event(who, n * gap, BUY, 2)));
    }
    let fine = ask(&world(steady), "lifetime", &question);
    assert!(!fine.caption.contains("does not hold") && !fine.meta.notes.join(" ").contains("does not hold"), "{}", fine.caption);
}

#[test]
fn lifetime_value_says_why_it_cannot_be_told() {
    let question = json!({"purchase": {"event": "buy"}, "property": "n"});
    let nobody = ask(&world(vec![event(1, 1, LOOK, 1)]), "lifetime", &question);
    assert_eq!(nobody.caption, "Nobody did buy in this period.");
    let once = ask(&world(vec![event(1, 1, BUY, 3), event(2, 5, BUY, 4)]), "lifetime", &question);
    assert!(
        once.caption.contains("2 customers have spent 7.00 so far, 3.50 each") && once.caption.contains("nobody bought again"),
        "{}",
        once.caption
    );
    assert!(cell(table(&once), 0, "value to come").is_null());
    let alike = ask(&world((0..9).flat_map(|who| [event(who, 1, BUY, 2), event(who, 9, BUY, 2)]).collect()), "lifetime", &question);
    assert!(alike.caption.contains("same history"), "{}", alike.caption);
    let free = ask(&world(buyers()), "lifetime", &json!({"purchase": {"event": "buy"}}));
    let notes = free.meta.notes.join(" ");
    assert!(notes.contains("No purchase has an amount of money") && notes.contains("fits no model"), "{notes}");
    assert_eq!(number(table(&free), 0, "value to come"), 0.0);
    let same = ask(&world(buyers().into_iter().map(|event| Plain { n: 2, ..event }).collect()), "lifetime", &question);
    assert!(number(table(&same), 0, "value to come") > 0.0, "{:?}", same.meta.notes);
    let world = world(buyers());
    for (name, value) in [
        ("horizon", json!("0s")),
        ("horizon", json!("30000d")),
        ("discount", json!(-0.1)),
        ("margin", json!(1.5)),
        ("holdout", json!("-1d")),
        ("model", json!("guess")),
        ("by", json!({"trait": "tier", "first": "channel"})),
    ] {
        refused(&world, "lifetime", &with(&question, name, value));
    }
}

#[test]
fn scores_end_where_a_fifth_of_customers_does() {
    // Ten customers: the n-th bought n times, last on day 10 n, each time for 1; known until day 100.
    let events = (1..=10u8).flat_map(|who| (0..who).map(move |back| event(who, 10 * i64::from(who) - i64::from(back), BUY, 1))).collect();
    let world = world(events);
    let question = json!({"purchase": {"event": "buy"}, "property": "n"});
    let answer = ask(&world, "rfm", &question);
    // Fifths of 10: ranks 1 + ⌊9 k / 5⌋ are 2, 4, 6, 8, so purchases end at 2, 4, 6 and 8, and days at 10, 30, 50 and 70.
    let notes = answer.meta.notes.join(" ");
    assert!(notes.contains("days since the last purchase 10, 30, 50, 70; purchases 2, 4, 6, 8; spent 2.00, 4.00, 6.00, 8.00"), "{notes}");
    let told = table(&answer);
    let rows: BTreeMap<&str, u64> = told.rows.iter().map(|row| (row[0].as_str().unwrap(), row[1].as_u64().unwrap())).collect();
    // Days are 90, 80 … 0, so both scores are the same: 1 and 2 have ones, 3 and 4 twos, and so on.
    assert_eq!(rows.values().sum::<u64>(), 10);
    assert_eq!((rows["Champions"], rows["Loyal"], rows["Hibernating"], rows["Need attention"]), (2, 2, 4, 2), "{rows:?}");
    assert!(answer.caption.starts_with("2 of 10 customers are champions"), "{}", answer.caption);
    assert_eq!(
        people(
            &world,
            "rfm",
            &question,
            &json!({"segment": "Champions", "cuts": {"days": [10, 30, 50, 70], "purchases": [2, 4, 6, 8], "money": [0, 0, 0, 0]}})
        ),
        2
    );
    let own = with(&question, "cuts", json!({"days": [0, 1, 2, 3], "purchases": [1, 2, 3, 9], "money": [0, 1, 2, 3]}));
    let answer = ask(&world, "rfm", &with(&own, "show", json!("scores")));
    let told = table(&answer);
    assert_eq!((told.rows.len(), told.rows[0][2].as_str().unwrap()), (15, "up to 0"));
    assert_eq!((cell(told, 0, "customers"), cell(told, 4, "customers")), (&json!(1), &json!(9)));
    assert_eq!((told.rows[5][2].as_str().unwrap(), cell(told, 6, "customers")), ("more than 9", &json!(6)));
    assert_eq!(people(&world, "rfm", &own, &json!({"segment": "Champions"})), 1, "the cut points are in the question");
    let few = ask(&world, "rfm", &with(&question, "segment", json!({"did": "buy", "at_least": 8})));
    assert!(few.caption.contains("at least five customers"), "{}", few.caption);
    for cuts in [json!({"days": [3, 2, 1, 0]}), json!({"purchases": [-1, 2, 3, 4]}), json!({"money": [1, 2, 3]})] {
        refused(&world, "rfm", &with(&question, "cuts", cuts));
    }
}

#[test]
fn survival_is_the_product_of_those_who_went_on() {
    // To buy: after 2 days, after 4, after 4, never (known for 20 days), and one who came three days before the end.
    let mut events: Vec<Plain> =
        [(1, 2), (2, 4), (3, 4)].iter().flat_map(|(who, wait)| [event(*who, 0, LOOK, 1), event(*who, *wait, BUY, 0)]).collect();
    events.extend([event(4, 0, LOOK, 2), event(5, 17, LOOK, 2), event(6, 20, CALL, 0)]);
    let world = world(events);
    let question = json!({"start": {"event": "look"}, "event": {"event": "buy"}, "horizon": "10d", "points": 10});
    let answer = ask(&world, "survival", &question);
    let values: Vec<f64> = series(&answer).lines[0].values.iter().map(|value| value.unwrap()).collect();
    // Five wait; one of five after 2 days, the fifth one is lost from sight after 3, two of three after 4.
    let left = 0.8 * (1.0 / 3.0);
    for (day, expected) in [(1, 1.0), (2, 0.8), (3, 0.8), (4, left), (10, left)] {
        assert!((values[day - 1] - expected).abs() < 1e-12, "{day}: {values:?}");
    }
    assert_eq!(answer.caption, "73.3 % of 5 customers get to buy within 10d, half of all within 4 days.");
    assert_eq!(answer.meta.immature, 1);
    let grouped = ask(&world, "survival", &with(&question, "by", json!({"property": "n"})));
    let lines = &series(&grouped).lines;
    assert_eq!((lines.len(), lines[0].name.as_str(), lines[0].values[9]), (2, "1", Some(0.0)));
    let notes = grouped.meta.notes.join(" ");
    assert!(notes.contains("Log-rank test of all groups together") && notes.contains("1: 100.0 % of 3 within 10d"), "{notes}");
    assert_eq!(people(&world, "survival", &with(&question, "by", json!({"property": "n"})), &json!({"by": "2", "ended": false})), 2);
}

#[test]
fn customers_are_lost_once_they_were_idle_for_long_enough() {
    // One looks on days 0, 4 and 8 and then never again, one comes back too late, one is still there.
    let events = [(1, 0), (1, 4), (1, 8), (2, 0), (2, 12), (3, 14), (3, 18), (3, 20)].map(|(who, day)| event(who, day, LOOK, who)).to_vec();
    let world = world(events);
    let question = json!({"start": {"event": "look"}, "churn": {"idle": "5d"}, "horizon": "20d", "points": 20});
    let answer = ask(&world, "survival", &question);
    let values: Vec<Option<f64>> = series(&answer).lines[0].values.clone();
    // The second is lost on day 5; the third is known for 6 days only; the first is lost on day 13.
    assert_eq!((values[3], values[12]), (Some(1.0), Some(0.0)));
    assert!((values[4].unwrap() - 2.0 / 3.0).abs() < 1e-12 && (values[11].unwrap() - 2.0 / 3.0).abs() < 1e-12, "{values:?}");
    assert_eq!(people(&world, "survival", &question, &json!({"ended": true})), 2);
    for wrong in [
        with(&question, "event", json!({"event": "buy"})),
        with(&question, "churn", json!({"idle": "20d"})),
        with(&question, "churn", json!({"idle": "0s"})),
        with(&question, "points", json!(0)),
        with(&question, "show", json!("hazards")),
        json!({"start": {"event": "look"}}),
    ] {
        refused(&world, "survival", &wrong);
    }
    let nobody = ask(&world, "survival", &with(&question, "start", json!({"event": "look", "where": {"property": "n", "is": "9"}})));
    assert_eq!(nobody.caption, "Nobody started in this period.");
}

#[test]
fn hazards_and_risks_are_told_with_their_people() {
    // Who looks with a larger n buys sooner; the gold ones do nothing of their own.
    let mut events = Vec::new();
    let mut traits = Vec::new();
    for who in 0..120u8 {
        let n = who % 5;
        events.push(event(who, i64::from(who % 7), LOOK, n));
        events.push(event(who, i64::from(who % 7) + 2 + i64::from(who) * 13 % 11 + 4 * i64::from(4 - n), BUY, 0));
        traits.push(Told { who, time: None, gold: who % 4 == 1 });
    }
    let world = World::new(&[Batch { events, traits, merge: None }]);
    let question = json!({"start": {"event": "look"}, "event": {"event": "buy"}, "horizon": "20d", "covariates": [{"property": "n"}, {"trait": "tier"}], "show": "hazards"});
    let answer = ask(&world, "survival", &question);
    let told = table(&answer);
    assert_eq!(told.rows.len(), 2);
    assert_eq!(
        (cell(told, 0, "covariate"), cell(told, 0, "value"), cell(told, 0, "customers")),
        (&json!("n"), &json!("one more"), &json!(120))
    );
    assert!(number(told, 0, "low") > 1.5, "{told:?}");
    assert_eq!(
        (cell(told, 1, "value"), cell(told, 1, "compared with"), cell(told, 1, "customers")),
        (&json!("gold"), &json!("(none)"), &json!(30))
    );
    assert!(number(told, 1, "low") < 1.0 && number(told, 1, "high") > 1.0, "{told:?}");
    assert!(answer.caption.starts_with("n goes with"), "{}", answer.caption);
    let risks = ask(&world, "survival", &with(&question, "show", json!("risk")));
    let told = table(&risks);
    let customers: f64 = (0..told.rows.len()).map(|row| number(told, row, "customers")).sum();
    assert_eq!(customers, 120.0);
    let last = told.rows.len() - 1;
    assert!(last >= 4 && number(told, last, "foretold") > number(told, 0, "foretold") + 0.2, "{told:?}");
    let none = ask(&world, "survival", &with(&question, "event", json!({"event": "buy", "where": {"property": "n", "is": "5"}})));
    assert!(none.meta.notes.join(" ").contains("happened to nobody") && table(&none).rows.is_empty(), "{:?}", none.meta.notes);
}

#[test]
fn who_still_waits_is_listed_by_the_risk_from_now_on() {
    // Everybody looks on a day of their own; half of them buy, those with a larger n sooner.
    let mut events = Vec::new();
    for who in 0..200u8 {
        let n = who % 4;
        let start = i64::from(who) * 7 % 40;
        events.push(event(who, start, LOOK, n));
        if who % 2 == 0 || n == 3 {
            events.push(event(who, start + 2 + i64::from(who) * 13 % 17 + 3 * i64::from(3 - n), BUY, 0));
        }
    }
    events.push(event(250, 44, CALL, 0));
    // Nothing is known of what comes later.
    events.retain(|event| event.time <= 44 * DAY + 3);
    let world = crate::world(events.clone());
    let map = periplus_maps::parse(MAP).unwrap();
    let question = json!({"start": {"event": "look"}, "event": {"event": "buy"}, "horizon": "40d", "covariates": [{"property": "n"}], "show": "customers", "ahead": "5d"});
    let all = world.ask("survival", &with(&question, "at_most", json!(500)), &map, 2);
    let told = table(&all);
    let buys = |who: u8| events.iter().filter(|e| e.who == who && e.event == BUY).map(|e| e.time).min();
    let looks = |who: u8| events.iter().find(|e| e.who == who && e.event == LOOK).map(|e| e.time);
    // Who waits still, by the whole 40 days at most.
    let known = 44 * DAY + 3;
    let waiting: BTreeMap<i64, (u8, i64)> = (0..200u8)
        .filter(|who| buys(*who).is_none_or(|at| at > known))
        .map(|who| (world::key(who), (who % 4, (known - looks(who).unwrap()).min(40 * DAY))))
        .collect();
    let longest = (0..200u8).map(|who| buys(who).unwrap_or(known).min(known) - looks(who).unwrap()).max().unwrap().min(40 * DAY);
    assert_eq!(told.rows.len(), waiting.values().filter(|(_, waited)| *waited + 5 * DAY <= longest).count());
    for row in 0..told.rows.len() {
        let (n, waited) = waiting[&cell(told, row, "key").as_i64().unwrap()];
        assert_eq!((cell(told, row, "n"), number(told, row, "waited so far")), (&json!(n.to_string()), waited as f64 / 1e6));
    }
    let risks: Vec<f64> = (0..told.rows.len()).map(|row| number(told, row, "risk within 5d")).collect();
    assert!(risks.is_sorted_by(|one, two| one >= two) && risks[0] > *risks.last().unwrap() + 0.05, "{risks:?}");
    // Of those who have waited equally long, the larger n is at the higher risk: it is conditional on nothing else.
    let of = |n: u8| {
        (0..told.rows.len())
            .find(|row| *cell(told, *row, "n") == json!(n.to_string()) && number(told, *row, "waited so far") < 10.0 * 86_400.0)
    };
    if let (Some(low), Some(high)) = (of(0), of(2)) {
        assert!(low > high, "{risks:?}");
    }
    for threads in [1, 3] {
        let few = world.ask("survival", &with(&question, "at_most", json!(9)), &map, threads);
        assert_eq!(table(&few).rows, told.rows[..9], "{threads}");
    }
    assert!(all.meta.notes.join(" ").contains("nothing can be foretold: they have waited for so long"), "{:?}", all.meta.notes);
    assert!(all.caption.contains("still wait; who is at the highest risk get to buy with"), "{}", all.caption);
    for (name, value) in [("at_most", json!(0)), ("ahead", json!("0s")), ("ahead", json!("41d")), ("covariates", json!([]))] {
        refused(&world, "survival", &with(&question, name, value));
    }
}

#[test]
fn a_misspelt_event_is_named_as_the_likely_cause() {
    let world = world(buyers());
    let map = periplus_maps::parse(MAP).unwrap();
    for (name, question) in [
        ("attribution", json!({"conversion": {"event": "buyy"}})),
        ("lifetime", json!({"purchase": {"event": "buyy"}})),
        ("rfm", json!({"purchase": {"event": "buyy"}})),
        ("survival", json!({"start": {"event": "look"}, "event": {"event": "buyy"}})),
        ("next_action", json!({"conversion": {"event": "buyy"}, "of": "channels"})),
        ("experiment", json!({"exposure": {"event": "buyy"}, "arm": "n", "control": "0", "metrics": [{"event": {"event": "buy"}}]})),
    ] {
        let told = world.ask(name, &question, &map, 2).meta.notes.join(" ");
        assert!(told.contains("There is no event 'buyy' in the data; did you mean 'buy'?"), "{name}: {told}");
        let right: Value = serde_json::from_str(&question.to_string().replace("buyy", "buy")).unwrap();
        let told = world.ask(name, &right, &map, 2).meta.notes.join(" ");
        assert!(!told.contains("There is no event"), "{name}: {told}");
    }
    let property = ask(&world, "lifetime", &json!({"purchase": {"event": "buy"}, "property": "m"})).meta.notes.join(" ");
    assert!(property.contains("No purchase has a number as its property 'm': is that its name?"), "{property}");
    let campaign = world.ask("attribution", &json!({"conversion": {"event": "buy"}, "by": "property", "property": "campain"}), &map, 2);
    assert!(campaign.meta.notes.join(" ").contains("has the property 'campain': is that its name?"), "{:?}", campaign.meta.notes);
    let once = ask(&crate::world(vec![event(1, 1, LOOK, 1)]), "survival", &json!({"start": {"event": "look"}, "event": {"event": "look"}}));
    assert!(!once.caption.contains("1 customers") && !once.caption.contains("within 0 s"), "{}", once.caption);
}

#[test]
fn champions_of_a_group_are_those_of_all() {
    // Whoever comes by the web bought lately and often, the others long ago and once.
    let events = (1..=20u8).flat_map(|who| {
        (0..if who % 2 == 0 { 5 } else { 1 }).map(move |back| event(who, if who % 2 == 0 { 90 } else { i64::from(who) } - back, BUY, 1))
    });
    let world = world(events.collect());
    let question = json!({"purchase": {"event": "buy"}, "property": "n", "breakdown": [{"channel": "first"}]});
    let answer = ask(&world, "rfm", &question);
    let group = |name: &str| answer.groups.iter().find(|group| group.name == [name]).unwrap();
    let of = |name: &str, segment: &str| {
        let View::Table(table) = &group(name).view else { panic!() };
        table.rows.iter().find(|row| row[0] == segment).map_or(0, |row| row[1].as_u64().unwrap())
    };
    let View::Table(all) = &answer.view else { panic!() };
    for row in &all.rows {
        let segment = row[0].as_str().unwrap();
        assert_eq!(json!(of("web", segment) + of("store", segment)), row[1], "{segment}: what is one in all is one in its group");
    }
    let best = all.rows.iter().find(|row| row[1] == 10).map(|row| row[0].as_str().unwrap()).unwrap();
    let told = group("web").differences.iter().find(|difference| difference.figure == best).unwrap();
    assert_eq!((told.here, told.there), (1.0, 0.0), "{best}");
    assert!(told.p < 0.01 && told.difference.low > 0.3, "{told:?}");
}

/// Two arms of forty: of the first 12 buy, of the second 24; one of the second was seen in both, and bought before.
fn experiment() -> Vec<Plain> {
    let mut events = Vec::new();
    for who in 0..80u8 {
        let arm = who / 40;
        events.push(event(who, 10, LOOK, arm));
        if who % 40 < if arm == 0 { 12 } else { 24 } {
            events.push(event(who, 12, BUY, 2 + who % 3));
            events.push(event(who, 12, BUY, 1));
        }
        if who % 2 == 0 {
            events.push(event(who, 13, CALL, 1));
        }
    }
    events.extend([event(45, 11, LOOK, 0), event(45, 5, BUY, 1), event(90, 11, RETURN, 4), event(79, 40, BUY, 1)]);
    events
}

#[test]
fn arms_are_compared_as_by_hand() {
    let world = world(experiment());
    let question = json!({"exposure": {"event": "look"}, "arm": "n", "control": "0", "metrics": [
        {"name": "bought", "event": {"event": "buy"}, "window": "14d"},
        {"name": "money", "kind": "mean", "event": {"event": "buy"}, "property": "n", "window": "14d"},
        {"name": "for each buy", "kind": "ratio", "event": {"event": "buy"}, "property": "n", "of": {"event": "buy"}, "window": "14d"},
        {"name": "calls", "event": {"event": "call"}, "better": "less", "guardrail": 0.3}]});
    let answer = ask(&world, "experiment", &question);
    let told = table(&answer);
    assert_eq!(told.rows.len(), 8);
    let (effect, test) = (newcombe((24, 40), (12, 40)).unwrap(), two_proportions((24, 40), (12, 40)).unwrap());
    assert_eq!((cell(told, 0, "did it"), cell(told, 1, "did it"), cell(told, 1, "customers")), (&json!(12), &json!(24), &json!(40)));
    for (column, expected) in
        [("difference", 0.3), ("low", effect.low), ("high", effect.high), ("p", test.p), ("relative", 1.0), ("value", 0.6)]
    {
        assert!((number(told, 1, column) - expected).abs() < 1e-12, "{column}: {told:?}");
    }
    assert!(number(told, 1, "chance to be better") > 0.99);
    // What is believed is normal around the difference, with the variances of both shares.
    let deviation = ((0.3 * 0.7 + 0.6 * 0.4) / 40.0_f64).sqrt();
    for (column, expected) in [("believed low", 0.3 - 1.96 * deviation), ("believed high", 0.3 + 1.96 * deviation)] {
        assert!((number(told, 1, column) - expected).abs() < 0.006, "{column}: {told:?}");
    }
    // Taking the better one loses next to nothing, leaving it nearly all of the difference; together they differ by it.
    let losses = |row: usize| (number(told, row, "loss if taken"), number(told, row, "loss if left"));
    let (taken, left) = losses(1);
    assert!(taken > 0.0 && taken < 0.001 && (left - taken - 0.3).abs() < 1e-9, "{taken} {left}");
    // Of complaints less is better: there is no difference, so both lose the same.
    let (taken, left) = losses(7);
    assert!((left - taken + number(told, 7, "difference")).abs() < 1e-9, "{taken} {left}");
    assert!(cell(told, 0, "loss if taken").is_null(), "the control is no choice");
    // Money of the second arm: for each of 24 customers 1 and 2 to 4.
    let money: u64 = (40..64).map(|who: u64| 3 + who % 3).sum();
    assert!((number(told, 3, "value") - money as f64 / 40.0).abs() < 1e-9);
    assert!((number(told, 5, "value") - money as f64 / 48.0).abs() < 1e-9, "{told:?}");
    assert_eq!(cell(told, 7, "verdict"), "not hurt");
    assert!(
        answer.caption.starts_with("80 customers in 2 arms, by bought: 1 against 0: Ship it: the goal is better (+0.3000"),
        "{}",
        answer.caption
    );
    let notes = answer.meta.notes.join(" ");
    assert!(notes.contains("The split is as it was meant to be (0 40 of 40, 1 40 of 40 expected; p = 1.0000"), "{notes}");
    assert!(notes.contains("Seen in several arms: 1 customer, who count"), "{notes}");
    let at = |place: Value| people(&world, "experiment", &question, &place);
    assert_eq!((at(json!({"arm": "1", "metric": "bought", "converted": true})), at(json!({"several": true}))), (24, 1));
}

#[test]
fn who_was_held_out_is_held_against_everybody_else() {
    // Twenty more who were exposed to no arm, of whom two buy.
    let at = |who: u8, day: i64, name: &'static str, arm: Value| (who, day * DAY, name, None, json!({"arm": arm}));
    let mut events = Vec::new();
    for who in 0..100u8 {
        let (group, bought) = match who {
            0..40 => (json!("a"), who < 12),
            40..80 => (json!("b"), who < 64),
            _ => (Value::Null, who < 82),
        };
        events.push(at(who, 10, "look", group));
        if bought {
            events.push(at(who, 12, "buy", json!("-")));
        }
    }
    events.push(at(0, 30, "call", json!("-")));
    let world = World::of_events(&events);
    let question = json!({"exposure": {"event": "look"}, "arm": "arm", "control": "a", "metrics": [
        {"name": "bought", "event": {"event": "buy"}, "window": "14d"},
        {"name": "called", "event": {"event": "call"}, "better": "less", "guardrail": 0.5}]});
    let plain = ask(&world, "experiment", &question);
    assert_eq!(table(&plain).rows.len(), 4);
    let notes = plain.meta.notes.join(" ");
    assert!(notes.contains("left out: 20 customers. If they were held out, say \"holdout\": true."), "{notes}");
    let held = ask(&world, "experiment", &with(&question, "holdout", json!(true)));
    let told = table(&held);
    // The arms are compared as before; then all of them, 36 of 80, with 2 of 20.
    assert_eq!((told.rows.len(), &told.rows[..4]), (8, &table(&plain).rows[..]));
    assert_eq!(
        (cell(told, 4, "arm"), cell(told, 4, "did it"), cell(told, 4, "verdict")),
        (&json!("(held out)"), &json!(2), &json!("held out"))
    );
    assert_eq!(
        (cell(told, 5, "arm"), cell(told, 5, "customers"), cell(told, 5, "did it")),
        (&json!("(not held out)"), &json!(80), &json!(36))
    );
    let (effect, test) = (newcombe((36, 80), (2, 20)).unwrap(), two_proportions((36, 80), (2, 20)).unwrap());
    for (column, expected) in [("difference", 0.35), ("low", effect.low), ("high", effect.high), ("p", test.p)] {
        assert!((number(told, 5, column) - expected).abs() < 1e-12, "{column}: {told:?}");
    }
    assert_eq!((cell(told, 5, "verdict"), &held.caption), (&json!("better"), &plain.caption));
    let notes = held.meta.notes.join(" ");
    assert!(notes.contains("Held out: 20 customers.") && notes.contains("by bought: +0.3500 (95 %"), "{notes}");
    let at = |place: Value| people(&world, "experiment", &with(&question, "holdout", json!(true)), &place);
    assert_eq!((at(json!({"arm": "(held out)"})), at(json!({"metric": "bought", "converted": true}))), (20, 36));
    let none = ask(
        &crate::world(experiment()),
        "experiment",
        &json!({"exposure": {"event": "look"}, "arm": "n", "control": "0", "holdout": true,
        "metrics": [{"event": {"event": "buy"}, "window": "14d"}]}),
    );
    assert!(none.meta.notes.join(" ").contains("Nobody was held out") && table(&none).rows.len() == 2, "{:?}", none.meta.notes);
}

#[test]
fn an_experiment_is_stopped_hurt_or_too_early_in_words() {
    let world = world(experiment());
    let question = json!({"exposure": {"event": "look"}, "arm": "n", "control": "0", "metrics": [{"name": "bought", "event": {"event": "buy"}, "window": "14d"}]});
    let caption = |question: &Value| ask(&world, "experiment", question).caption;
    let early = caption(&with(&question, "planned", json!(200)));
    assert!(early.contains("Not yet: there are 80 of 200 planned units"), "{early}");
    // Planned are customers of all arms: with a third one there are as many as that.
    let mut three = experiment();
    three.extend(
        (100..140).flat_map(|who| [event(who, 10, LOOK, 2), event(who, 12, BUY, 1)].into_iter().take(1 + usize::from(who % 3 == 0))),
    );
    let three = crate::world(three);
    let full = ask(&three, "experiment", &with(&question, "planned", json!(120))).caption;
    assert!(!full.contains("planned"), "{full}");
    let short = ask(&three, "experiment", &with(&question, "planned", json!(121))).caption;
    assert!(short.contains("there are 120 of 121 planned"), "{short}");
    // The third arm is hardly better: that is open, and no matter of how many were compared.
    let notes = ask(&three, "experiment", &with(&question, "planned", json!(120))).meta.notes.join(" ");
    assert!(notes.contains("2 against 0: Not yet: it may be anything from") && !notes.contains("among as many"), "{notes}");
    let broken = caption(&with(&question, "weights", json!({"0": 1, "1": 9})));
    assert!(broken.contains("Stop: the split is broken"), "{broken}");
    let sequential = ask(&world, "experiment", &with(&question, "sequential", json!(true)));
    let plain = ask(&world, "experiment", &question);
    assert!(number(table(&sequential), 1, "low") < number(table(&plain), 1, "low"));
    let hurt = with(
        &question,
        "metrics",
        json!([
        {"name": "called", "event": {"event": "call"}},
        {"name": "bought", "event": {"event": "buy"}, "better": "less", "guardrail": 0.05, "window": "14d"}]),
    );
    assert!(caption(&hurt).contains("Do not ship: a guardrail is hurt"), "{}", caption(&hurt));
    let steadier = ask(&world, "experiment", &with(&question, "cuped", json!("30d")));
    assert!(steadier.meta.notes.join(" ").contains("of the variance is left"), "{:?}", steadier.meta.notes);
    let parts = ask(&world, "experiment", &with(&question, "by", json!("tier")));
    assert_eq!((table(&parts).rows.len(), cell(table(&parts), 3, "tier")), (4, &json!("(none)")));
    assert!(parts.meta.notes.join(" ").contains("Nobody has the trait 'tier': is that its name?"), "{:?}", parts.meta.notes);
    assert!(caption(&with(&question, "control", json!("x"))).contains("there are: 0, 1"));
    assert!(caption(&with(&question, "arm", json!("nothing"))).contains("80 were exposed, but to no arm"));
    assert!(caption(&with(&question, "exposure", json!({"event": "return"}))).contains("the control '0'"));
    let zero = with(&question, "metrics", json!([{"event": {"event": "basket*"}}]));
    assert!(caption(&zero).contains("Not yet: every unit has the same value"), "{}", caption(&zero));
    let late = with(&question, "from", json!("1970-01-12"));
    assert!(caption(&late).contains("All who were assigned (1 customer) are in the control"), "{}", caption(&late));
    let one = json!({"event": {"event": "buy"}});
    for (name, value) in [
        ("metrics", json!([])),
        ("metrics", json!([one, one])),
        ("metrics", json!([{"event": {"event": "buy"}, "guardrail": 0.1}])),
        ("metrics", json!([{"event": {"event": "buy"}, "kind": "ratio"}])),
        ("metrics", json!([{"event": {"event": "buy"}, "of": {"event": "buy"}}])),
        ("metrics", json!([{"event": {"event": "buy"}, "property": "n"}])),
        ("metrics", json!([{"event": {"event": "buy"}, "window": "0s"}])),
        ("primary", json!("sold")),
        ("weights", json!({"1": 1})),
        ("weights", json!({"0": -1, "1": 1})),
        ("worth", json!(-1)),
        ("cuped", json!("0s")),
    ] {
        refused(&world, "experiment", &with(&question, name, value));
    }
}
