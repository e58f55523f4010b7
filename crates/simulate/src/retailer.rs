//! The built-in scenario: a clothing retailer with a web shop, an app and stores.

use crate::place::{Platform, Touchpoint};
use crate::scenario::{AgeGroup, Campaign, Day, Delight, DelightKind, Devices, Dirt, Pain, PainKind, Persona, Scenario, Scope, Sources};

impl Scenario {
    /// A clothing retailer observed for a year, with four personas, six pains and three delights.
    pub fn clothing_retailer() -> Scenario {
        Scenario {
            brand: "Lindenhof".into(),
            start: day(2025, 1, 1),
            days: 365,
            customers: 5_000,
            timezone: "Europe/Berlin".into(),
            currency: "EUR".into(),
            registered_before: 0.3,
            newsletter_every_days: 14,
            personas: personas(),
            campaigns: vec![
                campaign("winter_sale", day(2025, 1, 7), day(2025, 1, 26), 1.5, true),
                campaign("spring_collection", day(2025, 3, 17), day(2025, 4, 6), 1.4, true),
                campaign("summer_sale", day(2025, 6, 23), day(2025, 7, 13), 1.6, true),
                campaign("autumn_collection", day(2025, 9, 8), day(2025, 9, 28), 1.3, false),
                campaign("black_week", day(2025, 11, 21), day(2025, 12, 1), 2.4, true),
                campaign("christmas_gifts", day(2025, 12, 5), day(2025, 12, 22), 1.7, true),
            ],
            pains: pains(),
            delights: delights(),
            dirt: Dirt::default(),
        }
    }
}

fn pains() -> Vec<Pain> {
    let always = Scope::default();
    vec![
        Pain {
            name: "mobile_shipping_loop".into(),
            kind: PainKind::Loop,
            at: Touchpoint::ShippingDetails,
            strength: 0.35,
            note: "On telephones the address form forgets the house number, so people fill it in again and again.".into(),
            scope: Scope { platform: Some(Platform::MobileWeb), from: Some(day(2025, 5, 1)), to: Some(day(2025, 8, 31)), ..always.clone() },
        },
        Pain {
            name: "bargain_hunters_meet_shipping_costs".into(),
            kind: PainKind::DropOff,
            at: Touchpoint::CheckoutStart,
            strength: 0.25,
            note: "Shipping costs appear only in the checkout; bargain hunters leave.".into(),
            scope: Scope { persona: Some("bargain_hunter".into()), ..always.clone() },
        },
        Pain {
            name: "app_payment_errors".into(),
            kind: PainKind::Error,
            at: Touchpoint::PaymentInfo,
            strength: 0.3,
            note: "A release of the app breaks the payment form for six weeks.".into(),
            scope: Scope { platform: Some(Platform::App), from: Some(day(2025, 9, 15)), to: Some(day(2025, 10, 26)), ..always.clone() },
        },
        Pain {
            name: "christmas_call_queue".into(),
            kind: PainKind::Wait,
            at: Touchpoint::SupportCall,
            strength: 3.0,
            note: "Before Christmas the call centre is short of people.".into(),
            scope: Scope { from: Some(day(2025, 11, 24)), to: Some(day(2025, 12, 31)), ..always.clone() },
        },
        Pain {
            name: "older_customers_and_the_bank_app".into(),
            kind: PainKind::DropOff,
            at: Touchpoint::PaymentInfo,
            strength: 0.3,
            note: "Payments must be confirmed in the bank's app since April; many people over 50 give up.".into(),
            scope: Scope { age_group: Some(AgeGroup::From50), from: Some(day(2025, 4, 1)), ..always.clone() },
        },
        Pain {
            name: "building_site_in_frankfurt".into(),
            kind: PainKind::BadScore,
            at: Touchpoint::StorePurchase,
            strength: 0.7,
            note: "The store is being rebuilt while it is open.".into(),
            scope: Scope { region: Some("Hesse".into()), from: Some(day(2025, 2, 1)), to: Some(day(2025, 10, 31)), ..always },
        },
    ]
}

fn delights() -> Vec<Delight> {
    let always = Scope::default();
    vec![
        Delight {
            name: "fast_delivery_in_berlin".into(),
            kind: DelightKind::Fast,
            at: Touchpoint::Delivery,
            strength: 0.6,
            note: "A courier brings parcels in Berlin within a day or so.".into(),
            scope: Scope { region: Some("Berlin".into()), from: Some(day(2025, 3, 1)), ..always.clone() },
        },
        Delight {
            name: "loyalty_gift_in_store".into(),
            kind: DelightKind::Gift,
            at: Touchpoint::StorePurchase,
            strength: 0.25,
            note: "Holders of a card get a small present at the till.".into(),
            scope: Scope { persona: Some("store_loyal".into()), from: Some(day(2025, 2, 1)), ..always.clone() },
        },
        Delight {
            name: "chat_solves_it_at_once".into(),
            kind: DelightKind::GreatService,
            at: Touchpoint::SupportChat,
            strength: 0.6,
            note: "The chat team may refund without asking.".into(),
            scope: Scope { from: Some(day(2025, 7, 1)), ..always },
        },
    ]
}

fn personas() -> Vec<Persona> {
    vec![
        Persona {
            name: "bargain_hunter".into(),
            about: "First-time bargain hunter: comes through advertisements and sales, compares, leaves for a cheaper price.".into(),
            share: 0.35,
            age: 31.0,
            women: 0.55,
            online_visits_per_month: 1.6,
            store_visits_per_month: 0.1,
            views_per_visit: 3.5,
            adds_to_cart: 0.15,
            finishes_checkout: 0.55,
            buys_in_store: 0.3,
            items_per_order: 1.6,
            price_level: 0.7,
            campaign_pull: 1.8,
            registers: 0.55,
            loyalty_card: 0.1,
            newsletter: 0.45,
            opens_mail: 0.3,
            returns: 0.22,
            reviews: 0.04,
            refers: 0.02,
            satisfaction: 7.0,
            leaves_per_month: 0.3,
            devices: Devices { desktop: 0.45, mobile: 0.9, tablet: 0.15, app: 0.1 },
            sources: Sources { paid_social: 4.0, paid_search: 3.0, display: 1.5, organic_search: 2.0, direct: 1.0 },
        },
        Persona {
            name: "store_loyal".into(),
            about: "Loyal store shopper: has the card, knows the staff, looks things up at home before going into town.".into(),
            share: 0.25,
            age: 55.0,
            women: 0.65,
            online_visits_per_month: 0.7,
            store_visits_per_month: 1.3,
            views_per_visit: 2.5,
            adds_to_cart: 0.12,
            finishes_checkout: 0.7,
            buys_in_store: 0.6,
            items_per_order: 2.2,
            price_level: 1.2,
            campaign_pull: 0.7,
            registers: 0.9,
            loyalty_card: 0.9,
            newsletter: 0.55,
            opens_mail: 0.4,
            returns: 0.12,
            reviews: 0.03,
            refers: 0.06,
            satisfaction: 8.4,
            leaves_per_month: 0.02,
            devices: Devices { desktop: 0.8, mobile: 0.4, tablet: 0.35, app: 0.1 },
            sources: Sources { paid_social: 0.5, paid_search: 1.0, display: 0.5, organic_search: 2.5, direct: 4.0 },
        },
        Persona {
            name: "app_native".into(),
            about: "App native: browses on the sofa, orders several sizes, sends half of it back, tells friends.".into(),
            share: 0.25,
            age: 26.0,
            women: 0.7,
            online_visits_per_month: 3.5,
            store_visits_per_month: 0.3,
            views_per_visit: 4.5,
            adds_to_cart: 0.16,
            finishes_checkout: 0.75,
            buys_in_store: 0.3,
            items_per_order: 2.8,
            price_level: 0.9,
            campaign_pull: 1.1,
            registers: 0.95,
            loyalty_card: 0.4,
            newsletter: 0.35,
            opens_mail: 0.2,
            returns: 0.45,
            reviews: 0.1,
            refers: 0.1,
            satisfaction: 8.0,
            leaves_per_month: 0.04,
            devices: Devices { desktop: 0.35, mobile: 0.6, tablet: 0.2, app: 0.95 },
            sources: Sources { paid_social: 3.0, paid_search: 0.5, display: 0.5, organic_search: 1.0, direct: 5.0 },
        },
        Persona {
            name: "gift_buyer".into(),
            about: "Gift buyer: comes for birthdays and Christmas, asks the call centre, needs it on time.".into(),
            share: 0.15,
            age: 44.0,
            women: 0.45,
            online_visits_per_month: 0.6,
            store_visits_per_month: 0.15,
            views_per_visit: 3.0,
            adds_to_cart: 0.25,
            finishes_checkout: 0.72,
            buys_in_store: 0.5,
            items_per_order: 1.3,
            price_level: 1.4,
            campaign_pull: 1.4,
            registers: 0.45,
            loyalty_card: 0.15,
            newsletter: 0.25,
            opens_mail: 0.3,
            returns: 0.1,
            reviews: 0.05,
            refers: 0.04,
            satisfaction: 7.6,
            leaves_per_month: 0.15,
            devices: Devices { desktop: 0.7, mobile: 0.7, tablet: 0.25, app: 0.1 },
            sources: Sources { paid_social: 1.5, paid_search: 3.0, display: 1.0, organic_search: 3.0, direct: 1.0 },
        },
    ]
}

fn campaign(name: &str, from: Day, to: Day, lift: f64, mail: bool) -> Campaign {
    Campaign { name: name.into(), from, to, lift, mail }
}

fn day(year: i16, month: i8, day: i8) -> Day {
    Day::of(jiff::civil::date(year, month, day))
}
