//! The rules of stitching: strength of kinds, limits per customer, and the look-back.

use periplus_model::{IdKind, Span};
use serde::{Deserialize, Serialize};

/// How many identifiers of one kind a customer may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitRule {
    /// The kind.
    pub kind: IdKind,
    /// At most so many in one customer.
    pub max: u32,
}

/// The rules of stitching. The defaults fit a retailer; every field may be changed per workspace, and since customers are
/// always recomputed from the links, a change of rules is as reversible as everything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Kinds from the strongest down. A customer is named after its strongest identifier, and links between strong
    /// kinds are weighed first. Kinds in neither list come after these, in alphabetical order.
    pub strongest: Vec<IdKind>,
    /// Kinds that come after all others, from the stronger to the weakest.
    pub weakest: Vec<IdKind>,
    /// Limits for single kinds.
    pub limits: Vec<LimitRule>,
    /// The limit for every kind without one of its own.
    pub limit_other: u32,
    /// How many identifiers of all kinds together a customer may have.
    pub limit_total: u32,
    /// Kinds that say nothing about a person before they are linked to a stronger one: browsers and devices change hands.
    pub anonymous: Vec<IdKind>,
    /// How long before its first link an anonymous identifier's events already count for the customer; for ever if null.
    pub look_back: Option<Span>,
}

impl Default for Rules {
    fn default() -> Rules {
        let limit = |kind: IdKind, max| LimitRule { kind, max };
        Rules {
            strongest: vec![IdKind::USER, IdKind::EMAIL, IdKind::PHONE, IdKind::LOYALTY, IdKind::HOUSEHOLD],
            weakest: vec![IdKind::ANONYMOUS, IdKind::DEVICE],
            limits: vec![
                limit(IdKind::USER, 1),
                limit(IdKind::EMAIL, 5),
                limit(IdKind::PHONE, 5),
                limit(IdKind::LOYALTY, 5),
                limit(IdKind::ANONYMOUS, 50),
                limit(IdKind::DEVICE, 50),
            ],
            limit_other: 5,
            limit_total: 1_000,
            anonymous: vec![IdKind::ANONYMOUS, IdKind::DEVICE],
            look_back: Some(Span::days(90)),
        }
    }
}

impl Rules {
    /// The limit of a kind.
    pub fn limit(&self, kind: &IdKind) -> u32 {
        self.limits.iter().find(|rule| rule.kind == *kind).map_or(self.limit_other, |rule| rule.max)
    }

    /// What kinds sort by, strongest first: (list, place in the list, name).
    pub fn strength<'a>(&self, kind: &'a IdKind) -> (u8, usize, &'a str) {
        if let Some(place) = self.strongest.iter().position(|k| k == kind) {
            (0, place, kind.name())
        } else if let Some(place) = self.weakest.iter().position(|k| k == kind) {
            (2, place, kind.name())
        } else {
            (1, 0, kind.name())
        }
    }

    /// Whether identifiers of this kind are anonymous: subject to the look-back once a stronger one joins them.
    pub fn is_anonymous(&self, kind: &IdKind) -> bool {
        self.anonymous.contains(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_one_order() {
        let rules = Rules::default();
        let mut kinds: Vec<IdKind> =
            ["zebra", "device_id", "phone", "apple", "user_id", "anonymous_id", "household_id", "email", "loyalty_card"]
                .into_iter()
                .map(|name| IdKind::new(name).unwrap())
                .collect();
        kinds.sort_by(|a, b| rules.strength(a).cmp(&rules.strength(b)));
        let names: Vec<&str> = kinds.iter().map(IdKind::name).collect();
        let expected = ["user_id", "email", "phone", "loyalty_card", "household_id", "apple", "zebra", "anonymous_id", "device_id"];
        assert_eq!(names, expected);
    }

    #[test]
    fn rules_read_what_they_write_and_refuse_what_they_do_not_know() {
        let rules = Rules::default();
        let text = serde_json::to_string(&rules).unwrap();
        assert_eq!(serde_json::from_str::<Rules>(&text).unwrap(), rules);
        assert_eq!(serde_json::from_str::<Rules>("{}").unwrap(), rules);
        assert_eq!(serde_json::from_str::<Rules>(r#"{"look_back": null}"#).unwrap().look_back, None);
        assert!(serde_json::from_str::<Rules>(r#"{"lookback": "90d"}"#).is_err());
    }
}
