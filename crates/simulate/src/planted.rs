//! Planted pains and delights, made ready to be asked many times: does something strike here and now?

use crate::catalogue::REGIONS;
use crate::life::Life;
use crate::person::Person;
use crate::place::{Platform, Touchpoint};
use crate::scenario::{AgeGroup, Day, DelightKind, PainKind, Scenario, Scope};

/// What a planted thing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Pain(PainKind),
    Delight(DelightKind),
}

/// One planted pain or delight, with names resolved to positions.
pub(crate) struct Planted {
    pub(crate) name: String,
    kind: Kind,
    at: Touchpoint,
    strength: f64,
    platform: Option<Platform>,
    persona: Option<usize>,
    age_group: Option<AgeGroup>,
    region: Option<usize>,
    /// Days counted from the first.
    from: usize,
    to: usize,
}

impl Planted {
    /// Pains, then delights, in the scenario's order.
    pub(crate) fn all(scenario: &Scenario) -> Vec<Planted> {
        let pains = scenario.pains.iter().map(|pain| (&pain.name, Kind::Pain(pain.kind), pain.at, pain.strength, &pain.scope));
        let delights = scenario.delights.iter().map(|it| (&it.name, Kind::Delight(it.kind), it.at, it.strength, &it.scope));
        pains.chain(delights).map(|(name, kind, at, strength, scope)| Planted::of(scenario, name, (kind, at, strength), scope)).collect()
    }

    fn of(scenario: &Scenario, name: &str, (kind, at, strength): (Kind, Touchpoint, f64), scope: &Scope) -> Planted {
        let ahead = |day: Day| (day.number() - scenario.start.number()).max(0) as usize;
        Planted {
            name: name.to_owned(),
            kind,
            at,
            strength,
            platform: scope.platform,
            persona: scope.persona.as_ref().and_then(|name| scenario.personas.iter().position(|persona| persona.name == *name)),
            age_group: scope.age_group,
            region: scope.region.as_ref().and_then(|name| REGIONS.iter().position(|region| region == name)),
            from: scope.from.map_or(0, ahead),
            to: scope.to.map_or(usize::MAX, ahead),
        }
    }

    fn covers(&self, person: &Person, platform: Option<Platform>, day: usize) -> bool {
        (self.from..=self.to).contains(&day)
            && (self.platform.is_none() || self.platform == platform)
            && self.persona.is_none_or(|persona| persona == person.persona)
            && self.age_group.is_none_or(|group| group == person.age_group())
            && self.region.is_none_or(|region| region == person.region)
    }
}

impl Life<'_, '_> {
    /// Whether something of this kind strikes here and now. Counted, as an occasion and perhaps as a hit.
    pub(crate) fn struck(&mut self, kind: Kind, at: Touchpoint, platform: Option<Platform>, time: i64) -> bool {
        let day = self.world.calendar.day(time);
        let mut struck = false;
        for (position, planted) in self.world.planted.iter().enumerate() {
            if planted.kind == kind && planted.at == at && planted.covers(&self.person, platform, day) {
                let hit = self.dice.chance(planted.strength);
                self.lived.strikes[position].occasions += 1;
                self.lived.strikes[position].hits += u64::from(hit);
                struck |= hit;
            }
        }
        struck
    }

    /// How many times as long something takes that begins now: above 1 with waits planted, below 1 with something fast.
    pub(crate) fn stretch(&self, at: Touchpoint, platform: Option<Platform>, time: i64) -> f64 {
        self.stretching(at, platform, time).map(|(_, factor)| factor).product()
    }

    /// Counts what [`Life::stretch`] did, once the customer has felt it: everybody who passes by is hit.
    pub(crate) fn felt_stretch(&mut self, at: Touchpoint, platform: Option<Platform>, time: i64) {
        let felt: Vec<usize> = self.stretching(at, platform, time).map(|(position, _)| position).collect();
        for position in felt {
            self.lived.strikes[position].occasions += 1;
            self.lived.strikes[position].hits += 1;
        }
    }

    fn stretching(&self, at: Touchpoint, platform: Option<Platform>, time: i64) -> impl Iterator<Item = (usize, f64)> {
        let day = self.world.calendar.day(time);
        self.world.planted.iter().enumerate().filter_map(move |(position, planted)| {
            let factor = match planted.kind {
                Kind::Pain(PainKind::Wait) => 1.0 + planted.strength,
                Kind::Delight(DelightKind::Fast) => 1.0 - planted.strength,
                _ => return None,
            };
            (planted.at == at && planted.covers(&self.person, platform, day)).then_some((position, factor))
        })
    }
}
