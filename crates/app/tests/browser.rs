//! A browser sends: pages with our snippet, and with Segment's library as it comes from npm. What happens in them arrives once,
//! whatever the requests meet with, and nothing arrives that the visitor does not want.
//!
//! The browser is Chromium, named by `PERIPLUS_CHROMIUM` or found among the programs; `PERIPLUS_NODE_MODULES` has what drives it
//! and the library. `cargo xtask test` provides both. Without them the tests say that they were left out.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a panic is how a test fails, in its helpers too, and what is left out says so"
)]

mod senders;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use senders::{Reply, Server, collected, export, forward, key, periplus, serve_with, settle};
use serde_json::{Value, json};

/// What is between the pages and the server.
enum Way {
    Straight,
    /// The first messages meet with one trouble after the other.
    Troubled,
}

/// What there is when the browser has gone.
struct Arrived {
    data: PathBuf,
    /// Each with its properties, in the order of their times.
    events: Vec<(BTreeMap<String, String>, Value)>,
    requests: usize,
    counts: Value,
    _home: tempfile::TempDir,
}

impl Arrived {
    fn named(&self, name: &str) -> Vec<&(BTreeMap<String, String>, Value)> {
        self.events.iter().filter(|(event, _)| event["event"] == name).collect()
    }

    /// Every trouble was met, and what was sent again did not count again.
    fn assert_troubled(&self) {
        let Arrived { requests, counts, .. } = self;
        assert!(*requests > 4 && counts["duplicates"].as_u64().unwrap() > 0, "{requests} requests, {counts}");
    }

    /// What is known of a customer: identifiers and traits.
    fn customer(&self, identifier: &str) -> (Vec<String>, BTreeMap<String, Value>) {
        let told: Value = serde_json::from_str(&periplus(&self.data, &["customer", identifier, "--json"])).unwrap();
        let list = |name: &str| told[0][name].as_array().unwrap().clone();
        let identifiers = list("identifiers").iter().map(|one| one["identifier"].as_str().unwrap().to_owned()).collect();
        (identifiers, list("traits").iter().map(|one| (one["name"].as_str().unwrap().to_owned(), one["value"].clone())).collect())
    }
}

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("PERIPLUS_CHROMIUM").map(PathBuf::from);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = || {
        ["chromium", "chromium-browser", "google-chrome"]
            .iter()
            .flat_map(|name| std::env::split_paths(&folders).map(move |folder| folder.join(name)))
            .find(|program| program.is_file())
    };
    named.or_else(found)
}

/// A way to the server on which the first requests that bring something are refused, or lost with their answers.
fn trouble(address: String) -> (String, Arc<AtomicUsize>) {
    let met = Arc::new(AtomicUsize::new(0));
    let count = met.clone();
    let listening = serve_with(move |request| {
        if !request.line.starts_with("POST ") {
            return Some(forward(&address, request));
        }
        let refused = |status| {
            let headers = [("Retry-After", "1"), ("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "Retry-After")];
            Some(Reply::of(status, &headers, r#"{"success":false,"code":"busy","message":"later"}"#))
        };
        match count.fetch_add(1, Ordering::SeqCst) {
            0 => refused(503),
            // Neither kept nor answered.
            1 => None,
            2 => refused(429),
            // Kept, but the page never hears of it.
            3 => {
                forward(&address, request);
                None
            }
            _ => Some(forward(&address, request)),
        }
    });
    (listening, met)
}

/// Lets a script of `clients/` browse; its last argument is `last`, or where the snippet is.
fn browsed(script: &str, way: Way, last: Option<&str>) -> Option<Arrived> {
    browsed_in(|_| (), script, way, last)
}

/// The same, in a data folder that somebody prepared.
fn browsed_in(prepare: impl FnOnce(&Path), script: &str, way: Way, last: Option<&str>) -> Option<Arrived> {
    let (Some(chromium), Ok(modules)) = (chromium(), std::env::var("PERIPLUS_NODE_MODULES")) else {
        eprintln!("left out: there is no Chromium, or nothing to drive it with; `cargo xtask test` provides them");
        return None;
    };
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let key = key(&data, "shop-web", &[]);
    prepare(&data);
    let server = Server::start(&data);
    let (address, met) = match way {
        Way::Straight => (server.address.clone(), Arc::default()),
        Way::Troubled => trouble(server.address.clone()),
    };
    let last = last.map_or_else(|| format!("http://{}/periplus.js", server.address), str::to_owned);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    let said = Command::new("node")
        .arg(script)
        .args([&key, &format!("http://{address}"), &last])
        .env("NODE_PATH", modules)
        .env("PERIPLUS_CHROMIUM", chromium)
        .output()
        .unwrap();
    assert!(said.status.success(), "{}\n{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    settle(&server.address);
    server.stop();
    let mut events: Vec<_> =
        export(&data).into_iter().map(|event| (event.clone(), serde_json::from_str(&event["properties"]).unwrap())).collect();
    events.sort_by(|(one, _), (other, _)| one["time"].cmp(&other["time"]));
    let ids: BTreeSet<&String> = events.iter().map(|(event, _): &(BTreeMap<String, String>, Value)| &event["message_id"]).collect();
    assert_eq!(ids.len(), events.len(), "every message is there once");
    let counts = collected(&data)["sources"][0]["collected"].clone();
    assert_eq!(counts["quarantined"], 0, "{counts}");
    Some(Arrived { data, events, requests: met.load(Ordering::SeqCst), counts, _home: home })
}

#[test]
fn the_snippet_tells_a_whole_journey_once() {
    let Some(arrived) = browsed("snippet.cjs", Way::Troubled, None) else { return };
    // What happened on which page, how often; of the last page nothing is asked but to send what waits.
    let mut happened: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (event, properties) in &arrived.events {
        let path = properties["context_page_path"].as_str().unwrap();
        if path != "/quiet" {
            *happened.entry((event["event"].as_str(), path)).or_default() += 1;
        }
    }
    let expected = [
        ("page", "/", 2),
        ("page", "/cart", 1),
        ("page", "/next", 1),
        ("Product Added", "/", 1),
        ("Gift Chosen", "/", 1),
        ("Form Sent", "/", 1),
        ("Order Completed", "/", 1),
        ("Pushed Late", "/", 1),
        ("Next Clicked", "/", 1),
        ("Came Back", "/next", 1),
        ("Left Alone", "/next", 1),
        ("Web Vitals", "/", 1),
        ("Web Vitals", "/next", 1),
    ];
    assert_eq!(happened, expected.map(|(name, path, times)| ((name, path), times)).into_iter().collect());
    arrived.assert_troubled();

    // Marks, forms and calls.
    let (event, properties) = arrived.named("Product Added")[0];
    assert_eq!((event["distinct_id"].as_str(), event["channel"].as_str()), ("user_id:ana", "e-mail"));
    for (name, value) in [
        ("product_id", "p-7"),
        ("size", "L"),
        ("context_campaign_source", "letter"),
        ("context_campaign_medium", "email"),
        ("context_campaign_name", "spring"),
        ("context_campaign_content", "top"),
        ("context_locale", "de-DE"),
        ("context_timezone", "Europe/Berlin"),
    ] {
        assert_eq!(properties[name], value, "{properties}");
    }
    let (_, form) = arrived.named("Form Sent")[0];
    assert_eq!((&form["form"], &form["size"]), (&json!("newsletter"), &json!("L")));
    assert_eq!(form["fields"], json!(["email", "size", "secret", "elements"]));
    assert!(!form.to_string().contains("ana@example.org") && !form.to_string().contains("1234"), "{form}");
    let (order, _) = arrived.named("Order Completed")[0];
    assert_eq!((order["amount"].as_str(), order["currency"].as_str()), ("59900000", "EUR"));
    assert!(arrived.named("Next Clicked")[0].1["href"].as_str().unwrap().ends_with("/next"));

    // Pages, and where their visitors came from.
    let pages: Vec<(String, String)> = (arrived.named("page").iter())
        .map(|(_, page)| ["context_page_title", "context_page_referrer"].map(|name| page[name].as_str().unwrap().to_owned()).into())
        .collect();
    assert!(pages[0].0 == "Shop" && pages[0].1.ends_with("/elsewhere"), "{pages:?}");
    assert!(pages[1].0 == "Cart" && pages[1].1.contains("/?utm_source=letter"), "{pages:?}");
    assert!(pages[2].1.ends_with("/cart"), "{pages:?}");
    let vitals = &arrived.named("Web Vitals")[0].1;
    let vital = |name: &str| vitals[name].as_f64().unwrap_or_else(|| panic!("{name} of {vitals}"));
    assert!(vital("ttfb") > 0.0 && vital("fcp") >= vital("ttfb") && vital("lcp") >= vital("fcp") && vital("inp") > 0.0);
    assert!((0.0..1.0).contains(&vital("cls")));

    // A session ends after half an hour and with the person; the first touch stays.
    let session = |name: &str| arrived.named(name)[0].1["context_sessionId"].as_str().unwrap();
    assert_eq!(session("Product Added"), session("Next Clicked"));
    assert_eq!(["Next Clicked", "Came Back", "Left Alone"].map(session).into_iter().collect::<BTreeSet<_>>().len(), 3);
    let (_, back) = arrived.named("Came Back")[0];
    assert_eq!((&back["context_firstTouch_source"], back.get("context_campaign_source")), (&json!("letter"), None), "{back}");

    // Who it was.
    let (identifiers, traits) = arrived.customer("email:ana@shop.example");
    assert!(identifiers.contains(&"user_id:ana".to_owned()), "{identifiers:?}");
    for (name, value) in [("plan", json!("gold")), ("group_id", json!("acme")), ("group_seats", json!(3))] {
        assert_eq!(traits[name], value, "{traits:?}");
    }
    assert!(arrived.named("Left Alone")[0].0["distinct_id"].starts_with("anonymous_id:"));
    assert_eq!(identifiers.iter().filter(|identifier| identifier.starts_with("anonymous_id:")).count(), 1, "{identifiers:?}");
}

#[test]
fn the_snippet_is_silent_where_visitors_do_not_want_it() {
    let Some(arrived) = browsed("snippet_privacy.cjs", Way::Straight, None) else { return };
    let count = |name: &str| arrived.named(name).len();
    assert_eq!((count("Unwanted"), count("Clicked"), count("Elsewhere")), (0, 1, 1));
}

#[test]
fn the_snippet_loses_nothing_when_visitors_leave() {
    let Some(arrived) = browsed("snippet_leaving.cjs", Way::Straight, None) else { return };
    let count = |name: &str| arrived.named(name).len();
    let names = ["Told Last, link", "Left", "Told Last, close", "page", "Web Vitals"];
    assert_eq!(names.map(count), [1, 1, 1, 2, 2]);
}

const SURVEY: &str = "title = { en = 'Your opinion', de = 'Ihre Meinung' }\nlanguages = ['en', 'de']\nchannels = ['widget']\n\
    [[question]]\nid = 'nps'\nkind = 'nps'\nrequired = true\ntext = { en = 'How likely?', de = 'Wie wahrscheinlich?' }\n\
    next = [{ when = { at_most = 6 }, go = 'what' }, { go = 'end' }]\n\
    [[question]]\nid = 'what'\nkind = 'choice'\nmany = true\ntext = 'What?'\noptions = [{ id = 'late', text = 'Late' }, { id = 'wet', text = 'Wet' }]\n\
    [[question]]\nid = 'why'\nkind = 'text'\ntext = 'Why?'\n";

#[test]
fn the_widget_asks_a_visitor_once_and_what_they_say_is_theirs() {
    let prepare = |data: &Path| {
        std::fs::create_dir_all(data.join("surveys")).unwrap();
        std::fs::write(data.join("surveys/opinion.toml"), SURVEY).unwrap();
    };
    let Some(arrived) = browsed_in(prepare, "widget.cjs", Way::Straight, None) else { return };
    assert_eq!(["Survey Asked", "Survey Answered", "Survey Completed"].map(|name| arrived.named(name).len()), [2, 1, 1]);
    let (_, answered) = arrived.named("Survey Answered")[0];
    assert_eq!((&answered["score"], &answered["via"], &answered["language"]), (&json!(2), &json!("widget"), &json!("de")));
    let (_, completed) = arrived.named("Survey Completed")[0];
    assert_eq!((&completed["comment"], &completed["answers"]["what"]), (&json!("kam zu spät\nund war nass"), &json!(["late", "wet"])));
    // By the browser's own id, which is Ana's.
    let told: Value = serde_json::from_str(&periplus(&arrived.data, &["customer", "user_id:ana", "--json"])).unwrap();
    let events: Vec<&str> = told[0]["events"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert!(events.contains(&"Survey Answered") && events.contains(&"page"), "{events:?}");
}

/// What Segment's library told, in either of its modes.
fn check_segments(arrived: &Arrived) {
    assert_eq!(arrived.events.len(), 7);
    for (n, (event, properties)) in arrived.events.iter().enumerate() {
        let (name, id) = if n < 6 { ("Product Viewed", format!("next-{n}")) } else { ("page", "next-page".to_owned()) };
        assert_eq!((event["event"].as_str(), &event["message_id"], event["distinct_id"].as_str()), (name, &id, "user_id:next-0"));
        assert!(event["time"].replace(' ', "T").starts_with(&format!("2026-03-06T10:00:{n:02}")), "{event:?}");
        assert_eq!((event["channel"].as_str(), &properties["context_campaign_name"]), ("e-mail", &json!("spring")));
        if n < 6 {
            assert_eq!(properties["n"], n, "{properties}");
        }
    }
    assert_eq!(arrived.events[6].1["name"], "Home");
    let (identifiers, traits) = arrived.customer("user_id:next-0");
    assert!(identifiers.iter().any(|identifier| identifier.starts_with("anonymous_id:")), "{identifiers:?}");
    assert_eq!((&traits["plan"], &traits["group_id"], &traits["group_seats"]), (&json!("gold"), &json!("acme"), &json!(3)));
    arrived.assert_troubled();
}

#[test]
fn segments_library_for_browsers() {
    let Some(arrived) = browsed("analytics_next.cjs", Way::Troubled, Some("standard")) else { return };
    check_segments(&arrived);
}

#[test]
fn segments_library_for_browsers_in_batches() {
    let Some(arrived) = browsed("analytics_next.cjs", Way::Troubled, Some("batching")) else { return };
    check_segments(&arrived);
}
