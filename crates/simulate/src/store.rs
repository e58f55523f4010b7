//! Visits to stores, the till, and the loyalty card.

use crate::agenda::{Moment, Opinion};
use crate::catalogue::STORES;
use crate::life::Life;
use crate::line::Row;
use crate::outlet::DataFile;
use crate::place::{Platform, Touchpoint};
use crate::planted::Kind;
use crate::scenario::DelightKind;
use crate::season::{DAY, HOUR};
use crate::web::{Cart, total};

impl Life<'_, '_> {
    /// A visit to the nearest store. Only a check-in with the app and the till leave traces.
    pub(crate) fn store_visit(&mut self, at: i64) {
        let persona = self.persona();
        let store = STORES[self.person.region];
        let app = self.person.devices.iter().position(|device| device.platform == Platform::App);
        if let Some(device) = app
            && self.dice.chance(0.4)
        {
            self.check_in(at, device, store);
        }
        let buys = persona.buys_in_store * (1.0 + 0.3 * self.person.mood);
        let paid = at + self.dice.whole(HOUR / 12, HOUR);
        if self.dice.chance(buys) && paid < self.world.calendar.end() {
            self.till(paid, store);
        }
    }

    fn till(&mut self, at: i64, store: &str) {
        let persona = self.persona();
        if !self.person.has_card && self.person.takes_card && self.dice.chance(0.5) {
            if self.person.registered.is_none() {
                self.register(at);
            }
            self.person.has_card = true;
        }
        // Now and then the card lies at home.
        let with_card = self.person.has_card && self.dice.chance(0.93);
        let cart: Cart = (0..self.dice.count(persona.items_per_order, 12)).map(|_| (self.fancies(), 1)).collect();
        let receipt = format!("B{:014x}", self.dice.bits() >> 8);
        let payment = self.dice.one(&["card", "card", "cash", "girocard"]);
        let calendar = &self.world.calendar;
        let begin = self.books.write(DataFile::StoreSales, |out| {
            let mut time = Vec::with_capacity(19);
            calendar.local(&mut time, at);
            Row::on(out)
                .text(&receipt)
                .text(store)
                .text(&String::from_utf8_lossy(&time))
                .text(if with_card { &self.person.card } else { "" })
                .whole(cart.len() as i64)
                .german_amount(total(&cart))
                .text(payment);
        });
        self.soil(DataFile::StoreSales, begin);
        self.touch_step(Touchpoint::StorePurchase, Platform::Store, false);
        if with_card {
            self.person.seen.loyalty_card = true;
            self.points(at, "points_earned", total(&cart) / 100);
            self.gift(at, Touchpoint::StorePurchase, Some(Platform::Store));
        } else {
            self.books.tally.dirt.receipts_without_card += 1;
            self.person.seen.receipts.push(receipt);
        }
        if self.person.email_known && self.dice.chance(0.06) {
            let opinion = Opinion { about: Some(Touchpoint::StorePurchase), feeling: 0.4 + 0.4 * self.person.mood, order: None };
            self.plan_within(at, HOUR..=2 * DAY, Moment::Answer(opinion));
        }
    }

    /// A present for holders of a card, where one is planted.
    pub(crate) fn gift(&mut self, at: i64, touchpoint: Touchpoint, platform: Option<Platform>) {
        if self.person.has_card && self.struck(Kind::Delight(DelightKind::Gift), touchpoint, platform, at) {
            self.points(at, "gift_received", 0);
            self.feels(at, 1.0);
            if self.dice.chance(self.persona().refers * 2.0) {
                self.plan_within(at, HOUR..=5 * DAY, Moment::Refer);
            }
        }
    }

    fn points(&mut self, at: i64, event: &str, points: i64) {
        self.person.seen.loyalty_card = true;
        self.books.write(DataFile::Loyalty, |out| {
            Row::on(out).text(&self.person.card).text(event).whole(points).text(&self.world.calendar.local_with_offset(at));
        });
        self.touch(Touchpoint::Loyalty);
    }
}
