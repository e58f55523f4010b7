//! What was spent on channels, beside what they are credited with.

use super::Credits;
use crate::paths::JourneyError;

/// What a channel cost and brought.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Return {
    /// What was spent, in currency units.
    pub spend: f64,
    /// Spend per credited conversion; none without conversions.
    pub cost_per_conversion: Option<f64>,
    /// Return on ad spend: credited value per unit spent; none without spend.
    pub roas: Option<f64>,
    /// Customer acquisition cost: spend per credited new customer; none without new customers, or when they were not asked for.
    pub cac: Option<f64>,
}

/// Holds spend against credits. `spend` has an entry for each channel, in the currency of the credits' value; none where nothing
/// was spent or is known. `acquired` are credits of first conversions alone, where customers became customers.
///
/// Errors: not as many entries as channels, or spend below 0.
pub fn returns(spend: &[Option<f64>], credits: &Credits, acquired: Option<&Credits>) -> Result<Vec<Option<Return>>, JourneyError> {
    let channels = credits.conversions.len();
    if spend.len() != channels || acquired.is_some_and(|acquired| acquired.conversions.len() != channels) {
        return Err(JourneyError::Setting { what: "spend and credits", range: "of the same channels" });
    }
    if spend.iter().flatten().any(|spend| !(*spend >= 0.0 && spend.is_finite())) {
        return Err(JourneyError::Setting { what: "spend", range: "a number from 0 on" });
    }
    // A quotient that is beyond all numbers says as little as one by 0.
    let per = |amount: f64, by: f64| (by > 0.0).then(|| amount / by).filter(|quotient| quotient.is_finite());
    let of = |channel: usize, spend: f64| Return {
        spend,
        cost_per_conversion: per(spend, credits.conversions[channel]),
        roas: per(credits.value[channel], spend),
        cac: acquired.and_then(|acquired| per(spend, acquired.conversions[channel])),
    };
    Ok(spend.iter().enumerate().map(|(channel, spend)| spend.map(|spend| of(channel, spend))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spend_is_held_against_what_it_brought() {
        let credits = Credits { conversions: vec![4.0, 0.0, 2.0, 1.0], value: vec![100.0, 0.0, 50.0, 9.0], ..Credits::default() };
        let first = Credits { conversions: vec![2.0, 0.0, 0.0, 1.0], ..credits.clone() };
        let found = returns(&[Some(20.0), Some(5.0), Some(0.0), None], &credits, Some(&first)).unwrap();
        let whole = Return { spend: 20.0, cost_per_conversion: Some(5.0), roas: Some(5.0), cac: Some(10.0) };
        assert_eq!(found[0], Some(whole));
        assert_eq!(found[1], Some(Return { spend: 5.0, roas: Some(0.0), ..Return::default() }));
        assert_eq!(found[2], Some(Return { cost_per_conversion: Some(0.0), ..Return::default() }));
        assert_eq!(found[3], None);
        assert_eq!(returns(&[Some(20.0); 4], &credits, None).unwrap()[0].unwrap().cac, None);
    }

    #[test]
    fn spend_that_cannot_be_is_told() {
        let credits = Credits { conversions: vec![1e-300], value: vec![1.0], ..Credits::default() };
        for wrong in [vec![], vec![Some(-1.0)], vec![Some(f64::NAN)], vec![Some(f64::INFINITY)]] {
            assert!(matches!(returns(&wrong, &credits, None), Err(JourneyError::Setting { .. })), "{wrong:?}");
        }
        assert_eq!(returns(&[Some(1e300)], &credits, None).unwrap()[0].unwrap().cost_per_conversion, None);
    }
}
