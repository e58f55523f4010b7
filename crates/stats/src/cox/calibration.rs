//! Whether what was foretold came.

use periplus_model::answer::Estimate;
use serde::Serialize;

use super::CoxError;
use crate::Survival;

/// A tenth of the customers, by their risk.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tenth {
    /// How many customers.
    pub customers: u64,
    /// Their mean risk by the horizon, as foretold.
    pub foretold: f64,
    /// The share to whom it had happened by the horizon (Kaplan and Meier, so that those who were not observed that long count for as long as
    /// they were), with its interval. `None` when none of them was observed that long.
    pub observed: Option<Estimate>,
}

/// Risks held against what happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// From the lowest risks to the highest.
    pub tenths: Vec<Tenth>,
    /// Of how many tenths the observed interval holds what was foretold.
    pub held: usize,
    /// The mean of |foretold − observed| over the customers of tenths that were observed; `None` when none was.
    pub error_mean: Option<f64>,
}

/// Holds risks by a horizon (from [`Cox::risk`](super::Cox::risk), or any other source) against what happened to the same customers: tenths by
/// risk, foretold beside observed. Take customers that the model was not fitted to; of its own it says too much good. With fewer than ten
/// customers there are as many groups as customers. Equal risks stay in the order of the customers.
///
/// # Errors
/// [`CoxError::Shape`] for lists of different lengths, [`CoxError::Number`] for a risk that is not from 0 to 1, [`CoxError::NoEvents`] without
/// customers.
pub fn calibrate(risks: &[f64], times: &[i64], happened: &[bool], horizon: i64) -> Result<Calibration, CoxError> {
    let n = risks.len();
    if times.len() != n || happened.len() != n {
        return Err(CoxError::Shape { times: times.len(), happened: happened.len(), covariates: n, width: 1 });
    }
    if let Some(row) = risks.iter().position(|risk| !(0.0..=1.0).contains(risk)) {
        return Err(CoxError::Number { row, column: 0 });
    }
    if n == 0 {
        return Err(CoxError::NoEvents);
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|one, two| risks[*one].total_cmp(&risks[*two]));
    let groups = n.min(10);
    let tenths: Vec<Tenth> = (0..groups)
        .map(|group| {
            let own = &order[group * n / groups..(group + 1) * n / groups];
            let mut survival = Survival::default();
            own.iter().for_each(|row| survival.add(times[*row], u64::from(happened[*row]), u64::from(!happened[*row])));
            let foretold = own.iter().map(|row| risks[*row]).sum::<f64>() / own.len() as f64;
            Tenth { customers: own.len() as u64, foretold, observed: survival.happened_by(horizon) }
        })
        .collect();
    let seen = || tenths.iter().filter_map(|tenth| Some((tenth, tenth.observed?)));
    let held = seen().filter(|(tenth, observed)| observed.low <= tenth.foretold && tenth.foretold <= observed.high).count();
    let customers: f64 = seen().map(|(tenth, _)| tenth.customers as f64).sum();
    let error: f64 = seen().map(|(tenth, observed)| tenth.customers as f64 * (tenth.foretold - observed.value).abs()).sum();
    Ok(Calibration { held, error_mean: (customers > 0.0).then(|| error / customers), tenths })
}
