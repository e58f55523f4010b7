//! What must not happen, whatever the bytes are: a panic, rows that vanish, memory that grows with the input.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use std::io::{self, Cursor, Read, Write as _};

use common::{auto, mapped, stream};
use periplus_intake::{IntakeError, Plan, Reject, Sink};
use periplus_model::{EventRow, LinkRow, Reason, TraitRow};
use proptest::prelude::*;

const HEADER: &[u8] = b"user_id,time,event,note\n";

/// A line of so many bytes, in the middle of a good file, that is never in memory as a whole.
fn long_line(prefix: &'static [u8], bytes: u64, suffix: &'static [u8]) -> Box<dyn Read + Send> {
    Box::new(Cursor::new(prefix).chain(io::repeat(b'x').take(bytes)).chain(Cursor::new(suffix)))
}

#[test]
fn a_line_of_100_mb_costs_one_row() {
    let reader = long_line(b"user_id,time,event,note\na,2026-01-01,e,short\na,2026-01-02,e,", 100 << 20, b"\na,2026-01-03,e,last\n");
    let (kept, summary) = stream("a.csv", reader, Plan::Auto);
    assert_eq!((summary.unwrap().rows, kept.events.len()), (3, 2));
    assert_eq!((kept.rejects[0].0, kept.rejects[0].1, kept.rejects[0].3.len()), (3, Reason::TooLarge, 2048));
    let reader = long_line(
        b"{\"user_id\":\"a\",\"time\":\"2026-01-01\",\"event\":\"e\"}\n{\"x\":\"",
        100 << 20,
        b"\"}\n{\"user_id\":\"a\",\"time\":\"2026-01-02\",\"event\":\"e\"}",
    );
    let (kept, summary) = stream("a.jsonl", reader, Plan::Auto);
    assert_eq!((summary.unwrap().rows, kept.events.len(), kept.rejects[0].1), (3, 2, Reason::TooLarge));
    let reader =
        long_line(b"<log><trace><string key=\"concept:name\" value=\"1\"/><event><string key=\"", 100 << 20, b"\"/></event></trace></log>");
    assert!(matches!(stream("a.xes", reader, Plan::Auto).1, Err(IntakeError::CutShort { .. })));
}

#[test]
fn rows_are_limited_to_the_byte() {
    let row = |note: usize| [HEADER, b"a,2026-01-01,e,", "y".repeat(note).as_bytes(), b"\n"].concat();
    assert_eq!(auto("a.csv", row(32 * 1024)).0.events.len(), 1);
    assert_eq!(auto("a.csv", row(32 * 1024 + 1)).0.rejects[0].1, Reason::TooLarge);
}

#[test]
fn a_truncated_file_gives_its_rows_and_then_says_so() {
    let mut text = HEADER.to_vec();
    for n in 0..100_000u64 {
        writeln!(text, "u{n},2026-01-01T00:00:00Z,e,{}", n.wrapping_mul(2_654_435_761) % 9_973).unwrap();
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&text).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(text.as_slice(), 1).unwrap();
    for (name, bytes) in [("a.csv.gz", gzip), ("a.csv.zst", zstd)] {
        let (kept, result) = auto(name, bytes[..bytes.len() * 2 / 3].to_vec());
        let Err(IntakeError::CutShort { line, summary, .. }) = result else { panic!("{result:?}") };
        assert_eq!((summary.events as usize, line as usize), (kept.events.len(), kept.events.len() + 1));
        assert!(kept.events.len() > 10_000 && kept.rejects.is_empty());
        assert!(kept.events.iter().enumerate().all(|(n, event)| event.ids[0] == format!("user_id:u{n}")));
    }
    let log = "<log><trace><string key=\"concept:name\" value=\"1\"/><event><string key=\"concept:name\" value=\"a\"/><date key=\"time:timestamp\" value=\"2026-01-01\"/></event><event>";
    let (kept, result) = auto("a.xes", log);
    assert!(matches!(result, Err(IntakeError::CutShort { line: 1, .. })) && kept.events.len() == 1);
}

#[test]
fn files_that_hold_nothing_or_something_else_are_refused_clearly() {
    for (name, bytes, part) in [
        ("a.csv", &b""[..], "empty"),
        ("a.csv", b"\n\n", "empty"),
        ("a.csv.gz", b"\x1f\x8b\x08\0\0\0", "cannot be decompressed"),
        ("a.csv", b"a,b,a\n1,2,3\n", "'a' is there twice"),
        ("a.csv", b"M\xfcller,b\n1,2\n", "iconv"),
        ("a.csv", b"\xff\xfea\0,\0b\0", "iconv"),
        ("a.csv", b"\"open,b\n1,2\n", "header is broken"),
        ("a.json", b"[\n{\"a\":1}\n]\n", "jq"),
        ("a.xes", b"<?xml version=\"1.0\"?><html/>", "no XES log"),
        ("a.xes", b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><log/>", "iconv"),
        ("a.bin", b"PAR1\0\0\0\0", "must be given as a file"),
    ] {
        let error = auto(name, bytes).1.unwrap_err().to_string();
        assert!(error.contains(part), "{name}: {error}");
    }
    let (kept, summary) = mapped(
        "a.csv",
        HEADER,
        "[[source]]\nname='a'\n[[source.event]]\nname='e'\ntime={column='time'}\nids=[{kind='user_id',column='user_id'}]",
    );
    assert_eq!((summary.unwrap().rows, kept.events.len()), (0, 0));
}

#[test]
fn a_header_without_rows_is_understood_and_empty() {
    assert_eq!(auto("a.csv", HEADER).1.unwrap().rows, 0);
}

#[test]
fn bad_rows_have_their_reasons() {
    let text = [
        HEADER,
        b"a,2026-02-30,e,impossible\n",
        b"a,2026-01-01,e,\xff\xfe\n",
        b"a,2026-01-01,e\n",
        b"a,2026-01-01,e,x,y\n",
        b"a,2026-01-01,e,\"open\n",
        b"null,2026-01-01,e,x\n",
        b"a,2026-01-01,,x\n",
        b"a,1850-01-01,e,x\n",
        b"a,2026-01-01,e,nul\0\n",
        b"a,2026-01-01,e,fine\n",
        b"b,2026-01-01,e,fine\n",
    ];
    // The guess needs good rows to see; bad ones are a tenth of them.
    let good: Vec<u8> = (0..100).flat_map(|n| format!("u{n},2026-01-01,e,x\n").into_bytes()).collect();
    let bytes = [text[0], &good, &text[1..].concat()].concat();
    let (kept, _) = auto("a.csv", bytes);
    let reasons: Vec<(u64, Reason)> = kept.rejects.iter().map(|r| (r.0 - 101, r.1)).collect();
    assert_eq!(
        reasons,
        [
            (1, Reason::BadTime),
            (2, Reason::Encoding),
            (3, Reason::Fields),
            (4, Reason::Fields),
            (5, Reason::Malformed),
            (6, Reason::NoIdentifier),
            (7, Reason::NoEvent),
            (8, Reason::BadTime),
            (9, Reason::Encoding)
        ]
    );
    assert_eq!(kept.events.len(), 102);
}

/// A disk that is full after some events.
struct Full(u32);

impl Sink for Full {
    fn event(&mut self, _: &EventRow<'_>) -> io::Result<()> {
        self.0 = self.0.checked_sub(1).ok_or_else(|| io::Error::from(io::ErrorKind::StorageFull))?;
        Ok(())
    }
    fn traits(&mut self, _: &TraitRow<'_>) -> io::Result<()> {
        Ok(())
    }
    fn link(&mut self, _: &LinkRow<'_>) -> io::Result<()> {
        Ok(())
    }
    fn reject(&mut self, _: &Reject<'_>) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_sink_that_fails_ends_the_reading() {
    let endless = Cursor::new(HEADER).chain(Cursor::new(b"a,2026-01-01,e,x\n".repeat(1_000))).chain(io::repeat(b'\n'));
    let input = periplus_intake::Input::Stream { name: "a.csv".into(), reader: Box::new(endless) };
    let result = periplus_intake::read(input, Plan::Auto, &common::nothing_to_open, &mut Full(10), &mut |_| {});
    assert!(matches!(result, Err(IntakeError::Sink(error)) if error.kind() == io::ErrorKind::StorageFull));
}

/// Bytes that are likely to get deep into a format.
fn likely(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![8 => proptest::sample::select(pieces).prop_map(|piece| piece.as_bytes().to_vec()), 1 => proptest::collection::vec(any::<u8>(), 0..8)];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Reads anything; the counts are checked on the way.
fn survive(name: &str, prefix: &[u8], bytes: &[u8]) {
    let _ = auto(name, [prefix, bytes].concat());
}

proptest! {
    #[test]
    fn random_csv_is_survived(bytes in likely(&["a", ",", "\n", "\"", "\r\n", "2026-01-01", "e", "\0", "é", "null", "a,2026-01-01,e,x\n"])) {
        survive("a.csv", HEADER, &bytes);
    }

    #[test]
    fn random_json_is_survived(bytes in likely(&["{", "}", "[", "]", "\"", ":", ",", "\n", "\\u0000", "\\ud800", "1e999", "-", "null", "\"type\":\"track\",", "\"userId\":\"u\"", "\"timestamp\":\"2026-01-01\"", "\"batch\":", "{\"type\":\"track\",\"event\":\"e\",\"userId\":\"u\",\"timestamp\":\"2026-01-01\"}\n"])) {
        survive("a.jsonl", b"{\"type\":\"track\",\"event\":\"e\",\"userId\":\"u\",\"timestamp\":\"2026-01-01\"}\n", &bytes);
        survive("a.jsonl", b"{\"event_name\":\"e\",\"event_timestamp\":1,\"user_pseudo_id\":\"u\"}\n", &bytes);
    }

    #[test]
    fn random_xes_is_survived(bytes in likely(&["<trace>", "</trace>", "<event>", "</event>", "<string key=\"concept:name\" value=\"a\"/>", "<date key=\"time:timestamp\" value=\"2026-01-01\"/>", "<list key=\"l\">", "<values>", "</values>", "</list>", "<int key=\"i\" value=\"x\"/>", "&lt;", "&", "</log>", "<container key=\"$list\">", "</container>", "<!--", "-->", "\"", "="])) {
        survive("a.xes", b"<log>", &bytes);
    }

    #[test]
    fn random_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300), magic in proptest::sample::select(vec![&b""[..], b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"PAR1", b"<log", b"{"])) {
        survive("a", magic, &bytes);
    }

    #[test]
    fn random_parquet_is_survived(at in 0usize..2_000, byte in any::<u8>(), cut in 0usize..200) {
        use std::sync::Arc;
        let ids: arrow::array::ArrayRef = Arc::new(arrow::array::StringArray::from_iter_values((0..50).map(|n| format!("u{n}"))));
        let days: arrow::array::ArrayRef = Arc::new(arrow::array::Date32Array::from_iter_values(0..50));
        let names: arrow::array::ArrayRef = Arc::new(arrow::array::StringArray::from_iter_values((0..50).map(|_| "e")));
        let batch = arrow::array::RecordBatch::try_from_iter([("user_id", ids), ("date", days), ("event", names)]).unwrap();
        let mut bytes = Vec::new();
        let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        if cut < 20 {
            bytes.truncate(bytes.len() - cut);
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let mut kept = common::Kept::default();
        let input = periplus_intake::Input::Parquet { name: "a.parquet".into(), file };
        if let Ok(summary) = periplus_intake::read(input, Plan::Auto, &common::nothing_to_open, &mut kept, &mut |_| {}) {
            common::adds_up(&summary);
        }
    }
}
