//! What hurts the customers of a simulated retailer stands on the measured map.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use common::{House, example_map, example_mapping, import_retailer, retailer};
use periplus_model::finding::FindingKind;
use periplus_model::measured::Feeling;

#[test]
fn the_planted_loop_of_the_address_form_on_phones_is_a_pain() {
    let mut house = House::new();
    import_retailer(&mut house, &retailer(2_400), &example_mapping("retailer/mapping.toml"));
    let measured = house.measure(&example_map("retailer/map.yaml"));
    let all = measured.findings_of(&measured.groups[0]);
    let told: Vec<String> = all.iter().map(|(_, f)| format!("{:?} {:?} {}", f.feeling, f.kind, f.title)).collect();
    let pain =
        all.iter().find(|(_, f)| f.feeling == Feeling::Pain && f.kind == FindingKind::Loop && f.title.starts_with("Back from Address"));
    let (stage, pain) = pain.unwrap_or_else(|| panic!("{told:#?}"));
    assert_eq!(measured.stages[*stage].name, pain.stage);
    assert!(pain.rate.low > pain.expected && pain.q < 0.05 && pain.customers >= 10, "{pain:?}");
}
