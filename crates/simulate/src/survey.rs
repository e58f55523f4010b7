//! What customers say: surveys, reviews and recommendations.

use crate::agenda::Opinion;
use crate::catalogue::PRODUCTS;
use crate::comments::{Topic, comment};
use crate::life::Life;
use crate::line::Row;
use crate::outlet::DataFile;
use crate::place::Touchpoint;
use crate::planted::Kind;
use crate::scenario::PainKind;

impl Life<'_, '_> {
    /// Answers a survey: NPS when it is about nothing in particular, else CSAT about a touchpoint.
    pub(crate) fn answer(&mut self, at: i64, opinion: Opinion) {
        let platform = opinion.order.map(|order| self.person.orders[order].platform);
        let mut feeling = opinion.feeling;
        if let Some(about) = opinion.about
            && self.struck(Kind::Pain(PainKind::BadScore), about, platform, at)
        {
            feeling = -1.0;
            self.feels(at, feeling);
        }
        let satisfaction = self.persona().satisfaction;
        let (kind, score) = if opinion.about.is_some() {
            // On an ordinary day (a feeling of 0.2) somebody with satisfaction 8 gives between 3 and 5.
            ("csat", self.dice.around(3.5 + 0.25 * (satisfaction - 8.0) + 1.5 * feeling, 0.9).round().clamp(1.0, 5.0))
        } else {
            let mood = self.person.mood + 0.5 * feeling;
            ("nps", self.dice.around(satisfaction - 0.8 + 3.5 * mood, 2.2).round().clamp(0.0, 10.0))
        };
        let about = opinion.about.map_or("brand", Touchpoint::name);
        // Half of the answers come with words; people with strong feelings write more often.
        let text = if self.dice.chance(0.4 + 0.4 * feeling.abs()) {
            let tone = if kind == "csat" { (score - 3.0) / 2.0 } else { (score - 7.0) / 3.0 };
            comment(&mut self.dice, Topic::of(opinion.about), tone)
        } else {
            String::new()
        };
        let email = self.typed_email();
        self.books.write(DataFile::Surveys, |out| {
            let order = opinion.order.map_or("", |order| self.person.orders[order].id.as_str());
            Row::on(out).text(&email).text(kind).whole(score as i64).text(&text).time(at).text(about).text(order);
        });
        self.touch(Touchpoint::Survey);
    }

    /// Reviews the first product of an order. Only accounts can.
    pub(crate) fn review(&mut self, at: i64, order: usize) {
        if self.person.registered.is_none() {
            return;
        }
        let product = &PRODUCTS[self.person.orders[order].cart[0].0];
        let stars = self.dice.around(4.0 + 1.2 * self.person.mood, 0.9).round().clamp(1.0, 5.0);
        let text = comment(&mut self.dice, Topic::Product, (stars - 3.0) / 2.0);
        self.person.seen.user_id = true;
        self.books.write(DataFile::Reviews, |out| {
            Row::on(out).text(&self.person.user_id).text(product.sku).whole(stars as i64).text(&text).time(at);
        });
        self.touch(Touchpoint::Review);
    }

    /// Recommends the brand to a friend. Only accounts have a code to share.
    pub(crate) fn refer(&mut self, at: i64) {
        if self.person.registered.is_none() {
            return;
        }
        let code = format!("FRIEND-{:08X}", self.dice.bits() >> 32);
        let channel = self.dice.one(&["messenger", "e-mail", "link"]);
        self.person.seen.user_id = true;
        self.books.write(DataFile::Referrals, |out| {
            Row::on(out).text(&self.person.user_id).text(&code).text(channel).time(at);
        });
        self.touch(Touchpoint::Referral);
    }
}
