//! Mappings, and a table that is read with them.

use std::io::{self, Cursor};

use periplus_intake::{Input, IntakeError, Mapping, Plan, limits, read};

use crate::told::Told;

const TABLE: &str = "customer,email,time,what,amount,note\n7,ana@example.org,2026-01-02 10:00,Order Completed,\"1,234.50\",\n8,,02.01.2026,viewed,-1e3000,ünï\n,,,,,\nx,y,1770000000,a,b,c,d\n";

/// A mapping is refused with a reason, or every row becomes something by it.
pub fn hold(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mapping = match Mapping::parse(text) {
        Ok(mapping) => mapping,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let mut told = Told::new(limits::RAW);
    let reader = Box::new(Cursor::new(TABLE));
    let lookup =
        |_: &str| Ok(Box::new(Cursor::new("customer,email\n7,ana@example.org\n7,other@example.org\n")) as Box<dyn io::Read + Send>);
    match read(Input::Stream { name: "orders.csv".to_owned(), reader }, Plan::Mapping(&mapping), &lookup, &mut told, &mut |_| {}) {
        Ok(summary) => told.adds_up(&summary),
        Err(IntakeError::CutShort { summary, .. }) => told.adds_up(&summary),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
