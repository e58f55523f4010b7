//! What hurts the customers of a simulated retailer is told on the measured map, and of those whom it hurts.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use common::{House, example_map, example_mapping, import_retailer, retailer};
use periplus_model::measured::{Feeling, SignalKind};

#[test]
fn the_planted_loop_of_the_address_form_on_phones_is_a_pain() {
    let mut house = House::new();
    import_retailer(&mut house, &retailer(900), &example_mapping("retailer/mapping.toml"));
    let measured = house.measure(&example_map("retailer/map.yaml"));
    let all = &measured.groups[0].signals;
    let told: Vec<String> = all.iter().map(|s| format!("{:?} {:?} {}", s.feeling, s.what, s.title)).collect();
    let pain =
        all.iter().find(|s| s.feeling == Feeling::Pain && s.what == SignalKind::Loop && s.title.starts_with("Back from Address sent"));
    let pain = pain.unwrap_or_else(|| panic!("{told:#?}"));
    assert!(pain.title.contains("phone"), "{}", pain.title);
    assert!(pain.rate.low > pain.baseline && pain.q < 0.05 && pain.customers >= 10, "{pain:?}");
    for group in &measured.groups {
        let count = |feeling| group.signals.iter().filter(|s| s.feeling == feeling).count();
        assert!(count(Feeling::Pain) <= 8 && count(Feeling::Delight) <= 4, "{}", group.name);
    }
}
