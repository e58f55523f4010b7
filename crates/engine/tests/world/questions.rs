//! Questions of every analysis.

use serde_json::{Value, json};

/// Questions of every analysis, with as many of their settings as possible.
pub fn questions() -> Vec<(&'static str, Value)> {
    let steps = json!([{"event": "look"}, {"event": "basket"}, {"event": "buy"}]);
    vec![
        ("overview", json!({})),
        ("overview", json!({"of": "touchpoints", "unit": "session"})),
        ("overview", json!({"of": "channels"})),
        ("overview", json!({"unit": "household"})),
        ("funnel", json!({"steps": steps, "window": "30d", "unit": {"id": "n"}})),
        (
            "trends",
            json!({"measures": [{"of": {"event": "buy"}}, {"show": "customers"}, {"show": "mean", "property": "n"}, {"of": {"event": "look"}, "show": "p90", "property": "n"}], "interval": "week", "timezone": "Europe/Vienna", "formulas": [{"name": "per head", "formula": "A / B"}]}),
        ),
        ("trends", json!({"measures": [{"of": {"touchpoint": "buy"}, "show": "customers"}], "interval": "month", "unit": "session"})),
        ("funnel", json!({"steps": steps, "window": "5d"})),
        ("funnel", json!({"steps": steps, "window": "20d", "mode": "strict_order", "unit": "session"})),
        ("funnel", json!({"steps": steps, "window": "20d", "mode": "any_order", "once": false})),
        (
            "funnel",
            json!({"steps": [{"event": "look"}, {"event": "call", "optional": true}, {"event": "buy"}], "window": "9d", "exclude": [{"what": {"event": "return"}}], "trend": "month"}),
        ),
        ("funnel", json!({"steps": steps, "window": "30d", "attempts": "every", "hold": ["n"], "grace": "1h"})),
        ("funnel", json!({"steps": steps, "window": "30d", "attempts": "first", "sessions": 2})),
        ("time_to_convert", json!({"start": {"event": "look"}, "goal": {"event": "buy"}, "window": "10d", "points": 7})),
        ("paths", json!({"unit": "session", "steps": 4})),
        ("paths", json!({"start": "look", "end": "bu*", "steps": 4, "collapse": false, "without": "call"})),
        ("paths", json!({"end": ["buy", "return"], "steps": 3, "together": {"talk": ["call"]}, "top": 1})),
        ("follows", json!({"unit": "session"})),
        ("follows", json!({"of": "channels", "collapse": true, "waits": false})),
        ("follows", json!({"of": "touchpoints", "eventually": true})),
        ("variants", json!({"collapse": true, "top": 5})),
        ("variants", json!({"steps": 2, "unit": "session"})),
        ("loops", json!({"unit": "session"})),
        ("bottlenecks", json!({"longest": "10d"})),
        ("retention", json!({"interval": "week", "intervals": 4})),
        (
            "retention",
            json!({"start": {"event": "look"}, "return": {"event": "buy"}, "interval": "day", "counted": "rolling", "ranges": [[0, 3], [4, 20]], "recurring": true, "overall": "simple"}),
        ),
        ("retention", json!({"interval": "month", "mode": "on_or_after", "intervals": 3, "at_least": 2})),
        ("lifecycle", json!({"interval": "week"})),
        ("lifecycle", json!({"of": {"event": "buy"}, "interval": "month", "new": "first_active", "from": "1970-02-01"})),
        ("stickiness", json!({"interval": "week", "at_least": 2})),
        ("sessions", json!({"interval": "week"})),
        ("sequence", json!({"steps": steps, "gaps": [{"within": "3d"}, {"after": "1h"}]})),
        ("sequence", json!({"steps": steps, "pattern": "(?1).*(?3)"})),
        (
            "segments",
            json!({"segments": {"gold": {"trait": "tier", "is": "gold"}, "buyers": {"did": "buy"}, "often": {"did": "look", "at_least": 3}}}),
        ),
        ("correlation", json!({"goal": {"event": "buy"}, "window": "20d", "at_least": 1})),
        ("correlation", json!({"of": "touchpoints", "start": {"event": "look"}, "goal": {"event": "return"}, "at_least": 1})),
        ("stages", json!({})),
        ("reach", json!({})),
        ("map", json!({})),
        ("findings", json!({})),
        ("kpis", json!({"at_least": 1})),
        ("kpis", json!({"by": "stage", "at_least": 1, "unit": "session"})),
        ("kpis", json!({"kpis": scored(), "by": "touchpoint", "at_least": 2})),
        ("kpis", json!({"kpis": scored(), "by": "channel", "interval": "week", "at_least": 1})),
        ("comments", json!({"text": [{"of": {"event": ["call", "return"]}, "property": "said"}], "at_least": 1})),
        (
            "comments",
            json!({"text": [{"of": {"event": "buy"}, "property": "said"}, {"of": {"event": "look"}}], "interval": "week", "own": [{"name": "Waiting", "words": ["waiting", "never arrived"]}], "corrected": {"b1d3a24f1e5c0a11": "negative"}}),
        ),
        ("attribution", json!({"conversion": {"event": "buy"}, "window": "20d"})),
        (
            "attribution",
            json!({"conversion": {"event": "buy"}, "by": "touchpoint", "first_only": true, "divide": "value", "order": 2, "spend": {"Looks": 12.5}}),
        ),
        (
            "attribution",
            json!({"conversion": {"event": "return"}, "by": "property", "property": "said", "touch": {"event": ["look", "call"]}, "visit": "2d"}),
        ),
        ("conformance", json!({})),
        ("conformance", json!({"unit": "session", "optional": ["buy"], "repeated": ["see"], "collapse": true, "top": 3})),
        ("conformance", json!({"model": "discovered", "of": "channels", "noise": 0.3, "collapse": true, "unit": "household"})),
        ("conformance", json!({"model": {"pnml": DRAWN}})),
        (
            "what_if",
            json!({"conversion": {"event": "buy"}, "window": "20d", "draws": 20, "scenarios": [{"name": "no basket", "edits": [{"remove": "basket"}]}, {"name": "faster", "edits": [{"wait": {"factor": 0.5}}]}, {"name": "the same"}]}),
        ),
        (
            "what_if",
            json!({"conversion": {"event": "return"}, "of": "channels", "first_only": true, "draws": 20, "scenarios": [{"name": "a letter", "edits": [{"add": {"name": "letter", "takes": [{"from": "web", "to": "(lost)", "share": 0.5}], "onward": [{"to": "store", "share": 1, "wait": "2d"}]}}, {"multiply": {"from": "web", "to": "store", "factor": 1.1}}]}]}),
        ),
        ("next_action", json!({"conversion": {"event": "buy"}, "window": "20d", "at_least": 1})),
        (
            "next_action",
            json!({"conversion": {"event": "buy"}, "of": "touchpoints", "recent": 2, "by": "likely", "among": ["Returns", "Looks elsewhere"], "at_least": 2, "unit": {"id": "n"}}),
        ),
        ("personas", json!({})),
        ("personas", json!({"k": 2, "of": "touchpoints", "method": "mixture", "features": ["counts", "frequency"], "unit": "session"})),
        ("personas", json!({"group": "journeys", "k_max": 3})),
        ("personas", json!({"group": "journeys", "likeness": "matching", "of": "channels", "k": 2})),
        ("lifetime", json!({"purchase": {"event": "buy"}, "property": "n"})),
        (
            "lifetime",
            json!({"purchase": {"event": ["buy", "look"]}, "model": "pareto_nbd", "by": {"cohort": "week"}, "discount": 0, "timezone": "Europe/Vienna"}),
        ),
        (
            "lifetime",
            json!({"purchase": {"event": ["buy", "look"]}, "property": "n", "model": "mbg_nbd", "by": {"trait": "tier"}, "show": "holdout", "holdout": "25d", "margin": 0.4}),
        ),
        ("rfm", json!({"purchase": {"event": "buy"}, "property": "n"})),
        (
            "rfm",
            json!({"purchase": {"event": ["buy", "look"]}, "cuts": {"days": [3, 9, 20, 40], "purchases": [1, 2, 3, 5], "money": [0, 0, 1, 2]}, "show": "scores"}),
        ),
        ("survival", json!({"churn": {"idle": "9d"}, "by": {"trait": "tier"}, "covariates": [{"property": "n"}], "horizon": "40d"})),
        (
            "survival",
            json!({"start": {"event": "look"}, "event": {"event": "look"}, "covariates": [{"property": "n"}, {"property": "channel"}, {"trait": "tier"}], "horizon": "40d", "show": "hazards"}),
        ),
        (
            "survival",
            json!({"churn": {"idle": "5d"}, "covariates": [{"property": "n"}, {"property": "said"}], "horizon": "50d", "show": "risk"}),
        ),
        ("experiment", json!({"exposure": {"event": "look"}, "arm": "n", "control": "0", "metrics": [{"event": {"event": "buy"}}]})),
        (
            "experiment",
            json!({"exposure": {"event": "look"}, "arm": "n", "control": "3", "by": "tier", "cuped": "20d", "metrics": [
                {"name": "bought", "event": {"event": "buy"}, "window": "20d"},
                {"name": "in the basket", "kind": "mean", "event": {"event": "basket"}, "property": "n"},
                {"name": "calls", "kind": "mean", "event": {"event": "call"}, "better": "less", "guardrail": 0.5},
                {"name": "buys for each look", "kind": "ratio", "event": {"event": "buy"}, "of": {"event": "look"}},
                {"name": "money", "kind": "revenue", "event": {"event": "buy"}, "window": "9d"}]}),
        ),
        (
            "experiment",
            json!({"exposure": {"event": ["look", "call"]}, "arm": "said", "control": "", "sequential": true, "planned": 400, "worth": 0.01, "weights": {"": 2, "The parcel came on Monday.": 1}, "primary": "returned", "metrics": [
                {"name": "angry", "event": {"event": "call"}, "guardrail": 0.0, "better": "less"},
                {"name": "returned", "event": {"event": "return"}, "better": "less"}]}),
        ),
    ]
}

/// A design of three activities, one after the other.
pub const DRAWN: &str = r#"<pnml><net id="n"><page id="p"><place id="a"><initialMarking><text>1</text></initialMarking></place><place id="b"/><place id="c"/><place id="d"/>
<transition id="t"><name><text>look</text></name></transition><transition id="u"><name><text>basket</text></name></transition><transition id="v"><name><text>buy</text></name></transition>
<arc id="1" source="a" target="t"/><arc id="2" source="t" target="b"/><arc id="3" source="b" target="u"/><arc id="4" source="u" target="c"/><arc id="5" source="c" target="v"/><arc id="6" source="v" target="d"/></page></net></pnml>"#;

/// Key figures of every kind, with as many of their settings as possible.
pub fn scored() -> Value {
    json!([
        {"kpi": "nps", "of": {"event": "call"}, "property": "n", "scale": [0, 5]},
        {"kpi": "csat", "name": "Basket", "of": {"event": "basket"}, "property": "n", "scale": [1, 5], "variant": "mean"},
        {"kpi": "ces", "of": {"event": "call"}, "property": "n", "scale": [5, 0]},
        {"kpi": "sentiment", "text": [{"of": {"event": ["call", "buy"]}, "property": "said"}]},
        {"kpi": "response_rate", "asked": {"event": "look"}, "answered": {"event": "call"}, "same": "n", "within": "9d"},
        {"kpi": "ctr", "shown": {"event": "look"}, "clicked": {"event": "basket"}, "within": "2d"},
        {"kpi": "ctr", "name": "Clicks", "shown": {"event": "look"}, "clicked": {"event": "basket"}, "variant": "all"},
        {"kpi": "conversion", "from": {"event": "look"}, "to": {"event": "buy"}, "within": "12d"},
        {"kpi": "conversion", "to": {"event": "return"}},
        {"kpi": "time_to_convert", "from": {"event": "look"}, "to": {"event": "buy"}, "within": "20d"},
        {"kpi": "repeat_purchase", "of": {"event": "buy"}, "within": "15d"},
        {"kpi": "revenue_per_customer", "of": {"event": "buy"}, "property": "n"},
        {"kpi": "retention", "start": {"event": "look"}, "interval": "week", "after": 2, "or_later": true},
        {"kpi": "churn", "of": {"event": ["look", "buy"]}, "within": "14d"},
    ])
}

/// A question with further settings.
pub fn with(question: &Value, more: &Value) -> Value {
    let mut all = question.clone();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}
