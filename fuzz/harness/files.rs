//! Files as people have them.

use std::io::{self, Cursor, Read};

use periplus_intake::{Input, IntakeError, Plan, Summary, limits, read, sniff};

use crate::told::Told;

const NAMES: [&str; 6] = ["a.csv", "a.tsv", "a.jsonl", "a.xes", "a.csv.gz", "a"];

/// Nothing vanishes, and reading it again says the same.
pub fn hold(bytes: &[u8]) {
    let [name, file @ ..] = bytes else { return };
    let name = NAMES[usize::from(*name) % NAMES.len()];
    let _ = sniff(name, &file[..file.len().min(4_096)]);
    let first = told(name, file);
    assert_eq!(first, told(name, file), "reading it again says the same");
}

fn told(name: &str, file: &[u8]) -> (Told, String) {
    let mut told = Told::new(limits::RAW);
    let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file.to_vec()));
    let nothing = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
    let result: Result<Summary, IntakeError> =
        read(Input::Stream { name: name.to_owned(), reader }, Plan::Auto, &nothing, &mut told, &mut |_| {});
    match &result {
        Ok(summary) => told.adds_up(summary),
        Err(IntakeError::CutShort { summary, .. }) => told.adds_up(summary),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    (told, format!("{result:?}"))
}
