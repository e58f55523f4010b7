//! What a what-if takes for granted, to be printed with it.

/// One of the things that a what-if takes for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assumption {
    /// Of every scenario.
    Associational,
    /// Of every scenario.
    Memoryless,
    /// Of every scenario.
    OthersUnchanged,
    /// Of every scenario.
    ValuesAsMeasured,
    /// Of scenarios that scale or set a transition.
    OthersInProportion,
    /// Of scenarios that fix a drop-off.
    FreedGoOnInProportion,
    /// Of scenarios that change a wait.
    WaitsChangeTimeOnly,
    /// Of scenarios that remove a state.
    RemovedMeansLost,
    /// Of scenarios that remove a state and let people go on.
    RemovedMeansSkipped,
    /// Of scenarios that add a state or a transition that nobody made.
    AddedAsStated,
}

impl Assumption {
    /// All there are, in the order in which they are printed.
    pub const ALL: [Assumption; 10] = [
        Assumption::Associational,
        Assumption::Memoryless,
        Assumption::OthersUnchanged,
        Assumption::ValuesAsMeasured,
        Assumption::OthersInProportion,
        Assumption::FreedGoOnInProportion,
        Assumption::WaitsChangeTimeOnly,
        Assumption::RemovedMeansLost,
        Assumption::RemovedMeansSkipped,
        Assumption::AddedAsStated,
    ];

    /// Its name in answers; it never changes.
    pub fn key(self) -> &'static str {
        match self {
            Assumption::Associational => "associational",
            Assumption::Memoryless => "memoryless",
            Assumption::OthersUnchanged => "others_unchanged",
            Assumption::ValuesAsMeasured => "values_as_measured",
            Assumption::OthersInProportion => "others_in_proportion",
            Assumption::FreedGoOnInProportion => "freed_go_on_in_proportion",
            Assumption::WaitsChangeTimeOnly => "waits_change_time_only",
            Assumption::RemovedMeansLost => "removed_means_lost",
            Assumption::RemovedMeansSkipped => "removed_means_skipped",
            Assumption::AddedAsStated => "added_as_stated",
        }
    }

    /// What is assumed, as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Assumption::Associational => {
                "This is what the measured journeys suggest; they were observed, and only an experiment shows what a change causes."
            }
            Assumption::Memoryless => "Where customers go next depends on where they are, not on how they came there.",
            Assumption::OthersUnchanged => "Whatever is not changed stays as it was measured, and as many journeys begin.",
            Assumption::ValuesAsMeasured => {
                "Conversions are worth, and waits last, what they did on average after the same step; intervals do not count how these vary."
            }
            Assumption::OthersInProportion => {
                "Whoever goes another way than before goes the other ways in the proportion in which people went them."
            }
            Assumption::FreedGoOnInProportion => "Customers who no longer drop off go on like those who did not.",
            Assumption::WaitsChangeTimeOnly => "A shorter or longer wait changes how long journeys take, and nobody's mind.",
            Assumption::RemovedMeansLost => "Everybody who would come to what is removed is lost.",
            Assumption::RemovedMeansSkipped => "Everybody who would come to what is removed goes at once where people went from there.",
            Assumption::AddedAsStated => "What customers do at what is added is what the question says; it was not measured.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_name_and_a_sentence_of_its_own() {
        let distinct = |of: fn(Assumption) -> &'static str| Assumption::ALL.map(of).iter().collect::<std::collections::BTreeSet<_>>().len();
        assert_eq!((distinct(Assumption::key), distinct(Assumption::sentence)), (10, 10));
        assert!(Assumption::ALL.iter().all(|assumption| assumption.sentence().ends_with('.')));
    }
}
