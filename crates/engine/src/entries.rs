//! Which stage of a map an event enters.

use periplus_maps::JourneyMap;

use crate::EngineError;
use crate::lens::Lens;

/// The entries of a map's stages, compiled.
pub(crate) struct Entries {
    /// The bit of each stage's entry; any of its touchpoints where there is none.
    entries: Vec<Option<u32>>,
    /// The stage of each touchpoint.
    pub(crate) stage_of: Vec<usize>,
}

impl Entries {
    /// Asks the lens for the entries. Codes are the map's touchpoints.
    pub(crate) fn of(map: &JourneyMap, lens: &mut Lens) -> Result<Entries, EngineError> {
        let bit = |stage: &periplus_maps::Stage| stage.entry.as_ref().map(|entry| lens.bit(entry, Some(map))).transpose();
        Ok(Entries {
            entries: map.stages.iter().map(bit).collect::<Result<_, _>>()?,
            stage_of: map.touchpoints.iter().map(|touchpoint| map.stage_index(&touchpoint.stage).unwrap_or(0)).collect(),
        })
    }

    /// The stage that an event enters for somebody who has come as far as `furthest`. Of several stages whose entry it
    /// meets, it is the last that is no more than one further; where all of them are, the first.
    pub(crate) fn enters(&self, code: u32, mask: u64, furthest: Option<usize>) -> Option<usize> {
        let met = |stage: &usize| self.entries[*stage].is_some_and(|bit| mask >> bit & 1 == 1);
        let in_reach = furthest.and_then(|furthest| (0..self.entries.len().min(furthest + 2)).rfind(met));
        let declared = in_reach.or_else(|| (0..self.entries.len()).find(met));
        declared.or_else(|| self.stage_of.get(code as usize).copied().filter(|stage| self.entries[*stage].is_none()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lens::NONE;

    /// Stages with these bits as entries, and a touchpoint for each.
    fn entries(entries: &[Option<u32>]) -> Entries {
        Entries { entries: entries.to_vec(), stage_of: (0..entries.len()).collect() }
    }

    /// The stages that events with these masks enter one after the other.
    fn way(bits: &[Option<u32>], masks: &[u64]) -> Vec<Option<usize>> {
        let (entries, mut furthest) = (entries(bits), None);
        let mut enter = |mask: &u64| {
            let stage = entries.enters(NONE, *mask, furthest);
            furthest = furthest.max(stage);
            stage
        };
        masks.iter().map(&mut enter).collect()
    }

    #[test]
    fn an_entry_of_several_stages_enters_the_one_that_was_come_up_to() {
        // Campaign, shop, redeem, repeat: shop and repeat are both entered by a purchase.
        let entries = [Some(0), Some(1), Some(2), Some(1)];
        let (campaign, purchase, redeem) = (1, 2, 4);
        assert_eq!(way(&entries, &[campaign, purchase, purchase, redeem, purchase]), [Some(0), Some(1), Some(1), Some(2), Some(3)]);
        assert_eq!(way(&entries, &[purchase]), [Some(1)], "whoever skips a stage begins with the first");
        assert_eq!(way(&entries, &[redeem, campaign, purchase]), [Some(2), Some(0), Some(3)], "going back does not undo a redemption");
    }

    #[test]
    fn an_entry_of_one_stage_is_met_from_anywhere() {
        let bits = [Some(0), None, Some(1)];
        assert_eq!(way(&bits, &[2, 1, 0, 2]), [Some(2), Some(0), None, Some(2)]);
        assert_eq!(entries(&bits).enters(1, 0, None), Some(1), "without an entry, the touchpoint decides");
        assert_eq!(entries(&bits).enters(2, 0, Some(1)), None, "with an entry, the touchpoint alone does not");
    }
}
