//! What customers write: English sentences whose tone fits what they lived through.

use crate::dice::Dice;
use crate::place::Touchpoint;

/// What a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Brand,
    Checkout,
    Delivery,
    Return,
    Service,
    Store,
    Product,
}

impl Topic {
    pub(crate) fn of(about: Option<Touchpoint>) -> Topic {
        match about {
            Some(Touchpoint::Order | Touchpoint::ShippingDetails | Touchpoint::PaymentInfo | Touchpoint::CheckoutStart) => Topic::Checkout,
            Some(Touchpoint::Delivery) => Topic::Delivery,
            Some(Touchpoint::Return) => Topic::Return,
            Some(Touchpoint::SupportCall | Touchpoint::SupportChat) => Topic::Service,
            Some(Touchpoint::StorePurchase | Touchpoint::StoreVisit) => Topic::Store,
            _ => Topic::Brand,
        }
    }

    /// Bad, middling and good things to say.
    fn sentences(self) -> [&'static [&'static str]; 3] {
        match self {
            Topic::Brand => [
                &[
                    "I will not order here again",
                    "I expected more from this brand",
                    "I have told my friends to stay away",
                    "This used to be better, now it is a disappointment",
                    "Too many small problems every single time",
                ],
                &[
                    "It is fine, nothing special",
                    "Some things are good and some are not",
                    "Decent clothes, average service",
                    "I like the clothes but not the prices",
                ],
                &[
                    "I love this brand",
                    "I always recommend it to my friends",
                    "Great clothes and friendly people",
                    "My favourite shop for years",
                    "Everything just works",
                ],
            ],
            Topic::Checkout => [
                &[
                    "The address form kept forgetting my house number",
                    "I had to enter my shipping details again and again",
                    "The checkout is broken on my phone",
                    "Payment failed twice with a useless error",
                    "The shipping costs appeared only at the very end",
                ],
                &[
                    "The checkout works but has too many fields",
                    "Ordering was okay, a bit slow",
                    "I would have liked to pay another way",
                    "It took me two attempts to order",
                ],
                &[
                    "Ordering was quick and easy",
                    "The checkout took me less than a minute",
                    "Very clear and simple to pay",
                    "Smooth from the cart to the confirmation",
                    "So easy that I ordered twice",
                ],
            ],
            Topic::Delivery => [
                &[
                    "The parcel came days too late",
                    "Nobody told me that the delivery was delayed",
                    "My parcel was left in the rain",
                    "I waited at home for nothing",
                    "The tracking said delivered but it was not there",
                ],
                &[
                    "The delivery took a little longer than I hoped",
                    "It arrived on the last promised day",
                    "The parcel was fine, the box was too big",
                    "Delivery as expected",
                ],
                &[
                    "The delivery was incredibly fast",
                    "It arrived the very next day",
                    "Friendly courier and perfect packaging",
                    "It came earlier than promised",
                    "Super fast shipping, thank you",
                ],
            ],
            Topic::Return => [
                &[
                    "Sending it back was a nightmare",
                    "Where is the printed return label",
                    "The code for the return did not work on my phone",
                    "I am still waiting for my refund",
                    "Far too complicated for somebody without a smartphone",
                ],
                &[
                    "The return was okay but the refund took a while",
                    "It works, though I miss the printed label",
                    "Returning is possible if you read everything",
                    "An average return",
                ],
                &[
                    "The return was free and easy",
                    "My refund arrived within two days",
                    "No questions asked, wonderful",
                    "Returning at the corner shop is so convenient",
                ],
            ],
            Topic::Service => [
                &[
                    "I was on hold forever",
                    "Nobody could help me",
                    "The agent was rude and hung up",
                    "I had to explain everything three times",
                    "Still no solution after several calls",
                ],
                &[
                    "They helped me in the end",
                    "The waiting time was too long but the agent was nice",
                    "I got an answer, though not the one I wanted",
                    "It was okay",
                ],
                &[
                    "The agent solved it at once",
                    "Such a kind and helpful person",
                    "They refunded me without any discussion",
                    "Great help, I am impressed",
                    "Best service I have had in years",
                ],
            ],
            Topic::Store => [
                &[
                    "The queue at the till was endless",
                    "Nobody in the store had time for me",
                    "The fitting rooms were dirty",
                    "My size was not there, again",
                    "The staff were unfriendly",
                ],
                &[
                    "A normal visit to the store",
                    "Nice store but too crowded",
                    "I found something in the end",
                    "The choice was smaller than online",
                ],
                &[
                    "The staff took great care of me",
                    "Lovely store and honest advice",
                    "The little gift at the till made my day",
                    "I always enjoy coming here",
                    "Perfect advice on the right size",
                ],
            ],
            Topic::Product => [
                &[
                    "The seams came apart after one wash",
                    "The colour is nothing like the picture",
                    "It shrank terribly",
                    "Cheap fabric for this price",
                    "Too small and scratchy",
                ],
                &[
                    "It is okay for the price",
                    "Nice cut, the fabric could be better",
                    "Fits a little large",
                    "The colour is slightly different",
                ],
                &[
                    "Fits perfectly and feels wonderful",
                    "Beautiful fabric, I wear it all the time",
                    "Excellent quality for the price",
                    "I bought it in three colours",
                    "Even better than in the picture",
                ],
            ],
        }
    }
}

/// What comes before: bad, middling, good.
const OPENINGS: [&[&str]; 3] = [
    &["", "", "Honestly, ", "Very disappointing: ", "Sorry, but ", "Unbelievable. "],
    &["", "", "Well, ", "All in all: ", "To be fair, "],
    &["", "", "Wow! ", "Really happy: ", "What can I say, ", "Great! "],
];

/// What comes after.
const CLOSINGS: [&[&str]; 3] = [
    &[".", "!", ". This must get better.", ". I am annoyed.", ", and nobody seems to care.", ". Not good."],
    &[".", ".", ". We will see.", ". It could be better.", ", that is all."],
    &[".", "!", ". Thank you!", ". Keep it up.", ", I will be back.", ". Five stars."],
];

/// A comment with this tone, from -1 (bad) to 1 (good).
pub(crate) fn comment(dice: &mut Dice, topic: Topic, tone: f64) -> String {
    let mood = if tone < -0.3 {
        0
    } else if tone <= 0.4 {
        1
    } else {
        2
    };
    let opening = dice.one(OPENINGS[mood]);
    let sentence = dice.one(topic.sentences()[mood]);
    let closing = dice.one(CLOSINGS[mood]);
    let mut text = format!("{opening}{sentence}{closing}");
    // After a comma or colon the sentence goes on, so it starts small; "I" and names stay as they are.
    if opening.ends_with(", ") || opening.ends_with(": ") || opening.ends_with("but ") {
        let at = opening.len();
        if !sentence.starts_with("I ") && text.is_char_boundary(at + 1) {
            text[at..=at].make_ascii_lowercase();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn there_are_hundreds_of_comments_and_tone_decides_which() {
        let mut dice = Dice::of(1, 1);
        let good: HashSet<String> = (0..2_000).map(|_| comment(&mut dice, Topic::Delivery, 0.9)).collect();
        let bad: HashSet<String> = (0..2_000).map(|_| comment(&mut dice, Topic::Delivery, -0.9)).collect();
        assert!(good.len() > 60 && bad.len() > 60);
        assert!(good.is_disjoint(&bad));
        assert!(good.iter().any(|text| text.contains("fast")));
    }
}
