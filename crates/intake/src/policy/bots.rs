//! Visitors that are programs, known by what they call themselves.
//!
//! The words are chosen from the list of Martin Monperrus and its contributors (github.com/monperrus/crawler-user-agents, MIT):
//! those that run the scripts of a page, and so send events, or are met often. Whoever calls itself a browser is taken for one.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of what a bot sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bots {
    /// Its events get the property `bot`, with its name or `true`.
    #[default]
    Mark,
    /// It is refused.
    Quarantine,
    /// Nothing; nobody looks.
    Accept,
}

/// What a bot is called whose name is not known.
const SOME: &str = "true";

/// Names of bots, by what they are for. They are looked for anywhere in the agent, in upper or lower case.
const NAMES: &[(&str, &str)] = &[
    (
        "search engines and archives",
        "Googlebot, Google-InspectionTool, Storebot-Google, GoogleOther, AdsBot-Google, Mediapartners-Google, APIs-Google, \
         FeedFetcher-Google, Google Favicon, Google-Read-Aloud, Google-Safety, bingbot, BingPreview, adidxbot, msnbot, Yahoo! \
         Slurp, DuckDuckBot, DuckAssistBot, Baiduspider, YandexBot, YandexImages, YandexMetrika, YandexMobileBot, Sogou, \
         360Spider, SeznamBot, Qwantify, Qwantbot, PetalBot, Yeti/, NaverBot, Daumoa, coccocbot, Exabot, MojeekBot, Applebot, \
         Amazonbot, ia_archiver, archive.org_bot, heritrix, CCBot",
    ),
    (
        "language models",
        "GPTBot, ChatGPT-User, OAI-SearchBot, ClaudeBot, Claude-User, Claude-SearchBot, anthropic-ai, PerplexityBot, \
         Perplexity-User, Bytespider, TikTokSpider, meta-externalagent, meta-externalfetcher, cohere-ai, MistralAI-User, \
         Diffbot, YouBot, Timpibot",
    ),
    (
        "previews in messages and networks",
        "facebookexternalhit, facebookcatalog, Facebot, Twitterbot, LinkedInBot, Pinterestbot, Slackbot, Slack-ImgProxy, \
         TelegramBot, WhatsApp/, Discordbot, SkypeUriPreview, redditbot, Embedly, Iframely, vkShare, Bluesky Cardyb, Mastodon/",
    ),
    (
        "search engine optimisation, and scraping",
        "AhrefsBot, AhrefsSiteAudit, SemrushBot, SiteAuditBot, MJ12bot, DotBot, rogerbot, BLEXBot, DataForSeoBot, serpstatbot, \
         SEOkicks, Screaming Frog, Sitebulb, Barkrowler, SISTRIX, Xenu Link, ZoominfoBot, Scrapy, HTTrack, Nutch, proximic, \
         Grapeshot, TurnitinBot, AwarioBot, omgili, Cincraw",
    ),
    (
        "monitoring, speed and security",
        "UptimeRobot, Pingdom, StatusCake, Site24x7, Better Uptime, Uptime-Kuma, HetrixTools, Checkly, DatadogSynthetics, \
         NewRelicPinger, Dynatrace, catchpoint, AlertSite, Chrome-Lighthouse, PageSpeed, GTmetrix, PTST/, SpeedCurve, \
         CensysInspect, Expanse, Nessus, Qualys, Detectify, NetcraftSurvey, zgrab, Nmap Scripting",
    ),
    (
        "browsers without anybody before them",
        "HeadlessChrome, HeadlessFirefox, HeadlessEdg, PhantomJS, SlimerJS, Puppeteer, Playwright, Selenium, WebDriver, \
         Cypress/, Electron/Prerender, Prerender, Rendertron, jsdom, HtmlUnit",
    ),
];

/// Libraries by which programs ask. As the agent of a customer each is a bot; as the sender's own it is how servers send.
const LIBRARIES: &str = "\
    curl/, Wget/, python-requests, Python-urllib, python-httpx, aiohttp, Go-http-client, Java/, Apache-HttpClient, \
    axios/, node-fetch, undici, got (, libwww-perl, PostmanRuntime, insomnia/, GuzzleHttp, reqwest";

static KNOWN: LazyLock<Words> = LazyLock::new(|| Words::of(NAMES.iter().flat_map(|(_, names)| names.split(", "))));
static OF_LIBRARIES: LazyLock<Words> = LazyLock::new(|| Words::of(LIBRARIES.split(", ")));

/// Words that are looked for all at once.
struct Words {
    all: Vec<&'static str>,
    finder: Option<AhoCorasick>,
}

impl Words {
    fn of(words: impl Iterator<Item = &'static str>) -> Words {
        let all: Vec<&str> = words.collect();
        // It fails only on more words than a computer holds.
        let finder = AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest).build(&all).ok();
        Words { all, finder }
    }

    fn find(&self, text: &str) -> Option<&'static str> {
        let found = self.finder.as_ref()?.find(text)?;
        self.all.get(found.pattern().as_usize()).map(|word| word.trim_end_matches(['/', '(', ' ']))
    }
}

/// The name of the bot that sends under this agent, or `true`; nothing when it is none. `is_customers` says that it is the agent of
/// whom the message is about, and not that of whatever sent it.
pub fn name(agent: &str, is_customers: bool) -> Option<&'static str> {
    let of_library = || if is_customers { OF_LIBRARIES.find(agent) } else { None };
    // Libraries say where to read about them as bots do.
    let may_call_itself_one = is_customers || agent.starts_with("Mozilla/");
    KNOWN.find(agent).or_else(of_library).or_else(|| (may_call_itself_one && calls_itself_one(agent)).then_some(SOME))
}

/// Whether an agent says that it is a bot without a name that is known. Browsers do not say where to read about them.
fn calls_itself_one(agent: &str) -> bool {
    let lower = agent.to_ascii_lowercase();
    let is_word = |at: usize, word: &str| {
        let goes_on = lower[at + word.len()..].starts_with(|c: char| c.is_ascii_alphabetic());
        // A maker of telephones.
        !goes_on && !lower[..at].ends_with("cu")
    };
    lower.match_indices("bot").any(|(at, word)| is_word(at, word))
        || ["crawler", "spider", "scraper", "headless", "(+http", "; +http"].iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_known_by_name_and_browsers_are_not_bots() {
        for (agent, wanted) in [
            (
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/120 Safari/537.36",
                "Googlebot",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
                "HeadlessChrome",
            ),
            ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bingbot"),
            ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "facebookexternalhit"),
            ("WhatsApp/2.23.20.0", "WhatsApp"),
            ("Mozilla/5.0 (compatible; HarbourBot/0.3)", "true"),
            ("Mozilla/5.0 (compatible; Harbour/0.3; +https://harbour.example)", "true"),
        ] {
            assert_eq!((name(agent, true), name(agent, false)), (Some(wanted), Some(wanted)), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0.3987.99 Mobile Safari/537.36",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:125.0) Gecko/20100101 Firefox/125.0",
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/460.0;]",
            "",
        ] {
            assert_eq!(name(agent, true), None, "{agent}");
        }
    }

    #[test]
    fn a_library_is_a_bot_only_where_it_stands_for_a_customer() {
        for agent in ["python-requests/2.31.0", "curl/8.5.0", "Go-http-client/2.0", "analytics-python/2.3.2 python-requests/2.31"] {
            assert_eq!(name(agent, false), None, "{agent}");
            assert!(name(agent, true).is_some(), "{agent}");
        }
        assert_eq!(name("node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", true), Some("node-fetch"));
        for sender in [
            "analytics-node/2.1.0",
            "posthog-python/3.5.0",
            "RudderLabs/2.1",
            "analytics-kotlin/1.16",
            "okhttp/4.12.0",
            "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
        ] {
            assert_eq!(name(sender, false), None, "{sender}");
        }
    }

    #[test]
    fn every_word_is_found_by_itself() {
        for word in &KNOWN.all {
            assert_eq!(name(word, false), Some(word.trim_end_matches(['/', ' '])), "{word}");
        }
    }
}
