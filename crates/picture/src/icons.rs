//! Small drawings in a square of 24 units, drawn with lines of width 2: one for each channel, and a few signs.

/// A small drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Icon {
    /// A website.
    Web,
    /// An app on a phone.
    App,
    /// E-mail.
    Email,
    /// Text messages.
    Sms,
    /// Notifications.
    Push,
    /// Social media.
    Social,
    /// Search engines.
    Search,
    /// Display ads.
    Display,
    /// Stores and branches.
    Store,
    /// The call centre.
    CallCentre,
    /// Chat.
    Chat,
    /// Any other channel.
    Other,
    /// A person: who answers for it.
    Person,
    /// A flag: believed and measured differ.
    Flag,
    /// A happy face.
    Happy,
    /// An unhappy face.
    Unhappy,
}

impl Icon {
    /// The icon of a channel, by the names and the usual spellings that maps give it.
    pub fn of_channel(channel: Option<&str>) -> Icon {
        let name: String = channel.unwrap_or_default().to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
        match name.as_str() {
            "web" | "website" | "site" | "browser" | "online" | "desktop" | "mobileweb" | "shop" | "webshop" => Icon::Web,
            "app" | "mobile" | "mobileapp" | "inapp" | "ios" | "android" => Icon::App,
            "email" | "mail" | "newsletter" | "post" | "directmail" | "letter" => Icon::Email,
            "sms" | "text" | "whatsapp" | "messenger" => Icon::Sms,
            "push" | "notification" | "notifications" => Icon::Push,
            "social" | "socialmedia" | "facebook" | "instagram" | "tiktok" | "linkedin" | "community" | "forum" => Icon::Social,
            "search" | "seo" | "sea" | "ppc" | "paidsearch" | "organicsearch" => Icon::Search,
            "display" | "ad" | "ads" | "banner" | "video" | "tv" | "advertising" | "outofhome" | "print" => Icon::Display,
            "store" | "branch" | "pos" | "retail" | "outlet" | "instore" | "showroom" => Icon::Store,
            "callcentre" | "callcenter" | "call" | "phone" | "telephone" | "hotline" | "support" | "service" => Icon::CallCentre,
            "chat" | "livechat" | "chatbot" | "bot" => Icon::Chat,
            _ => Icon::Other,
        }
    }

    /// The lines of the drawing as SVG path data.
    pub fn lines(self) -> &'static str {
        match self {
            Icon::Web => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M3 12h18M12 3c-5 5-5 13 0 18c5-5 5-13 0-18",
            Icon::App => "M8 2.5h8a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2h-8a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2M11 18h2",
            Icon::Email => "M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1h-16a1 1 0 0 1-1-1v-12a1 1 0 0 1 1-1M3.5 6.5l8.5 7l8.5-7",
            Icon::Sms => "M4 4h16a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1h-9l-5 4v-4h-2a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1M8 9h8M8 12.5h5",
            Icon::Push => "M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4M12 3v2",
            Icon::Social => {
                "M18 3a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M6 9.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M18 16a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M8.3 10.8l7.4-4.1M8.3 13.2l7.4 4.1"
            }
            Icon::Search => "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5l5 5",
            Icon::Display => "M3 10v4h3l9 5v-14l-9 5zM18.5 9a4 4 0 0 1 0 6M8 15v5h3v-3.5",
            Icon::Store => "M4 10v10h16v-10M2.5 9.5l2-5.5h15l2 5.5zM9.5 20v-6h5v6",
            Icon::CallCentre => "M4 14v-2a8 8 0 0 1 16 0v2M4 13h3v6h-2a1 1 0 0 1-1-1zM20 13h-3v6h2a1 1 0 0 0 1-1zM18 19c0 2-2 2.5-5 2.5",
            Icon::Chat => {
                "M3 4h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-7l-4 3v-3h-1a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1M19 9h2a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-1v3l-4-3h-5v-2"
            }
            Icon::Other => "M12 4l8 8l-8 8l-8-8zM12 12h.01",
            Icon::Person => "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4.5 20.5c.5-9 14.5-9 15 0",
            Icon::Flag => "M6 21v-17M6 4.5h12l-3 4l3 4h-12",
            Icon::Happy => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M8 14c2 3.5 6 3.5 8 0M9 9.5h.01M15 9.5h.01",
            Icon::Unhappy => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M8 16.5c2-3.5 6-3.5 8 0M9 9.5h.01M15 9.5h.01",
        }
    }
}
