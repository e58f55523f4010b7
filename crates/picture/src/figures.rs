//! Every number of a map as one flat list, for CSV files and for the table behind a picture.

use periplus_model::answer::Estimate;
use periplus_model::measured::{Feeling, MeasuredGroup, MeasuredMap};

use crate::numbers::Kind;

/// One number of a map.
#[derive(Clone)]
pub(crate) struct Figure<'a> {
    /// The group's name.
    pub group: &'a str,
    /// What it is a number of: stage, touchpoint, pain, delight, key figure.
    pub about: &'static str,
    /// The stage's name.
    pub stage: &'a str,
    /// The touchpoint, signal or key figure.
    pub name: &'a str,
    /// What is measured.
    pub measure: &'static str,
    /// How it is written.
    pub kind: Kind,
    /// The number.
    pub value: Option<f64>,
    /// Its interval and n.
    pub estimate: Option<&'a Estimate>,
    /// What it is compared with: target, baseline or belief.
    pub beside: Option<f64>,
}

/// The columns of the flat list, as a CSV file has them.
pub(crate) const COLUMNS: [&str; 10] = ["group", "about", "stage", "name", "measure", "value", "low", "high", "n", "compared with"];

/// Every number of a map.
pub(crate) fn figures(map: &MeasuredMap) -> Vec<Figure<'_>> {
    map.groups.iter().flat_map(|group| figures_of(map, group)).collect()
}

/// Every number of one group of a map.
pub(crate) fn figures_of<'a>(map: &'a MeasuredMap, group: &'a MeasuredGroup) -> Vec<Figure<'a>> {
    let stage_name = |at: usize| map.stages.get(at).map_or("", |stage| stage.name.as_str());
    let mut list = Vec::new();
    let blank = Figure {
        group: &group.name,
        about: "stage",
        stage: "",
        name: "",
        measure: "",
        kind: Kind::Count,
        value: None,
        estimate: None,
        beside: None,
    };
    for (at, stage) in group.stages.iter().enumerate() {
        let here = || Figure { stage: stage_name(at), ..blank.clone() };
        let mut add = |measure, kind, value: Option<f64>| list.push(Figure { measure, kind, value, ..here() });
        add("customers", Kind::Count, Some(stage.customers as f64));
        add("share", Kind::Share, Some(stage.share));
        add("events", Kind::Count, Some(stage.events as f64));
        add("dropped", Kind::Count, Some(stage.dropped as f64));
        add("median seconds to next", Kind::Seconds, stage.median_seconds_to_next);
        add("customers who went back", Kind::Count, Some(stage.back_customers as f64));
        add("times gone back", Kind::Count, Some(stage.back_count as f64));
        let believed = map.stages.get(at).and_then(|stage| stage.believed);
        let estimated = |measure, kind, estimate: &'a Option<Estimate>, beside| {
            let estimate = estimate.as_ref();
            Figure { measure, kind, value: estimate.map(|figure| figure.value), estimate, beside, ..here() }
        };
        list.push(estimated("conversion", Kind::Share, &stage.conversion, None));
        list.push(estimated("emotion", Kind::Feeling, &stage.emotion, believed));
        for kpi in &stage.kpis {
            list.push(Figure { about: "key figure", name: &kpi.name, ..estimated("value", kpi.format.into(), &kpi.value, kpi.target) });
        }
    }
    for (info, touchpoint) in map.touchpoints.iter().zip(&group.touchpoints) {
        let here = || Figure { about: "touchpoint", stage: stage_name(info.stage), name: &info.name, ..blank.clone() };
        list.push(Figure { measure: "customers", value: Some(touchpoint.customers as f64), ..here() });
        list.push(Figure { measure: "reach", kind: Kind::Share, value: Some(touchpoint.reach), ..here() });
        list.push(Figure { measure: "events", value: Some(touchpoint.events as f64), ..here() });
    }
    for signal in &group.signals {
        let about = match signal.feeling {
            Feeling::Pain => "pain",
            Feeling::Delight => "delight",
        };
        let here = || Figure { about, stage: stage_name(signal.stage), name: &signal.title, ..blank.clone() };
        list.push(Figure { measure: "customers", value: Some(signal.customers as f64), ..here() });
        list.push(Figure {
            measure: "rate",
            kind: Kind::of_signal(signal),
            value: Some(signal.rate.value),
            estimate: Some(&signal.rate),
            beside: Some(signal.baseline),
            ..here()
        });
        list.push(Figure { measure: "q", kind: Kind::Number, value: Some(signal.q), ..here() });
    }
    list
}
