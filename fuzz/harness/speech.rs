//! What senders send: a dialect's call, how the body is said to be wrapped, and the body.

use periplus_intake::collect::{Arrived, Sent, body, calls, examine, read};
use periplus_intake::limits;
use periplus_intake::source::Settings;
use periplus_model::Instant;

use crate::told::Told;

/// How bodies are said to be wrapped.
const WRAPPINGS: [(&str, &str); 5] = [
    ("", "application/json"),
    ("compression=gzip-js", "text/plain"),
    ("compression=base64", "text/plain"),
    ("", "application/x-www-form-urlencoded"),
    ("compression=base64", "application/x-www-form-urlencoded"),
];

/// Whatever is accepted can be read from the log, every message of it becomes something, and reading it again says the same.
pub fn hold(bytes: &[u8]) {
    let [call, wrapping, sent @ ..] = bytes else { return };
    let (speech, call) = calls().nth(usize::from(*call) % calls().count()).unwrap_or_else(|| unreachable!("there are calls"));
    let (query, kind) = WRAPPINGS[usize::from(*wrapping) % WRAPPINGS.len()];
    let settings = Settings::default();
    let headers = [("content-type", kind)];
    let Ok(decoded) = speech.decode(call, Sent { query, headers: &headers, body: sent }, &settings) else { return };
    let Ok(value) = body(&decoded) else { return };
    assert!(decoded.len() <= limits::BODY);
    let _ = speech.key(&value);
    let count = speech.count(call, &value, &settings);
    let arrived = Arrived {
        at: Instant(1_770_000_000_000_000),
        source: "shop",
        dialect: speech.name(),
        call: call.name,
        agent: None,
        body: &decoded,
    };
    let record = arrived.to_bytes();
    let kept = Arrived::of(&record);
    assert_eq!(kept.as_ref(), Some(&arrived), "the log gives back what it was given");
    let told = || {
        let mut told = Told::new(limits::MESSAGE);
        let summary = read(&arrived, &settings, &mut told).unwrap_or_else(|error| unreachable!("nothing here fails: {error}"));
        told.adds_up(&summary);
        (told, summary)
    };
    let (first, summary) = told();
    assert_eq!((&first, &summary), (&told().0, &told().1), "reading it again says the same");
    assert!(summary.rows as usize >= count.min(1), "{count} messages became {} rows", summary.rows);
    assert_eq!(examine(&arrived, &settings).len() as u64, summary.rejected.values().sum::<u64>());
}
