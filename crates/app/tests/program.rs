//! The program as people use it: its commands one after another on a simulated retailer, and on what goes wrong.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run of the program said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

/// A folder to work in.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_periplus"))
            .args(arguments)
            .current_dir(self.0.path())
            .env_remove("PERIPLUS_DATA")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs what must succeed.
    fn does(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "periplus {arguments:?}\n{}\n{}", said.out, said.err);
        said.out
    }

    /// Runs what must succeed and print JSON.
    fn json(&self, arguments: &[&str]) -> Value {
        let out = self.does(&[arguments, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("periplus {arguments:?}: {error}\n{out}"))
    }

    /// Every file of the data folder and its length.
    fn files(&self) -> BTreeMap<String, u64> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.path("periplus-data")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.to_string_lossy().contains("state.db-") {
                    files.insert(path.display().to_string(), fs::metadata(&path).unwrap().len());
                }
            }
        }
        files
    }
}

#[test]
fn a_newcomer_gets_from_nothing_to_a_measured_map() {
    let desk = Desk::new();
    let told = desk.does(&["demo", "--no-serve", "--customers", "300"]);
    for file in ["retailer.html", "retailer.svg", "retailer.png", "retailer-dark.png", "retailer.pdf", "retailer.csv", "retailer.json"] {
        assert!(told.contains(file), "{told}");
        assert!(fs::metadata(desk.path("periplus-data/pictures").join(file)).unwrap().len() > 1000, "{file}");
    }
    // Once more adds nothing.
    let before = desk.json(&["ask", "overview"])["view"].clone();
    desk.does(&["demo", "--no-serve", "--customers", "300"]);
    assert_eq!(desk.json(&["ask", "overview"])["view"], before);

    let map = "periplus-data/maps/retailer.yaml";
    for analysis in desk.json(&["ask", "--list"]).as_array().unwrap() {
        let name = analysis["name"].as_str().unwrap();
        let answer = desk.json(&["ask", name, "--map", map, "--svg", "answer.svg", "--png", "answer.png", "--csv", "answer.csv"]);
        assert_eq!(answer["analysis"], name);
        assert!(answer["caption"].as_str().unwrap().len() > 10, "{name}");
        assert!(fs::read_to_string(desk.path("answer.svg")).unwrap().starts_with("<svg"), "{name}");
        assert!(fs::read(desk.path("answer.png")).unwrap().starts_with(b"\x89PNG"), "{name}");
        // The demo company runs no experiment, and is told so.
        let rows = fs::read_to_string(desk.path("answer.csv")).unwrap().lines().count().saturating_sub(1);
        assert_eq!(rows == 0, name == "experiment", "{name}");
        assert_eq!(analysis["schema"], desk.json_text(&["ask", name, "--schema"]), "{name}");
        let text = desk.does(&["ask", name, "--map", map]);
        assert!(!text.contains('\u{1b}'), "no colours where nobody sees them");
    }

    // Stitching meets the truth.
    let truth = desk.json(&["truth", "periplus-data/demo"]);
    let share = |name: &str| truth[name].as_f64().unwrap();
    assert!(share("precision") > 0.99 && share("recall_of_connected") > 0.95, "{truth}");

    // A draft from the data is a map, and covers most of them.
    desk.does(&["map", "propose", "-o", "draft.yaml"]);
    let again = desk.run(&["map", "propose", "-o", "draft.yaml"]);
    assert_eq!(again.code, 1, "a draft overwrites nothing");
    let checked = desk.json(&["map", "check", "draft.yaml"]);
    assert_eq!(checked["problems"].as_array().unwrap().iter().filter(|p| p["severity"] == "error").count(), 0, "{checked}");
    let coverage = &checked["coverage"];
    assert!(coverage["mapped"].as_f64().unwrap() > 0.8 * coverage["events"].as_f64().unwrap(), "{coverage}");
    assert!(desk.does(&["map", "diff", "draft.yaml", map]).lines().count() > 3);
    let beside = desk.json(&["map", "show", map, "--persona", "app-native", "--compare", "store-regular"]);
    let groups: Vec<&str> = beside["view"]["groups"].as_array().unwrap().iter().map(|g| g["id"].as_str().unwrap()).collect();
    assert_eq!(groups, ["app-native", "store-regular"]);
    let said = desk.run(&["map", "show", map, "--persona", "nobody"]);
    assert!(said.code == 1 && said.err.contains("app-native"), "{}", said.err);

    // What was refused can be seen, and what is stored is sound.
    let rejects = desk.does(&["import", "--rejects", "--json"]);
    assert!(rejects.lines().count() > 5);
    for line in rejects.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        assert!(row["line"].as_u64().unwrap() > 0 && row["reason"].is_string(), "{row}");
    }
    assert_eq!(desk.json(&["lake", "verify"])["damage"].as_array().unwrap().len(), 0);
    assert!(desk.does(&["import", "--list"]).lines().count() >= 23);

    // An earlier version can be asked.
    let snapshots = desk.json(&["lake", "snapshots"]);
    let first = snapshots[0]["id"].to_string();
    let then = desk.json(&["ask", "overview", "--snapshot", &first]);
    assert_eq!(then["meta"]["snapshot"].to_string(), first);
    assert!(then["meta"]["events"].as_u64() < desk.json(&["ask", "overview"])["meta"]["events"].as_u64());
    assert_eq!(desk.run(&["ask", "overview", "--as-of", "2001-01-01"]).code, 1);
}

impl Desk {
    /// Runs what prints JSON anyway.
    fn json_text(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.does(arguments)).unwrap()
    }
}

const TABLE: &str = "user_id,email,event,timestamp\n\
    u1,ana@example.org,Product Viewed,2026-01-05T10:00:00Z\n\
    u1,ana@example.org,Order Completed,2026-01-05T10:30:00Z\n\
    u2,ben@example.org,Product Viewed,2026-01-06T10:00:00Z\n";

#[test]
fn a_customer_is_told_explained_parted_and_joined_again() {
    let desk = Desk::new();
    desk.write("events.csv", TABLE);
    desk.does(&["import", "events.csv"]);
    let ana = desk.does(&["customer", "ana@example.org"]);
    for expected in ["user_id:u1", "email:ana@example.org", "Order Completed", "2026-01-05"] {
        assert!(ana.contains(expected), "{expected} is missing in\n{ana}");
    }
    assert!(!ana.contains("ben@"));
    let said = desk.does(&["customer", "user_id:u1", "--apart", "email:ana@example.org", "--because", "her brother's"]);
    assert!(said.contains("somebody else"), "{said}");
    let parted = desk.does(&["customer", "ana@example.org"]);
    assert!(parted.contains("her brother's") && !parted.contains("  user_id:u1\n"), "{parted}");
    desk.does(&["customer", "user_id:u1", "--together", "email:ana@example.org"]);
    let joined = desk.does(&["customer", "ana@example.org"]);
    assert!(joined.contains("  user_id:u1\n") && joined.contains("her brother's"), "{joined}");
    let nobody = desk.run(&["customer", "zoe@example.org"]);
    assert!(nobody.code == 1 && nobody.err.contains("nobody"), "{}", nobody.err);
}

#[test]
fn sql_answers_what_the_other_commands_do() {
    let desk = Desk::new();
    desk.write("events.csv", TABLE);
    desk.does(&["import", "events.csv"]);
    let rows = |statement: &str| desk.json(&["sql", statement])["view"]["rows"].clone();
    let asked = desk.json(&["ask", "overview"]);
    assert_eq!(
        rows("SELECT count(*), count(DISTINCT customer_key) FROM events")[0],
        serde_json::json!([asked["meta"]["events"], asked["meta"]["customers"]])
    );
    for name in rows("SELECT customer FROM customers").as_array().unwrap() {
        let name = name[0].as_str().unwrap();
        assert!(desk.does(&["customer", name]).contains(name));
    }
    assert!(desk.does(&["sql", "--tables"]).contains("window_funnel("));
    desk.does(&["sql", "SELECT event FROM events", "--csv", "rows.csv", "--rows", "1"]);
    assert_eq!(fs::read_to_string(desk.path("rows.csv")).unwrap().lines().count(), 2);
    let said = desk.run(&["sql", "DROP TABLE events"]);
    assert!(said.code == 1 && said.err.contains("only reads"), "{}", said.err);
}

#[test]
fn changed_rules_change_customers_and_changed_back_give_the_old_ones() {
    let desk = Desk::new();
    desk.write("events.csv", TABLE);
    desk.does(&["import", "events.csv"]);
    let overview = || desk.json(&["ask", "overview"])["view"].clone();
    let before = overview();
    let customers = |said: &str| said.contains("  user_id:u1\n");
    assert_eq!(desk.json(&["lake", "restitch"])["changed_identifiers"], 0);
    desk.write("periplus-data/settings.toml", "[identity]\nlimit_total = 1\n");
    assert!(desk.json(&["lake", "restitch"])["changed_identifiers"].as_u64().unwrap() >= 2);
    let alone = desk.does(&["customer", "email:ana@example.org"]);
    assert!(!customers(&alone) && alone.contains("the rules changed"), "{alone}");
    fs::remove_file(desk.path("periplus-data/settings.toml")).unwrap();
    desk.does(&["lake", "restitch"]);
    assert!(customers(&desk.does(&["customer", "ana@example.org"])));
    assert_eq!(overview(), before);
    desk.write("periplus-data/settings.toml", "[identity]\nlimit_totl = 1\n");
    let said = desk.run(&["lake", "restitch"]);
    assert!(said.code == 1 && said.err.contains("limit_totl"), "{}", said.err);
}

#[test]
fn bad_files_are_told_clearly_and_change_nothing() {
    let desk = Desk::new();
    desk.write("events.csv", TABLE);
    desk.does(&["import", "events.csv"]);
    let before = (desk.files(), desk.json(&["ask", "overview"])["view"].clone());

    desk.write("empty.csv", "");
    fs::create_dir(desk.path("folder")).unwrap();
    desk.write("columns.csv", "colour,size\nred,4\n");
    desk.write("mapping.toml", "[[source]]\nname = \"m\"\nfile = \"*.csv\"\ntime = { column = \"when\" }\nids = [{ kind = \"user_id\", column = \"who\" }]\n[[source.event]]\nname = \"E\"\n");
    desk.write("broken.toml", "[[source]]\nnam = 3\n");
    desk.write("noise.parquet", [b"PAR1".as_slice(), &[7; 500]].concat());
    desk.write("utf16.csv", TABLE.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    for (arguments, word) in [
        (vec!["import", "empty.csv"], "empty"),
        (vec!["import", "folder"], "folder"),
        (vec!["import", "nowhere.csv"], "nowhere.csv"),
        (vec!["import", "columns.csv"], "columns.csv"),
        (vec!["import", "columns.csv", "--mapping", "mapping.toml"], "when"),
        (vec!["import", "events.csv", "--mapping", "broken.toml"], "nam"),
        (vec!["import", "noise.parquet"], "noise.parquet"),
    ] {
        let said = desk.run(&arguments);
        assert_eq!(said.code, 1, "{arguments:?}: {}{}", said.out, said.err);
        assert!(said.err.contains(word), "{arguments:?}: {}", said.err);
        assert!(!said.err.contains("panic"), "{}", said.err);
        assert_eq!((desk.files(), desk.json(&["ask", "overview"])["view"].clone()), before, "{arguments:?}");
    }
    // A file that cannot be read does not keep the others from being imported.
    desk.write("more.csv", TABLE.replace("u1", "u3").replace("ana@", "cleo@"));
    let said = desk.run(&["import", "empty.csv", "more.csv"]);
    assert!(said.code == 1 && said.out.contains("more.csv"), "{}{}", said.out, said.err);
    assert!(desk.does(&["customer", "u3"]).contains("cleo@example.org"));
}

#[test]
fn bad_rows_go_into_quarantine_and_the_rest_arrives() {
    let desk = Desk::new();
    let mut table = TABLE.to_owned();
    let good = |number| format!("v{number},,Product Viewed,2026-01-09T10:00:00Z\n");
    let good: String = (0..40).map(good).collect();
    table += "u4,dan@example.org,Product Viewed,2026-02-31T10:00:00Z\n";
    table += "u5,eve@example.org,Product Viewed,yesterday\n";
    table += ",,Product Viewed,2026-01-07T10:00:00Z\n";
    table += "u6,fay@example.org,Product Viewed,2026-01-07T10:00:00Z\n";
    desk.write("events.csv", table + &good);
    let said = desk.run(&["import", "events.csv"]);
    assert_eq!(said.code, 1, "not every row is in the lake: {}", said.out);
    assert!(said.out.contains("3 refused"), "{}", said.out);
    assert_eq!(desk.run(&["import", "events.csv", "--lenient"]).code, 0);
    let told = desk.does(&["import", "--rejects", "--of", "1"]);
    for expected in ["events.csv:5:", "events.csv:6:", "events.csv:7:", "yesterday"] {
        assert!(told.contains(expected), "{expected} is missing in\n{told}");
    }
    assert!(desk.does(&["customer", "u6"]).contains("fay@example.org"));

    // A compressed file that breaks off: what came before is there, and it is said.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writeln!(packed, "user_id,event,timestamp").unwrap();
    for number in 0..50_000 {
        writeln!(packed, "w{number},Product Viewed {},2026-01-08T10:00:00Z", number % 7).unwrap();
    }
    let packed = packed.finish().unwrap();
    desk.write("cut.csv.gz", &packed[..packed.len() / 2]);
    let said = desk.run(&["import", "cut.csv.gz"]);
    assert!(said.code == 1 && said.out.contains("breaks off"), "{}{}", said.out, said.err);
    assert!(desk.does(&["customer", "w10"]).contains("Product Viewed 3"));
    // The whole file later adds what is missing, and only that.
    desk.write("cut.csv.gz", &packed);
    desk.does(&["import", "cut.csv.gz"]);
    let customers = desk.json(&["ask", "overview"])["meta"]["customers"].as_u64().unwrap();
    assert_eq!(customers, 50_000 + 43);
}

#[test]
fn the_command_line_helps() {
    let desk = Desk::new();
    for arguments in
        [&["--help"][..], &["import", "--help"], &["ask", "--help"], &["map", "--help"], &["customer", "--help"], &["lake", "--help"]]
    {
        assert!(desk.does(arguments).contains("Usage:"), "{arguments:?}");
    }
    assert_eq!(desk.run(&["fly"]).code, 2);
    let said = desk.run(&["ask", "overview"]);
    assert!(said.code == 1 && said.err.contains("periplus import"), "{}", said.err);
    assert!(!desk.path("periplus-data").exists(), "asking makes no data folder");
    let said = desk.run(&["ask", "astrology"]);
    assert!(said.code == 1 && said.err.contains("funnel"), "{}", said.err);
    assert!(desk.does(&["map", "templates"]).contains("five-stages"));
    assert!(desk.json_text(&["map", "schema"])["properties"]["stages"].is_object());
    assert!(desk.json_text(&["import", "--schema"])["properties"]["source"].is_object());
    assert!(desk.json_text(&["simulate", "--schema"])["properties"]["personas"].is_object());
    let scenario = desk.does(&["simulate", "--print-scenario"]);
    desk.write("scenario.yaml", &scenario);
    desk.does(&["simulate", "one", "--customers", "20", "--scenario", "scenario.yaml"]);
    desk.does(&["simulate", "two", "--customers", "20"]);
    for entry in fs::read_dir(desk.path("one")).unwrap().flatten() {
        let other = desk.path("two").join(entry.file_name());
        assert_eq!(
            fs::read(entry.path()).unwrap(),
            fs::read(other).unwrap(),
            "{:?}: the same seed gives the same bytes",
            entry.file_name()
        );
    }
    desk.write("events.csv", TABLE);
    let guessed = desk.does(&["import", "--guess", "events.csv"]);
    desk.write("mapping.toml", &guessed);
    desk.does(&["import", "events.csv", "--mapping", "mapping.toml"]);
    assert!(!desk.path("periplus-data/quarantine").exists());
}

#[test]
fn a_map_with_problems_is_told_line_by_line() {
    let desk = Desk::new();
    desk.write(
        "map.yaml",
        "version: 1\nid: m\ntitle: M\nstages:\n  - {id: a, name: A}\ntouchpoints:\n  - {id: t, name: T, stage: b, when: {event: X}}\n",
    );
    let said = desk.run(&["map", "check", "map.yaml"]);
    assert!(said.code == 1 && said.out.contains("map.yaml:7:"), "{}{}", said.out, said.err);
}

#[test]
fn the_log_of_another_tool_comes_back_as_it_went() {
    let desk = Desk::new();
    desk.write("events.csv", TABLE);
    desk.does(&["import", "events.csv"]);
    desk.does(&["export", "xes", "log.xes"]);
    desk.does(&["--data", "other", "import", "log.xes"]);
    let follows = |data: &str| desk.json(&["--data", data, "ask", "follows"])["view"].clone();
    assert_eq!(follows("periplus-data"), follows("other"));
}

#[test]
fn serving_answers_until_it_is_told_to_stop() {
    let desk = Desk::new();
    desk.write("events.csv", TABLE);
    desk.does(&["import", "events.csv"]);
    let refused = desk.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(refused.code == 1 && refused.err.contains("--public"), "{}", refused.err);
    let mut server = Command::new(env!("CARGO_BIN_EXE_periplus"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(desk.0.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(server.stdout.take().unwrap()), &mut line).unwrap();
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let health = get(&address, "/health");
    assert!(health.contains("200 OK") && health.contains("\"snapshot\":1"), "{health}");
    server.kill().unwrap();
    server.wait().unwrap();
}

fn get(address: &str, path: &str) -> String {
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut socket, &mut answer).unwrap();
    answer
}

#[test]
fn the_folder_of_the_demo_is_not_mixed_with_data_of_ones_own() {
    let desk = Desk::new();
    desk.write("events.csv", TABLE);
    desk.does(&["import", "events.csv"]);
    let said = desk.run(&["demo", "--no-serve", "--customers", "10"]);
    assert!(said.code == 1 && said.err.contains("--data"), "{}", said.err);
    assert!(!Path::new(&desk.path("periplus-data/demo")).exists());
}
