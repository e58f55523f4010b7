//! `periplus experiment`: who gets what, and how many customers are needed.

use std::process::ExitCode;

use anyhow::anyhow;
use serde_json::Value;

use crate::experiments::{Dealing, Planning};
use crate::here::{Here, Output};

/// Deal out arms of experiments, and plan how many customers they need.
///
/// Results are asked with `periplus ask experiment`. Nothing is remembered: whoever asks with the same names and weights gets the
/// same arms, here and over HTTP (`GET /api/experiments/assign`).
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ExperimentCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Which arm a customer or a browser gets
    Assign {
        /// The name of the experiment; another name deals out anew
        #[arg(value_name = "EXPERIMENT")]
        experiment: String,
        /// Whom it is for: an id of a customer or a browser
        #[arg(value_name = "UNIT")]
        unit: String,
        /// The arms with their weights
        #[arg(long, value_name = "ARMS", default_value = "control:1,treatment:1")]
        arms: String,
        /// This share sees no experiment that has the same holdout
        #[arg(long, value_name = "SHARE")]
        holdout: Option<f64>,
        /// The name of the holdout
        #[arg(long, value_name = "NAME", requires = "holdout")]
        holdout_name: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// How many customers are needed, or what can be noticed with those that there are
    Plan {
        /// The share that does it now, of a conversion
        #[arg(long, value_name = "SHARE", required_unless_present = "deviation", conflicts_with = "deviation")]
        base: Option<f64>,
        /// By how much it varies from customer to customer, of a mean
        #[arg(long, value_name = "NUMBER")]
        deviation: Option<f64>,
        /// The effect that must be noticed, as a difference: 0.01 is one percentage point
        #[arg(long, value_name = "NUMBER", required_unless_present = "units", allow_hyphen_values = true)]
        effect: Option<f64>,
        /// How many customers there are, in all arms together
        #[arg(long, value_name = "N")]
        units: Option<f64>,
        /// How many new customers come each day
        #[arg(long, value_name = "N")]
        each_day: Option<f64>,
        /// How often nothing may look like something
        #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
        alpha: f64,
        /// How often the effect must be noticed
        #[arg(long, value_name = "SHARE", default_value_t = 0.8)]
        power: f64,
        /// The arms with their weights, the control first
        #[arg(long, value_name = "ARMS", default_value = "control:1,treatment:1")]
        arms: String,
        #[command(flatten)]
        output: Output,
    },
}

const EXAMPLES: &str = r#"Examples:
  periplus experiment assign checkout-2026 ana@example.org --arms control:1,short:1 --holdout 0.05
  periplus experiment plan --base 0.04 --effect 0.005 --each-day 1200
  periplus experiment plan --deviation 35 --units 20000 --arms control:2,a:1,b:1"#;

impl ExperimentCommand {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        match self.what {
            What::Assign { experiment, unit, arms, holdout, holdout_name, output } => {
                let here = here.printing(&output);
                let told = Dealing { experiment, arms, holdout, holdout_name }.assign(&unit).map_err(|error| anyhow!(error))?;
                if here.json {
                    here.say_json(&told)?;
                } else {
                    let word = told["arm"].as_str().or(told["assigned"].as_str()).unwrap_or_default();
                    here.say(word)?;
                }
            }
            What::Plan { base, deviation, effect, units, each_day, alpha, power, arms, output } => {
                let here = here.printing(&output);
                let planning =
                    Planning { base, deviation, effect, units, each_day, alpha: Some(alpha), power: Some(power), arms: Some(arms) };
                let told = planning.plan().map_err(|error| anyhow!(error))?;
                if here.json {
                    here.say_json(&told)?;
                } else {
                    here.say(sentence(&told))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A plan in words.
fn sentence(told: &Value) -> String {
    let number = |name: &str| told[name].as_f64();
    let units = number("units").unwrap_or_default();
    let power = number("power").unwrap_or_default() * 100.0;
    if let Some(noticed) = number("noticed") {
        return format!("An effect of {} is noticed with {units:.0} customers in {:.1} % of cases.", told["effect"], noticed * 100.0);
    }
    if let Some(effect) = number("effect") {
        let days = number("days").map_or(String::new(), |days| format!(", {days:.0} days"));
        return format!("{units:.0} customers in all arms together{days}: then an effect of {effect} is noticed in {power:.0} % of cases.");
    }
    match number("smallest_effect") {
        Some(smallest) => format!("With {units:.0} customers an effect of {smallest:.6} is noticed in {power:.0} % of cases."),
        None => format!("With {units:.0} customers no effect is noticed in {power:.0} % of cases: even all doing it would not be enough."),
    }
}
