//! Rows per second through the intake, without anything behind it:
//! `cargo run --release -p periplus-intake --example throughput [rows]`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a meter: it prints, reads the clock, and may fail"
)]

use std::io::{self, Cursor, Write as _};
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use periplus_intake::{Input, Plan, Reject, Sink, read};
use periplus_model::{EventRow, LinkRow, TraitRow};

#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn event(&mut self, row: &EventRow<'_>) -> io::Result<()> {
        self.0 = self.0.wrapping_add(row.time.0 as u64).wrapping_add(row.properties.len() as u64);
        Ok(())
    }
    fn traits(&mut self, _: &TraitRow<'_>) -> io::Result<()> {
        Ok(())
    }
    fn link(&mut self, _: &LinkRow<'_>) -> io::Result<()> {
        Ok(())
    }
    fn reject(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        Err(io::Error::other(format!("line {}: {}", reject.line, reject.detail)))
    }
}

const EVENTS: [&str; 6] = ["page viewed", "product viewed", "cart", "checkout", "purchase", "support call"];
const CHANNELS: [&str; 4] = ["web", "app", "store", "e-mail"];

fn meter(name: &str, rows: u64, input: Input) {
    let start = Instant::now();
    let summary = read(input, Plan::Auto, &|_| Err(io::Error::other("no lookup")), &mut Count::default(), &mut |_| {}).unwrap();
    assert_eq!(summary.events, rows);
    let seconds = start.elapsed().as_secs_f64();
    println!("{name:8} {rows} rows in {seconds:.2} s: {:.2} million rows/s", rows as f64 / seconds / 1e6);
}

fn main() {
    let rows: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2_000_000);
    let pick = |n: u64, of: u64| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) % of;
    let mut csv = b"customer_id,time,event,channel,product,price\n".to_vec();
    for n in 0..rows {
        let at = periplus_model::Instant(1_700_000_000_000_000 + n as i64 * 1_000_000);
        let (event, channel) = (EVENTS[pick(n, 6) as usize], CHANNELS[pick(n + 1, 4) as usize]);
        writeln!(csv, "{},{at},{event},{channel},sku-{},{}.5", 1 + pick(n + 2, 1_000_000), pick(n, 5_000), pick(n, 90)).unwrap();
    }
    println!("CSV: {} MiB", csv.len() >> 20);
    meter("csv", rows, Input::Stream { name: "a.csv".into(), reader: Box::new(Cursor::new(csv)) });

    let text = |make: &dyn Fn(u64) -> String| Arc::new((0..rows).map(|n| Some(make(n))).collect::<StringArray>()) as ArrayRef;
    let batch = RecordBatch::try_from_iter([
        ("customer_id", Arc::new((0..rows).map(|n| 1 + pick(n + 2, 1_000_000) as i64).collect::<Int64Array>()) as ArrayRef),
        ("time", Arc::new(TimestampMicrosecondArray::from_iter_values((0..rows).map(|n| 1_700_000_000_000_000 + n as i64 * 1_000_000)))),
        ("event", text(&|n| EVENTS[pick(n, 6) as usize].into())),
        ("channel", text(&|n| CHANNELS[pick(n + 1, 4) as usize].into())),
        ("product", text(&|n| format!("sku-{}", pick(n, 5_000)))),
        ("price", Arc::new((0..rows).map(|n| pick(n, 90) as f64 + 0.5).collect::<arrow::array::Float64Array>())),
    ])
    .unwrap();
    let file = tempfile::tempfile().unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file.try_clone().unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    meter("parquet", rows, Input::Parquet { name: "a.parquet".into(), file });
}
