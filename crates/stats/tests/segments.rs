//! RFM and k-means beside pandas and scikit-learn on the transactions of 2,469 households, where the reference folder is at hand.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod reference;

use std::collections::{BTreeMap, BTreeSet};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use periplus_stats::cluster::{Scale, Table, kmeans, silhouette};
use periplus_stats::rfm::{Buyer, rfm};
use reference::{bytes, close, golden};

const DAY: i64 = 86_400_000_000;

/// What each household bought, in the order of their numbers: the days since its last purchase, the baskets, and the money in cents.
fn households() -> Option<Vec<Buyer>> {
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes("data/completejourney/transactions.parquet")?)).unwrap();
    let mut known: BTreeMap<u64, (i64, BTreeSet<String>, f64)> = BTreeMap::new();
    for row in reader.get_row_iter(None).unwrap() {
        let row = row.unwrap();
        let field = |name: &str| row.get_column_iter().find(|(column, _)| *column == name).unwrap().1.clone();
        let day = match field("transaction_timestamp") {
            Field::TimestampMicros(micros) => micros.div_euclid(DAY),
            Field::TimestampMillis(millis) => millis.div_euclid(DAY / 1_000),
            other => panic!("{other:?}"),
        };
        let Field::Double(money) = field("sales_value") else { panic!() };
        let id = |name: &str| field(name).to_string().trim_matches('"').to_owned();
        let household = known.entry(id("household_id").parse().unwrap()).or_insert((i64::MIN, BTreeSet::new(), 0.0));
        household.0 = household.0.max(day);
        household.1.insert(id("basket_id"));
        household.2 += money;
    }
    let end = known.values().map(|(last, ..)| *last).max().unwrap() + 1;
    let buyer = |(last, baskets, money): (i64, BTreeSet<String>, f64)| Buyer {
        recency: end - last,
        frequency: baskets.len() as u64,
        money: (money * 100.0).round() as i64,
    };
    Some(known.into_values().map(buyer).collect())
}

#[test]
fn households_are_scored_and_grouped_as_others_do() {
    let (Some(all), Some(buyers)) = (golden("survival_rfm.json"), households()) else { return };
    let expected = &all["rfm_completejourney"];
    let n = buyers.len() as f64;
    assert_eq!(buyers.len() as u64, expected["customers"].as_u64().unwrap());
    close(buyers.iter().map(|buyer| buyer.recency as f64).sum::<f64>() / n, &expected["R_mean"], 1e-12);
    close(buyers.iter().map(|buyer| buyer.frequency as f64).sum::<f64>() / n, &expected["F_mean"], 1e-12);
    close(buyers.iter().map(|buyer| buyer.money as f64 / 100.0).sum::<f64>(), &expected["M_sum"], 1e-12);
    let scores = rfm(&buyers).unwrap().scores;
    let with = |score: u8| scores.iter().filter(|found| [found.recency, found.frequency, found.money] == [score; 3]).count() as u64;
    assert_eq!(Some(with(5)), expected["n_555"].as_u64());
    assert_eq!(Some(with(1)), expected["n_111"].as_u64());

    let rows: Vec<Vec<f64>> =
        buyers.iter().map(|buyer| vec![buyer.recency as f64, buyer.frequency as f64, buyer.money as f64 / 100.0]).collect();
    let table = Table::new(&rows).unwrap().scaled(Scale::Log1pZScore).unwrap();
    for (k, expected) in all["kmeans_rfm_log1p_zscore"].as_object().unwrap() {
        let found = kmeans(&table, k.parse().unwrap(), 20, 7).unwrap();
        // Both stop at an optimum among many; scikit-learn a little before it.
        close(found.inertia, &expected["inertia"], 1e-4);
        let mut sizes = found.sizes.clone();
        sizes.sort_unstable();
        for (found, expected) in sizes.iter().zip(expected["sizes"].as_array().unwrap()) {
            let expected = expected.as_u64().unwrap();
            assert!(found.abs_diff(expected) <= 1 + expected / 50, "{k} groups: {sizes:?}");
        }
        close(silhouette(&table, &found.groups, 7).unwrap().silhouette, &expected["silhouette"], 1e-2);
    }
}
