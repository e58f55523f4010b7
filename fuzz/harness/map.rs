//! Journey maps.

use periplus_maps::{check, diff, parse, print};

/// A map is refused with problems that name a place in the text, or it is the same after it was written.
pub fn hold(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (map, problems) = check(text);
    for problem in &problems {
        assert!(!problem.to_string().is_empty());
    }
    let Some(map) = map else { return assert!(!problems.is_empty(), "refused without a reason") };
    let written = print(&map);
    let again = parse(&written).unwrap_or_else(|problems| panic!("{written}\nis refused: {problems:?}"));
    assert!(again == map && print(&again) == written, "{written}");
    assert!(diff(&map, &again).is_empty(), "{written}");
}
