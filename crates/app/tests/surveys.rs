//! Surveys, as people meet them: a page, a link, the widget's calls, and what other tools have. What they say arrives once, on the right
//! customer, whatever is tried and whatever happens to the server.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]
#![allow(clippy::disallowed_methods, reason = "waits for another process, and not for ever")]

mod senders;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use senders::{Connection, Reply, Server, export, key, periplus, settle};
use serde_json::{Value, json};

const SURVEY: &str = "title = { en = 'Your opinion', de = 'Ihre Meinung' }\nlanguages = ['en', 'de']\ntouchpoint = 'delivery'\n\
    channels = ['email', 'widget', 'page']\n\
    [[question]]\nid = 'nps'\nkind = 'nps'\nrequired = true\ntext = { en = 'How likely?', de = 'Wie wahrscheinlich?' }\n\
    next = [{ when = { at_most = 6 }, go = 'why' }, { go = 'end' }]\n\
    [[question]]\nid = 'why'\nkind = 'text'\ntext = 'Why?'\n";

const MAP: &str = "version: 1\nid: shop\ntitle: Shop\nstages:\n  - {id: before, name: Before}\n  - {id: delivery, name: Delivery}\n  - {id: after, name: After}\n\
    touchpoints:\n  - {id: visit, name: Visit, stage: before, when: Visit}\n  - {id: parcel, name: Parcel, stage: delivery, when: Order Delivered}\n\
    scores:\n  - {name: NPS, when: {event: Survey Answered, where: {property: kind, is: nps}}, property: score, scale: [0, 10], comment: comment}\n";

/// A data folder with customers to whom something was delivered, and a survey.
fn shop(customers: &[&str], survey: &str) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let event = |name: &str, what: &str, hour: u32| json!({"periplus": 1, "type": "event", "time": format!("2026-01-05T{hour:02}:00:00Z"), "event": what, "ids": [format!("user_id:{name}"), format!("email:{name}@example.org")]});
    let lines: Vec<String> = customers
        .iter()
        .flat_map(|name| [event(name, "Visit", 9), event(name, "Order Delivered", 10)])
        .map(|event| event.to_string() + "\n")
        .collect();
    let file = home.path().join("customers.jsonl");
    std::fs::write(&file, lines.concat()).unwrap();
    periplus(&data, &["import", file.to_str().unwrap()]);
    put(&data, "opinion", survey);
    (home, data)
}

fn put(data: &Path, id: &str, survey: &str) {
    std::fs::create_dir_all(data.join("surveys")).unwrap();
    std::fs::write(data.join("surveys").join(format!("{id}.toml")), survey).unwrap();
}

/// The links of everybody who is to be asked, by their addresses: the one that opens the survey, and those of the marks.
fn links(data: &Path, survey: &str) -> BTreeMap<String, (String, BTreeMap<u64, String>)> {
    let told = periplus(data, &["survey", "links", survey, "--address", "http://surveys.example", "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&told).unwrap();
    let path = |url: &Value| url.as_str().unwrap().strip_prefix("http://surveys.example").unwrap().to_owned();
    rows.iter()
        .map(|row| {
            let marks = row["marks"].as_object().unwrap().iter().map(|(mark, url)| (mark.parse().unwrap(), path(url))).collect();
            (row["to"].as_str().unwrap().to_owned(), (path(&row["link"]), marks))
        })
        .collect()
}

fn get(server: &Server, path: &str) -> Reply {
    Connection::open(&server.address).unwrap().send("GET", path, &[("Accept-Language", "en")], b"").unwrap()
}

fn try_post(address: &str, path: &str, kind: &str, body: &str) -> std::io::Result<Reply> {
    Connection::open(address)?.send("POST", path, &[("Content-Type", kind), ("Accept-Language", "en")], body.as_bytes())
}

/// Sends a form, as a browser does.
fn send(server: &Server, path: &str, form: &str) -> Reply {
    try_post(&server.address, path, "application/x-www-form-urlencoded", form).unwrap()
}

fn say(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let reply = try_post(&server.address, path, "text/plain", &body.to_string()).unwrap();
    (reply.status, serde_json::from_str(&reply.body).unwrap_or_default())
}

/// The value of an attribute in a page, with what stands for `&` and `"` put back.
fn attribute(page: &str, begin: &str) -> String {
    let rest = page.split(begin).nth(1).unwrap_or_else(|| panic!("no {begin} in {page}"));
    rest.split('"').next().unwrap().replace("&quot;", "\"").replace("&#x2f;", "/").replace("&amp;", "&")
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Events of surveys: name, whose, and the properties.
fn told(data: &Path) -> Vec<(String, String, Value)> {
    let mut all: Vec<_> = export(data)
        .into_iter()
        .filter(|row| row["event"].starts_with("Survey"))
        .map(|row| (row["event"].clone(), row["distinct_id"].clone(), serde_json::from_str(&row["properties"]).unwrap_or_default()))
        .collect();
    all.sort_by(|(one, who, _), (other, whose, _)| (one, who).cmp(&(other, whose)));
    all
}

fn count(data: &Path, event: &str) -> usize {
    told(data).iter().filter(|(name, ..)| name == event).count()
}

/// The only survey's figures.
fn figures(data: &Path) -> Value {
    let told: Value = serde_json::from_str(&periplus(data, &["survey", "list", "--json"])).unwrap();
    told["surveys"][0]["came"].clone()
}

#[test]
fn answered_by_links_each_response_is_there_once_on_its_customer_and_stage() {
    let (home, data) = shop(&["ana", "bob", "cem", "dan"], SURVEY);
    let links = links(&data, "opinion");
    assert_eq!(links.len(), 4);
    let again = periplus(&data, &["survey", "links", "opinion", "--address", "http://surveys.example", "--json"]);
    assert_eq!(again.trim(), "[]", "nobody is asked twice");
    let server = Server::start(&data);

    // Programs that look after mail open every link, again and again.
    for (plain, marks) in links.values() {
        for path in marks.values().chain([plain]) {
            let page = get(&server, path);
            assert!(page.status == 200 && page.body.contains("<form method=\"post\""), "{}", page.body);
            assert!(page.headers["content-security-policy"].contains("default-src 'none'"), "{:?}", page.headers);
        }
    }
    let ana = &links["ana@example.org"].1[&9];
    assert!(get(&server, ana).body.lines().any(|line| line.contains("value=\"9\" checked")));

    // Ana has nothing to add, Bob says why, Cem closes the page when his mark is taken.
    let thanks = send(&server, ana, "lang=en&carried=%7B%7D&q.nps=9");
    assert!(thanks.status == 200 && thanks.body.contains("Thank you for your answer."), "{}", thanks.body);
    let bob = &links["bob@example.org"].0;
    let more = send(&server, bob, "lang=de&carried=%7B%7D&q.nps=3");
    assert!(more.status == 200 && more.body.contains("lang=\"de\"") && more.body.contains("gespeichert"), "{}", more.body);
    let (action, carried) = (attribute(&more.body, "action=\""), attribute(&more.body, "name=\"carried\" value=\""));
    assert_eq!(carried, r#"{"nps":3}"#);
    let form = format!("lang=de&carried={}&q.why=too+slow%0D%0Aand+wet", encoded(&carried));
    assert!(send(&server, &action, &form).body.contains("Danke"));
    assert_eq!(send(&server, &links["cem@example.org"].1[&2], "q.nps=5").status, 200, "what is sent counts, not what the link proposed");

    // Once is enough, for each of them.
    for (path, form) in [(ana, "q.nps=1"), (bob, "q.nps=10"), (&action, form.as_str())] {
        let repeated = send(&server, path, form);
        assert!(repeated.status == 409 && repeated.body.contains("bereits") | repeated.body.contains("already"), "{}", repeated.body);
    }
    assert!(get(&server, ana).body.contains("already answered"));
    settle(&server.address);
    assert_eq!(send(&server, ana, "q.nps=1").status, 409, "also when it is known from the lake alone");
    server.stop();

    let told = told(&data);
    let said = |event: &str| -> Vec<(&str, &Value)> {
        told.iter().filter(|(name, ..)| name == event).map(|(_, who, properties)| (who.as_str(), properties)).collect()
    };
    assert_eq!(said("Survey Asked").len(), 4);
    let answered: Vec<(&str, u64, &str)> = said("Survey Answered")
        .into_iter()
        .map(|(who, properties)| (who, properties["score"].as_u64().unwrap(), properties["language"].as_str().unwrap()))
        .collect();
    assert_eq!(answered, [("email:ana@example.org", 9, "en"), ("email:bob@example.org", 3, "de"), ("email:cem@example.org", 5, "en")]);
    let completed = said("Survey Completed");
    assert!(
        completed.len() == 1 && completed[0].1["comment"] == "too slow\nand wet" && completed[0].1.get("score").is_none(),
        "{completed:?}"
    );
    assert_eq!(completed[0].1["ask"], said("Survey Answered")[1].1["ask"], "both are of one ask");
    assert!(said("Survey Answered").iter().all(|(_, properties)| properties["touchpoint"] == "delivery" && properties["via"] == "email"));

    // On the customers who were asked: what they did before is theirs, too; and it speaks of the stage in which they were.
    let customer: Value = serde_json::from_str(&periplus(&data, &["customer", "user_id:bob", "--json"])).unwrap();
    let events: Vec<&str> = customer[0]["events"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["Visit", "Order Delivered", "Survey Asked", "Survey Answered", "Survey Completed"]);
    let map = home.path().join("map.yaml");
    std::fs::write(&map, MAP).unwrap();
    let measured: Value = serde_json::from_str(&periplus(&data, &["map", "show", map.to_str().unwrap(), "--json"])).unwrap();
    let stages = &measured["view"]["groups"][0]["stages"];
    let feelings: Vec<Value> = (0..3).map(|stage| stages[stage]["emotion"]["n"].clone()).collect();
    assert_eq!(feelings, [Value::Null, json!(3), Value::Null], "{stages}");

    let figures = figures(&data);
    assert_eq!(
        (&figures["asked"], &figures["responses"], &figures["answered_of_asked"], &figures["comments"]),
        (&json!(4), &json!(3), &json!(3), &json!(1))
    );
    assert_eq!(figures["response_rate"]["value"], 0.75);
    assert_eq!(figures["scores"]["nps"]["figure"]["n"], 3);
}

/// Another letter in the place of one.
fn altered(path: &str, place: usize) -> String {
    let mut bytes = path.as_bytes().to_vec();
    bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}

#[test]
fn links_that_are_not_good_are_refused_and_leave_nothing_behind() {
    let (_home, data) = shop(&["ana"], SURVEY);
    let (_elsewhere, other) = shop(&["ana"], SURVEY);
    let good = links(&data, "opinion").remove("ana@example.org").unwrap().0;
    let forged = links(&other, "opinion").remove("ana@example.org").unwrap().0;
    put(&data, "brief", &format!("quiet = '0s'\nexpires = '1s'\n{SURVEY}"));
    put(&data, "over", &format!("quiet = '0s'\n{SURVEY}"));
    let expired = links(&data, "brief").remove("ana@example.org").unwrap().0;
    let closed = links(&data, "over").remove("ana@example.org").unwrap().0;
    put(&data, "over", &format!("closes = '2026-01-01'\n{SURVEY}"));
    std::thread::sleep(Duration::from_millis(1_200));
    let server = Server::start(&data);
    let middle = "/s/a/".len() + 40;
    for (path, status, part) in [
        (forged.as_str(), 403, "not valid"),
        (&altered(&good, middle), 403, "not valid"),
        (&altered(&good, good.len() - 10), 403, "not valid"),
        (&good[..good.len() - 7], 400, "not complete"),
        (&expired, 410, "could be used until 20"),
        (&closed, 404, "not open"),
        ("/s/a/nonsense", 403, "not valid"),
        ("/s/no-such-survey", 404, "not open"),
    ] {
        for reply in [get(&server, path)].into_iter().chain(path.starts_with("/s/a/").then(|| send(&server, path, "q.nps=9"))) {
            assert_eq!(reply.status, status, "{path}: {}", reply.body);
            assert!(reply.body.contains(part), "{path}: {}", reply.body);
        }
        let token = path.rsplit('/').next().unwrap();
        assert!(
            !path.starts_with("/s/a/")
                || say(&server, "/s/answer", &json!({"token": token, "language": "en", "answers": {"nps": 9}})).0 == status
        );
    }
    settle(&server.address);
    assert_eq!(count(&data, "Survey Answered"), 0);
    // The control: the same requests with the link as it was made.
    assert_eq!(send(&server, &good, "q.nps=9").status, 200);
    settle(&server.address);
    assert_eq!(count(&data, "Survey Answered"), 1);
    server.stop();
}

#[test]
fn the_page_that_everybody_can_open_needs_no_script_and_each_answer_is_somebodys_own() {
    let (_home, data) = shop(&["ana"], SURVEY);
    let server = Server::start(&data);
    let page = get(&server, "/s/opinion?lang=de");
    assert!(page.status == 200 && page.body.contains("Wie wahrscheinlich?") && !page.body.contains("<script"), "{}", page.body);
    let missing = send(&server, &attribute(&page.body, "action=\""), "lang=de&carried=%7B%7D");
    assert!(missing.status == 422 && missing.body.contains("Bitte beantworten Sie diese Frage."), "{}", missing.body);
    let action = attribute(&missing.body, "action=\"");
    for wrong in ["q.nps=11", "q.nps=x", "q.nps=1&q.nps=2", "q.nps=9&carried=%7B%22nothing%22%3A1%7D"] {
        let status = send(&server, &action, wrong).status;
        assert!(status == 422 || status == 400, "{wrong}: {status}");
    }
    assert_eq!(send(&server, &action, "lang=de&q.nps=10").status, 200);
    assert_eq!(send(&server, &action, "lang=de&q.nps=0").status, 409);
    let other = attribute(&get(&server, "/s/opinion").body, "action=\"");
    assert_eq!(send(&server, &other, "q.nps=0&q.why=x").status, 200);
    settle(&server.address);
    server.stop();
    let answered: Vec<(String, u64)> =
        told(&data).into_iter().map(|(_, who, properties)| (who, properties["score"].as_u64().unwrap())).collect();
    assert_eq!(answered.iter().map(|(_, score)| *score).collect::<BTreeSet<_>>(), BTreeSet::from([0, 10]));
    assert!(
        answered.len() == 2 && answered.iter().all(|(who, _)| who.starts_with("anonymous_id:survey-")) && answered[0].0 != answered[1].0
    );
    assert_eq!(figures(&data)["response_rate"], Value::Null, "nobody knows how many have seen it");
}

#[test]
fn the_widget_asks_whom_it_may_and_says_nothing_about_the_others() {
    let (_home, data) = shop(&["ana"], SURVEY);
    put(&data, "paper", &SURVEY.replace("'widget', ", ""));
    let key = key(&data, "web", &["--origin", "https://shop.example"]);
    let server = Server::start(&data);
    let ask = |visitor: &str| say(&server, "/s/ask", &json!({"key": key, "anonymousId": visitor, "language": "de-AT"}));
    let (status, first) = ask("v1");
    assert!(status == 200 && first["survey"] == "opinion" && first["questions"][0]["text"] == "Wie wahrscheinlich?", "{first}");
    assert_eq!(ask("v1").1, json!({"survey": null}), "asked a moment ago");
    settle(&server.address);
    assert_eq!(ask("v1").1, json!({"survey": null}), "asked, as the lake says");
    assert_eq!(say(&server, "/s/ask", &json!({"key": key, "anonymousId": "v2", "survey": "paper"})).1, json!({"survey": null}));
    assert_eq!(say(&server, "/s/ask", &json!({"key": "nobody's", "anonymousId": "v2"})).0, 401);
    assert_eq!(say(&server, "/s/ask", &json!({"key": key, "anonymousId": " "})).0, 400);
    assert_eq!(say(&server, "/s/ask", &json!({"key": key, "anonymousId": "v2", "userId": "ana"})).0, 400, "nobody asks as somebody else");
    let mut connection = Connection::open(&server.address).unwrap();
    let mut from = |origin: &str, visitor: &str| {
        let body = json!({"key": key, "anonymousId": visitor}).to_string();
        connection.send("POST", "/s/ask", &[("Origin", origin), ("Sec-Fetch-Site", "cross-site")], body.as_bytes()).unwrap()
    };
    assert_eq!(from("https://evil.example", "v2").status, 403);
    let allowed = from("https://shop.example", "v2");
    assert_eq!((allowed.status, allowed.headers["access-control-allow-origin"].as_str()), (200, "https://shop.example"));

    // One turn after the other, as the widget does it.
    let answer = |told: &Value, answers: Value| {
        say(&server, "/s/answer", &json!({"token": told["token"], "language": "de", "carried": told["carried"], "answers": answers}))
    };
    let (status, wrong) = answer(&first, json!({"nps": 99}));
    assert!(status == 422 && wrong["wrong"]["nps"].as_str().unwrap().contains("Noten"), "{wrong}");
    let (status, second) = answer(&first, json!({"nps": 2}));
    assert!(status == 200 && second["questions"][0]["id"] == "why", "{second}");
    assert_eq!(answer(&first, json!({"nps": 10})).0, 409);
    assert!(answer(&second, json!({"why": "zu spät"})).1["thanks"].is_string());
    assert_eq!(answer(&second, json!({"why": "noch einmal"})).0, 409);
    settle(&server.address);
    assert_eq!(ask("v1").1, json!({"survey": null}), "has answered");
    server.stop();
    let told = told(&data);
    let whose = |event: &str| told.iter().filter(|(name, ..)| name == event).map(|(_, who, _)| who.as_str()).collect::<Vec<_>>();
    assert_eq!(whose("Survey Asked"), ["anonymous_id:v1", "anonymous_id:v2"]);
    assert_eq!((whose("Survey Answered"), whose("Survey Completed")), (vec!["anonymous_id:v1"], vec!["anonymous_id:v1"]));
}

/// Many people answer while the server is killed and started again; `between` is done while it is dead. Answers the asks whose answer
/// was acknowledged, with the mark that was given first.
fn storm(data: &Path, people: usize, between: impl Fn(&Path)) -> BTreeMap<String, u64> {
    let links: Vec<(String, String)> = links(data, "opinion").into_iter().map(|(who, (link, _))| (who, link)).collect();
    assert_eq!(links.len(), people);
    let acknowledged: Mutex<BTreeMap<String, u64>> = Mutex::default();
    let mut server = Some(Server::start(data));
    let address = Mutex::new(server.as_ref().unwrap().address.clone());
    std::thread::scope(|scope| {
        let workers: Vec<_> = links
            .chunks(people.div_ceil(4))
            .map(|some| {
                let (acknowledged, address) = (&acknowledged, &address);
                scope.spawn(move || {
                    for (number, (who, link)) in some.iter().enumerate() {
                        let mark = 7 + number as u64 % 4;
                        // Until somebody says that it is there: at first with thanks, later that it was there already.
                        loop {
                            let address = address.lock().unwrap().clone();
                            let reply = try_post(&address, link, "application/x-www-form-urlencoded", &format!("q.nps={mark}"));
                            if reply.is_ok_and(|reply| reply.status == 200 || reply.status == 409) {
                                break;
                            }
                            std::thread::sleep(Duration::from_millis(10));
                        }
                        acknowledged.lock().unwrap().insert(who.clone(), mark);
                        std::thread::sleep(Duration::from_millis(8));
                    }
                })
            })
            .collect();
        let mut kill = 0;
        while workers.iter().any(|worker| !worker.is_finished()) {
            std::thread::sleep(Duration::from_millis(150 + kill * 7919 % 400));
            server.take().unwrap().kill();
            between(data);
            let next = server.insert(Server::start(data));
            *address.lock().unwrap() = next.address.clone();
            kill += 1;
        }
        assert!(kill >= 2, "it was killed {kill} times");
    });
    let server = server.unwrap();
    settle(&server.address);
    server.stop();
    acknowledged.into_inner().unwrap()
}

fn crowd() -> Vec<String> {
    (0..240).map(|number| format!("c{number:03}")).collect()
}

fn marks(data: &Path) -> Vec<(String, u64)> {
    let answered = told(data).into_iter().filter(|(name, ..)| name == "Survey Answered");
    answered.map(|(_, who, properties)| (who.trim_start_matches("email:").to_owned(), properties["score"].as_u64().unwrap())).collect()
}

#[test]
fn what_was_acknowledged_is_there_once_however_often_the_server_is_killed() {
    let crowd = crowd();
    let (_home, data) = shop(&crowd.iter().map(String::as_str).collect::<Vec<_>>(), SURVEY);
    let acknowledged = storm(&data, crowd.len(), |_| ());
    let stored = marks(&data);
    assert_eq!(stored.len(), acknowledged.len(), "nobody counts twice");
    assert_eq!(stored.into_iter().collect::<BTreeMap<_, _>>(), acknowledged);
    periplus(&data, &["lake", "verify"]);
}

#[test]
fn a_log_that_loses_answers_is_noticed() {
    // The control of the test above: the same storm, and what was acknowledged is taken away while the server is dead.
    let crowd = crowd();
    let (_home, data) = shop(&crowd.iter().map(String::as_str).collect::<Vec<_>>(), SURVEY);
    let acknowledged = storm(&data, crowd.len(), |data| {
        for entry in std::fs::read_dir(data.join("log")).unwrap().map(Result::unwrap) {
            if entry.path().extension().is_some_and(|extension| extension == "log") {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
    });
    assert!(marks(&data).len() < acknowledged.len(), "nothing was missed");
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

#[test]
fn what_other_tools_have_is_imported_once_on_the_right_customers() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let samples = examples().join("feedback/samples");
    let import = || {
        for (mapping, files) in [
            ("survey-export", &["responses.csv"][..]),
            ("reviews-trustpilot", &["trustpilot-reviews.csv"]),
            ("reviews-app-store", &["reviews_com.example.shop_202610.csv"]),
            ("tickets", &["tickets.jsonl", "requesters.jsonl"]),
            ("chats", &["chats.jsonl"]),
            ("calls", &["calls.csv"]),
        ] {
            let mapping = examples().join(format!("feedback/{mapping}.toml"));
            let files: Vec<String> = files.iter().map(|file| samples.join(file).display().to_string()).collect();
            let mut arguments = vec!["import"];
            arguments.extend(files.iter().map(String::as_str));
            arguments.extend(["--mapping", mapping.to_str().unwrap()]);
            periplus(&data, &arguments);
        }
    };
    import();
    let first = export(&data).len();
    import();
    assert_eq!(export(&data).len(), first, "a second time adds nothing");

    let customer = |id: &str| -> Vec<(String, Value)> {
        let told: Value = serde_json::from_str(&periplus(&data, &["customer", id, "--json"])).unwrap();
        assert_eq!(told.as_array().unwrap().len(), 1, "{id}");
        let event = |event: &Value| (event["event"].as_str().unwrap().to_owned(), event["properties"].clone());
        told[0]["events"].as_array().unwrap().iter().map(event).collect()
    };
    let names = |events: &[(String, Value)]| events.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let ana = customer("user_id:1001");
    assert_eq!(names(&ana), ["Survey Answered", "Review Written", "Support Chat", "Survey Answered"]);
    assert_eq!((&ana[0].1["score"], &ana[0].1["kind"], &ana[0].1["survey"]), (&json!(10), &json!("nps"), &json!("autumn-2026")));
    assert_eq!((&ana[1].1["score"], &ana[3].1["kind"], &ana[3].1["score"]), (&json!(5), &json!("csat"), &json!(5)));
    let bob = customer("email:bob@example.org");
    assert_eq!(names(&bob), ["Survey Answered", "Ticket Created", "Ticket Solved", "Survey Answered"]);
    assert_eq!(bob[3].1["comment"], "I had to ask four times.");
    let cem = customer("user_id:1003");
    assert_eq!(names(&cem), ["Survey Answered", "Ticket Created", "Support Call", "Survey Answered"]);
    assert_eq!((&cem[3].1["kind"], &cem[3].1["score"]), (&json!("ces"), &json!(2)));
    assert_eq!(customer("phone:+49301234567"), cem);

    let told: Value = serde_json::from_str(&periplus(&data, &["survey", "list", "--json"])).unwrap();
    let found: BTreeMap<&str, (u64, u64)> = told["surveys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap(), (one["came"]["asked"].as_u64().unwrap(), one["came"]["responses"].as_u64().unwrap())))
        .collect();
    assert_eq!(found, BTreeMap::from([("after-call", (0, 1)), ("after-chat", (0, 1)), ("autumn-2026", (0, 3)), ("help-desk", (0, 1))]));
}

#[test]
fn surveys_are_checked_proposed_and_written_over_the_network() {
    let (home, data) = shop(&["ana"], SURVEY);
    let checked = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_periplus")).args(arguments).arg("--data").arg(&data).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert!(checked(&["survey", "check"]).0);
    assert!(checked(&["survey", "check", examples().join("surveys/after-delivery.toml").to_str().unwrap()]).0);
    let wrong = home.path().join("wrong.toml");
    std::fs::write(&wrong, SURVEY.replace("go = 'why'", "go = 'whi'")).unwrap();
    let (is_right, told) = checked(&["survey", "check", wrong.to_str().unwrap()]);
    assert!(!is_right && told.contains("wrong.toml:10:") && told.contains("'whi'"), "{told}");
    std::fs::write(&wrong, SURVEY.replace("touchpoint =", "map = 'shop'\ntouchpoint =")).unwrap();
    assert!(checked(&["survey", "check", wrong.to_str().unwrap()]).1.contains("no journey map 'shop'"));
    assert!(checked(&["survey", "propose", "--csat", "--keep", "csat"]).0 && checked(&["survey", "check", "csat"]).0);
    assert!(!checked(&["survey", "propose", "--csat", "--keep", "csat"]).0, "it is there already");
    assert!(!checked(&["sources", "add", "surveys"]).0, "nobody else speaks for surveys");

    let server = Server::start(&data);
    let ask = |method: &str, path: &str, body: Value| {
        let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = Connection::open(&server.address).unwrap().send(method, path, &headers, body.as_bytes()).unwrap();
        (reply.status, serde_json::from_str::<Value>(&reply.body).unwrap_or_default())
    };
    let none = Value::Null;
    let ids =
        |told: &Value| told["surveys"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&ask("GET", "/api/surveys", none.clone()).1), ["csat", "opinion"]);
    assert_eq!(ask("GET", "/api/surveys/templates", none.clone()).1["templates"].as_array().unwrap().len(), 3);
    assert_eq!(ask("POST", "/api/surveys/check", json!({"toml": "title = 'x'"})).1["problems"][0]["line"], 1);
    let (status, made) = ask("PUT", "/api/surveys/new", json!({"toml": SURVEY, "base": null}));
    assert_eq!(status, 200, "{made}");
    assert_eq!(ask("PUT", "/api/surveys/new", json!({"toml": SURVEY, "base": null})).0, 409);
    assert_eq!(ask("PUT", "/api/surveys/new", json!({"toml": "title = 'x'", "base": made["version"]})).0, 422);
    assert_eq!(ask("PUT", "/api/surveys/answer", json!({"toml": SURVEY, "base": null})).0, 422, "an address of our own");
    let (_, one) = ask("GET", "/api/surveys/new", none.clone());
    assert!(one["toml"] == SURVEY && one["version"] == made["version"] && one["page"] == "/s/new" && one["is_open"] == true, "{one}");
    assert_eq!(get(&server, "/s/new").status, 200, "it is there at once");
    assert_eq!(ask("DELETE", "/api/surveys/new?base=0", none.clone()).0, 409);
    assert_eq!(ask("DELETE", &format!("/api/surveys/new?base={}", made["version"].as_str().unwrap()), none.clone()).0, 200);
    assert_eq!((ask("GET", "/api/surveys/new", none).0, get(&server, "/s/new").status), (404, 404));
    server.stop();
}
