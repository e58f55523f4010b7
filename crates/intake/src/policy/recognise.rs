//! What personal data look like in a text: e-mail addresses, telephone numbers, payment cards, bank accounts, addresses of
//! machines, and US social security numbers.
//!
//! A recogniser is meant to be certain rather than complete: a number that only might be a telephone number stays. What a
//! property holds by its meaning is named by a rule instead.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What can be recognised in texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// An e-mail address, also where a URL writes `%40` for the @.
    Email,
    /// A telephone number: international (`+49 171 1234567`), North American (`212-555-0123`), or with a leading zero and
    /// separators (`0171 1234567`).
    Phone,
    /// The number of a payment card: 13 to 19 digits that begin like one and whose check digit is right (Luhn).
    Card,
    /// An IBAN of the length that its country has and whose check digits are right (mod 97).
    Iban,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A US social security number with its hyphens.
    Ssn,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: [Pattern; 6] = [Pattern::Email, Pattern::Iban, Pattern::Card, Pattern::Ssn, Pattern::Ip, Pattern::Phone];

    /// The first that is found in a text from a place on.
    pub fn find(self, text: &str, from: usize) -> Option<Range<usize>> {
        match self {
            Pattern::Email => email(text, from),
            Pattern::Phone => starts(text, from, |byte| byte == b'+' || byte == b'(' || byte.is_ascii_digit(), phone),
            Pattern::Card => starts(text, from, |byte| byte.is_ascii_digit(), card),
            Pattern::Iban => starts(text, from, |byte| byte.is_ascii_alphabetic(), iban),
            Pattern::Ip => starts(text, from, |byte| byte.is_ascii_hexdigit() || byte == b':', ip),
            Pattern::Ssn => starts(text, from, |byte| byte.is_ascii_digit(), ssn),
        }
    }

    /// Whether all of a text is one.
    pub fn is(self, text: &str) -> bool {
        let text = text.trim();
        !text.is_empty() && self.find(text, 0) == Some(0..text.len())
    }

    /// What stands for one that must not be read: the kind of thing that it is, or the network that an address is of (the last
    /// octet, or the last 80 bits, zero, as Google Analytics does).
    pub fn mask(self, found: &str) -> String {
        match self {
            Pattern::Email => "[email]".to_owned(),
            Pattern::Phone => "[phone]".to_owned(),
            Pattern::Card => "[card]".to_owned(),
            Pattern::Iban => "[iban]".to_owned(),
            Pattern::Ssn => "[ssn]".to_owned(),
            Pattern::Ip => match (found.parse::<Ipv4Addr>(), found.parse::<Ipv6Addr>()) {
                (Ok(address), _) => Ipv4Addr::from_bits(address.to_bits() & !0xff).to_string(),
                (_, Ok(address)) => Ipv6Addr::from_bits(address.to_bits() >> 80 << 80).to_string(),
                _ => "[ip]".to_owned(),
            },
        }
    }

    /// One as it is written before it is hashed, so that the same thing has the same hash however somebody wrote it.
    pub fn normal(self, found: &str) -> String {
        match self {
            Pattern::Email => found.trim().replace("%40", "@").to_lowercase(),
            Pattern::Phone => found.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
            Pattern::Card | Pattern::Ssn => found.chars().filter(char::is_ascii_digit).collect(),
            Pattern::Iban => found.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase(),
            Pattern::Ip => found.trim().to_ascii_lowercase(),
        }
    }
}

/// Tries every place where a thing may start.
fn starts(text: &str, from: usize, may: impl Fn(u8) -> bool, end_of: impl Fn(&str, usize) -> Option<usize>) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    (from..bytes.len()).filter(|at| may(bytes[*at]) && is_edge(&text[..*at])).find_map(|at| end_of(text, at).map(|end| at..end))
}

/// Whether a thing may begin after a text: not within a word, and not within a number (`1.234`, `1-234`).
fn is_edge(before: &str) -> bool {
    let mut before = before.chars().rev();
    match (before.next(), before.next()) {
        (Some('.' | ':' | '-'), further) => !further.is_some_and(|c| c.is_ascii_digit()),
        (Some(c), _) => !(c.is_alphanumeric() || matches!(c, '_' | '+')),
        (None, _) => true,
    }
}

/// Whether a thing may end before the rest of a text.
fn ends(rest: &str) -> bool {
    let mut rest = rest.chars();
    match (rest.next(), rest.next()) {
        (Some('.' | ':' | '-'), further) => !further.is_some_and(|c| c.is_ascii_digit()),
        (Some(c), _) => !(c.is_alphanumeric() || c == '_'),
        (None, _) => true,
    }
}

/// No part of an address is longer, in characters. Without a bound, a text of nothing but `%40` would be read again from each of them.
const PART_MAX: usize = 255;

fn email(text: &str, from: usize) -> Option<Range<usize>> {
    let local = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'');
    let mut after = from;
    loop {
        let rest = &text[after..];
        let (sign, length) = match (memchr::memchr(b'@', rest.as_bytes()), memchr::memmem::find(rest.as_bytes(), b"%40")) {
            (Some(plain), Some(escaped)) if escaped < plain => (after + escaped, 3),
            (Some(plain), _) => (after + plain, 1),
            (None, Some(escaped)) => (after + escaped, 3),
            (None, None) => return None,
        };
        after = sign + length;
        let before: usize = text[from..sign].chars().rev().take(PART_MAX).take_while(local).map(char::len_utf8).sum();
        let domain: usize =
            text[after..].chars().take(PART_MAX).take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-')).map(char::len_utf8).sum();
        let domain = text[after..after + domain].trim_end_matches(['.', '-']);
        let top = domain.rsplit('.').next().unwrap_or_default();
        let is_domain = domain.contains('.')
            && domain.split('.').all(|label| !label.is_empty())
            && top.chars().count() >= 2
            && top.chars().any(char::is_alphabetic);
        if before > 0 && is_domain {
            return Some(sign - before..after + domain.len());
        }
    }
}

/// Where a run of digits ends, and its digits; between two of them stand at most so many separators.
fn digits(text: &str, at: usize, separators: &[u8], most: usize) -> (usize, Vec<u8>) {
    let bytes = text.as_bytes();
    let (mut found, mut end, mut here) = (Vec::new(), at, at);
    while let Some(byte) = bytes.get(here) {
        if byte.is_ascii_digit() {
            found.push(byte - b'0');
            end = here + 1;
        } else if !separators.contains(byte) || here - end >= most {
            break;
        }
        // Nothing of this kind has as many, and a text of nothing but digits is not to be read again from every one of them.
        if found.len() > 34 {
            break;
        }
        here += 1;
    }
    (end, found)
}

fn phone(text: &str, at: usize) -> Option<usize> {
    let first = text.as_bytes()[at];
    let after_sign = if first == b'+' { at + 1 } else { at };
    let (end, found) = digits(text, after_sign, b" -./()", 3);
    let written = &text[after_sign..end];
    let groups: Vec<usize> = written.split(|c: char| !c.is_ascii_digit()).map(str::len).filter(|length| *length > 0).collect();
    let is_phone = match first {
        b'+' => (7..=15).contains(&found.len()) && found[0] != 0,
        _ if groups == [3, 3, 4] => found[0] >= 2 && found[3] >= 2,
        b'0' => (9..=14).contains(&found.len()) && groups.len() >= 2 && groups[0] >= 2 && !is_date(&groups, &found),
        b'(' => (9..=14).contains(&found.len()) && found[0] == 0 && groups.len() >= 2 && groups[0] >= 2,
        _ => false,
    };
    (is_phone && ends(&text[end..])).then_some(end)
}

/// Whether digits begin as a date does (`01.02.2026`), which a time may follow.
fn is_date(groups: &[usize], found: &[u8]) -> bool {
    groups.starts_with(&[2, 2, 4]) && found[4..6] != [0, 0] && matches!(found[4..6], [1, 9] | [2, 0])
}

fn card(text: &str, at: usize) -> Option<usize> {
    let (end, found) = digits(text, at, b" -", 1);
    let number = |from: usize, to: usize| found[from..to].iter().fold(0u32, |sum, digit| sum * 10 + u32::from(*digit));
    if !(13..=19).contains(&found.len()) {
        return None;
    }
    // Without it, every tenth long number would be a card; times in microseconds begin with 1.
    let begins = matches!(found[0], 4)
        || (51..=55).contains(&number(0, 2))
        || (2221..=2720).contains(&number(0, 4))
        || matches!(number(0, 2), 34 | 36..=39 | 62 | 65)
        || (300..=305).contains(&number(0, 3))
        || (644..=649).contains(&number(0, 3))
        || matches!(number(0, 4), 6011 | 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763)
        || (3528..=3589).contains(&number(0, 4));
    let sum: u32 = (0..)
        .zip(found.iter().rev())
        .map(|(place, digit)| match u32::from(*digit) {
            digit if place % 2 == 0 => digit,
            digit if digit >= 5 => 2 * digit - 9,
            digit => 2 * digit,
        })
        .sum();
    (begins && sum.is_multiple_of(10) && ends(&text[end..])).then_some(end)
}

fn ssn(text: &str, at: usize) -> Option<usize> {
    let form = text.as_bytes().get(at..at + 11)?;
    let fits = (0..).zip(form).all(|(place, byte)| if matches!(place, 3 | 6) { *byte == b'-' } else { byte.is_ascii_digit() });
    let area = &form[..3];
    let given = area != b"000" && area != b"666" && area[0] != b'9' && form[4..6] != *b"00" && form[7..] != *b"0000";
    (fits && given && ends(&text[at + 11..])).then_some(at + 11)
}

fn ip(text: &str, at: usize) -> Option<usize> {
    // A program and its version: `Chrome/124.0.0.0`; but not `https://10.0.0.1`.
    if text[..at].strip_suffix('/').is_some_and(|before| before.ends_with(|c: char| c.is_ascii_alphabetic())) {
        return None;
    }
    let rest = &text.as_bytes()[at..];
    let length = rest.iter().take(46).take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')).count();
    // A sentence may end with an address.
    let written = text[at..at + length].trim_end_matches(['.', ':']);
    let written = if rest[..length].ends_with(b"::") { &text[at..at + length] } else { written };
    let is_address = match written.contains(':') {
        true => written.bytes().any(|byte| byte.is_ascii_digit()) && written.parse::<Ipv6Addr>().is_ok(),
        false => written.parse::<Ipv4Addr>().is_ok(),
    };
    let end = at + written.len();
    if is_address && ends(&text[end..]) {
        return Some(end);
    }
    // `1.2.3.4:8080`
    let (address, _) = written.split_once(':')?;
    let end = at + address.len();
    address.parse::<Ipv4Addr>().ok().map(|_| end)
}

fn iban(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if !bytes.get(at + 2..at + 4)?.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let country = text.get(at..at + 2)?;
    let length = LENGTHS.split(' ').find_map(|entry| entry.split_at_checked(2).filter(|(of, _)| of.eq_ignore_ascii_case(country)))?.1;
    let length: usize = length.parse().ok()?;
    let (mut end, mut kept) = (at, Vec::new());
    while kept.len() < length {
        match bytes.get(end)? {
            byte if byte.is_ascii_alphanumeric() => kept.push(byte.to_ascii_uppercase()),
            b' ' if !kept.is_empty() && bytes[end - 1] != b' ' => {}
            _ => return None,
        }
        end += 1;
    }
    kept.rotate_left(4);
    let rest = kept.iter().fold(0u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    (rest == 1 && ends(&text[end..])).then_some(end)
}

/// How long a country's IBANs are, as SWIFT's registry says.
const LENGTHS: &str = "\
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 \
    FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 \
    LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 \
    SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20";

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: Pattern, text: &str) -> Vec<&str> {
        let (mut all, mut from) = (Vec::new(), 0);
        while let Some(range) = pattern.find(text, from) {
            from = range.end;
            all.push(&text[range]);
        }
        all
    }

    #[test]
    fn addresses_are_found_where_people_write_them() {
        assert_eq!(found(Pattern::Email, "to Ana.B+x@Example.co.uk, jörg@müller.de."), ["Ana.B+x@Example.co.uk", "jörg@müller.de"]);
        assert_eq!(found(Pattern::Email, "/users/ana%40x.org/edit"), ["ana%40x.org"]);
        assert_eq!(found(Pattern::Email, "@ana, a@b, 5 @ 3.50, x@1.2, @x.org a@.de"), [] as [&str; 0]);
        assert!(Pattern::Email.is(" ana@x.org ") && !Pattern::Email.is("ana@x.org!"));
    }

    #[test]
    fn telephone_numbers_are_told_from_dates_orders_and_coordinates() {
        for number in
            ["+49 (0)171 / 123-4567", "+442071838750", "212-555-0123", "(212) 555-0123", "0171 1234567", "01 23 45 67 89", "030/1234567"]
        {
            assert_eq!(found(Pattern::Phone, &format!("call {number}, please")), [number], "{number}");
        }
        for other in [
            "2026-01-02",
            "01.02.2026 10:00:00",
            "01.02.2026 10",
            "0.1234567890",
            "1700000000000000",
            "A-0171-1234567x",
            "+1",
            "0012345678",
            "4111 1111 1111 1111",
        ] {
            assert_eq!(found(Pattern::Phone, other), [] as [&str; 0], "{other}");
        }
    }

    /// The networks' published test numbers, and what they become with one digit changed.
    #[test]
    fn cards_have_a_beginning_and_a_check_digit() {
        for number in [
            "4111 1111 1111 1111",
            "5555555555554444",
            "378282246310005",
            "6011-1111-1111-1117",
            "3530111333300000",
            "30569309025904",
            "2223003122003222",
        ] {
            assert_eq!(found(Pattern::Card, &format!("x {number}.")), [number], "{number}");
        }
        for other in [
            "4111 1111 1111 1112",
            "1700000000000000",
            "x4111111111111111",
            "4111111111111111.5",
            "1.4111111111111111",
            "41111111111111110000000",
        ] {
            assert_eq!(found(Pattern::Card, other), [] as [&str; 0], "{other}");
        }
    }

    /// Examples of SWIFT's registry.
    #[test]
    fn ibans_have_a_length_and_check_digits() {
        for number in [
            "DE89 3704 0044 0532 0130 00",
            "GB29NWBK60161331926819",
            "FR1420041010050500013M02606",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
        ] {
            assert_eq!(found(Pattern::Iban, &format!("pay to {number} and so on")), [number], "{number}");
        }
        for other in ["DE89 3704 0044 0532 0130 01", "GB29NWBK6016133192681", "ZZ29NWBK60161331926819", "DE8937040044053201300012"] {
            assert_eq!(found(Pattern::Iban, other), [] as [&str; 0], "{other}");
        }
    }

    #[test]
    fn machines_become_networks() {
        assert_eq!(
            found(Pattern::Ip, "from https://203.0.113.77:8080/, 2001:db8::1 and 10.0.0.1."),
            ["203.0.113.77", "2001:db8::1", "10.0.0.1"]
        );
        assert_eq!(found(Pattern::Ip, "10:30:00 v1.2.3 256.1.1.1 1.2.3.4.5 a::b std::fmt Chrome/124.0.0.0"), [] as [&str; 0]);
        assert_eq!(Pattern::Ip.mask("203.0.113.77"), "203.0.113.0");
        assert_eq!(Pattern::Ip.mask("2001:db8:85a3:8d3:1319:8a2e:370:7348"), "2001:db8:85a3::");
        for masked in ["203.0.113.0", "2001:db8:85a3::"] {
            assert_eq!(Pattern::Ip.mask(masked), masked);
        }
    }

    #[test]
    fn social_security_numbers_are_those_that_are_given_out() {
        assert_eq!(found(Pattern::Ssn, "SSN:219-09-9999."), ["219-09-9999"]);
        for other in ["000-12-3456", "666-12-3456", "912-12-3456", "219-00-9999", "219-09-0000", "219099999", "1219-09-9999"] {
            assert_eq!(found(Pattern::Ssn, other), [] as [&str; 0], "{other}");
        }
    }
}
