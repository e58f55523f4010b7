//! What the analyses of worth share: amounts of money as whole numbers ([`amounts`]), what customers will still be worth ([`forecast`]), how
//! long they wait for something ([`waiting`]), what makes that shorter ([`hazards`]), and what arms of an experiment did ([`arms`]) and
//! what that came to ([`trial`]).

pub(crate) mod amounts;
pub(crate) mod arms;
pub(crate) mod forecast;
pub(crate) mod hazards;
pub(crate) mod trial;
pub(crate) mod waiting;
