//! Sets of stages to begin with. To add one: one entry in [`TEMPLATES`].

use crate::vocabulary::Phase;
use crate::vocabulary::Phase::{Advocacy, Awareness, Consideration, Purchase, Retention};

/// A set of stages to begin a map with.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// A short id.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is good for, in a sentence.
    pub about: &'static str,
    /// The stages, in order.
    pub stages: &'static [TemplateStage],
}

/// A stage of a template.
#[derive(Clone, Copy, Debug)]
pub struct TemplateStage {
    /// A short id.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What the customer wants here.
    pub goal: &'static str,
    /// Which of the five general phases it belongs to; places the events that everybody knows.
    pub phase: Phase,
    /// Words in the names of events that belong here, beyond those that everybody knows.
    pub keywords: &'static [&'static str],
}

impl Template {
    /// The template with this id.
    pub fn find(id: &str) -> Option<&'static Template> {
        TEMPLATES.iter().find(|template| template.id == id)
    }
}

const fn stage(id: &'static str, name: &'static str, goal: &'static str, phase: Phase, keywords: &'static [&'static str]) -> TemplateStage {
    TemplateStage { id, name, goal, phase, keywords }
}

/// Every template; the first is the default.
pub static TEMPLATES: &[Template] = &[
    Template {
        id: "five-stages",
        name: "Five stages",
        about: "Awareness, consideration, purchase, retention and advocacy: the usual way to look at any customer journey.",
        stages: &[
            stage("awareness", "Awareness", "Learn that this exists", Awareness, &[]),
            stage("consideration", "Consideration", "Compare, and be sure that it fits", Consideration, &[]),
            stage("purchase", "Purchase", "Buy without surprises", Purchase, &[]),
            stage("retention", "Retention", "Get what was promised, and help when it is needed", Retention, &[]),
            stage("advocacy", "Advocacy", "Share what I am happy with", Advocacy, &[]),
        ],
    },
    Template {
        id: "aida",
        name: "AIDA",
        about: "Attention, interest, desire, action: for campaigns and landing pages.",
        stages: &[
            stage("attention", "Attention", "Notice the offer", Awareness, &["impression", "ad", "campaign"]),
            stage(
                "interest",
                "Interest",
                "Understand what it is",
                Consideration,
                &["page", "search", "catalog", "list", "category", "video"],
            ),
            stage(
                "desire",
                "Desire",
                "Want it",
                Consideration,
                &["product", "item", "wishlist", "compare", "review", "cart", "trial", "demo"],
            ),
            stage("action", "Action", "Get it", Purchase, &["checkout", "payment", "purchase", "order", "sign up", "subscribe"]),
        ],
    },
    Template {
        id: "aarrr",
        name: "Pirate metrics (AARRR)",
        about: "Acquisition, activation, retention, referral, revenue: for apps and online services.",
        stages: &[
            stage(
                "acquisition",
                "Acquisition",
                "Find the product",
                Awareness,
                &["install", "visit", "landing", "sign up", "signup", "signed up"],
            ),
            stage(
                "activation",
                "Activation",
                "Have a first success",
                Consideration,
                &["onboarding", "tutorial", "activated", "first", "created"],
            ),
            stage("retention", "Retention", "Come back because it helps", Retention, &["login", "signed in", "session", "opened", "used"]),
            stage("referral", "Referral", "Bring others along", Advocacy, &["invite", "referral", "share"]),
            stage(
                "revenue",
                "Revenue",
                "Pay for what it is worth",
                Purchase,
                &["trial", "subscription", "upgrade", "payment", "invoice", "purchase"],
            ),
        ],
    },
    Template {
        id: "race",
        name: "RACE",
        about: "Reach, act, convert, engage: for planning digital marketing.",
        stages: &[
            stage("reach", "Reach", "Come across the brand", Awareness, &["impression", "ad", "campaign"]),
            stage("act", "Act", "Look around and interact", Consideration, &["search", "view", "click", "download", "lead"]),
            stage("convert", "Convert", "Buy", Purchase, &["cart", "checkout", "order", "purchase"]),
            stage("engage", "Engage", "Stay, and tell others", Retention, &["review", "referral", "loyalty", "repeat", "newsletter"]),
        ],
    },
    Template {
        id: "loyalty-loop",
        name: "Loyalty loop",
        about: "McKinsey's decision journey: consider, evaluate, buy, experience, and come back without evaluating again.",
        stages: &[
            stage("consider", "Initial consideration", "Have a few brands in mind", Awareness, &[]),
            stage("evaluate", "Active evaluation", "Compare them", Consideration, &["compare", "search", "filter"]),
            stage("buy", "Moment of purchase", "Choose and buy", Purchase, &[]),
            stage("experience", "Experience", "See whether the promise holds", Retention, &["delivered", "return", "support", "service"]),
            stage(
                "loyalty",
                "Loyalty loop",
                "Buy again, and say so",
                Advocacy,
                &["reorder", "repeat", "loyalty", "points", "redeem", "subscription renewed"],
            ),
        ],
    },
    Template {
        id: "saas-trial",
        name: "Trial of an online service",
        about: "From the first visit over the trial to a subscription that is renewed and grows.",
        stages: &[
            stage("discover", "Discover", "See whether it could solve my problem", Awareness, &["pricing", "docs", "blog", "webinar"]),
            stage(
                "sign-up",
                "Sign up",
                "Try it without effort",
                Consideration,
                &["sign up", "signup", "signed up", "account created", "trial started", "invite accepted"],
            ),
            stage(
                "activate",
                "Activate",
                "Have a first success",
                Consideration,
                &["onboarding", "integration", "imported", "project", "activated", "first"],
            ),
            stage(
                "subscribe",
                "Subscribe",
                "Pay for what it is worth",
                Purchase,
                &["subscription", "plan", "payment", "upgrade", "trial ended", "invoice"],
            ),
            stage(
                "grow",
                "Stay and grow",
                "Rely on it, with my team",
                Retention,
                &["renew", "seat", "added", "login", "signed in", "support", "ticket"],
            ),
            stage("recommend", "Recommend", "Tell others", Advocacy, &[]),
        ],
    },
    Template {
        id: "b2b-sales",
        name: "Sale to companies",
        about: "From the first contact over demo and offer to a signed contract, its roll-out and renewal.",
        stages: &[
            stage("lead", "Lead", "Know whom to ask", Awareness, &["lead", "webinar", "event attended", "download", "whitepaper", "form"]),
            stage(
                "qualify",
                "Qualification",
                "See whether it is worth our time",
                Consideration,
                &["qualified", "meeting", "call", "discovery"],
            ),
            stage(
                "evaluate",
                "Evaluation",
                "Convince the others in the house",
                Consideration,
                &["demo", "pilot", "trial", "proof", "workshop"],
            ),
            stage(
                "negotiate",
                "Offer",
                "Get fair terms",
                Purchase,
                &["proposal", "quote", "offer", "negotiation", "contract sent", "legal"],
            ),
            stage("close", "Contract", "Sign and begin", Purchase, &["won", "signed", "contract", "order", "purchase"]),
            stage(
                "roll-out",
                "Roll-out",
                "Bring it into use",
                Retention,
                &["kickoff", "onboarding", "training", "go live", "implementation"],
            ),
            stage("renew", "Renewal", "Stay because it pays", Advocacy, &["renew", "upsell", "expansion", "business review", "reference"]),
        ],
    },
    Template {
        id: "retail-branch",
        name: "Retail branch",
        about: "A visit to a shop: before, at the door, at the shelf, at the till, and after.",
        stages: &[
            stage(
                "plan",
                "Plan the visit",
                "Know what is there, and when it is open",
                Awareness,
                &["leaflet", "store locator", "opening", "stock check", "campaign", "coupon received"],
            ),
            stage("arrive", "Arrive", "Find what I need", Consideration, &["entered", "enter", "visit", "footfall", "check in", "parking"]),
            stage("choose", "Choose", "Touch, try, be advised", Consideration, &["fitting", "advice", "scan", "tried", "shelf", "demo"]),
            stage("pay", "Pay", "Be done quickly", Purchase, &["till", "checkout", "basket", "receipt", "payment", "purchase", "redeem"]),
            stage("after", "After the visit", "Bring it back if it does not fit", Retention, &["return", "exchange", "warranty", "repair"]),
            stage("loyal", "Come back", "Be known and rewarded", Advocacy, &["loyalty", "points", "card", "repeat"]),
        ],
    },
    Template {
        id: "telecom-support",
        name: "Support of a telephone company",
        about: "From the fault over self-service and the call to the repair and what the customer thinks of it.",
        stages: &[
            stage(
                "notice",
                "Notice the fault",
                "Understand what is wrong",
                Awareness,
                &["outage", "fault", "alarm", "error", "bill shock", "bill received"],
            ),
            stage(
                "self-service",
                "Help myself",
                "Solve it without waiting",
                Consideration,
                &["help", "faq", "article", "bot", "self service", "router", "portal", "app"],
            ),
            stage(
                "contact",
                "Get in touch",
                "Reach somebody who listens",
                Purchase,
                &["call", "queue", "chat", "ticket", "ivr", "contact", "transferred", "hold"],
            ),
            stage(
                "repair",
                "Repair",
                "Have it work again, on the promised day",
                Retention,
                &["technician", "appointment", "repair", "dispatch", "replacement", "resolved", "visit"],
            ),
            stage(
                "follow-up",
                "Follow-up",
                "Be asked whether it is fine",
                Advocacy,
                &["survey", "credit", "closed", "nps", "csat", "callback"],
            ),
        ],
    },
    Template {
        id: "healthcare-appointment",
        name: "Appointment at a practice or clinic",
        about: "From the complaint over the appointment and the treatment to the follow-up.",
        stages: &[
            stage("concern", "Concern", "Know whether I need a doctor", Awareness, &["symptom", "search", "hotline", "advice"]),
            stage(
                "appointment",
                "Appointment",
                "Get one soon",
                Consideration,
                &["appointment", "booked", "booking", "referral", "reminder", "reschedule", "cancelled"],
            ),
            stage("arrival", "Arrival", "Be expected", Consideration, &["check in", "registration", "waiting", "triage", "arrived"]),
            stage(
                "treatment",
                "Examination and treatment",
                "Be listened to, and helped",
                Purchase,
                &["examination", "consultation", "treatment", "surgery", "lab", "xray", "diagnosis", "test"],
            ),
            stage(
                "aftercare",
                "Aftercare",
                "Get well, and know what to do",
                Retention,
                &["prescription", "discharge", "follow up", "result", "medication", "bill"],
            ),
            stage("trust", "Trust", "Come back, and recommend", Advocacy, &[]),
        ],
    },
    Template {
        id: "public-service",
        name: "Public service",
        about: "From a change in life over the application to the decision and what follows from it.",
        stages: &[
            stage("need", "Need", "Learn what I am entitled to or must do", Awareness, &["information", "page", "leaflet", "letter"]),
            stage(
                "prepare",
                "Prepare",
                "Know which papers I need",
                Consideration,
                &["guide", "checklist", "eligibility", "calculator", "download", "appointment"],
            ),
            stage(
                "apply",
                "Apply",
                "Hand it in once, completely",
                Purchase,
                &["application", "form", "submitted", "submit", "upload", "started", "identity", "fee"],
            ),
            stage(
                "wait",
                "Wait for the decision",
                "Know where it stands",
                Retention,
                &["review", "reminder", "missing", "status", "request", "enquiry", "call"],
            ),
            stage(
                "outcome",
                "Decision",
                "Understand it, and be able to object",
                Retention,
                &["decision", "approved", "rejected", "notice", "payment", "issued", "appeal", "objection"],
            ),
            stage("feedback", "Feedback", "Make it better for the next", Advocacy, &["complaint", "praise"]),
        ],
    },
    Template {
        id: "blank",
        name: "Blank",
        about: "One stage to rename and add to.",
        stages: &[stage("journey", "Journey", "Say here what the customer wants", Consideration, &[])],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_template_is_told_apart_and_described() {
        let mut ids = HashSet::new();
        let mut names = HashSet::new();
        for template in TEMPLATES {
            assert!(ids.insert(template.id) && names.insert(template.name), "{}", template.id);
            assert!(!template.about.is_empty() && !template.stages.is_empty(), "{}", template.id);
            assert!(template.stages.iter().all(|stage| !stage.goal.is_empty()), "{}", template.id);
            let stages: HashSet<&str> = template.stages.iter().flat_map(|stage| [stage.id, stage.name]).collect();
            assert!(stages.len() >= template.stages.len(), "{}", template.id);
            let words: Vec<&str> = template.stages.iter().flat_map(|stage| stage.keywords).copied().collect();
            assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len(), "{}: a keyword stands in two stages", template.id);
            assert!(words.iter().all(|word| crate::vocabulary::normal(word) == *word), "{}", template.id);
        }
        assert_eq!(TEMPLATES[0].id, "five-stages");
        assert!(Template::find("aarrr").is_some() && Template::find("AARRR").is_none());
    }
}
