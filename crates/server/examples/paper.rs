//! Serves made-up maps, for looking at the pages: `cargo run -p periplus-server --example paper -- 8099 [empty]`.
#![allow(clippy::print_stdout)]

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::error::Error;
use std::sync::Arc;

use periplus_server::{AnalysisEntry, Limits, serve};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let port: u16 = words.next().ok_or("say which port to serve on")?.parse()?;
    let mut house = fixture::Paper { title: "Fadenlauf".into(), analyses: vec![fixture::funnel()], ..Default::default() };
    house.analyses.push(AnalysisEntry {
        name: "stage_progress".into(),
        about: "How many customers enter each stage of the map, go on to the next, and how long it takes them.".into(),
        needs_map: true,
        example: json!({"from": "2026-07-01"}),
        schema: json!({}),
        place: json!({}),
    });
    if words.next().is_none() {
        house.maps = vec![
            fixture::map(
                "first-purchase",
                "First purchase",
                "From the first ad to the first recommendation: how new customers of the online shop find, buy, keep and share what they wear, and what they say about it to their friends.",
                &[("Awareness", 48_210), ("Consideration", 31_874), ("Purchase", 7_409), ("Retention", 5_512), ("Advocacy", 1_204)],
            ),
            fixture::map(
                "returns",
                "Returns",
                "From the wish to send something back to the money on the account.",
                &[("Request", 2_400), ("Parcel", 2_210), ("Refund", 2_190)],
            ),
            fixture::map(
                "year",
                fixture::HOSTILE,
                "Nine stages, and a title that wants to be more than a title.",
                &[
                    ("Awareness", 9_000),
                    ("Consideration", 8_100),
                    ("Purchase", 2_000),
                    ("Retention", 1_800),
                    ("Advocacy", 700),
                    ("Renewal", 600),
                    ("Loyalty programme enrolment", 550),
                    ("Win-back", 40),
                    ("Referral", 0),
                ],
            ),
            fixture::map("broken", "Service calls", "broken", &[("Call", 10), ("Answer", 9), ("Solution", 7)]),
        ];
    }
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}", listener.local_addr()?);
    serve(listener, Arc::new(house), None, Limits::default(), async {
        let _ = tokio::signal::ctrl_c().await;
    })
    .await?;
    Ok(())
}
