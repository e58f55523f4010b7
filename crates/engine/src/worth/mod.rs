//! What the analyses of worth share: amounts of money as whole numbers ([`amounts`]), what customers will still be worth ([`forecast`]) and
//! whether such a model can be trusted ([`held`]), how long they wait for something ([`waiting`]), what makes that shorter ([`hazards`]), who
//! comes first by such a figure ([`first`]), and what arms of an experiment did ([`arms`]) and what that came to ([`trial`]).

pub(crate) mod amounts;
pub(crate) mod arms;
pub(crate) mod first;
pub(crate) mod forecast;
pub(crate) mod hazards;
pub(crate) mod held;
pub(crate) mod trial;
pub(crate) mod waiting;
