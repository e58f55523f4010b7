//! The events that everybody knows: what they are called, where in a journey they belong, and how they happen.
//!
//! Segment's specifications (e-commerce, e-mail, mobile, live chat, video, B2B SaaS), GA4's recommended and automatic
//! events, and the plain words of shops, call centres and surveys. To add one: one line in [`EVENTS`]; for a word that
//! says where any event belongs, one in [`PHASE_WORDS`] or [`CHANNEL_WORDS`].

use periplus_model::measured::OwnedBy;
use serde::Serialize;

/// The general phases of a journey, to which every template's stages belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Learning that something exists.
    Awareness,
    /// Comparing and deciding.
    Consideration,
    /// Buying.
    Purchase,
    /// Receiving, using, being helped, staying.
    Retention,
    /// Saying so to others.
    Advocacy,
}

use Phase::{Advocacy, Awareness, Consideration, Purchase, Retention};

/// An event that everybody knows.
pub struct Known {
    /// The names it goes by, as [`normal`] writes them.
    pub names: &'static [&'static str],
    /// What people call the touchpoint.
    pub title: &'static str,
    pub phase: Phase,
    /// The channel, where the name tells it.
    pub channel: Option<&'static str>,
    pub owned_by: OwnedBy,
    pub offline: bool,
}

const fn known(title: &'static str, phase: Phase, names: &'static [&'static str]) -> Known {
    Known { names, title, phase, channel: None, owned_by: OwnedBy::Brand, offline: false }
}

impl Known {
    const fn by(self, channel: &'static str) -> Known {
        Known { channel: Some(channel), ..self }
    }
    const fn of(self, owned_by: OwnedBy) -> Known {
        Known { owned_by, ..self }
    }
    const fn offline(self) -> Known {
        Known { offline: true, ..self }
    }
}

/// Every known event.
#[rustfmt::skip]
pub static EVENTS: &[Known] = &[
    // Advertising and arrival.
    known("Ad seen", Awareness, &["ad impression", "ad view", "ad viewed", "ad seen", "impression"]).of(OwnedBy::Partner),
    known("Ad click", Awareness, &["ad click", "ad clicked", "ad"]).of(OwnedBy::Partner),
    known("Campaign", Awareness, &["campaign", "campaign received", "campaign details", "mailing"]),
    known("Promotion", Awareness, &["promotion viewed", "promotion clicked", "view promotion", "select promotion", "promo page", "promo", "promotion"]),
    known("First visit", Awareness, &["first visit", "first open"]),
    known("Visit", Awareness, &["session start", "session started", "visit", "user engagement"]),
    known("Home page", Awareness, &["home", "home page", "homepage", "landing page", "landing", "index"]),
    known("Page view", Awareness, &["page view", "page viewed", "pageview", "page", "viewed page", "loaded a page"]),
    known("Screen view", Awareness, &["screen view", "screen", "screen viewed"]).by("app"),
    known("App installed", Awareness, &["application installed", "app installed", "app install", "install attributed"]).by("app"),
    known("App opened", Awareness, &["application opened", "app opened", "app open", "deep link opened", "deep link clicked"]).by("app"),
    known("App in background", Retention, &["application backgrounded", "application foregrounded"]).by("app"),
    known("App updated", Retention, &["application updated", "app update"]).by("app"),
    known("App removed", Retention, &["application uninstalled", "app remove", "app uninstalled"]).by("app"),
    known("App crash", Retention, &["application crashed", "app exception", "app crash"]).by("app"),
    known("Social post", Awareness, &["social post", "social view", "post viewed", "social"]).by("social").of(OwnedBy::Social),
    // Looking around.
    known("Scroll", Consideration, &["scroll", "scrolled"]),
    known("Click", Consideration, &["click", "link clicked", "clicked"]),
    known("Search", Consideration, &["search", "products searched", "view search results", "searched", "site search", "products list filtered"]),
    known("Catalogue", Consideration, &["catalog", "catalogue", "category", "product list viewed", "view item list", "category viewed", "product list"]),
    known("Product chosen from a list", Consideration, &["product clicked", "select item", "product click"]),
    known("Product page", Consideration, &["product viewed", "product view", "view item", "view product", "product", "product page", "product detail", "view content", "select content", "item view"]),
    known("Comparison", Consideration, &["compare", "product compared", "comparison"]),
    known("Wish list", Consideration, &["product added to wishlist", "add to wishlist", "wishlist", "product removed from wishlist", "wishlist product added to cart", "favourite", "favorite"]),
    known("Size guide", Consideration, &["size guide", "size guide viewed"]),
    known("Video", Consideration, &["video start", "video started", "video playback started", "video content started", "video progress", "video content playing", "video complete", "video content completed", "video playback completed", "video playback paused", "video playback resumed", "video", "watched video"]),
    known("Download", Consideration, &["file download", "download", "downloaded"]),
    known("Form", Consideration, &["form start", "form submit", "form submitted", "form"]),
    known("Enquiry", Consideration, &["generate lead", "lead", "lead created", "enquiry", "inquiry", "contact form", "qualify lead", "working lead"]),
    known("Store locator", Consideration, &["store locator", "store found", "branch locator"]),
    known("Visit to a store", Consideration, &["store visit", "visit store", "branch visit", "store"]).by("store").offline(),
    known("Advice", Consideration, &["advice", "consultation", "sales call", "sales talk"]).offline(),
    known("Demo", Consideration, &["demo requested", "demo", "demo attended", "webinar attended", "webinar"]),
    known("Account", Consideration, &["sign up", "signed up", "signup", "account created", "register", "registration", "complete registration", "create account"]),
    known("Trial", Consideration, &["trial started", "start trial", "trial", "tutorial begin", "tutorial complete"]),
    known("Chat", Consideration, &["live chat conversation started", "live chat message sent", "live chat message received", "live chat conversation ended", "chat", "chat started", "live chat"]).by("chat"),
    // E-mail, text messages and push.
    known("E-mail", Awareness, &["email delivered", "email opened", "email sent", "email open", "email", "newsletter", "newsletter opened", "email received", "mail"]).by("e-mail"),
    known("Click in an e-mail", Consideration, &["email link clicked", "email clicked", "email click", "newsletter click"]).by("e-mail"),
    known("E-mail refused", Retention, &["email bounced", "email marked as spam", "unsubscribed", "unsubscribe", "email unsubscribed"]).by("e-mail"),
    known("Push message", Awareness, &["push notification received", "push notification tapped", "push notification bounced", "push", "push opened", "push sent", "notification receive", "notification open", "notification"]).by("push"),
    known("Text message", Awareness, &["sms", "sms sent", "sms delivered", "sms clicked"]).by("sms"),
    // Buying.
    known("Cart", Purchase, &["product added", "add to cart", "cart", "cart viewed", "view cart", "added to cart", "basket", "add to basket", "cart shared"]),
    known("Removed from cart", Purchase, &["product removed", "remove from cart"]),
    known("Cart left behind", Purchase, &["cart abandoned", "abandoned cart", "cart left", "checkout abandoned"]),
    known("Checkout", Purchase, &["checkout started", "begin checkout", "checkout", "initiate checkout", "checkout step viewed", "checkout step completed"]),
    known("Delivery details", Purchase, &["add shipping info", "shipping details", "shipping", "delivery details", "shipping info entered", "address"]),
    known("Payment details", Purchase, &["payment info entered", "add payment info", "payment info", "payment details", "billing"]),
    known("Payment", Purchase, &["payment", "paid", "payment received", "payment completed"]),
    known("Payment failed", Purchase, &["payment failed", "payment declined", "payment error"]),
    known("Coupon entered", Purchase, &["coupon entered", "coupon applied", "coupon denied", "coupon removed"]),
    known("Purchase", Purchase, &["purchase", "order completed", "order placed", "order", "buy", "transaction", "in app purchase", "ecommerce purchase", "sale", "bought", "store purchase"]),
    known("Subscription", Purchase, &["subscription started", "subscribe", "subscription created", "plan selected", "subscription", "trial ended", "app store subscription convert"]),
    known("Contract", Purchase, &["contract signed", "contract", "close convert lead", "deal won"]),
    known("Coupon redeemed", Purchase, &["redeem", "coupon redeemed", "redemption", "coupon redemption", "coupon"]),
    // Afterwards.
    known("Order updated", Retention, &["order updated", "order confirmed", "order confirmation"]),
    known("Dispatch", Retention, &["shipped", "order shipped", "dispatched", "fulfilled", "order fulfilled"]).of(OwnedBy::Partner),
    known("Delivery", Retention, &["delivered", "delivery", "order delivered", "parcel", "parcel delivered", "package delivered"]).of(OwnedBy::Partner).offline(),
    known("Late delivery", Retention, &["delivery delayed", "late delivery", "delay"]).of(OwnedBy::Partner).offline(),
    known("Order cancelled", Retention, &["order cancelled", "order canceled", "cancel order", "cancelled", "cancellation"]),
    known("Return", Retention, &["return", "returned", "order returned", "product returned", "return started"]).offline(),
    known("Refund", Retention, &["refund", "order refunded", "refunded"]),
    known("Call to support", Retention, &["support call", "call", "phone call", "service call", "call centre", "call center", "hotline", "call started"]).by("call centre").offline(),
    known("Support case", Retention, &["ticket", "support ticket", "ticket created", "support ticket created", "case opened", "support case", "support", "support request", "ticket solved"]),
    known("Chat with support", Retention, &["support chat", "service chat"]).by("chat"),
    known("Help article", Retention, &["help", "faq", "help article", "help center", "help centre", "article viewed"]),
    known("Complaint", Retention, &["complaint", "complained", "complaint filed"]),
    known("Login", Retention, &["login", "signed in", "sign in", "log in", "logged in", "signed out", "logout"]),
    known("Account settings", Retention, &["account", "profile", "my account", "settings", "account updated"]),
    known("Account closed", Retention, &["account deleted", "account closed", "account removed user", "churn", "churned"]),
    known("Team member added", Retention, &["account added user", "user invited", "join group"]),
    known("Loyalty programme", Retention, &["loyalty", "loyalty joined", "points earned", "points redeemed", "earn virtual currency", "spend virtual currency", "level up", "unlock achievement", "loyalty card", "membership"]),
    known("Renewal", Retention, &["subscription renewed", "renewal", "renewed", "app store subscription renew", "invoice paid", "reorder"]),
    known("Subscription cancelled", Retention, &["subscription cancelled", "subscription canceled", "app store subscription cancel", "unsubscribe plan"]),
    known("Repair", Retention, &["repair", "technician visit", "service visit", "warranty claim"]).offline(),
    // Speaking up.
    known("Survey", Advocacy, &["survey", "survey answered", "survey completed", "survey response", "feedback", "csat", "ces", "satisfaction survey"]),
    known("NPS survey", Advocacy, &["nps", "nps survey", "nps response", "nps answered"]),
    known("Review", Advocacy, &["review", "product reviewed", "review submitted", "reviewed", "rating", "product rating", "review written", "rate"]).of(OwnedBy::Social),
    known("Shared", Advocacy, &["share", "product shared", "shared", "social share"]).by("social").of(OwnedBy::Customer),
    known("Friend brought along", Advocacy, &["referral", "referred", "refer a friend", "friend invited", "invite", "invite sent", "referral sent"]).of(OwnedBy::Customer),
];

/// Words that say where an event belongs. A word of four letters or more also stands for the words that begin with it.
pub static PHASE_WORDS: &[(Phase, &[&str])] = &[
    (
        Awareness,
        &[
            "ad",
            "ads",
            "advert",
            "banner",
            "campaign",
            "impression",
            "landing",
            "promo",
            "leaflet",
            "flyer",
            "tv",
            "radio",
            "newsletter",
            "install",
            "visit",
            "blog",
        ],
    ),
    (
        Consideration,
        &[
            "search",
            "catalog",
            "category",
            "product",
            "item",
            "compar",
            "filter",
            "wish",
            "detail",
            "quote",
            "demo",
            "trial",
            "register",
            "video",
            "configurat",
            "test drive",
            "appointment",
            "advice",
        ],
    ),
    (
        Purchase,
        &[
            "cart", "basket", "checkout", "payment", "pay", "paid", "order", "purchas", "buy", "bought", "shipping", "billing", "coupon",
            "voucher", "redeem", "subscrib", "invoice", "contract", "till", "receipt",
        ],
    ),
    (
        Retention,
        &[
            "deliver", "parcel", "shipp", "dispatch", "return", "refund", "support", "service", "help", "ticket", "complain", "call",
            "login", "account", "loyal", "points", "renew", "cancel", "repair", "warranty", "onboard",
        ],
    ),
    (
        Advocacy,
        &[
            "review",
            "rating",
            "rate",
            "survey",
            "feedback",
            "nps",
            "csat",
            "refer",
            "recommend",
            "share",
            "invit",
            "testimonial",
            "advocat",
        ],
    ),
];

/// Words that say through which channel an event came, and whether that is offline.
pub static CHANNEL_WORDS: &[(&str, &str, bool)] = &[
    ("email", "e-mail", false),
    ("newsletter", "e-mail", false),
    ("sms", "sms", false),
    ("push", "push", false),
    ("chat", "chat", false),
    ("call", "call centre", true),
    ("phone", "call centre", true),
    ("hotline", "call centre", true),
    ("store", "store", true),
    ("branch", "store", true),
    ("till", "store", true),
    ("letter", "post", true),
    ("leaflet", "post", true),
    ("app", "app", false),
    ("application", "app", false),
    ("screen", "app", false),
    ("page", "web", false),
    ("web", "web", false),
    ("tweet", "social", false),
    ("facebook", "social", false),
    ("instagram", "social", false),
];

/// Channels, as data may call them, that are offline.
pub static OFFLINE_CHANNELS: &[&str] = &[
    "store",
    "branch",
    "shop",
    "pos",
    "retail",
    "call centre",
    "call center",
    "phone",
    "telephone",
    "post",
    "mail",
    "field",
    "offline",
    "in store",
];

/// How a property that holds a score may be called, what the score is called, and its scale.
pub static SCORE_WORDS: &[(&str, &str, [f64; 2])] = &[
    ("nps", "NPS", [0.0, 10.0]),
    ("csat", "CSAT", [1.0, 5.0]),
    ("satisfaction", "CSAT", [1.0, 5.0]),
    ("ces", "CES", [1.0, 7.0]),
    ("effort", "CES", [1.0, 7.0]),
    ("stars", "Stars", [1.0, 5.0]),
    ("rating", "Rating", [1.0, 5.0]),
    ("review", "Review", [1.0, 5.0]),
    ("sentiment", "Sentiment", [-1.0, 1.0]),
    ("score", "Score", [0.0, 10.0]),
];

/// How a property that holds the customer's words may be called, the likeliest first.
pub static COMMENT_WORDS: &[&str] = &["comment", "verbatim", "feedback", "review", "text", "message", "body", "reason", "answer"];

/// Traits that tell people apart the way teams think of them, the likeliest first.
pub static PERSONA_TRAITS: &[&str] = &[
    "segment",
    "persona",
    "age",
    "life stage",
    "lifestyle",
    "income",
    "gender",
    "family",
    "household",
    "loyalty",
    "tier",
    "plan",
    "customer type",
    "industry",
    "region",
    "country",
];

/// A name in lower-case words separated by single spaces: `addToCart`, `Add_To-Cart` and `ADD TO CART` are all `add to cart`.
pub fn normal(name: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        let begins = !letter.is_alphanumeric() || letter.is_uppercase() && before.is_lowercase();
        if begins && !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
        if letter.is_alphanumeric() {
            words.extend(letter.to_lowercase());
        }
        before = letter;
    }
    // "e-mail" is one word in every vocabulary.
    format!(" {} ", words.trim_end()).replace(" e mail ", " email ").trim().to_owned()
}

/// The known event of this name (as [`normal`] writes it).
pub fn recognise(normal: &str) -> Option<&'static Known> {
    EVENTS.iter().find(|event| event.names.contains(&normal))
}

/// How many letters of a name (as [`normal`] writes it) a keyword explains; `None` when it does not occur.
pub fn explains(keyword: &str, normal: &str) -> Option<usize> {
    let starts = normal.match_indices(keyword).map(|(at, _)| at).filter(|at| *at == 0 || normal.as_bytes()[at - 1] == b' ');
    let fits = |at: usize| keyword.len() >= 4 || matches!(normal.as_bytes().get(at + keyword.len()), None | Some(b' '));
    starts.into_iter().any(fits).then_some(keyword.len())
}

/// The phase whose word explains most of a name (as [`normal`] writes it).
pub fn phase_by_word(normal: &str) -> Option<Phase> {
    let all = PHASE_WORDS.iter().flat_map(|(phase, words)| words.iter().map(move |word| (explains(word, normal), *phase)));
    all.filter_map(|(length, phase)| Some((length?, phase))).rev().max_by_key(|(length, _)| *length).map(|(_, phase)| phase)
}

/// The channel that a word of a name (as [`normal`] writes it) tells, and whether it is offline.
pub fn channel_by_word(normal: &str) -> Option<(&'static str, bool)> {
    CHANNEL_WORDS.iter().find(|(word, ..)| normal.split(' ').any(|part| part == *word)).map(|(_, channel, offline)| (*channel, *offline))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_event_is_known_twice() {
        let mut names = HashSet::new();
        let mut titles = HashSet::new();
        for event in EVENTS {
            assert!(titles.insert(event.title), "{}", event.title);
            for name in event.names {
                assert!(names.insert(*name), "{name} is known twice");
                assert_eq!(normal(name), *name);
            }
        }
    }

    #[test]
    fn names_are_recognised_in_any_spelling() {
        for name in ["addToCart", "add_to_cart", "Add To Cart", "ADD-TO-CART", "Product Added"] {
            assert_eq!(recognise(&normal(name)).map(|event| event.title), Some("Cart"), "{name}");
        }
        assert_eq!(normal("E-Mail_Opened"), "email opened");
        assert_eq!(normal("éTé__x"), "é té x");
        assert_eq!(phase_by_word("parcel was delivered"), Some(Retention));
        assert_eq!(phase_by_word("zzz"), None);
        assert_eq!(phase_by_word("loading"), None, "'ad' is a word, not three letters anywhere");
        assert_eq!(channel_by_word("store purchase"), Some(("store", true)));
    }
}
