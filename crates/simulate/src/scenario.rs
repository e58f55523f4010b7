//! The scenario file: who the customers are, and which pains and delights are planted among them.

use std::collections::HashSet;
use std::fmt;

use periplus_model::Instant;
use serde::{Deserialize, Serialize};

use crate::SimulateError;
use crate::place::{Platform, Touchpoint};

/// A retailer and its customers, without any chance in it: the seed comes separately.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The brand's name.
    pub brand: String,
    /// The first day, in the retailer's time zone.
    pub start: Day,
    /// For how many days the retailer is observed (1 to 3,660).
    pub days: u32,
    /// How many people there are (1 to 100,000,000).
    pub customers: u64,
    /// The time zone of the retailer's tills, stores and customers, such as `Europe/Berlin`.
    pub timezone: String,
    /// The currency of all amounts, three letters.
    pub currency: String,
    /// The share of people who were registered before the first day (0 to 1).
    pub registered_before: f64,
    /// A newsletter is sent every so many days (1 or more).
    pub newsletter_every_days: u32,
    /// The kinds of people; their shares sum to 1.
    pub personas: Vec<Persona>,
    /// Times at which the brand advertises more than usual.
    #[serde(default)]
    pub campaigns: Vec<Campaign>,
    /// What is planted to hurt.
    #[serde(default)]
    pub pains: Vec<Pain>,
    /// What is planted to please.
    #[serde(default)]
    pub delights: Vec<Delight>,
    /// How dirty the files are.
    #[serde(default)]
    pub dirt: Dirt,
}

/// One kind of people. Every number without another unit is a chance or a share from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// A short name: lower case letters, digits, underscores.
    pub name: String,
    /// Who they are, in a sentence.
    pub about: String,
    /// Their share among all people.
    pub share: f64,
    /// Their mean age in years (18 to 90).
    pub age: f64,
    /// The share of women.
    pub women: f64,
    /// How often they visit the web shop or app in a usual month.
    pub online_visits_per_month: f64,
    /// How often they visit a store in a usual month.
    pub store_visits_per_month: f64,
    /// Products looked at in an online visit, on average (1 to 20).
    pub views_per_visit: f64,
    /// Chance that an online visit puts something into the cart.
    pub adds_to_cart: f64,
    /// Chance that a started checkout ends in an order when nothing is planted in its way.
    pub finishes_checkout: f64,
    /// Chance that a visit to a store ends at the till.
    pub buys_in_store: f64,
    /// Items in an order, on average (1 to 20).
    pub items_per_order: f64,
    /// How expensive their taste is; 1 is average (0.1 to 10).
    pub price_level: f64,
    /// How strongly campaigns move them; 1 is average (0 to 10).
    pub campaign_pull: f64,
    /// Chance that a first order creates an account instead of checking out as a guest.
    pub registers: f64,
    /// Chance that they have, or take, a loyalty card.
    pub loyalty_card: f64,
    /// Chance that they subscribe to the newsletter.
    pub newsletter: f64,
    /// Chance that they open a newsletter.
    pub opens_mail: f64,
    /// Chance that they send something back after an online order.
    pub returns: f64,
    /// Chance that they review a product after a purchase.
    pub reviews: f64,
    /// Chance that they recommend the brand after a good experience.
    pub refers: f64,
    /// What they would answer to the NPS question on an ordinary day (0 to 10).
    pub satisfaction: f64,
    /// Chance that they are lost for good within a month.
    pub leaves_per_month: f64,
    /// Which devices they own.
    pub devices: Devices,
    /// Where their online visits come from.
    pub sources: Sources,
}

/// Chances of owning a device; whoever is left without any gets a telephone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Devices {
    /// A computer with a browser.
    pub desktop: f64,
    /// A telephone with a browser.
    pub mobile: f64,
    /// A tablet, which is shared with the rest of the household.
    pub tablet: f64,
    /// The app, installed.
    pub app: f64,
}

/// Weights of where online visits come from; visits from a newsletter are on top.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// Paid social (`utm_medium` `paid_social`).
    pub paid_social: f64,
    /// Paid search (`cpc`).
    pub paid_search: f64,
    /// Banners (`display`).
    pub display: f64,
    /// Unpaid search (a referrer, no UTM).
    pub organic_search: f64,
    /// By themselves.
    pub direct: f64,
}

/// A time at which the brand advertises more than usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// Its name, as in `utm_campaign` and `email.csv`.
    pub name: String,
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub to: Day,
    /// Visits are multiplied by this for a persona with `campaign_pull` 1 (1 to 10).
    pub lift: f64,
    /// Whether a newsletter goes out on the first day.
    #[serde(default)]
    pub mail: bool,
}

/// Something that hurts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pain {
    /// Its name in the truth.
    pub name: String,
    /// What goes wrong.
    pub kind: PainKind,
    /// Where.
    pub at: Touchpoint,
    /// How badly: the chance per occasion (`loop`, `drop_off`, `error`, `bad_score`), or by how much the time grows
    /// (`wait`: 1.5 makes it 2.5 times as long).
    pub strength: f64,
    /// What a person should read about it.
    #[serde(default)]
    pub note: String,
    /// To whom, when, on what; empty means everybody, always.
    #[serde(default)]
    pub scope: Scope,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PainKind {
    /// The step has to be done again.
    Loop,
    /// The customer leaves right there.
    DropOff,
    /// It takes longer.
    Wait,
    /// `Error Shown` appears, and nearly half leave.
    Error,
    /// Survey answers about it turn bad.
    BadScore,
}

/// Something that pleases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delight {
    /// Its name in the truth.
    pub name: String,
    /// What goes well.
    pub kind: DelightKind,
    /// Where.
    pub at: Touchpoint,
    /// How well: the chance per occasion (`gift`, `great_service`), or the share by which the time shrinks (`fast`).
    pub strength: f64,
    /// What a person should read about it.
    #[serde(default)]
    pub note: String,
    /// To whom, when, on what; empty means everybody, always.
    #[serde(default)]
    pub scope: Scope,
}

/// What goes well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DelightKind {
    /// It takes less time.
    Fast,
    /// A present on the loyalty card.
    Gift,
    /// The call centre solves it at once.
    GreatService,
}

/// To whom, when and on what a pain or delight applies. Every condition given must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Only on this platform; for deliveries, returns and contacts the one that the order was placed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Only for this persona.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
    /// Only for this age group (a segment that the CRM file shows).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_group: Option<AgeGroup>,
    /// Only in this region (one of [`crate::REGIONS`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// From this day on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// Up to and including this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Day>,
}

/// An age group, as `crm.csv` writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub enum AgeGroup {
    /// 18 to 24.
    #[serde(rename = "18-24")]
    From18,
    /// 25 to 34.
    #[serde(rename = "25-34")]
    From25,
    /// 35 to 49.
    #[serde(rename = "35-49")]
    From35,
    /// 50 to 64.
    #[serde(rename = "50-64")]
    From50,
    /// 65 and older.
    #[serde(rename = "65+")]
    From65,
}

impl AgeGroup {
    /// The group of an age in years.
    pub fn of(age: u32) -> AgeGroup {
        match age {
            ..=24 => AgeGroup::From18,
            25..=34 => AgeGroup::From25,
            35..=49 => AgeGroup::From35,
            50..=64 => AgeGroup::From50,
            65.. => AgeGroup::From65,
        }
    }

    /// As written in files.
    pub fn name(self) -> &'static str {
        match self {
            AgeGroup::From18 => "18-24",
            AgeGroup::From25 => "25-34",
            AgeGroup::From35 => "35-49",
            AgeGroup::From50 => "50-64",
            AgeGroup::From65 => "65+",
        }
    }
}

/// How dirty the files are: chances per line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Dirt {
    /// A line of `web_app.jsonl` or `store_sales.csv` is sent twice, byte for byte.
    pub duplicates: f64,
    /// A cut-off copy of a line follows the line in `web_app.jsonl` or `store_sales.csv`.
    pub malformed: f64,
    /// A logged-in web event has `"null"` or `"undefined"` for its user id; or a robot without any identity leaves a page.
    pub blocked_ids: f64,
    /// A web event reaches the collector one to five days late (`receivedAt`).
    pub late: f64,
    /// An e-mail address was typed in upper case, or with a blank behind it.
    pub shouted_emails: f64,
}

impl Default for Dirt {
    fn default() -> Dirt {
        Dirt { duplicates: 0.004, malformed: 0.000_2, blocked_ids: 0.001, late: 0.003, shouted_emails: 0.03 }
    }
}

impl Dirt {
    /// No dirt at all.
    pub const NONE: Dirt = Dirt { duplicates: 0.0, malformed: 0.0, blocked_ids: 0.0, late: 0.0, shouted_emails: 0.0 };
}

/// A calendar day, written `"2025-03-01"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(i32);

impl Day {
    /// Reads `2025-03-01`.
    ///
    /// # Errors
    /// When the text is not a date between 1900 and 2200.
    pub fn parse(text: &str) -> Result<Day, SimulateError> {
        let wrong = || SimulateError::Scenario(format!("'{text}' is not a day such as 2025-03-01"));
        let midnight = Instant::parse(text).map_err(|_| wrong())?;
        if text.len() != 10 || !(Instant::EARLIEST..Instant::LATEST).contains(&midnight) {
            return Err(wrong());
        }
        Ok(Day((midnight.micros() / 86_400_000_000) as i32))
    }

    /// The day of a date.
    pub(crate) fn of(date: jiff::civil::Date) -> Day {
        let since = date.duration_since(jiff::civil::date(1970, 1, 1));
        Day((since.as_secs() / 86_400) as i32)
    }

    /// Days since 1970-01-01.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The day so many days later.
    pub fn plus(self, days: i32) -> Day {
        Day(self.0.saturating_add(days))
    }

    /// Year, month and day of month.
    pub fn date(self) -> (i32, u32, u32) {
        Instant(i64::from(self.0) * 86_400_000_000).date()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl TryFrom<String> for Day {
    type Error = SimulateError;
    fn try_from(text: String) -> Result<Day, SimulateError> {
        Day::parse(&text)
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

impl schemars::JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date", "description": "A calendar day.", "examples": ["2025-03-01"]})
    }
}

impl Scenario {
    /// Checks that the scenario can be simulated and that its truth means something.
    ///
    /// # Errors
    /// The first thing that is wrong, and what would be right.
    pub fn check(&self) -> Result<(), SimulateError> {
        if self.brand.trim().is_empty() {
            return wrong("brand is empty: give the brand a name");
        }
        if !(1..=3_660).contains(&self.days) {
            return wrong(format!("days is {}: use 1 to 3660", self.days));
        }
        if !(1970..=2190).contains(&self.start.date().0) {
            return wrong(format!("start is {}: use a year from 1970 to 2190", self.start));
        }
        check_customers(self.customers)?;
        if jiff::tz::TimeZone::get(&self.timezone).is_err() {
            return wrong(format!("timezone '{}' is not known: use a name such as Europe/Berlin", self.timezone));
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return wrong(format!("currency '{}' is not a code of three capital letters such as EUR", self.currency));
        }
        within("registered_before", self.registered_before, 0.0, 1.0)?;
        if self.newsletter_every_days == 0 {
            return wrong("newsletter_every_days is 0: use 1 or more");
        }
        self.check_personas()?;
        for campaign in &self.campaigns {
            within(&format!("campaign '{}': lift", campaign.name), campaign.lift, 1.0, 10.0)?;
            in_order(&format!("campaign '{}'", campaign.name), Some(campaign.from), Some(campaign.to))?;
        }
        unique("campaigns", self.campaigns.iter().map(|campaign| campaign.name.as_str()))?;
        unique("pains and delights", self.pains.iter().map(|p| p.name.as_str()).chain(self.delights.iter().map(|d| d.name.as_str())))?;
        for pain in &self.pains {
            let place = format!("pain '{}'", pain.name);
            self.check_scope(&place, &pain.scope)?;
            let (fits, where_it_fits) = pain.kind.fits(pain.at);
            if !fits {
                return wrong(format!("{place}: {:?} cannot be planted at {}: {where_it_fits}", pain.kind, pain.at.name()));
            }
            within(&format!("{place}: strength"), pain.strength, 0.0, if pain.kind == PainKind::Wait { 20.0 } else { 1.0 })?;
        }
        for delight in &self.delights {
            let place = format!("delight '{}'", delight.name);
            self.check_scope(&place, &delight.scope)?;
            let (fits, where_it_fits) = delight.kind.fits(delight.at);
            if !fits {
                return wrong(format!("{place}: {:?} cannot be planted at {}: {where_it_fits}", delight.kind, delight.at.name()));
            }
            within(&format!("{place}: strength"), delight.strength, 0.0, if delight.kind == DelightKind::Fast { 0.95 } else { 1.0 })?;
        }
        let dirt = &self.dirt;
        for (name, chance) in [
            ("duplicates", dirt.duplicates),
            ("malformed", dirt.malformed),
            ("blocked_ids", dirt.blocked_ids),
            ("late", dirt.late),
            ("shouted_emails", dirt.shouted_emails),
        ] {
            within(&format!("dirt: {name}"), chance, 0.0, 0.5)?;
        }
        Ok(())
    }

    fn check_personas(&self) -> Result<(), SimulateError> {
        unique("personas", self.personas.iter().map(|persona| persona.name.as_str()))?;
        let total: f64 = self.personas.iter().map(|persona| persona.share).sum();
        if (total - 1.0).abs() > 1e-6 {
            return wrong(format!("the shares of the personas sum to {total:.4}: they must sum to 1"));
        }
        for persona in &self.personas {
            let name = &persona.name;
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
                return wrong(format!("persona '{name}': a name has only lower case letters, digits and underscores"));
            }
            for (field, value, least, most) in persona.ranges() {
                within(&format!("persona '{name}': {field}"), value, least, most)?;
            }
            let sources = persona.sources.weights();
            if sources.iter().sum::<f64>() <= 0.0 {
                return wrong(format!("persona '{name}': at least one of the sources must be above 0"));
            }
            if persona.online_visits_per_month + persona.store_visits_per_month <= 0.0 {
                return wrong(format!("persona '{name}': visits neither online nor a store; make one of the two above 0"));
            }
        }
        Ok(())
    }

    fn check_scope(&self, place: &str, scope: &Scope) -> Result<(), SimulateError> {
        in_order(place, scope.from, scope.to)?;
        if let Some(persona) = &scope.persona
            && !self.personas.iter().any(|known| known.name == *persona)
        {
            let known: Vec<&str> = self.personas.iter().map(|known| known.name.as_str()).collect();
            return wrong(format!("{place}: there is no persona '{persona}'; there are {}", known.join(", ")));
        }
        if let Some(region) = &scope.region
            && !crate::REGIONS.contains(&region.as_str())
        {
            return wrong(format!("{place}: there is no region '{region}'; there are {}", crate::REGIONS.join(", ")));
        }
        let end = self.start.plus(self.days as i32 - 1);
        if scope.from.is_some_and(|from| from > end) || scope.to.is_some_and(|to| to < self.start) {
            return wrong(format!("{place}: it never applies between {} and {end}; move its dates into that time", self.start));
        }
        Ok(())
    }
}

impl Persona {
    fn ranges(&self) -> [(&'static str, f64, f64, f64); 30] {
        [
            ("share", self.share, 0.0, 1.0),
            ("age", self.age, 18.0, 90.0),
            ("women", self.women, 0.0, 1.0),
            ("online_visits_per_month", self.online_visits_per_month, 0.0, 100.0),
            ("store_visits_per_month", self.store_visits_per_month, 0.0, 100.0),
            ("views_per_visit", self.views_per_visit, 1.0, 20.0),
            ("adds_to_cart", self.adds_to_cart, 0.0, 1.0),
            ("finishes_checkout", self.finishes_checkout, 0.0, 1.0),
            ("buys_in_store", self.buys_in_store, 0.0, 1.0),
            ("items_per_order", self.items_per_order, 1.0, 20.0),
            ("price_level", self.price_level, 0.1, 10.0),
            ("campaign_pull", self.campaign_pull, 0.0, 10.0),
            ("registers", self.registers, 0.0, 1.0),
            ("loyalty_card", self.loyalty_card, 0.0, 1.0),
            ("newsletter", self.newsletter, 0.0, 1.0),
            ("opens_mail", self.opens_mail, 0.0, 1.0),
            ("returns", self.returns, 0.0, 1.0),
            ("reviews", self.reviews, 0.0, 1.0),
            ("refers", self.refers, 0.0, 1.0),
            ("satisfaction", self.satisfaction, 0.0, 10.0),
            ("leaves_per_month", self.leaves_per_month, 0.0, 0.9),
            ("devices.desktop", self.devices.desktop, 0.0, 1.0),
            ("devices.mobile", self.devices.mobile, 0.0, 1.0),
            ("devices.tablet", self.devices.tablet, 0.0, 1.0),
            ("devices.app", self.devices.app, 0.0, 1.0),
            ("sources.paid_social", self.sources.paid_social, 0.0, 1e6),
            ("sources.paid_search", self.sources.paid_search, 0.0, 1e6),
            ("sources.display", self.sources.display, 0.0, 1e6),
            ("sources.organic_search", self.sources.organic_search, 0.0, 1e6),
            ("sources.direct", self.sources.direct, 0.0, 1e6),
        ]
    }
}

impl Sources {
    /// The weights in the order of [`crate::web::Source`].
    pub(crate) fn weights(&self) -> [f64; 5] {
        [self.paid_social, self.paid_search, self.display, self.organic_search, self.direct]
    }
}

impl PainKind {
    fn fits(self, at: Touchpoint) -> (bool, &'static str) {
        use Touchpoint::*;
        match self {
            PainKind::Loop | PainKind::DropOff | PainKind::Error => (
                at.is_step(),
                "use ad_click, home, product_list, product_search, product_view, cart, checkout_start, shipping_details or payment_info",
            ),
            PainKind::Wait => (matches!(at, Delivery | SupportCall | SupportChat), "use delivery, support_call or support_chat"),
            PainKind::BadScore => (
                matches!(at, Order | StorePurchase | Delivery | Return | SupportCall | SupportChat),
                "use order, store_purchase, delivery, return, support_call or support_chat",
            ),
        }
    }
}

impl DelightKind {
    fn fits(self, at: Touchpoint) -> (bool, &'static str) {
        use Touchpoint::*;
        match self {
            DelightKind::Fast => (matches!(at, Delivery | SupportCall | SupportChat), "use delivery, support_call or support_chat"),
            DelightKind::Gift => (matches!(at, Order | StorePurchase), "use order or store_purchase"),
            DelightKind::GreatService => (matches!(at, SupportCall | SupportChat), "use support_call or support_chat"),
        }
    }
}

/// Checks a number of customers.
pub(crate) fn check_customers(customers: u64) -> Result<(), SimulateError> {
    if (1..=100_000_000).contains(&customers) { Ok(()) } else { wrong(format!("customers is {customers}: use 1 to 100000000")) }
}

fn wrong<T>(message: impl Into<String>) -> Result<T, SimulateError> {
    Err(SimulateError::Scenario(message.into()))
}

fn within(place: &str, value: f64, least: f64, most: f64) -> Result<(), SimulateError> {
    // A NaN is not contained in any range.
    if (least..=most).contains(&value) { Ok(()) } else { wrong(format!("{place} is {value}: use a number from {least} to {most}")) }
}

fn in_order(place: &str, from: Option<Day>, to: Option<Day>) -> Result<(), SimulateError> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => wrong(format!("{place}: it ends on {to}, before it begins on {from}")),
        _ => Ok(()),
    }
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), SimulateError> {
    let mut seen = HashSet::new();
    for name in names {
        if name.trim().is_empty() {
            return wrong(format!("{what}: a name is empty"));
        }
        if name.chars().any(char::is_control) {
            return wrong(format!("{what}: the name {name:?} has control characters"));
        }
        if !seen.insert(name) {
            return wrong(format!("{what}: the name '{name}' is used twice"));
        }
    }
    Ok(())
}
