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
    /// The first line of a chart, and a heat map.
    First,
    /// The second line of a chart.
    Second,
    /// The third line of a chart.
    Third,
    /// The fourth line of a chart.
    Fourth,
    /// The fifth line of a chart.
    Fifth,
    /// The sixth line of a chart.
    Sixth,
}

impl Ink {
    /// Every ink, for style sheets.
    pub const ALL: [Ink; 17] = [
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
        Ink::First,
        Ink::Second,
        Ink::Third,
        Ink::Fourth,
        Ink::Fifth,
        Ink::Sixth,
    ];

    /// The lines of a chart, in order: apart in every kind of colour vision, in both themes.
    pub const LINES: [Ink; 6] = [Ink::First, Ink::Second, Ink::Third, Ink::Fourth, Ink::Fifth, Ink::Sixth];

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
            Ink::First => ("#0B62A8", "#6CB4F0"),
            Ink::Second => ("#C2570C", "#F2A15A"),
            Ink::Third => ("#2B313A", "#E9EDF1"),
            Ink::Fourth => ("#10A56B", "#2A7A5F"),
            Ink::Fifth => ("#A45A88", "#984C9C"),
            Ink::Sixth => ("#675531", "#6B6E22"),
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
            Ink::First => "first",
            Ink::Second => "second",
            Ink::Third => "third",
            Ink::Fourth => "fourth",
            Ink::Fifth => "fifth",
            Ink::Sixth => "sixth",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red, green and blue, linear.
    fn linear(hex: &str) -> [f64; 3] {
        [1, 3, 5].map(|at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn luminance(hex: &str) -> f64 {
        let [red, green, blue] = linear(hex);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    #[test]
    fn figures_read_on_the_strongest_blue_of_a_heat_table() {
        for theme in [Theme::Light, Theme::Dark] {
            let part = |ink: Ink, at: usize| f64::from(u8::from_str_radix(&ink.hex(theme)[at..at + 2], 16).unwrap());
            let share = f64::from(crate::answers::cohorts::STRONGEST);
            let mixed = [1, 3, 5].map(|at| (part(Ink::First, at) * share + part(Ink::Page, at) * (1.0 - share)).round() as u8);
            let ground = luminance(&format!("#{:02X}{:02X}{:02X}", mixed[0], mixed[1], mixed[2]));
            let text = luminance(Ink::Text.hex(theme));
            assert!((text.max(ground) + 0.05) / (text.min(ground) + 0.05) >= 4.5, "{theme:?}");
        }
    }

    /// The colour in CIE L*a*b* (D65), as it is seen with the given kind of colour vision.
    fn seen(hex: &str, vision: [[f64; 3]; 3]) -> [f64; 3] {
        let rgb = linear(hex);
        let [r, g, b] = vision.map(|row| row.iter().zip(rgb).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0));
        let f = |t: f64| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
        let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
        let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn lines_are_apart_in_every_kind_of_colour_vision() {
        // Machado, Oliveira and Fernandes 2009, severity 1.
        let visions = [
            ("trichromacy", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
            ("protanopia", [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
            ("deuteranopia", [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
            ("tritanopia", [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
        ];
        for theme in [Theme::Light, Theme::Dark] {
            for (at, ink) in Ink::LINES.iter().enumerate() {
                let (a, b) = (luminance(ink.hex(theme)), luminance(Ink::Page.hex(theme)));
                assert!((a.max(b) + 0.05) / (a.min(b) + 0.05) >= 3.0, "{ink:?} on the page in {theme:?}");
                for other in &Ink::LINES[..at] {
                    for (name, vision) in visions {
                        let (here, there) = (seen(ink.hex(theme), vision), seen(other.hex(theme), vision));
                        let apart = here.iter().zip(there).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                        assert!(apart >= 20.0, "{ink:?} and {other:?} in {theme:?} with {name}: {apart:.1}");
                    }
                }
            }
        }
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
