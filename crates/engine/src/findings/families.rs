//! Touchpoints at which the same is done in other circumstances: the same form on a phone and on a desk, the same payment in the app.

use std::collections::{BTreeMap, BTreeSet};

use periplus_maps::JourneyMap;
use periplus_model::condition::Condition;

use super::look::Look;

/// What is said of so many kinds of events is said of the visit, not of what is done.
const EVENTS_MIN: usize = 3;

/// Places by what is done there, where there are several: touchpoints of one stage whose events have the same names, and which are told apart
/// by their channel or by properties of the visit alone.
pub(crate) fn families(map: &JourneyMap, look: &Look) -> Vec<Vec<u16>> {
    let mut families: BTreeMap<(&str, BTreeSet<&str>), Vec<u16>> = BTreeMap::new();
    for (place, touchpoint) in map.touchpoints.iter().enumerate() {
        let mut done = BTreeSet::new();
        if let (true, Ok(place)) = (is_told(&touchpoint.when, look, &mut done) && !done.is_empty(), u16::try_from(place)) {
            families.entry((&touchpoint.stage, done)).or_default().push(place);
        }
    }
    families.into_values().filter(|places| places.len() > 1).collect()
}

/// Collects the names of events that a condition asks for; whether it asks for nothing else but circumstances.
fn is_told<'m>(condition: &'m Condition, look: &Look, done: &mut BTreeSet<&'m str>) -> bool {
    match condition {
        Condition::And(all) | Condition::Or(all) => all.iter().all(|one| is_told(one, look, done)),
        // What is not done there says nothing about what is.
        Condition::Not(one) => is_told(one, look, &mut BTreeSet::new()),
        Condition::Event(names, further) => {
            done.extend(names.iter().map(String::as_str));
            further.as_ref().is_none_or(|further| is_told(further, look, done))
        }
        Condition::Channel(_) => true,
        Condition::Property(name, _) => {
            look.properties.get(name).is_some_and(|property| property.events.len() >= EVENTS_MIN && !property.tells_events())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::look::Property;

    #[test]
    fn the_same_is_done_where_only_the_visit_differs() {
        let map = periplus_maps::parse(
            "id: shop
title: Shop
stages: [{id: buy, name: Buy}, {id: later, name: Later}]
touchpoints:
  - {id: phone, name: Phone, stage: buy, when: {event: Address, where: {property: device, is: mobile}}}
  - {id: app, name: App, stage: buy, when: {and: [{event: Address}, {channel: app}]}}
  - {id: abroad, name: Abroad, stage: later, when: {event: Address, where: {property: device, is: tablet}}}
  - {id: desk, name: Desk, stage: buy, when: Address}
  - {id: home, name: Home, stage: buy, when: {event: Page Viewed, where: {property: path, is: /}}}
  - {id: faq, name: Questions, stage: buy, when: {event: Page Viewed, where: {property: path, is: /faq}}}
",
        );
        let map = map.unwrap();
        let seen = |events: &[&str]| Property { events: events.iter().map(|event| (*event).to_owned()).collect(), ..Property::default() };
        let properties = [("device", seen(&["Address", "Page Viewed", "Pay"])), ("path", seen(&["Page Viewed"]))];
        let look = Look { properties: properties.map(|(name, seen)| (name.to_owned(), seen)).into(), ..Look::default() };
        assert_eq!(families(&map, &look), [vec![0, 1, 3]]);
    }
}
