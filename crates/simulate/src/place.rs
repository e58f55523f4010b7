//! Where things happen: touchpoints, the stages they belong to, and the platforms they happen on.

use serde::{Deserialize, Serialize};

/// A stage of the journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Has heard of the brand.
    Awareness,
    /// Looks around.
    Consideration,
    /// Buys.
    Purchase,
    /// Lives with what was bought, and comes back.
    Retention,
    /// Brings others.
    Advocacy,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Stage; 5] = [Stage::Awareness, Stage::Consideration, Stage::Purchase, Stage::Retention, Stage::Advocacy];
}

/// A point of interaction of the simulated retailer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Touchpoint {
    /// Came through a paid advertisement (a page with UTM parameters).
    AdClick,
    /// Opened a newsletter, or came to the shop from one (`Newsletter Landing Page`).
    Newsletter,
    /// The home page or screen.
    Home,
    /// A category listing (`Product List Viewed`).
    ProductList,
    /// A search (`Products Searched`).
    ProductSearch,
    /// A product (`Product Viewed`).
    ProductView,
    /// Checked in at a store with the app (`Store Visited`).
    StoreVisit,
    /// Put something into the cart (`Product Added`).
    Cart,
    /// `Checkout Started`.
    CheckoutStart,
    /// `Checkout Step Viewed` and `Checkout Step Completed` with `step_name` `shipping_details`.
    ShippingDetails,
    /// `Payment Info Entered`.
    PaymentInfo,
    /// `Order Completed`.
    Order,
    /// A till receipt.
    StorePurchase,
    /// A parcel arrived.
    Delivery,
    /// Goods came back.
    Return,
    /// A call with the call centre.
    SupportCall,
    /// A chat with the call centre.
    SupportChat,
    /// An answered survey.
    Survey,
    /// Points or a gift on the loyalty card.
    Loyalty,
    /// A product review.
    Review,
    /// Recommended the brand to a friend.
    Referral,
}

impl Touchpoint {
    /// Every touchpoint.
    pub const ALL: [Touchpoint; 21] = [
        Touchpoint::AdClick,
        Touchpoint::Newsletter,
        Touchpoint::Home,
        Touchpoint::ProductList,
        Touchpoint::ProductSearch,
        Touchpoint::ProductView,
        Touchpoint::StoreVisit,
        Touchpoint::Cart,
        Touchpoint::CheckoutStart,
        Touchpoint::ShippingDetails,
        Touchpoint::PaymentInfo,
        Touchpoint::Order,
        Touchpoint::StorePurchase,
        Touchpoint::Delivery,
        Touchpoint::Return,
        Touchpoint::SupportCall,
        Touchpoint::SupportChat,
        Touchpoint::Survey,
        Touchpoint::Loyalty,
        Touchpoint::Review,
        Touchpoint::Referral,
    ];

    /// The stage it belongs to.
    pub fn stage(self) -> Stage {
        use Touchpoint::*;
        match self {
            AdClick | Newsletter => Stage::Awareness,
            Home | ProductList | ProductSearch | ProductView | StoreVisit => Stage::Consideration,
            Cart | CheckoutStart | ShippingDetails | PaymentInfo | Order | StorePurchase => Stage::Purchase,
            Delivery | Return | SupportCall | SupportChat | Survey | Loyalty => Stage::Retention,
            Review | Referral => Stage::Advocacy,
        }
    }

    /// The name, as in scenario files.
    pub fn name(self) -> &'static str {
        use Touchpoint::*;
        match self {
            AdClick => "ad_click",
            Newsletter => "newsletter",
            Home => "home",
            ProductList => "product_list",
            ProductSearch => "product_search",
            ProductView => "product_view",
            StoreVisit => "store_visit",
            Cart => "cart",
            CheckoutStart => "checkout_start",
            ShippingDetails => "shipping_details",
            PaymentInfo => "payment_info",
            Order => "order",
            StorePurchase => "store_purchase",
            Delivery => "delivery",
            Return => "return",
            SupportCall => "support_call",
            SupportChat => "support_chat",
            Survey => "survey",
            Loyalty => "loyalty",
            Review => "review",
            Referral => "referral",
        }
    }

    /// Whether it is a step of a visit to the web shop or the app that a customer can repeat, fail at or leave from.
    pub(crate) fn is_step(self) -> bool {
        use Touchpoint::*;
        matches!(self, AdClick | Home | ProductList | ProductSearch | ProductView | Cart | CheckoutStart | ShippingDetails | PaymentInfo)
    }
}

/// What a customer holds in the hand, or where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// A browser on a computer.
    DesktopWeb,
    /// A browser on a telephone.
    MobileWeb,
    /// A browser on a tablet.
    TabletWeb,
    /// The app.
    App,
    /// A store.
    Store,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Platform; 5] = [Platform::DesktopWeb, Platform::MobileWeb, Platform::TabletWeb, Platform::App, Platform::Store];

    /// `context.device.type` in `web_app.jsonl`; the app is told apart by `context.app`.
    pub(crate) fn device_type(self) -> &'static str {
        match self {
            Platform::DesktopWeb => "desktop",
            Platform::TabletWeb => "tablet",
            Platform::MobileWeb | Platform::App | Platform::Store => "mobile",
        }
    }

    /// The operating system that most often belongs to it.
    pub(crate) fn system(self) -> &'static str {
        match self {
            Platform::DesktopWeb => "Windows",
            Platform::MobileWeb | Platform::Store => "Android",
            Platform::TabletWeb | Platform::App => "iOS",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_serde_writes_and_positions_are_discriminants() {
        for (position, touchpoint) in Touchpoint::ALL.into_iter().enumerate() {
            assert_eq!(serde_json::to_value(touchpoint).unwrap(), touchpoint.name());
            assert_eq!(position, touchpoint as usize);
        }
        for (position, platform) in Platform::ALL.into_iter().enumerate() {
            assert_eq!(position, platform as usize);
        }
        for (position, stage) in Stage::ALL.into_iter().enumerate() {
            assert_eq!(position, stage as usize);
        }
    }
}
