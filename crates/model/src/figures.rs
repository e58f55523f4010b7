//! Every number of a map as one flat list, for tables and for what stands behind a picture.

use crate::answer::Estimate;
use crate::measured::{Feeling, KpiFormat, MeasuredGroup, MeasuredMap};

/// What a number of a map means, which decides how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureKind {
    /// A count.
    Count,
    /// A plain number.
    Number,
    /// A share between 0 and 1.
    Share,
    /// A score from −100 to 100.
    Score,
    /// A feeling from −1 to 1.
    Feeling,
    /// Seconds.
    Seconds,
    /// Currency units.
    Money,
}

impl From<KpiFormat> for FigureKind {
    fn from(format: KpiFormat) -> FigureKind {
        match format {
            KpiFormat::Share => FigureKind::Share,
            KpiFormat::Number => FigureKind::Number,
            KpiFormat::Score => FigureKind::Score,
            KpiFormat::Seconds => FigureKind::Seconds,
            KpiFormat::Money => FigureKind::Money,
        }
    }
}

/// One number of a map.
#[derive(Clone, Debug)]
pub struct Figure<'a> {
    /// The group's name.
    pub group: &'a str,
    /// What it is a number of: stage, touchpoint, pain, delight, key figure.
    pub about: &'static str,
    /// The stage's name.
    pub stage: &'a str,
    /// The touchpoint, finding or key figure.
    pub name: &'a str,
    /// What is measured.
    pub measure: &'static str,
    /// How it is written.
    pub kind: FigureKind,
    /// The number.
    pub value: Option<f64>,
    /// Its interval and n.
    pub estimate: Option<&'a Estimate>,
    /// What it is compared with: target, baseline or belief.
    pub beside: Option<f64>,
}

/// Every number of a map.
pub fn figures(map: &MeasuredMap) -> Vec<Figure<'_>> {
    map.groups.iter().flat_map(|group| figures_of(map, group)).collect()
}

/// Every number of one group of a map.
pub fn figures_of<'a>(map: &'a MeasuredMap, group: &'a MeasuredGroup) -> Vec<Figure<'a>> {
    let stage_name = |at: usize| map.stages.get(at).map_or("", |stage| stage.name.as_str());
    let mut list = Vec::new();
    let blank = Figure {
        group: &group.name,
        about: "stage",
        stage: "",
        name: "",
        measure: "",
        kind: FigureKind::Count,
        value: None,
        estimate: None,
        beside: None,
    };
    for (at, stage) in group.stages.iter().enumerate() {
        let here = || Figure { stage: stage_name(at), ..blank.clone() };
        let mut add = |measure, kind, value: Option<f64>| list.push(Figure { measure, kind, value, ..here() });
        add("customers", FigureKind::Count, Some(stage.customers as f64));
        add("share", FigureKind::Share, Some(stage.share));
        add("events", FigureKind::Count, Some(stage.events as f64));
        add("dropped", FigureKind::Count, Some(stage.dropped as f64));
        add("median seconds to next", FigureKind::Seconds, stage.median_seconds_to_next);
        add("customers who went back", FigureKind::Count, Some(stage.back_customers as f64));
        add("times gone back", FigureKind::Count, Some(stage.back_count as f64));
        let believed = map.stages.get(at).and_then(|stage| stage.believed);
        let estimated = |measure, kind, estimate: &'a Option<Estimate>, beside| {
            let estimate = estimate.as_ref();
            Figure { measure, kind, value: estimate.map(|figure| figure.value), estimate, beside, ..here() }
        };
        list.push(estimated("conversion", FigureKind::Share, &stage.conversion, None));
        list.push(estimated("emotion", FigureKind::Feeling, &stage.emotion, believed));
        for kpi in &stage.kpis {
            list.push(Figure { about: "key figure", name: &kpi.name, ..estimated("value", kpi.format.into(), &kpi.value, kpi.target) });
        }
    }
    for (info, touchpoint) in map.touchpoints.iter().zip(&group.touchpoints) {
        let here = || Figure { about: "touchpoint", stage: stage_name(info.stage), name: &info.name, ..blank.clone() };
        list.push(Figure { measure: "customers", value: Some(touchpoint.customers as f64), ..here() });
        list.push(Figure { measure: "reach", kind: FigureKind::Share, value: Some(touchpoint.reach), ..here() });
        list.push(Figure { measure: "events", value: Some(touchpoint.events as f64), ..here() });
    }
    for (stage, finding) in map.findings_of(group) {
        let about = match finding.feeling {
            Feeling::Pain => "pain",
            Feeling::Delight => "delight",
        };
        let here = || Figure { about, stage: stage_name(stage), name: &finding.title, ..blank.clone() };
        list.push(Figure { measure: "customers", value: Some(finding.customers as f64), ..here() });
        list.push(Figure {
            measure: "rate",
            kind: FigureKind::Share,
            value: Some(finding.rate.value),
            estimate: Some(&finding.rate),
            beside: Some(finding.expected),
            ..here()
        });
        list.push(Figure { measure: "q", kind: FigureKind::Number, value: Some(finding.q), ..here() });
    }
    list
}
