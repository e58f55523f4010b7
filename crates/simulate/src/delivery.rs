//! Parcels on their way, and on their way back.

use crate::agenda::{Moment, Opinion};
use crate::life::Life;
use crate::line::Row;
use crate::outlet::DataFile;
use crate::place::Touchpoint;
use crate::season::{DAY, HOUR};
use crate::web::total;

/// Parcels are promised for so many days after the order.
const PROMISED_DAYS: i64 = 4;

impl Life<'_, '_> {
    /// Plans when the parcel of an order leaves and arrives.
    pub(crate) fn plan_delivery(&mut self, position: usize) {
        let (at, platform) = (self.person.orders[position].at, self.person.orders[position].platform);
        let days = self.dice.around(2.6, 0.8).max(0.8) * self.stretch(Touchpoint::Delivery, Some(platform), at);
        let arrives = self.world.calendar.between_hours(at + (days * DAY as f64) as i64, 9, 19);
        let order = &mut self.person.orders[position];
        order.arrives = arrives;
        order.promised = at + PROMISED_DAYS * DAY;
        let leaves = self.world.calendar.between_hours(at + (arrives - at) * 2 / 5, 6, 21).min(arrives - HOUR);
        self.agenda.plan(leaves, Moment::Shipped(position));
        self.agenda.plan(arrives, Moment::Delivered(position));
    }

    pub(crate) fn shipped(&mut self, at: i64, position: usize) {
        self.parcel(at, position, "shipped");
    }

    /// The parcel arrives: what it was like decides about returns, contacts, answers and reviews.
    pub(crate) fn delivered(&mut self, at: i64, position: usize) {
        self.parcel(at, position, "delivered");
        self.touch(Touchpoint::Delivery);
        let order = &self.person.orders[position];
        let (platform, ordered, late_by) = (order.platform, order.at, order.arrives - order.promised);
        self.felt_stretch(Touchpoint::Delivery, Some(platform), ordered);
        let took_days = (at - ordered) as f64 / DAY as f64;
        let feeling = if late_by > 0 {
            -0.5 - 0.1 * (late_by as f64 / DAY as f64).min(5.0)
        } else if took_days < 1.5 {
            0.9
        } else {
            0.2
        };
        self.feels(at, feeling);
        let persona = self.persona();
        if self.dice.chance(if late_by > 0 { 0.4 } else { 0.1 }) {
            // Whoever waits asks, usually before the parcel is there; the others ask about what is in it.
            self.plan_within(at, HOUR..=DAY, Moment::Contact(Some(position)));
        }
        if self.dice.chance(0.09) {
            let opinion = Opinion { about: Some(Touchpoint::Delivery), feeling, order: Some(position) };
            self.plan_within(at, HOUR..=3 * DAY, Moment::Answer(opinion));
        }
        if self.dice.chance(0.15) {
            let opinion = Opinion { about: None, feeling, order: Some(position) };
            self.plan_within(at, 3 * DAY..=10 * DAY, Moment::Answer(opinion));
        }
        if self.dice.chance(persona.returns) {
            self.plan_within(at, 8 * HOUR..=12 * DAY, Moment::Return(position));
        }
        if self.dice.chance(persona.reviews * (1.0 + feeling.abs())) {
            self.plan_within(at, DAY..=20 * DAY, Moment::Review(position));
        }
        if feeling > 0.0 && self.dice.chance(persona.refers * (0.5 + feeling)) {
            self.plan_within(at, HOUR..=15 * DAY, Moment::Refer);
        }
    }

    pub(crate) fn goes_back(&mut self, at: i64, position: usize) {
        let items = self.person.orders[position].cart.len() as i64;
        let sent_back = self.dice.whole(1, items);
        let refund = total(&self.person.orders[position].cart[..sent_back as usize]);
        let reason = self.dice.one(&["too small", "too large", "does not suit me", "not as pictured", "ordered several sizes", "faulty"]);
        let address = self.account(position);
        self.books.write(DataFile::Returns, |out| {
            let mut row = Row::on(out);
            row.text(&self.person.orders[position].id).text(&address.0).text(&address.1);
            row.time(at).text(reason).whole(sent_back).amount(refund);
        });
        self.touch(Touchpoint::Return);
        if self.dice.chance(0.3) {
            let opinion = Opinion { about: Some(Touchpoint::Return), feeling: 0.2, order: Some(position) };
            self.plan_within(at, DAY..=6 * DAY, Moment::Answer(opinion));
        }
    }

    fn parcel(&mut self, at: i64, position: usize, event: &str) {
        let address = self.account(position);
        let promised = self.world.calendar.local_date(self.person.orders[position].promised);
        self.books.write(DataFile::Deliveries, |out| {
            let order = &self.person.orders[position];
            let mut row = Row::on(out);
            row.text(&order.id).text(&address.0).text(&address.1).text(event).time(at).text(&promised);
            row.text(if self.person.region.is_multiple_of(2) { "Parcelia" } else { "Kurier Nord" });
        });
    }

    /// How the back office knows the orderer: user id of an account, e-mail address of a guest; the other one is empty.
    fn account(&mut self, position: usize) -> (String, String) {
        if self.person.orders[position].guest {
            self.person.seen.email = true;
            (String::new(), self.person.email.clone())
        } else {
            self.person.seen.user_id = true;
            (self.person.user_id.clone(), String::new())
        }
    }
}
