//! What changed between two versions of a map, in words.

use periplus_maps::{JourneyMap, diff, parse};

const EXAMPLE: &str = include_str!("../../../examples/maps/ecommerce.yaml");

/// The changes that one edit of the example makes, as sentences.
fn changes(edit: impl Fn(&mut JourneyMap)) -> Vec<String> {
    let old = parse(EXAMPLE).expect("the example is a map");
    let mut new = old.clone();
    edit(&mut new);
    diff(&old, &new).iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_changed() {
    assert_eq!(changes(|_| {}), [] as [&str; 0]);
}

#[test]
fn fields_change_in_words() {
    assert_eq!(changes(|map| map.stages[2].believed = Some(-0.1)), ["stage 'Purchase': believed 0.3 → −0.1"]);
    assert_eq!(changes(|map| map.stages[2].believed = None), ["stage 'Purchase': believed removed (was 0.3)"]);
    assert_eq!(changes(|map| map.title = "Buying".into()), ["title 'First purchase and after' → 'Buying'"]);
    assert_eq!(changes(|map| map.window = None), ["window removed (was 30d)"]);
    assert_eq!(changes(|map| map.stages[0].owner = Some("Zoe".into())), ["stage 'Awareness': owner 'Ana (marketing)' → 'Zoe'"]);
    assert_eq!(changes(|map| map.touchpoints[0].offline = true), ["touchpoint 'Ad': offline set to true"]);
    assert_eq!(
        changes(|map| map.touchpoints[1].when =
            parse("id: a\ntitle: A\nstages: [{id: a, name: A, entry: home}]").unwrap().stages[0].entry.clone().unwrap()),
        ["touchpoint 'Landing page': when {event: [home, promo_page]} → home"]
    );
    assert_eq!(changes(|map| drop(map.review.as_mut().unwrap().owners.pop())), ["review: owner 'Tom (service)' removed"]);
}

#[test]
fn things_move_come_and_go() {
    let moved = |map: &mut JourneyMap| map.touchpoints.iter_mut().find(|t| t.id == "cart").unwrap().stage = "consideration".into();
    assert_eq!(changes(moved), ["touchpoint 'Cart' moved from Purchase to Consideration"]);
    assert_eq!(changes(|map| drop(map.touchpoints.remove(0))), ["touchpoint 'Ad' removed"]);
    assert_eq!(
        changes(|map| {
            let mut new = map.stages[0].clone();
            new.id = "dream".into();
            new.name = "Dream".into();
            map.stages.insert(0, new);
        }),
        ["stage 'Dream' added"]
    );
    assert_eq!(changes(|map| map.stages.swap(3, 4)), ["stages in a new order: Awareness, Consideration, Purchase, Advocacy, Retention"]);
    assert_eq!(
        changes(|map| map.stages[1].kpis[0].target = None),
        ["stage 'Consideration', key figure 'Conversion': target removed (was 0.25)"]
    );
    assert_eq!(
        changes(|map| map.stages[1].hypotheses[0].evidence = periplus_maps::Evidence::Confirmed),
        ["stage 'Consideration', hypothesis 'Visitors leave because delivery cost is shown too late': evidence 'assumed' → 'confirmed'"]
    );
}
