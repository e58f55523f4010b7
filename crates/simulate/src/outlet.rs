//! The files of a simulation, and where their bytes go.

use std::io;

use serde::{Deserialize, Serialize};

/// A file that a simulation yields. The crate's documentation describes the columns of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DataFile {
    /// What the web shop and the app sent.
    #[serde(rename = "web_app.jsonl")]
    WebApp,
    /// What the tills recorded.
    #[serde(rename = "store_sales.csv")]
    StoreSales,
    /// What the mailing system recorded.
    #[serde(rename = "email.csv")]
    Email,
    /// Calls and chats.
    #[serde(rename = "calls.jsonl")]
    Calls,
    /// Answers to surveys.
    #[serde(rename = "surveys.csv")]
    Surveys,
    /// Registered customers.
    #[serde(rename = "crm.csv")]
    Crm,
    /// Parcels.
    #[serde(rename = "deliveries.csv")]
    Deliveries,
    /// Goods sent back.
    #[serde(rename = "returns.csv")]
    Returns,
    /// Points and gifts.
    #[serde(rename = "loyalty.csv")]
    Loyalty,
    /// Product reviews.
    #[serde(rename = "reviews.csv")]
    Reviews,
    /// Recommendations to friends.
    #[serde(rename = "referrals.csv")]
    Referrals,
    /// Truth: which identifier is whose.
    #[serde(rename = "truth_identities.csv")]
    TruthIdentities,
    /// Truth: whom a planted pain or delight hit.
    #[serde(rename = "truth_affected.csv")]
    TruthAffected,
    /// Truth: everything else, see [`crate::Truth`].
    #[serde(rename = "truth.json")]
    Truth,
}

impl DataFile {
    /// Every file.
    pub const ALL: [DataFile; 14] = [
        DataFile::WebApp,
        DataFile::StoreSales,
        DataFile::Email,
        DataFile::Calls,
        DataFile::Surveys,
        DataFile::Crm,
        DataFile::Deliveries,
        DataFile::Returns,
        DataFile::Loyalty,
        DataFile::Reviews,
        DataFile::Referrals,
        DataFile::TruthIdentities,
        DataFile::TruthAffected,
        DataFile::Truth,
    ];

    /// The file's name.
    pub fn name(self) -> &'static str {
        match self {
            DataFile::WebApp => "web_app.jsonl",
            DataFile::StoreSales => "store_sales.csv",
            DataFile::Email => "email.csv",
            DataFile::Calls => "calls.jsonl",
            DataFile::Surveys => "surveys.csv",
            DataFile::Crm => "crm.csv",
            DataFile::Deliveries => "deliveries.csv",
            DataFile::Returns => "returns.csv",
            DataFile::Loyalty => "loyalty.csv",
            DataFile::Reviews => "reviews.csv",
            DataFile::Referrals => "referrals.csv",
            DataFile::TruthIdentities => "truth_identities.csv",
            DataFile::TruthAffected => "truth_affected.csv",
            DataFile::Truth => "truth.json",
        }
    }

    /// Whether the file tells the truth, so that an import must not read it.
    pub fn is_truth(self) -> bool {
        matches!(self, DataFile::TruthIdentities | DataFile::TruthAffected | DataFile::Truth)
    }

    /// The first line of a CSV file.
    pub(crate) fn header(self) -> Option<&'static str> {
        match self {
            DataFile::WebApp | DataFile::Calls | DataFile::Truth => None,
            DataFile::StoreSales => Some("receipt_no,store,time,loyalty_card,items,amount,payment"),
            DataFile::Email => Some("email,campaign,event,at_ms"),
            DataFile::Surveys => Some("email,kind,score,comment,answered_at,about,order_id"),
            DataFile::Crm => Some("user_id,email,phone,loyalty_card,household,birth_year,age_group,gender,region,signup_date,newsletter"),
            DataFile::Deliveries => Some("order_id,user_id,email,event,at,promised_on,carrier"),
            DataFile::Returns => Some("order_id,user_id,email,requested_at,reason,items,refund"),
            DataFile::Loyalty => Some("loyalty_card,event,points,at"),
            DataFile::Reviews => Some("user_id,sku,stars,text,written_at"),
            DataFile::Referrals => Some("user_id,code,channel,shared_at"),
            DataFile::TruthIdentities => Some("person,household,persona,kind,value,shared"),
            DataFile::TruthAffected => Some("planted,person,occasions,hits"),
        }
    }
}

/// Where the simulation's bytes go: the caller has the paths, the compression and the progress bar.
pub trait Outlet {
    /// Takes the next bytes of a file. Every file is written from front to back; a piece ends at the end of a line.
    /// Every file of [`DataFile::ALL`] gets at least one call, which may be empty.
    ///
    /// # Errors
    /// Whatever stops the simulation, such as a full disk.
    fn write(&mut self, file: DataFile, bytes: &[u8]) -> io::Result<()>;

    /// Told now and then how far the simulation is.
    fn progress(&mut self, progress: Progress) {
        let _ = progress;
    }
}

/// How far a simulation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// People simulated.
    pub customers: u64,
    /// People to simulate.
    pub customers_total: u64,
    /// Lines written into all files that are not truth, without headers.
    pub lines: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_serde_writes() {
        for (position, file) in DataFile::ALL.into_iter().enumerate() {
            assert_eq!(serde_json::to_value(file).unwrap(), file.name());
            assert_eq!(position, file as usize);
            assert_eq!(file.is_truth(), file.name().starts_with("truth"));
        }
    }
}
