//! Experiments beside their results: who gets what, and how many customers are needed. Nothing is read and nothing is kept; commands and
//! addresses say the same.

use periplus_stats::experiment::{Assignment, Design, Holdout, Plan, Target};
use serde_json::{Value, json};

/// The name of the holdout that experiments share when they say nothing else.
pub const HOLDOUT: &str = "holdout";

/// How customers are dealt out, as people write it.
#[derive(Clone, Debug, Default)]
pub struct Dealing {
    /// The name of the experiment, which is its salt: another name deals out anew.
    pub experiment: String,
    /// `control:1,b:1`: names and weights; a weight of 1 may be left out.
    pub arms: String,
    /// The share that sees none of the experiments with this holdout.
    pub holdout: Option<f64>,
    /// The name of the holdout.
    pub holdout_name: Option<String>,
}

/// Names and weights of arms.
fn arms(text: &str) -> Result<(Vec<String>, Vec<u32>), String> {
    let (mut names, mut weights) = (Vec::new(), Vec::new());
    for arm in text.split(',').map(str::trim) {
        let (name, weight) = arm.rsplit_once(':').unwrap_or((arm, "1"));
        let name = name.trim();
        let weight =
            weight.trim().parse().map_err(|_| format!("'{arm}' is not an arm such as control:1, with a whole number as its weight"))?;
        if name.is_empty() || names.iter().any(|known| known == name) {
            return Err(format!("each arm needs a name of its own, and '{arm}' has none"));
        }
        names.push(name.to_owned());
        weights.push(weight);
    }
    Ok((names, weights))
}

impl Dealing {
    /// Which arm a unit (a customer, a browser) gets: the same for ever, and on every machine.
    ///
    /// # Errors
    /// In words, when the design cannot be dealt out.
    pub fn assign(&self, unit: &str) -> Result<Value, String> {
        let (names, weights) = arms(&self.arms)?;
        let name = self.holdout_name.clone().unwrap_or_else(|| HOLDOUT.to_owned());
        let holdout = self.holdout.map(|share| Holdout { salt: name, share });
        if unit.is_empty() {
            return Err("say whom it is for: the unit is empty".to_owned());
        }
        let design = Design::new(&self.experiment, &weights, holdout, None).map_err(|error| error.to_string())?;
        let (assigned, arm) = match design.assign(unit) {
            Assignment::Arm(number) => ("arm", names.get(number).cloned()),
            Assignment::Holdout => ("holdout", None),
            Assignment::Outside => ("outside", None),
        };
        Ok(json!({"experiment": self.experiment, "unit": unit, "assigned": assigned, "arm": arm}))
    }
}

/// What is planned, as people write it.
#[derive(Clone, Debug, Default)]
pub struct Planning {
    /// What share does it now; or
    pub base: Option<f64>,
    /// by how much a mean varies from customer to customer.
    pub deviation: Option<f64>,
    /// The effect that must be noticed, as a difference; or
    pub effect: Option<f64>,
    /// how many customers there are.
    pub units: Option<f64>,
    /// How many new ones come each day.
    pub each_day: Option<f64>,
    /// How often nothing may look like something.
    pub alpha: Option<f64>,
    /// How often the effect must be noticed.
    pub power: Option<f64>,
    /// The arms, the control first; two equal ones when absent.
    pub arms: Option<String>,
}

impl Planning {
    /// How many customers are needed, for how long, or what can be noticed with those that there are.
    ///
    /// # Errors
    /// In words, when it makes no sense.
    pub fn plan(&self) -> Result<Value, String> {
        let (names, weights) = arms(self.arms.as_deref().unwrap_or("control:1,treatment:1"))?;
        let all: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let (Some(control), Some(least)) = (weights.first(), weights.iter().skip(1).min()) else {
            return Err("an experiment has at least two arms, the control first".to_owned());
        };
        let measure = match (self.base, self.deviation) {
            (Some(base), None) => Target::Share { base },
            (None, Some(deviation)) => Target::Mean { deviation },
            _ => return Err("say either the share that does it now (base) or how much a mean varies (deviation)".to_owned()),
        };
        // Each treatment is compared with the control, and any of them may seem to do something.
        let alpha = self.alpha.unwrap_or(0.05) / (weights.len() - 1) as f64;
        let (control, treated) = (f64::from(*control) / all, f64::from(*least) / all);
        let plan = Plan { measure, alpha, power: self.power.unwrap_or(0.8), control, treated };
        let said = |error: periplus_stats::experiment::ExperimentError| error.to_string();
        let arms: Vec<Value> =
            names.iter().zip(&weights).map(|(name, weight)| json!({"arm": name, "share": f64::from(*weight) / all})).collect();
        let mut told = json!({"alpha_each": alpha, "power": plan.power, "arms": arms});
        match (self.effect, self.units) {
            (Some(effect), None) => {
                told["effect"] = effect.into();
                told["units"] = plan.units(effect).map_err(said)?.ceil().into();
                if let Some(each_day) = self.each_day {
                    told["days"] = plan.days(effect, each_day).map_err(said)?.into();
                }
            }
            (None, Some(units)) => {
                told["units"] = units.into();
                told["smallest_effect"] = plan.smallest_effect(units).map_err(said)?.into();
            }
            (Some(effect), Some(units)) => {
                told["effect"] = effect.into();
                told["units"] = units.into();
                told["noticed"] = plan.power(effect, units).map_err(said)?.into();
            }
            (None, None) => return Err("say the effect that must be noticed, or how many units there are".to_owned()),
        }
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dealing(arms: &str) -> Dealing {
        Dealing { experiment: "checkout".to_owned(), arms: arms.to_owned(), ..Dealing::default() }
    }

    #[test]
    fn a_unit_gets_the_arm_that_the_formula_says() {
        // u("checkout", "ana") is 0.655: in the second half, and in the first of two arms of 7 and 3.
        assert_eq!(dealing("a,b").assign("ana").unwrap()["arm"], "b");
        assert_eq!(dealing("a:7, b:3").assign("ana").unwrap()["arm"], "a");
        let held = Dealing { holdout: Some(1.0), ..dealing("a,b") }.assign("ana").unwrap();
        assert_eq!((&held["assigned"], &held["arm"]), (&json!("holdout"), &Value::Null));
        for wrong in ["", "a,a", "a:x", "a:-1,b:1", ":1", "a:0"] {
            assert!(dealing(wrong).assign("ana").is_err(), "{wrong}");
        }
        assert!(dealing("a,b").assign("").is_err());
        assert!(Dealing { experiment: HOLDOUT.to_owned(), holdout: Some(0.1), ..dealing("a,b") }.assign("ana").is_err());
    }

    #[test]
    fn a_plan_says_what_is_needed() {
        let plan = Planning { base: Some(0.1), effect: Some(0.01), each_day: Some(1_000.0), ..Planning::default() }.plan().unwrap();
        let units = plan["units"].as_f64().unwrap();
        assert!((29_000.0..30_000.0).contains(&units), "{plan}");
        assert_eq!(plan["days"].as_f64().unwrap(), (units / 1_000.0).ceil());
        let back = Planning { base: Some(0.1), units: Some(units), ..Planning::default() }.plan().unwrap();
        assert!((back["smallest_effect"].as_f64().unwrap() - 0.01).abs() < 1e-4, "{back}");
        let both = Planning { base: Some(0.1), effect: Some(0.01), units: Some(units), ..Planning::default() }.plan().unwrap();
        assert!((both["noticed"].as_f64().unwrap() - 0.8).abs() < 1e-3, "{both}");
        let three = Planning { arms: Some("c,a,b".to_owned()), base: Some(0.1), effect: Some(0.01), ..Planning::default() }.plan().unwrap();
        assert!(three["units"].as_f64().unwrap() > 1.5 * units && three["alpha_each"] == 0.025);
        for wrong in [
            Planning::default(),
            Planning { base: Some(0.1), ..Planning::default() },
            Planning { base: Some(0.1), deviation: Some(1.0), effect: Some(0.1), ..Planning::default() },
            Planning { base: Some(1.5), effect: Some(0.1), ..Planning::default() },
            Planning { arms: Some("one".to_owned()), base: Some(0.1), effect: Some(0.1), ..Planning::default() },
        ] {
            assert!(wrong.plan().is_err(), "{wrong:?}");
        }
    }
}
