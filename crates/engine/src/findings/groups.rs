//! Whom findings are about: personas, and the values of traits and properties that have few.

use std::sync::Arc;

use periplus_maps::{JourneyMap, TraitProfile};
use serde::{Deserialize, Serialize};

use super::look::Look;
use crate::EngineError;
use crate::kind::Asked;
use crate::lens::Text;
use crate::scan::Run;

/// As many groups as a trial has bits for.
const GROUPS_MAX: usize = 64;
/// A trait or property with more values than this says what is single, not who.
const VALUES_MAX: usize = 20;
/// A value that fewer have is no group.
const SHARE_MIN: f64 = 0.01;
/// A trait or property that fewer have says little.
const KNOWN_MIN: f64 = 0.1;

/// A group of customers, or of what they did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Group {
    /// A persona of the map, by its id.
    Persona(String),
    /// A value of a trait.
    Trait(String, String),
    /// A value of a property of the event.
    Property(String, String),
    /// The channel of the event.
    Channel(String),
}

/// All groups that are looked at, and how a trial's are told.
#[derive(Default)]
pub(crate) struct Groups {
    pub(crate) list: Vec<Group>,
    /// Of each, the bits of all values of the same trait or property; 0 for personas, which are compared with everybody.
    pub(crate) peers: Vec<u64>,
    personas: Vec<(u32, u8)>,
    /// Places in the lens, and the values that are groups.
    traits: Vec<(usize, Bits)>,
    texts: Vec<(usize, Bits)>,
    /// Traits and properties that say who somebody is, and of which no groups were made.
    pub(crate) left_out: Vec<String>,
}

/// Values, and the bit of the group of each.
type Bits = Vec<(Arc<str>, u8)>;

impl Groups {
    /// Chooses the groups and asks the lens for what tells them.
    pub(crate) fn of(asked: &mut Asked<'_>, map: &JourneyMap, look: &Look, traits: &[TraitProfile]) -> Result<Groups, EngineError> {
        let mut groups = Groups::default();
        for persona in &map.personas {
            let place = asked.lens.segment(&persona.segment, Some(map))?;
            if let Some(bit) = groups.bit(Group::Persona(persona.id.clone())) {
                groups.personas.push((place, bit));
            }
        }
        let customers = traits.iter().map(|profile| profile.customers).max().unwrap_or(0);
        for profile in traits {
            let values = profile.values.iter().filter(|(value, _)| value.is_string() || value.is_boolean());
            let values: Vec<(String, u64)> =
                values.map(|(value, n)| (value.as_str().map_or_else(|| value.to_string(), str::to_owned), *n)).collect();
            let is_known = profile.customers as f64 >= KNOWN_MIN * customers as f64;
            if is_known && profile.values.iter().any(|(value, _)| value.is_number()) {
                groups.left_out.push(format!("{} (numbers)", profile.name));
            }
            let may = is_known && profile.values.len() <= VALUES_MAX;
            let bits = groups.bits(&profile.name, may, values, |value| Group::Trait(profile.name.clone(), value));
            if !bits.is_empty() {
                groups.traits.push((asked.lens.trait_place(&profile.name), bits));
            }
        }
        let channels = look.channels.iter().map(|(name, n)| (name.clone(), *n)).collect();
        let bits = groups.bits("channel", look.channels.len() <= VALUES_MAX, channels, Group::Channel);
        if !bits.is_empty() {
            groups.texts.push((asked.lens.text(Text::Channel), bits));
        }
        for (name, property) in &look.properties {
            // What is said of many kinds of events is said of the visit: the device, the language, the campaign.
            let is_context = property.events.len() >= 3 && property.rows as f64 >= KNOWN_MIN * look.rows as f64;
            let is_word = property.numbers * 2 < property.rows && !property.tells_events();
            let values = property.values.iter().map(|(value, seen)| (value.clone(), seen.0)).collect();
            let may = is_context && is_word && property.values.len() <= VALUES_MAX;
            let bits = groups.bits(name, may, values, |value| Group::Property(name.clone(), value));
            if !bits.is_empty() {
                groups.texts.push((asked.lens.text(Text::Value(name.clone())), bits));
            }
        }
        Ok(groups)
    }

    fn bit(&mut self, group: Group) -> Option<u8> {
        let bit = u8::try_from(self.list.len()).ok().filter(|bit| usize::from(*bit) < GROUPS_MAX)?;
        self.list.push(group);
        self.peers.push(0);
        Some(bit)
    }

    /// Bits for the values of a trait or property; none when they are no groups, or there is no room for all of them.
    fn bits(&mut self, name: &str, may: bool, mut values: Vec<(String, u64)>, group: impl Fn(String) -> Group) -> Bits {
        let all: u64 = values.iter().map(|(_, n)| n).sum();
        values.retain(|(_, n)| *n as f64 >= SHARE_MIN * all as f64);
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        if !may || values.len() < 2 {
            return Vec::new();
        }
        if self.list.len() + values.len() > GROUPS_MAX {
            self.left_out.push(name.to_owned());
            return Vec::new();
        }
        let bits: Bits = values.into_iter().filter_map(|(value, _)| Some((Arc::from(value.as_str()), self.bit(group(value))?))).collect();
        let all = bits.iter().fold(0, |all, (_, bit)| all | 1_u64 << bit);
        bits.iter().for_each(|(_, bit)| self.peers[usize::from(*bit)] = all);
        bits
    }

    /// The bits of a customer, whatever they do.
    pub(crate) fn of_customer(&self, run: &Run<'_>) -> u64 {
        let mut bits = self.personas.iter().fold(0, |bits, (place, bit)| bits | u64::from(run.is_in(*place)) << bit);
        for (place, values) in &self.traits {
            let Some(value) = &run.traits[*place] else { continue };
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            bits |= of_value(values, &text);
        }
        bits
    }

    /// The bits of one of their events.
    pub(crate) fn of_event(&self, run: &Run<'_>, row: usize) -> u64 {
        self.texts.iter().fold(0, |bits, (place, values)| bits | run.text(*place, row).map_or(0, |text| of_value(values, text)))
    }
}

fn of_value(values: &[(Arc<str>, u8)], text: &str) -> u64 {
    values.iter().find(|(value, _)| **value == *text).map_or(0, |(_, bit)| 1 << bit)
}
