//! A cluster of processes on this machine: it answers what one machine answers, or says why not, whatever happens to its
//! executors.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod s3;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use s3::Bucket;
use serde_json::{Value, json};

/// Questions beside the analyses' own examples: sessions, units that are scattered over all machines, groups, comparisons.
fn questions() -> Vec<(&'static str, Value)> {
    let steps = json!([{"event": "Product Viewed"}, {"event": "Product Added"}, {"event": "Order Completed"}]);
    vec![
        (
            "funnel",
            json!({
                "steps": steps,
                "window": "7d",
                "breakdown": [{"first": "month"}],
                "compare": {"segment": {"did": {"event": "Email Opened"}}},
            }),
        ),
        ("funnel", json!({"steps": steps, "window": "7d", "unit": "session"})),
        ("funnel", json!({"steps": steps, "window": "7d", "unit": {"id": "order_id"}})),
        ("trends", json!({"measures": [{"show": "customers"}], "interval": "week", "breakdown": [{"channel": "last"}]})),
        ("follows", json!({"unit": "household"})),
        ("variants", json!({"sample": 0.5})),
    ]
}

/// A folder with a simulated retailer's data.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new(customers: &str) -> Desk {
        let desk = Desk(tempfile::tempdir().unwrap());
        desk.does(&["demo", "--no-serve", "--customers", customers], &[]);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_periplus"));
        command.args(arguments).current_dir(self.0.path()).env_remove("PERIPLUS_DATA").stdin(Stdio::null());
        command.envs(variables.iter().copied());
        command
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        self.command(arguments, variables).output().unwrap()
    }

    fn does(&self, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let output = self.run(arguments, variables);
        assert!(output.status.success(), "periplus {arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a question is answered with, but for the time it took.
    fn asks(&self, analysis: &str, question: &Value, more: &[&str]) -> Value {
        let question = question.to_string();
        // Without a question, the analysis asks its own example.
        let question: &[&str] = if question == "null" { &[] } else { &[&question] };
        let asked = [&["ask", analysis], question, &["--map", MAP, "--json"], more].concat();
        let mut answer: Value = serde_json::from_str(&self.does(&asked, &[])).unwrap();
        if let Some(meta) = answer.get_mut("meta") {
            meta["wall_ms"] = json!(0);
        }
        answer
    }

    /// Starts a process of the cluster, and answers it with the address that it tells.
    fn starts(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Machine {
        let mut child = self.command(&[&["cluster"], arguments].concat(), variables).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split([' ', '\n']).find(|word| word.starts_with("127.0.0.1:")).unwrap_or_else(|| panic!("{line}"));
        let address = address.trim_end_matches(',').to_owned();
        Machine { child, address }
    }

    fn scheduler(&self) -> Machine {
        self.starts(&["scheduler", "--listen", "127.0.0.1:0"], &[])
    }

    fn executor(&self, scheduler: &Machine, parts: &str, variables: &[(&str, &str)]) -> Machine {
        self.starts(&["executor", "--scheduler", &scheduler.address, "--parts", parts, "--threads", "1"], variables)
    }
}

const MAP: &str = "periplus-data/maps/retailer.yaml";

/// A process of a cluster.
struct Machine {
    child: Child,
    address: String,
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn two_executors_answer_as_one_machine_does() {
    let desk = Desk::new("400");
    let scheduler = desk.scheduler();
    let executors = [desk.executor(&scheduler, "periplus-data", &[]), desk.executor(&scheduler, "periplus-data", &[])];
    let address = scheduler.address.clone();
    let cluster = ["--cluster", &address];
    let analyses: Value = serde_json::from_str(&desk.does(&["ask", "--list", "--json"], &[])).unwrap();
    let examples = analyses.as_array().unwrap().iter().map(|analysis| (analysis["name"].as_str().unwrap(), Value::Null));
    for (analysis, question) in examples.chain(questions()) {
        assert_eq!(desk.asks(analysis, &question, &cluster), desk.asks(analysis, &question, &[]), "{analysis} {question}");
    }
    let (analysis, question) = &questions()[0];
    for more in
        [["--places"].as_slice(), &["--people", "step=1,who=stopped", "--at-most", "7"], &["--people", r#"{"step": 2, "compared": true}"#]]
    {
        let here = desk.asks(analysis, question, more);
        assert!(here.to_string().len() > 100, "{here}");
        assert_eq!(desk.asks(analysis, question, &[more, &cluster].concat()), here);
    }
    let rows = |more: &[&str]| {
        let told = desk.does(&[&["sql", "SELECT * FROM retention('{\"interval\": \"month\"}')", "--json"], more].concat(), &[]);
        serde_json::from_str::<Value>(&told).unwrap()["view"].clone()
    };
    assert_eq!(rows(&cluster), rows(&[]));

    // What is wrong is wrong in the same words, and what is too much is so everywhere.
    let fails = |arguments: &[&str]| {
        let output = desk.run(arguments, &[]);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let wrong = ["ask", "funnel", r#"{"steps": []}"#];
    assert_eq!(fails(&[&wrong[..], &cluster].concat()), fails(&wrong));
    let slow = ["ask", "overview", "--ask-seconds", "0"];
    assert_eq!(fails(&[&slow[..], &cluster].concat()), fails(&slow));

    // Whoever does not know the secret is not let in, and nobody listens to strangers without one.
    let said = fails(&["ask", "overview", "--cluster", &address, "--secret", "guessed"]);
    assert!(said.contains("secret"), "{said}");
    let said = fails(&["cluster", "scheduler", "--listen", "0.0.0.0:0"]);
    assert!(said.contains("--secret"), "{said}");

    drop(executors);
    drop(scheduler);
    let said = fails(&["ask", "overview", cluster[0], cluster[1]]);
    assert!(said.contains("cluster scheduler"), "{said}");
}

#[test]
fn a_part_that_is_missing_is_named_and_nothing_is_answered() {
    let desk = Desk::new("60");
    let listed = desk.does(&["lake", "files"], &[]);
    let missing = Path::new(listed.lines().next().unwrap());
    let copy = desk.path("copy");
    let hidden = missing.strip_prefix(desk.path("periplus-data/lake")).unwrap().to_string_lossy().into_owned();
    copy_folder(&desk.path("periplus-data/lake"), &copy);
    fs::remove_file(copy.join(&hidden)).unwrap();
    let scheduler = desk.scheduler();
    let _executor = desk.executor(&scheduler, "copy", &[]);
    let output = desk.run(&["ask", "overview", "--cluster", &scheduler.address], &[]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains(&hidden) && output.stdout.is_empty(), "{said}");
    // With the part, it is.
    fs::copy(missing, copy.join(&hidden)).unwrap();
    assert_eq!(desk.asks("overview", &json!({}), &["--cluster", &scheduler.address]), desk.asks("overview", &json!({}), &[]));
}

#[test]
fn a_store_holds_what_the_lake_holds_and_an_executor_that_dies_is_done_without() {
    let desk = Desk::new("60");
    let (waiting, waits) = channel();
    let store = Bucket::open(None);
    let as_customer_of = |bucket: &Bucket| {
        [
            ("AWS_ENDPOINT_URL", bucket.url.clone()),
            ("AWS_ACCESS_KEY_ID", "key".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("AWS_REGION", "nowhere".to_owned()),
        ]
    };
    let store_is = as_customer_of(&store);
    let store_is: Vec<(&str, &str)> = store_is.iter().map(|(name, value)| (*name, value.as_str())).collect();
    store.put("bucket/journeys/notes.txt", b"not ours".to_vec());
    store.put("bucket/journeys/events/gone-0123456789abcdef.parquet", b"of an older snapshot".to_vec());
    let push = || serde_json::from_str::<Value>(&desk.does(&["cluster", "push", "s3://bucket/journeys", "--json"], &store_is)).unwrap();
    let pushed = push();
    assert!(pushed["sent"].as_u64() > Some(3) && pushed["removed"] == 1 && pushed["there"] == 0, "{pushed}");
    let again = push();
    assert!(again["sent"] == 0 && again["removed"] == 0 && again["there"] == pushed["sent"], "{again}");
    assert!(store.has("bucket/journeys/notes.txt"));

    // One of the executors gets no part that it asks for: it has its share, and hangs.
    let hanging = Bucket::of(&store, Some(waiting));
    let hangs = as_customer_of(&hanging);
    let hangs: Vec<(&str, &str)> = hangs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let scheduler = desk.scheduler();
    let doomed = desk.executor(&scheduler, "s3://bucket/journeys", &hangs);
    let survivor = std::thread::scope(|scope| {
        let answer = scope.spawn(|| desk.asks("overview", &json!({}), &["--cluster", &scheduler.address]));
        waits.recv_timeout(Duration::from_secs(30)).unwrap();
        let survivor = desk.executor(&scheduler, "s3://bucket/journeys", &store_is);
        drop(doomed);
        assert_eq!(answer.join().unwrap(), desk.asks("overview", &json!({}), &[]));
        survivor
    });

    // A part that was changed on its way is not believed. The other executor has parts of its own already.
    drop(survivor);
    store.damage("bucket/journeys/events");
    let _executor = desk.executor(&scheduler, "s3://bucket/journeys", &store_is);
    let output = desk.run(&["ask", "overview", "--cluster", &scheduler.address], &[]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains("checksum"), "{said}");
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)
        } else {
            let _ = fs::copy(entry.path(), target).unwrap();
        }
    }
}
