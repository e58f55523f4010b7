//! Visits to the web shop and the app, in Segment's words.

use crate::agenda::{Moment, Opinion};
use crate::catalogue::PRODUCTS;
use crate::life::Life;
use crate::line::Object;
use crate::outlet::DataFile;
use crate::person::{Order, anonymous_id};
use crate::place::{Platform, Touchpoint};
use crate::planted::Kind;
use crate::scenario::PainKind;
use crate::season::{DAY, HOUR};

/// How often a form has to be filled in twice even where nothing is planted.
const CLUMSY: f64 = 0.03;
/// Nobody fills in a form more often than this in one visit.
const PATIENCE: u32 = 6;

/// Where a visit comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    PaidSocial,
    PaidSearch,
    Display,
    OrganicSearch,
    Direct,
    /// The newsletter with this position.
    Newsletter(usize),
}

impl Source {
    /// Those that [`crate::Sources`] weighs, in its order.
    pub(crate) const ALL: [Source; 5] = [Source::PaidSocial, Source::PaidSearch, Source::Display, Source::OrganicSearch, Source::Direct];

    fn is_ad(self) -> bool {
        matches!(self, Source::PaidSocial | Source::PaidSearch | Source::Display)
    }
}

/// Products with quantities, by position in the catalogue.
pub(crate) type Cart = Vec<(usize, i64)>;

/// What a cart costs, in cents.
pub(crate) fn total(cart: &[(usize, i64)]) -> i64 {
    cart.iter().map(|(product, quantity)| PRODUCTS[*product].price * quantity).sum()
}

/// A visit while it lasts.
struct Visit {
    /// The time of the next event.
    at: i64,
    /// The time of the event just sent.
    sent: i64,
    device: usize,
    platform: Platform,
    source: Source,
    /// `utm_campaign`, where there is one.
    campaign: String,
    cart: Cart,
    /// Repeats and errors that were in the way.
    trouble: u32,
    /// Where the last of them was.
    trouble_at: Touchpoint,
    guest: bool,
}

impl Life<'_, '_> {
    /// A visit to the web shop or the app, from the landing to wherever it ends.
    pub(crate) fn visit(&mut self, at: i64, source: Source) {
        let mut visit = self.arrive(at, source);
        // `None` says that the customer left before the end; both ways the visit is over now.
        let _ = self.shop(&mut visit);
        if visit.trouble > 0 {
            self.feels(visit.at, -0.5 * f64::from(visit.trouble.min(3)));
            if self.person.email_known && self.dice.chance(0.05) {
                let opinion = Opinion { about: Some(visit.trouble_at), feeling: -0.9, order: None };
                self.plan_within(visit.at, HOUR..=20 * HOUR, Moment::Answer(opinion));
            }
        }
        self.person.mood *= 0.95;
        let device = &mut self.person.devices[visit.device];
        device.logged_in &= !device.shared;
    }

    fn arrive(&mut self, at: i64, source: Source) -> Visit {
        let weights: Vec<f64> = self
            .person
            .devices
            .iter()
            .map(|device| match (device.platform, source) {
                // Advertisements and newsletters open in a browser.
                (Platform::App, Source::Direct) => 4.0,
                (Platform::App, _) => 0.2,
                (Platform::TabletWeb, _) => 0.6,
                _ => 1.0,
            })
            .collect();
        let device = self.dice.weighted(&weights);
        let renewed = self.dice.chance(0.03);
        let owned = &mut self.person.devices[device];
        if renewed && !owned.shared && owned.platform != Platform::App {
            // Cookies were cleared: the same browser is a stranger again.
            owned.anonymous_id = anonymous_id(&mut self.dice);
            owned.logged_in = false;
        }
        let platform = owned.platform;
        let campaign = match source {
            Source::Newsletter(issue) => self.world.calendar.issues[issue].name.clone(),
            source if source.is_ad() => match self.world.calendar.campaign(at) {
                Some(campaign) => self.world.scenario.campaigns[campaign].name.clone(),
                None => "always_on".into(),
            },
            _ => String::new(),
        };
        Visit {
            at,
            sent: at,
            device,
            platform,
            source,
            campaign,
            cart: Cart::new(),
            trouble: 0,
            trouble_at: Touchpoint::Home,
            guest: false,
        }
    }

    fn shop(&mut self, visit: &mut Visit) -> Option<()> {
        self.land(visit)?;
        if self.person.registered.is_some() && !self.person.devices[visit.device].logged_in && self.dice.chance(0.3) {
            self.log_in(visit);
        }
        let product = self.browse(visit)?;
        self.fill_cart(visit, product)?;
        self.check_out(visit)
    }

    fn land(&mut self, visit: &mut Visit) -> Option<()> {
        let kind = if visit.platform == Platform::App { "screen" } else { "page" };
        match visit.source {
            Source::Newsletter(_) => {
                if self.send(visit, kind, "Newsletter Landing Page", |_| {}) {
                    self.touch(Touchpoint::Newsletter);
                }
            }
            source if source.is_ad() => {
                self.step(visit, Touchpoint::AdClick, 0.0, |life, visit| life.send(visit, kind, "Landing Page", |_| {}))?
            }
            _ => self.step(visit, Touchpoint::Home, 0.0, |life, visit| life.send(visit, kind, "Home", |_| {}))?,
        }
        let bounces = if visit.source.is_ad() { 0.35 } else { 0.12 };
        self.goes_on(1.0 - bounces)
    }

    /// Looks around; the last product looked at comes back.
    fn browse(&mut self, visit: &mut Visit) -> Option<usize> {
        let persona = self.persona();
        let category = self.dice.whole(0, 7) as usize * 4;
        let name = PRODUCTS[category].category;
        if self.dice.chance(0.35) {
            self.step(visit, Touchpoint::ProductSearch, 0.0, |life, visit| {
                life.send(visit, "track", "Products Searched", |properties| properties.text("query", &name.to_lowercase()))
            })?;
        } else {
            self.step(visit, Touchpoint::ProductList, 0.0, |life, visit| {
                life.send(visit, "track", "Product List Viewed", |properties| properties.text("category", name))
            })?;
        }
        self.goes_on(0.85)?;
        let mut product = category;
        for _ in 0..self.dice.count(persona.views_per_visit, 30) {
            product = category + self.dice.around(1.5 * persona.price_level, 0.9).clamp(0.0, 3.0) as usize;
            self.step(visit, Touchpoint::ProductView, 0.0, |life, visit| {
                life.send(visit, "track", "Product Viewed", |properties| describe(properties, product))
            })?;
        }
        if self.dice.chance(0.012) {
            self.plan_within(visit.at, HOUR / 6..=5 * HOUR, Moment::Contact(None));
        }
        Some(product)
    }

    fn fill_cart(&mut self, visit: &mut Visit, first: usize) -> Option<()> {
        let persona = self.persona();
        self.goes_on(persona.adds_to_cart * (1.0 + 0.3 * self.person.mood))?;
        let items = self.dice.count(persona.items_per_order, 12);
        for item in 0..items {
            let product = if item == 0 { first } else { self.fancies() };
            visit.cart.push((product, 1));
            self.step(visit, Touchpoint::Cart, 0.0, |life, visit| {
                life.send(visit, "track", "Product Added", |properties| {
                    describe(properties, product);
                    properties.whole("quantity", 1);
                })
            })?;
        }
        self.goes_on(0.72)
    }

    /// A product to the person's taste.
    pub(crate) fn fancies(&mut self) -> usize {
        let level = self.persona().price_level;
        let category = self.dice.whole(0, 7) as usize * 4;
        category + self.dice.around(1.5 * level, 0.9).clamp(0.0, 3.0) as usize
    }

    fn check_out(&mut self, visit: &mut Visit) -> Option<()> {
        // Three steps lie between a started checkout and an order.
        let passes = self.persona().finishes_checkout.cbrt();
        let value = total(&visit.cart);
        self.step(visit, Touchpoint::CheckoutStart, 0.0, |life, visit| {
            life.send(visit, "track", "Checkout Started", |properties| properties.amount("value", value))
        })?;
        self.goes_on(passes)?;
        self.identify_for_checkout(visit);
        self.step(visit, Touchpoint::ShippingDetails, CLUMSY, |life, visit| {
            let shipping = |properties: &mut Object<'_>| {
                properties.whole("step", 2);
                properties.text("step_name", "shipping_details");
            };
            life.send(visit, "track", "Checkout Step Viewed", shipping);
            life.send(visit, "track", "Checkout Step Completed", shipping)
        })?;
        self.goes_on(passes * worn_out(visit))?;
        let method = self.dice.one(&["paypal", "card", "invoice", "klarna"]);
        self.step(visit, Touchpoint::PaymentInfo, CLUMSY, |life, visit| {
            life.send(visit, "track", "Payment Info Entered", |properties| properties.text("payment_method", method))
        })?;
        self.goes_on(passes * worn_out(visit))?;
        self.order(visit)
    }

    fn identify_for_checkout(&mut self, visit: &mut Visit) {
        if self.is_over(visit) {
            return;
        }
        if self.person.registered.is_none() {
            visit.guest = !self.dice.chance(self.persona().registers);
            if visit.guest {
                self.person.email_known = true;
                self.identify(visit);
                return;
            }
            self.register(visit.at);
            self.log_in(visit);
            self.send(visit, "track", "Signed Up", |_| {});
        } else if !self.person.devices[visit.device].logged_in {
            self.log_in(visit);
        }
    }

    fn order(&mut self, visit: &mut Visit) -> Option<()> {
        let id = format!("W{:014x}", self.dice.bits() >> 8);
        let (cart, currency) = (visit.cart.clone(), &self.world.scenario.currency);
        let sent = self.send(visit, "track", "Order Completed", |properties| {
            properties.text("order_id", &id);
            properties.amount("revenue", total(&cart));
            properties.text("currency", currency);
            properties.objects("products", &cart, |object, (product, quantity)| {
                describe(object, *product);
                object.whole("quantity", *quantity);
            });
        });
        if !sent {
            return None;
        }
        self.touch_step(Touchpoint::Order, visit.platform, false);
        let at = visit.sent;
        let order = Order { id, at, platform: visit.platform, cart, guest: visit.guest, arrives: at, promised: at };
        self.person.orders.push(order);
        let position = self.person.orders.len() - 1;
        self.plan_delivery(position);
        self.gift(at, Touchpoint::Order, Some(visit.platform));
        if self.dice.chance(0.06) {
            let feeling = if visit.trouble > 0 { -0.7 } else { 0.3 };
            let opinion = Opinion { about: Some(Touchpoint::Order), feeling, order: Some(position) };
            self.plan_within(at, HOUR / 10..=DAY, Moment::Answer(opinion));
        }
        Some(())
    }

    /// A step of the visit: done once, or again and again; it may fail, and it may be where the customer leaves (`None`).
    /// `write` sends its events and says whether they are within the observed time.
    fn step(&mut self, visit: &mut Visit, at: Touchpoint, clumsy: f64, mut write: impl FnMut(&mut Self, &mut Visit) -> bool) -> Option<()> {
        for time in 1..=PATIENCE {
            if !write(self, visit) {
                return None;
            }
            let (platform, now) = (visit.platform, visit.sent);
            self.touch_step(at, platform, time > 1);
            if self.struck(Kind::Pain(PainKind::Error), at, Some(platform), now) {
                let shown = self.send(visit, "track", "Error Shown", |properties| {
                    properties.text("at", at.name());
                    properties.text("message", "Something went wrong. Please try again.");
                });
                self.books.tally.steps[at as usize][platform as usize][2] += u64::from(shown);
                (visit.trouble, visit.trouble_at) = (visit.trouble + 1, at);
                self.goes_on(0.55)?;
            }
            if self.struck(Kind::Pain(PainKind::DropOff), at, Some(platform), now) {
                return None;
            }
            if time == PATIENCE {
                break;
            }
            let looped = self.struck(Kind::Pain(PainKind::Loop), at, Some(platform), now);
            if !looped && !self.dice.chance(clumsy) {
                break;
            }
            if looped {
                (visit.trouble, visit.trouble_at) = (visit.trouble + 1, at);
            }
        }
        Some(())
    }

    fn goes_on(&mut self, chance: f64) -> Option<()> {
        self.dice.chance(chance).then_some(())
    }

    /// Whether the next event would come after the observed time, so that nothing more may become of this visit.
    fn is_over(&self, visit: &Visit) -> bool {
        visit.at >= self.world.calendar.end()
    }

    fn log_in(&mut self, visit: &mut Visit) {
        self.person.devices[visit.device].logged_in = true;
        self.identify(visit);
    }

    /// An `identify` call: of somebody logged in with user id and address, of a guest with the address alone.
    fn identify(&mut self, visit: &mut Visit) {
        if self.is_over(visit) {
            return;
        }
        let email = self.typed_email();
        let first_name = self.person.first_name;
        self.call(visit, "identify", "", |line| {
            line.object("traits", |traits| {
                traits.text("email", &email);
                traits.text("firstName", first_name);
            });
        });
    }

    /// A `track`, `page` or `screen` call. Says whether it lies within the observed time; what does not is not written.
    fn send(&mut self, visit: &mut Visit, kind: &str, name: &str, properties: impl FnOnce(&mut Object<'_>)) -> bool {
        self.call(visit, kind, name, |line| line.object("properties", properties))
    }

    fn call(&mut self, visit: &mut Visit, kind: &str, name: &str, body: impl FnOnce(&mut Object<'_>)) -> bool {
        if self.is_over(visit) {
            return false;
        }
        visit.sent = visit.at;
        visit.at += self.dice.whole(3_000, 70_000);
        let message_id = (self.dice.bits(), self.dice.bits());
        let dirt = &self.world.scenario.dirt;
        let late = self.dirt.chance(dirt.late);
        let delay = if late { self.dirt.whole(DAY, 5 * DAY) } else { self.dirt.whole(40, 2_000) };
        let device = &self.person.devices[visit.device];
        let blocked = device.logged_in && self.dirt.chance(dirt.blocked_ids / 2.0);
        let blocked_value = self.dirt.one(&["null", "undefined"]);
        let user_id = device.logged_in.then_some(if blocked { blocked_value } else { self.person.user_id.as_str() });
        let begin = self.books.write(DataFile::WebApp, |out| {
            Object::write(out, |line| {
                line.text("messageId", &format!("{:016x}{:016x}", message_id.0, message_id.1));
                line.text("type", kind);
                match kind {
                    "track" => line.text("event", name),
                    "identify" => {}
                    _ => line.text("name", name),
                }
                line.text("anonymousId", &device.anonymous_id);
                if let Some(user_id) = user_id {
                    line.text("userId", user_id);
                }
                line.time("timestamp", visit.sent);
                line.time("receivedAt", visit.sent + delay);
                line.text("channel", if visit.platform == Platform::App { "mobile" } else { "web" });
                line.object("context", |context| surroundings(context, visit, name));
                body(line);
            });
        });
        let person = &mut self.person;
        person.seen.user_id |= person.devices[visit.device].logged_in && !blocked;
        let anonymous_id = &person.devices[visit.device].anonymous_id;
        if !person.seen.anonymous_ids.contains(anonymous_id) {
            person.seen.anonymous_ids.push(anonymous_id.clone());
        }
        self.soil(DataFile::WebApp, begin);
        self.books.tally.dirt.late += u64::from(late);
        self.books.tally.dirt.blocked_user_ids += u64::from(blocked);
        self.robot(visit.sent);
        true
    }

    /// A robot without any identity opens a page, now and then.
    fn robot(&mut self, at: i64) {
        if !self.dirt.chance(self.world.scenario.dirt.blocked_ids / 2.0) {
            return;
        }
        let message_id = self.dirt.bits();
        self.books.write(DataFile::WebApp, |out| {
            Object::write(out, |line| {
                line.text("messageId", &format!("r{message_id:016x}"));
                line.text("type", "page");
                line.text("name", "Home");
                line.text("anonymousId", "anonymous");
                line.text("userId", "null");
                line.time("timestamp", at);
                line.time("receivedAt", at);
                line.text("channel", "web");
            });
        });
        self.books.tally.dirt.nobody += 1;
    }

    /// Says in the app that the person stands in a store.
    pub(crate) fn check_in(&mut self, at: i64, device: usize, store: &str) {
        let platform = self.person.devices[device].platform;
        let (source, campaign) = (Source::Direct, String::new());
        let mut visit = Visit {
            at,
            sent: at,
            device,
            platform,
            source,
            campaign,
            cart: Cart::new(),
            trouble: 0,
            trouble_at: Touchpoint::Home,
            guest: false,
        };
        if self.send(&mut visit, "track", "Store Visited", |properties| properties.text("store", store)) {
            self.touch_step(Touchpoint::StoreVisit, platform, false);
        }
    }
}

/// Repeats and errors wear people out: each makes them a fifth less likely to go on.
fn worn_out(visit: &Visit) -> f64 {
    0.8f64.powi(visit.trouble as i32)
}

fn describe(object: &mut Object<'_>, product: usize) {
    let product = &PRODUCTS[product];
    object.text("product_id", product.sku);
    object.text("name", product.name);
    object.text("category", product.category);
    object.amount("price", product.price);
}

/// The `context` of a call.
fn surroundings(context: &mut Object<'_>, visit: &Visit, name: &str) {
    context.object("device", |device| device.text("type", visit.platform.device_type()));
    context.object("os", |os| os.text("name", visit.platform.system()));
    context.text("locale", "de-DE");
    let (source, medium) = match visit.source {
        Source::PaidSocial => ("instagram", "paid_social"),
        Source::PaidSearch => ("google", "cpc"),
        Source::Display => ("banners", "display"),
        Source::Newsletter(_) => ("newsletter", "email"),
        Source::OrganicSearch | Source::Direct => ("", ""),
    };
    if !source.is_empty() {
        context.object("campaign", |campaign| {
            campaign.text("source", source);
            campaign.text("medium", medium);
            campaign.text("name", &visit.campaign);
        });
    }
    if visit.platform == Platform::App {
        context.object("app", |app| app.text("version", "4.2"));
        return;
    }
    context.object("page", |page| {
        page.text("path", &format!("/{}", name.to_lowercase().replace(' ', "-")));
        if visit.source == Source::OrganicSearch {
            page.text("referrer", "https://search.example.org/");
        }
    });
}
