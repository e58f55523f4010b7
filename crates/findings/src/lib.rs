//! Where it hurts and where it delights: from single trials to findings.
//!
//! A [`Trial`] is one customer at one place on one day, with what could go wrong or well there and what did. [`search`] asks of
//! every place and every [`Kind`] of thing whether it struck a group, or a stretch of days, or a group in a stretch of days, more
//! often than it should have:
//!
//! - a **group** at all times is compared with everybody else at the same place;
//! - **days**, for everybody, are compared with all other days at the same place;
//! - a **place** is compared with places at which the same is done in other circumstances, such as the same form on another device;
//! - a **group on some days** is compared with what its own other days and everybody else's same days let expect, so that neither what
//!   the group is always like nor what these days did to everybody counts as a finding.
//!
//! Which days, is found by trying all stretches ([`scan`]); that so many were tried enters the p-value. What was found is described
//! as narrowly as tells it better ([`narrow`]), and taken
//! out and the place is looked at again, so that one cause is not told once for everything that overlaps with it. All comparisons of
//! all places enter the correction for many tests (Benjamini and Hochberg). Customers, not trials, are independent: variances are
//! inflated by how alike the trials of one customer are.
//!
//! [`causes`] then puts together what struck the same people at the same time, and ranks it by people × loss per person × confidence.
//! [`Trials::shuffled`] is the control: the same trials with groups, days and such places dealt out anew, in which nothing can be found but by mistake.
//!
//! All of it is integers until the very end and depends on nothing but the trials: no chance, no clock, no order in which threads come to an end.

mod causes;
mod contrast;
mod narrow;
mod search;
mod series;
mod trial;

pub use causes::{Cause, causes, strikes};
pub use search::{Among, Direction, Found, Kind, Searched, search};
pub use trial::{Trial, Trials, mix};
