//! The simulation against what it promises, counted again naively from the bytes it wrote.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::sync::OnceLock;

use periplus_model::Instant;
use periplus_simulate::{
    DataFile, Dirt, Outlet, Pain, PainKind, Platform, Progress, Scenario, Scope, SimulateError, Stage, Touchpoint, Truth, simulate,
};
use serde_json::Value;

#[derive(Default)]
struct Memory {
    files: BTreeMap<DataFile, Vec<u8>>,
    progress: Vec<Progress>,
}

impl Outlet for Memory {
    fn write(&mut self, file: DataFile, bytes: &[u8]) -> io::Result<()> {
        self.files.entry(file).or_default().extend_from_slice(bytes);
        Ok(())
    }
    fn progress(&mut self, progress: Progress) {
        self.progress.push(progress);
    }
}

impl Memory {
    fn text(&self, file: DataFile) -> &str {
        std::str::from_utf8(&self.files[&file]).unwrap()
    }

    /// Different, well-formed JSON lines.
    fn json(&self, file: DataFile) -> Vec<Value> {
        let mut before = "";
        let different = self.text(file).lines().filter(|line| *line != std::mem::replace(&mut before, line));
        different.filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Rows of the right width, by column name.
    fn rows(&self, file: DataFile) -> Vec<HashMap<String, String>> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(self.files[&file].as_slice());
        let header = reader.headers().unwrap().clone();
        let named = |row: csv::StringRecord| header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect();
        reader.records().map(Result::unwrap).filter(|row| row.len() == header.len()).map(named).collect()
    }
}

fn run(scenario: &Scenario, seed: u64, customers: u64) -> (Memory, Truth) {
    let mut memory = Memory::default();
    let truth = simulate(scenario, seed, Some(customers), &mut memory).unwrap();
    (memory, truth)
}

/// One larger run of the built-in scenario, for the tests that look at its customers.
fn retailer() -> &'static (Memory, Truth) {
    static RETAILER: OnceLock<(Memory, Truth)> = OnceLock::new();
    RETAILER.get_or_init(|| run(&Scenario::clothing_retailer(), 4, 2_500))
}

#[test]
fn a_seed_gives_the_same_bytes_and_another_seed_others() {
    let scenario = Scenario::clothing_retailer();
    let (first, truth) = run(&scenario, 7, 150);
    assert_eq!(first.files, run(&scenario, 7, 150).0.files);
    assert_eq!(first.files.len(), DataFile::ALL.len());
    assert_eq!(serde_json::from_str::<Truth>(first.text(DataFile::Truth)).unwrap(), truth);
    let other = run(&scenario, 8, 150).0;
    for file in DataFile::ALL.into_iter().filter(|file| *file != DataFile::Truth) {
        assert_ne!(first.files[&file], other.files[&file], "{}", file.name());
    }
    assert_eq!(first.progress.last().unwrap().customers, 150);
    assert_eq!(first.progress.last().unwrap().lines, truth.files.iter().map(|file| file.lines).sum::<u64>());
}

#[test]
fn cleaner_files_are_about_the_same_lives() {
    let dirty = run(&Scenario::clothing_retailer(), 3, 200).1;
    let clean = run(&Scenario { dirt: Dirt::NONE, ..Scenario::clothing_retailer() }, 3, 200).1;
    assert_eq!(clean.touchpoints, dirty.touchpoints);
    assert!(dirty.files.iter().any(|file| file.duplicates > 0));
    assert!(clean.files.iter().all(|file| file.duplicates == 0 && file.malformed == 0));
    assert_eq!((clean.dirt.late, clean.dirt.nobody, clean.dirt.shouted_emails), (0, 0, 0));
}

#[test]
fn the_truth_counts_what_is_in_the_files() {
    let dirt = Dirt { malformed: 0.002, ..Dirt::default() };
    let (memory, truth) = run(&Scenario { dirt, ..Scenario::clothing_retailer() }, 11, 600);
    for counted in &truth.files {
        let header = u64::from(counted.file.name().ends_with(".csv"));
        let text = memory.text(counted.file);
        assert_eq!(text.lines().count() as u64 - header, counted.lines, "{}", counted.file.name());
        assert_eq!(counted.lines, counted.records + counted.duplicates + counted.malformed);
        assert!(counted.records > 0, "{} is empty", counted.file.name());
        let proper = if counted.file.name().ends_with(".csv") {
            let rows = memory.rows(counted.file).len() as u64;
            rows - counted.duplicates
        } else {
            memory.json(counted.file).len() as u64
        };
        assert_eq!(proper, counted.records, "{}", counted.file.name());
    }
    let events = memory.json(DataFile::WebApp);
    let named = |name: &str| events.iter().filter(|event| event["event"] == name).count() as u64;
    let occasions = |at: Touchpoint| truth.touchpoints.iter().find(|it| it.touchpoint == at).unwrap().occasions;
    assert_eq!(named("Product Viewed"), occasions(Touchpoint::ProductView));
    assert_eq!(named("Checkout Step Completed"), occasions(Touchpoint::ShippingDetails));
    assert_eq!(named("Order Completed"), occasions(Touchpoint::Order));
    let parcels = memory.rows(DataFile::Deliveries).iter().filter(|row| row["event"] == "delivered").count() as u64;
    assert_eq!(parcels, occasions(Touchpoint::Delivery));
    let late = events.iter().filter(|event| instant(&event["receivedAt"]).since(instant(&event["timestamp"])).as_seconds() >= 86_400.0);
    assert_eq!(late.count() as u64, truth.dirt.late);
    let nobody = events.iter().filter(|event| event["anonymousId"] == "anonymous").count() as u64;
    assert_eq!(nobody, truth.dirt.nobody);
    let blocked = events.iter().filter(|event| event["userId"] == "null" || event["userId"] == "undefined").count() as u64;
    assert_eq!(blocked - nobody, truth.dirt.blocked_user_ids);
    let mut emails: Vec<String> = [DataFile::Surveys, DataFile::Crm]
        .into_iter()
        .flat_map(|file| memory.rows(file).into_iter().map(|mut row| row.remove("email").unwrap()))
        .collect();
    let in_json = [memory.json(DataFile::Calls), events].concat();
    emails.extend(in_json.iter().filter_map(|it| it["traits"]["email"].as_str().or(it["email"].as_str()).map(str::to_owned)));
    let shouted = emails.iter().filter(|email| **email != email.trim().to_lowercase()).count() as u64;
    assert_eq!(shouted, truth.dirt.shouted_emails);
    let affected = memory.rows(DataFile::TruthAffected);
    for pain in &truth.pains {
        let listed = affected.iter().filter(|row| row["planted"] == pain.planted.name).count() as u64;
        assert_eq!(listed, pain.customers_affected);
        assert!(pain.hits <= pain.occasions && pain.customers_affected <= pain.customers_exposed);
    }
}

#[test]
fn the_funnel_narrows() {
    let truth = run(&Scenario::clothing_retailer(), 5, 600).1;
    let through: Vec<u64> = truth.stages.iter().map(|stage| stage.customers_with_all_before).collect();
    assert!(through.windows(2).all(|pair| pair[0] >= pair[1]), "{through:?}");
    assert!(through[4] > 0, "somebody goes all the way");
    assert_eq!(truth.stages.iter().map(|stage| stage.stage).collect::<Vec<_>>(), Stage::ALL);
    assert!(truth.customers_seen <= truth.customers && truth.registered <= truth.customers_seen);
}

fn instant(value: &Value) -> Instant {
    Instant::parse(value.as_str().unwrap()).unwrap()
}

#[test]
fn every_moment_is_observed() {
    let scenario = Scenario { days: 60, pains: vec![], delights: vec![], ..Scenario::clothing_retailer() };
    let (memory, _) = run(&scenario, 2, 400);
    // Midnights in Berlin, in winter.
    let observed = Instant::parse("2025-01-01T00:00:00+01:00").unwrap()..Instant::parse("2025-03-02T00:00:00+01:00").unwrap();
    let mut seen = 0;
    let mut check = |at: Instant, file: &str| {
        assert!(observed.contains(&at), "{at} in {file}");
        seen += 1;
    };
    for event in memory.json(DataFile::WebApp) {
        check(instant(&event["timestamp"]), "web_app");
        assert!(instant(&event["receivedAt"]) >= instant(&event["timestamp"]));
    }
    for call in memory.json(DataFile::Calls) {
        check(instant(&call["started_at"]), "calls");
    }
    for (file, column) in [
        (DataFile::Surveys, "answered_at"),
        (DataFile::Deliveries, "at"),
        (DataFile::Returns, "requested_at"),
        (DataFile::Loyalty, "at"),
        (DataFile::Reviews, "written_at"),
        (DataFile::Referrals, "shared_at"),
    ] {
        for row in memory.rows(file) {
            check(Instant::parse(&row[column]).unwrap(), file.name());
        }
    }
    for row in memory.rows(DataFile::Email) {
        check(Instant::from_millis(row["at_ms"].parse().unwrap()), "email");
    }
    for row in memory.rows(DataFile::StoreSales) {
        check(Instant::parse(&format!("{}+01:00", row["time"].replace(' ', "T"))).unwrap(), "store_sales");
    }
    assert!(seen > 5_000, "{seen}");
    assert!(memory.rows(DataFile::Crm).iter().all(|row| row["signup_date"].as_str() < "2025-03-02"));
}

/// Per platform, before and from July on: tries at the shipping form, and how many of them were repeats.
type Loops = HashMap<(String, bool), (f64, f64)>;

fn shipping_loops(memory: &Memory) -> Loops {
    let changes = Instant::parse("2025-07-01T00:00:00+02:00").unwrap();
    let mut loops = Loops::new();
    // Lines of one person are in order of time, and nothing comes between two tries but looking at the form again.
    let mut before: HashMap<String, String> = HashMap::new();
    for event in memory.json(DataFile::WebApp) {
        let device = event["anonymousId"].as_str().unwrap().to_owned();
        let name = event["event"].as_str().unwrap_or_default().to_owned();
        if name == "Checkout Step Viewed" || name == "Error Shown" {
            continue;
        }
        let app = event["context"]["app"].is_object();
        let platform = if app { "app".to_owned() } else { event["context"]["device"]["type"].as_str().unwrap_or_default().to_owned() };
        if name == "Checkout Step Completed" {
            let count = loops.entry((platform, instant(&event["timestamp"]) >= changes)).or_default();
            count.0 += 1.0;
            count.1 += f64::from(u8::from(before.get(&device) == Some(&name)));
        }
        before.insert(device, name);
    }
    loops
}

#[test]
fn a_planted_loop_shows_where_it_was_planted_and_nowhere_else() {
    let mut control = Scenario { pains: vec![], delights: vec![], ..Scenario::clothing_retailer() };
    // Eager buyers reach the checkout often enough to measure it with few people.
    for persona in &mut control.personas {
        (persona.adds_to_cart, persona.finishes_checkout, persona.leaves_per_month) = (0.8, 0.9, 0.0);
    }
    let pain = Pain {
        name: "form_forgets".into(),
        kind: PainKind::Loop,
        at: Touchpoint::ShippingDetails,
        strength: 0.4,
        note: String::new(),
        scope: Scope { platform: Some(Platform::MobileWeb), from: Some("2025-07-01".to_owned().try_into().unwrap()), ..Scope::default() },
    };
    let planted = Scenario { pains: vec![pain], ..control.clone() };
    // Repeats per try; with a chance p of another one it approaches p: 3 % of clumsiness, or 1 - 0.97 × 0.6.
    let rate = |loops: &Loops, platform: &str, later: bool| {
        let (tries, repeats) = loops[&(platform.to_owned(), later)];
        assert!(tries > 150.0, "{platform}: {tries}");
        repeats / tries
    };
    let (memory, truth) = run(&planted, 1, 500);
    let loops = shipping_loops(&memory);
    assert!((rate(&loops, "mobile", true) - 0.418).abs() < 0.06, "{loops:?}");
    assert!(rate(&loops, "mobile", false) < 0.08, "{loops:?}");
    assert!(rate(&loops, "desktop", true) < 0.08, "{loops:?}");
    assert!((truth.pains[0].hits as f64 / truth.pains[0].occasions as f64 - 0.4).abs() < 0.06);
    let loops = shipping_loops(&run(&control, 1, 500).0);
    assert!(rate(&loops, "mobile", true) < 0.08, "{loops:?}");
}

#[test]
fn planted_waits_gifts_and_scores_show() {
    let (memory, truth) = retailer();
    let region: HashMap<String, String> =
        memory.rows(DataFile::Crm).into_iter().map(|mut row| (row.remove("user_id").unwrap(), row.remove("region").unwrap())).collect();
    let ordered: HashMap<String, Instant> = memory
        .json(DataFile::WebApp)
        .iter()
        .filter(|event| event["event"] == "Order Completed")
        .map(|event| (event["properties"]["order_id"].as_str().unwrap().to_owned(), instant(&event["timestamp"])))
        .collect();
    let mut days: HashMap<bool, Vec<f64>> = HashMap::new();
    let begins = Instant::parse("2025-03-01").unwrap();
    for row in memory.rows(DataFile::Deliveries) {
        let at = ordered[&row["order_id"]];
        if row["event"] == "delivered"
            && at > begins
            && let Some(region) = region.get(&row["user_id"])
        {
            days.entry(region == "Berlin").or_default().push(Instant::parse(&row["at"]).unwrap().since(at).as_seconds() / 86_400.0);
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert!((mean(&days[&true]) / mean(&days[&false]) - 0.4).abs() < 0.1);
    let gifts = memory.rows(DataFile::Loyalty).iter().filter(|row| row["event"] == "gift_received").count() as u64;
    assert_eq!(gifts, truth.delights[1].hits);
    assert!(gifts > 50, "{gifts}");
    let christmas = Instant::parse("2025-11-24").unwrap();
    let mut waits: HashMap<bool, Vec<f64>> = HashMap::new();
    for call in memory.json(DataFile::Calls).iter().filter(|call| call["channel"] == "phone") {
        waits.entry(instant(&call["started_at"]) >= christmas).or_default().push(call["wait_seconds"].as_f64().unwrap());
    }
    assert!(mean(&waits[&true]) > 2.5 * mean(&waits[&false]));
    for planted in &truth.pains {
        assert!(planted.hits > 0, "{} never strikes", planted.planted.name);
    }
}

#[test]
fn words_fit_scores() {
    let (memory, _) = retailer();
    let answers = memory.rows(DataFile::Surveys);
    let texts: HashSet<&str> = answers.iter().map(|row| row["comment"].as_str()).collect();
    assert!(texts.len() > 200, "{} different comments", texts.len());
    let happy = answers.iter().filter(|row| row["comment"].contains("incredibly fast"));
    assert!(happy.into_iter().all(|row| row["score"].parse::<u32>().unwrap() >= 4));
    assert!(answers.iter().any(|row| row["kind"] == "nps") && answers.iter().any(|row| row["kind"] == "csat"));
    for row in &answers {
        let score: u32 = row["score"].parse().unwrap();
        assert!(if row["kind"] == "nps" { score <= 10 } else { (1..=5).contains(&score) });
    }
}

#[test]
fn personas_have_their_shares_and_habits() {
    let scenario = Scenario::clothing_retailer();
    let (memory, truth) = retailer();
    for (persona, counted) in scenario.personas.iter().zip(&truth.personas) {
        let share = counted.customers as f64 / truth.customers as f64;
        assert!((share - persona.share).abs() < 0.03, "{}: {share}", persona.name);
    }
    assert_eq!(truth.personas.iter().map(|persona| persona.customers).sum::<u64>(), 2_500);
    let owners: HashMap<String, String> = memory
        .rows(DataFile::TruthIdentities)
        .into_iter()
        .filter(|row| row["shared"] == "0")
        .map(|mut row| (row.remove("value").unwrap(), row.remove("persona").unwrap()))
        .collect();
    let mut receipts: HashMap<&str, f64> = HashMap::new();
    let rows = memory.rows(DataFile::StoreSales);
    for row in &rows {
        let id = if row["loyalty_card"].is_empty() { &row["receipt_no"] } else { &row["loyalty_card"] };
        *receipts.entry(&owners[id]).or_default() += 1.0;
    }
    assert!(receipts["store_loyal"] > 3.0 * receipts["app_native"]);
    let without_card = truth.dirt.receipts_without_card as f64 / rows.len() as f64;
    assert!((0.1..0.4).contains(&without_card), "{without_card}");
}

#[test]
fn every_identifier_is_in_the_truth_with_its_people() {
    let (memory, truth) = run(&Scenario::clothing_retailer(), 6, 1_000);
    let mut people: HashMap<(String, String), HashSet<String>> = HashMap::new();
    for row in memory.rows(DataFile::TruthIdentities) {
        people.entry((row["kind"].clone(), row["value"].clone())).or_default().insert(row["person"].clone());
    }
    let mut met: HashSet<(String, String)> = HashSet::new();
    let mut meet = |kind: &str, value: &str| {
        let value = match kind {
            "email" => value.trim().to_lowercase(),
            "phone" => value.replace('-', " "),
            _ => value.to_owned(),
        };
        if !value.is_empty() && !["null", "undefined", "anonymous"].contains(&value.as_str()) {
            let id = (kind.to_owned(), value);
            assert!(people.contains_key(&id), "{id:?} is nobody's");
            met.insert(id);
        }
    };
    for event in memory.json(DataFile::WebApp) {
        meet("anonymous_id", event["anonymousId"].as_str().unwrap());
        meet("user_id", event["userId"].as_str().unwrap_or_default());
        meet("email", event["traits"]["email"].as_str().unwrap_or_default());
    }
    for call in memory.json(DataFile::Calls) {
        meet("phone", call["phone"].as_str().unwrap_or_default());
        meet("email", call["email"].as_str().unwrap_or_default());
    }
    for file in DataFile::ALL.into_iter().filter(|file| !file.is_truth() && file.name().ends_with(".csv")) {
        for row in memory.rows(file) {
            for kind in ["user_id", "email", "phone", "loyalty_card"] {
                meet(kind, row.get(kind).map_or("", String::as_str));
            }
            if row.get("loyalty_card").is_some_and(String::is_empty) && row.contains_key("receipt_no") {
                meet("receipt_no", &row["receipt_no"]);
            }
        }
    }
    assert_eq!(met.len(), people.len(), "the truth lists only what appears");
    let shared = people.iter().filter(|(_, people)| people.len() > 1);
    let kinds: HashSet<&str> = shared.clone().map(|((kind, _), _)| kind.as_str()).collect();
    assert_eq!(kinds, HashSet::from(["anonymous_id"]));
    assert_eq!(shared.count() as u64, truth.dirt.shared_devices);
}

#[test]
fn scenarios_survive_toml() {
    let scenario = Scenario::clothing_retailer();
    let text = toml::to_string_pretty(&scenario).unwrap();
    assert_eq!(toml::from_str::<Scenario>(&text).unwrap(), scenario);
    assert!(toml::from_str::<Scenario>(&format!("surprise = 1\n{text}")).unwrap_err().to_string().contains("surprise"));
    let bad_day = text.replacen("2025-01-01", "2025-02-30", 1);
    assert!(toml::from_str::<Scenario>(&bad_day).unwrap_err().to_string().contains("is not a day such as 2025-03-01"));
}

#[test]
fn wrong_scenarios_are_refused_with_a_reason() {
    type Spoil = fn(&mut Scenario);
    let cases: [(&str, Spoil); 17] = [
        ("days is 0", |it| it.days = 0),
        ("customers is 0", |it| it.customers = 0),
        ("timezone 'Moon/Base'", |it| it.timezone = "Moon/Base".into()),
        ("currency 'euro'", |it| it.currency = "euro".into()),
        ("brand is empty", |it| it.brand = " ".into()),
        ("newsletter_every_days is 0", |it| it.newsletter_every_days = 0),
        ("sum to 0.6500", |it| drop(it.personas.remove(0))),
        ("the name 'app_native' is used twice", |it| it.personas[0].name = "app_native".into()),
        ("persona 'bargain_hunter': returns is 2", |it| it.personas[0].returns = 2.0),
        ("persona 'bargain_hunter': age is NaN", |it| it.personas[0].age = f64::NAN),
        ("has control characters", |it| it.campaigns[0].name = "a\nb".into()),
        ("there is no persona 'nobody'", |it| it.pains[1].scope.persona = Some("nobody".into())),
        ("there is no region 'Atlantis'", |it| it.delights[0].scope.region = Some("Atlantis".into())),
        ("Loop cannot be planted at delivery", |it| it.pains[0].at = Touchpoint::Delivery),
        ("strength is -0.1", |it| it.pains[0].strength = -0.1),
        ("before it begins", |it| it.pains[0].scope.to = Some(it.start)),
        ("it never applies", |it| it.days = 30),
    ];
    for (message, break_it) in cases {
        let mut scenario = Scenario::clothing_retailer();
        break_it(&mut scenario);
        let mut memory = Memory::default();
        let error = simulate(&scenario, 1, None, &mut memory).unwrap_err().to_string();
        assert!(error.contains(message), "'{error}' does not say '{message}'");
        assert!(memory.files.is_empty());
    }
}

#[test]
fn pains_strike_only_whom_they_are_meant_for() {
    let (memory, truth) = retailer();
    let mut people: HashMap<String, (String, Option<String>)> = HashMap::new();
    let mut groups: HashMap<String, (String, String)> = HashMap::new();
    for row in memory.rows(DataFile::Crm) {
        groups.insert(row["user_id"].clone(), (row["age_group"].clone(), row["region"].clone()));
    }
    for row in memory.rows(DataFile::TruthIdentities) {
        let person = people.entry(row["person"].clone()).or_insert((row["persona"].clone(), None));
        if row["kind"] == "user_id" {
            person.1 = Some(row["value"].clone());
        }
    }
    let mut checked = HashMap::<String, u32>::new();
    for row in memory.rows(DataFile::TruthAffected) {
        let (persona, user_id) = &people[&row["person"]];
        let group = user_id.as_ref().and_then(|user_id| groups.get(user_id));
        let (fits, planted) = match row["planted"].as_str() {
            name @ "bargain_hunters_meet_shipping_costs" => (persona == "bargain_hunter", name),
            name @ "older_customers_and_the_bank_app" => (group.is_none_or(|group| group.0 == "50-64"), name),
            name @ "building_site_in_frankfurt" => (group.is_none_or(|group| group.1 == "Hesse"), name),
            _ => continue,
        };
        assert!(fits, "{row:?}: {persona}, {group:?}");
        *checked.entry(planted.to_owned()).or_default() += 1;
    }
    assert_eq!(checked.len(), 3, "{checked:?}");
    assert!(truth.pains.iter().all(|pain| pain.customers_affected > 0));
}

#[test]
fn small_worlds_work() {
    let mut scenario = Scenario { days: 1, pains: vec![], delights: vec![], campaigns: vec![], ..Scenario::clothing_retailer() };
    assert_eq!(run(&scenario, 1, 1).1.customers, 1);
    scenario.days = 40;
    for persona in &mut scenario.personas {
        (persona.online_visits_per_month, persona.newsletter) = (0.0, 0.0);
    }
    let (memory, truth) = run(&scenario, 1, 100);
    assert!(memory.rows(DataFile::StoreSales).len() > 10);
    assert!(memory.json(DataFile::WebApp).iter().all(|event| event["event"] == "Store Visited" || event["anonymousId"] == "anonymous"));
    assert_eq!(truth.touchpoints[Touchpoint::Order as usize].customers, 0);
}

#[test]
fn a_full_disk_stops_the_simulation() {
    struct Full;
    impl Outlet for Full {
        fn write(&mut self, _: DataFile, _: &[u8]) -> io::Result<()> {
            Err(io::Error::new(io::ErrorKind::StorageFull, "no space left"))
        }
    }
    let error = simulate(&Scenario::clothing_retailer(), 1, Some(50), &mut Full).unwrap_err();
    assert!(matches!(error, SimulateError::Write { .. }));
    assert!(error.to_string().contains("no space left"));
}
