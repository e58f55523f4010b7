//! Sends as fast as it is answered, and tells how fast that was: the sender of `cargo xtask bench collect` and of
//! `cargo xtask powercut`.
//!
//! `storm ADDRESS KEY CONNECTIONS SECONDS MESSAGES [LEDGER]`: so many connections, each with one request after the other of so many
//! messages, for so long. Prints one JSON object. Every request that is acknowledged becomes a line of the ledger at once:
//! `SENDER FIRST LAST`, of messages with the ids `SENDER-FIRST` to `SENDER-LAST`.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a program that measures")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What one connection saw.
#[derive(Default)]
struct Seen {
    /// How long each accepted request took, in microseconds.
    micros: Vec<u32>,
    statuses: BTreeMap<u16, u64>,
    broken: u64,
}

struct Plan {
    address: String,
    key: String,
    deadline: Instant,
    messages: u64,
    ledger: Option<File>,
}

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [address, key, connections, seconds, messages, ledger @ ..] = &words[..] else {
        bail!("storm ADDRESS KEY CONNECTIONS SECONDS MESSAGES [LEDGER]")
    };
    let (connections, seconds): (u64, f64) = (connections.parse()?, seconds.parse()?);
    let begun = Instant::now();
    let plan = |deadline| {
        // Lines of several senders come one after the other: each is one write at the end of the file.
        let ledger = ledger.first().map(|path| File::options().create(true).append(true).open(Path::new(path))).transpose()?;
        anyhow::Ok(Plan { address: address.clone(), key: key.clone(), deadline, messages: messages.parse()?, ledger })
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let all = runtime.block_on(async {
        let deadline = begun + Duration::from_secs_f64(seconds);
        let plans = (0..connections).map(|_| plan(deadline)).collect::<anyhow::Result<Vec<_>>>()?;
        let tasks: Vec<_> = (0..).zip(plans).map(|(number, plan)| tokio::spawn(send(plan, number))).collect();
        let mut all = Seen::default();
        for task in tasks {
            let seen = task.await.context("a sender failed")?;
            all.micros.extend(seen.micros);
            all.broken += seen.broken;
            for (status, count) in seen.statuses {
                *all.statuses.entry(status).or_default() += count;
            }
        }
        anyhow::Ok(all)
    })?;
    let took = begun.elapsed().as_secs_f64();
    let Seen { mut micros, statuses, broken } = all;
    micros.sort_unstable();
    let at = |share: f64| {
        micros.get(((micros.len() as f64 * share) as usize).min(micros.len().saturating_sub(1))).map_or(0.0, |us| f64::from(*us) / 1e3)
    };
    let messages: u64 = messages.parse()?;
    println!(
        "{}",
        json!({"seconds": took, "accepted": micros.len(), "messages": micros.len() as u64 * messages, "statuses": statuses, "broken": broken,
            "p50_ms": at(0.5), "p99_ms": at(0.99), "p999_ms": at(0.999), "max_ms": at(1.0)})
    );
    Ok(())
}

async fn send(mut plan: Plan, number: u64) -> Seen {
    let mut seen = Seen::default();
    // Of this process, so that one storm after the other can pass over the same data folder.
    let sender = format!("storm-{}-{number}", std::process::id());
    let mut connection = None;
    let mut count = 0u64;
    while Instant::now() < plan.deadline {
        if connection.is_none() {
            connection = TcpStream::connect(&plan.address).await.ok();
        }
        let Some(stream) = &mut connection else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let first = count + 1;
        let request = request(&plan, &sender, number, &mut count);
        let begun = Instant::now();
        match exchange(stream, &request).await {
            Some(200) => {
                seen.micros.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
                *seen.statuses.entry(200).or_default() += 1;
                if let Some(ledger) = &mut plan.ledger
                    && ledger.write_all(format!("{sender} {first} {count}\n").as_bytes()).is_err()
                {
                    // What is promised and not written down would be missed by nobody.
                    return seen;
                }
            }
            Some(status) => {
                *seen.statuses.entry(status).or_default() += 1;
                connection = None;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            None => {
                seen.broken += 1;
                connection = None;
            }
        }
    }
    seen
}

/// A request of messages as shops send them: about 400 bytes each.
fn request(plan: &Plan, sender: &str, number: u64, count: &mut u64) -> Vec<u8> {
    let mut message = || {
        *count += 1;
        let name = ["Product Viewed", "Product Added", "Page Viewed", "Product List Viewed"][(*count % 4) as usize];
        let who = (number * 7_919 + *count * 31) % 100_000;
        json!({
            "type": "track", "event": name,
            "messageId": format!("{sender}-{count}"), "anonymousId": format!("browser-{who}"),
            "context": {"page": {"url": "https://shop.example/product/4711", "path": "/product/4711", "title": "Shirt"}, "library": {"name": "analytics.js", "version": "5.2.1"}, "locale": "de-DE"},
            "properties": {"product_id": format!("p-{}", who % 500), "price": 39.9, "category": "shirts", "position": *count % 20},
        })
    };
    let (path, body) = match plan.messages {
        1 => ("/v1/track", message()),
        many => ("/v1/batch", json!({"batch": (0..many).map(|_| message()).collect::<Vec<_>>()})),
    };
    let mut body = body;
    body["writeKey"] = plan.key.as_str().into();
    let body = body.to_string();
    format!("POST {path} HTTP/1.1\r\nHost: storm\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// Sends a request and reads the answer; nothing when the connection broke.
async fn exchange(stream: &mut TcpStream, request: &[u8]) -> Option<u16> {
    stream.write_all(request).await.ok()?;
    let mut answer = Vec::with_capacity(1024);
    let head = loop {
        if stream.read_buf(&mut answer).await.ok()? == 0 {
            return None;
        }
        if let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = std::str::from_utf8(&answer[..head]).ok()?;
    let status = text.split(' ').nth(1)?.parse().ok()?;
    let length = text
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").and_then(|n| n.trim().parse::<usize>().ok()));
    while answer.len() < head + length.unwrap_or(0) {
        if stream.read_buf(&mut answer).await.ok()? == 0 {
            return None;
        }
    }
    Some(status)
}
