//! How a picture looks: theme, colours, and which group of customers it shows.

use serde::{Deserialize, Serialize};

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark ink on a warm white page.
    #[default]
    Light,
    /// Light ink on a near-black page.
    Dark,
}

/// What to draw of a map or an answer, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Light or dark.
    pub theme: Theme,
    /// The index of the group (everybody, or a persona) to draw; a group that does not exist falls back to everybody.
    pub group: usize,
    /// The index of a second group to draw beside the first one, in every lane that is measured.
    pub compare: Option<usize>,
    /// How it counts, in a sentence, for the footer; the picture has a sentence of its own where this is empty.
    pub note: Option<String>,
}

/// A colour by its purpose, so that one scene can be drawn in either theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ink {
    /// The page.
    Page,
    /// Cards and chips on the page.
    Surface,
    /// Text and the measured curve.
    Text,
    /// Secondary text.
    Muted,
    /// Hairlines.
    Line,
    /// Bars behind numbers, the stream of customers.
    Stream,
    /// The second group's stream and curve, and the empty part of a bar.
    Ghost,
    /// Delight, and targets that are met.
    Blue,
    /// The ground of a delight.
    BlueSoft,
    /// Pain, and targets that are missed.
    Amber,
    /// The ground of a pain.
    AmberSoft,
}

impl Ink {
    /// Every ink, for style sheets.
    pub const ALL: [Ink; 11] = [
        Ink::Page,
        Ink::Surface,
        Ink::Text,
        Ink::Muted,
        Ink::Line,
        Ink::Stream,
        Ink::Ghost,
        Ink::Blue,
        Ink::BlueSoft,
        Ink::Amber,
        Ink::AmberSoft,
    ];

    /// The colour as `#RRGGBB`.
    pub fn hex(self, theme: Theme) -> &'static str {
        let (light, dark) = match self {
            Ink::Page => ("#FBFBFA", "#101418"),
            Ink::Surface => ("#FFFFFF", "#171C22"),
            Ink::Text => ("#1B1F24", "#E9EDF1"),
            Ink::Muted => ("#5B6470", "#9DA8B4"),
            Ink::Line => ("#E4E6E9", "#2A323B"),
            Ink::Stream => ("#B9CBDC", "#35506A"),
            Ink::Ghost => ("#E9ECEF", "#242C35"),
            Ink::Blue => ("#0B62A8", "#6CB4F0"),
            Ink::BlueSoft => ("#EDF4FA", "#14263A"),
            Ink::Amber => ("#A84A08", "#F2A15A"),
            Ink::AmberSoft => ("#FCF2EA", "#2E2117"),
        };
        match theme {
            Theme::Light => light,
            Theme::Dark => dark,
        }
    }

    /// Its name in style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Ink::Page => "page",
            Ink::Surface => "surface",
            Ink::Text => "text",
            Ink::Muted => "muted",
            Ink::Line => "line",
            Ink::Stream => "stream",
            Ink::Ghost => "ghost",
            Ink::Blue => "blue",
            Ink::BlueSoft => "blue-soft",
            Ink::Amber => "amber",
            Ink::AmberSoft => "amber-soft",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn every_text_reads_on_every_ground_it_is_set_on() {
        for theme in [Theme::Light, Theme::Dark] {
            for (ink, grounds) in [
                (Ink::Text, &[Ink::Page, Ink::Surface, Ink::BlueSoft, Ink::AmberSoft, Ink::Ghost][..]),
                (Ink::Muted, &[Ink::Page, Ink::Surface, Ink::BlueSoft, Ink::AmberSoft, Ink::Ghost]),
                (Ink::Blue, &[Ink::Page, Ink::Surface, Ink::BlueSoft]),
                (Ink::Amber, &[Ink::Page, Ink::Surface, Ink::AmberSoft]),
                (Ink::Page, &[Ink::Text]),
            ] {
                for ground in grounds {
                    let (a, b) = (luminance(ink.hex(theme)), luminance(ground.hex(theme)));
                    let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                    assert!(contrast >= 4.5, "{ink:?} on {ground:?} in {theme:?}: {contrast:.2}");
                }
            }
        }
    }
}
