//! Other people's tools read the lake and its exports, and say in SQL what Periplus answers.
//!
//! The tools come from PyPI: `cargo xtask test` installs them and names their Python in `PERIPLUS_PYTHON`. Without it the test
//! says that it was left out.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const STEPS: [&str; 3] = ["Product Viewed", "Product Added", "Order Completed"];
const WEEKS: u64 = 8;

fn periplus(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_periplus"));
    command.args(arguments).current_dir(folder).env_remove("PERIPLUS_DATA").stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(output.status.success(), "periplus {arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn duckdb_and_polars_see_the_same_journeys() {
    let Some(python) = std::env::var_os("PERIPLUS_PYTHON") else {
        eprintln!("left out: PERIPLUS_PYTHON names no Python with DuckDB and Polars; `cargo xtask test` provides one");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    periplus(folder, &["demo", "--no-serve", "--customers", "400"]);
    // Several files, late ones and customers who turned out to be one: as it is after eleven imports. What is dead is removed
    // by a compaction, as the guide says.
    periplus(folder, &["lake", "compact"]);
    std::fs::write(folder.join("files.txt"), periplus(folder, &["lake", "files"])).unwrap();
    for format in ["parquet", "csv", "arrow"] {
        periplus(folder, &["export", "events", &format!("events.{format}")]);
    }
    let ask = |analysis: &str, question: Value| -> Value {
        serde_json::from_str(&periplus(folder, &["ask", analysis, &question.to_string(), "--json"])).unwrap()
    };
    let steps: Vec<Value> = STEPS.iter().map(|name| json!({"event": name})).collect();
    let answers = json!({
        "overview": ask("overview", json!({})),
        "follows": ask("follows", json!({"waits": false})),
        "variants": ask("variants", json!({"steps": 5, "top": 1_000_000})),
        "funnel": ask("funnel", json!({"steps": steps, "window": "7d"})),
        "retention": ask("retention", json!({"interval": "week", "intervals": WEEKS})),
        "steps": STEPS,
        "retention_weeks": WEEKS,
    });
    std::fs::write(folder.join("answers.json"), answers.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other_tools/other_tools.py");
    let compared = Command::new(python).arg(script).arg(folder).output().unwrap();
    let (said, error) = (String::from_utf8_lossy(&compared.stdout), String::from_utf8_lossy(&compared.stderr));
    assert!(compared.status.success() && said.is_empty() && error.contains("compared"), "{said}\n{error}");
}
