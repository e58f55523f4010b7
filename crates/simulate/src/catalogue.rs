//! What the retailer sells, and where its stores are.

/// The regions that customers live in; each has one store. Weights: how many customers.
pub const REGIONS: [&str; 8] =
    ["Berlin", "Hamburg", "Bavaria", "Hesse", "Saxony", "North Rhine-Westphalia", "Baden-Württemberg", "Lower Saxony"];

/// How customers spread over [`REGIONS`].
pub(crate) const REGION_WEIGHTS: [f64; 8] = [1.6, 1.0, 1.6, 0.9, 0.7, 2.2, 1.3, 0.9];

/// The store of each region.
pub(crate) const STORES: [&str; 8] = [
    "Berlin Mitte",
    "Hamburg Altona",
    "München Zentrum",
    "Frankfurt Zeil",
    "Leipzig Markt",
    "Köln Ring",
    "Stuttgart West",
    "Hannover List",
];

/// A thing to buy.
pub(crate) struct Product {
    pub(crate) sku: &'static str,
    pub(crate) name: &'static str,
    pub(crate) category: &'static str,
    /// Price in cents.
    pub(crate) price: i64,
}

const fn product(sku: &'static str, name: &'static str, category: &'static str, price: i64) -> Product {
    Product { sku, name, category, price }
}

/// Everything there is, cheap to dear within a category.
pub(crate) const PRODUCTS: [Product; 32] = [
    product("TS-101", "Basic T-Shirt", "T-Shirts", 1_490),
    product("TS-115", "Striped T-Shirt", "T-Shirts", 1_990),
    product("TS-140", "Organic Cotton Tee", "T-Shirts", 2_490),
    product("TS-188", "Heavy Pocket Tee", "T-Shirts", 3_490),
    product("SH-201", "Poplin Shirt", "Shirts", 3_990),
    product("SH-214", "Linen Shirt", "Shirts", 5_990),
    product("SH-230", "Oxford Shirt", "Shirts", 6_490),
    product("SH-260", "Silk Blouse", "Shirts", 9_990),
    product("JE-301", "Slim Jeans", "Jeans", 4_990),
    product("JE-317", "Straight Jeans", "Jeans", 6_990),
    product("JE-333", "Wide Leg Jeans", "Jeans", 7_990),
    product("JE-350", "Selvedge Jeans", "Jeans", 12_990),
    product("DR-401", "Jersey Dress", "Dresses", 3_990),
    product("DR-412", "Wrap Dress", "Dresses", 6_990),
    product("DR-425", "Linen Dress", "Dresses", 8_990),
    product("DR-460", "Evening Dress", "Dresses", 14_990),
    product("KN-501", "Fine Knit Jumper", "Knitwear", 3_990),
    product("KN-510", "Merino Cardigan", "Knitwear", 7_990),
    product("KN-527", "Lambswool Jumper", "Knitwear", 8_990),
    product("KN-550", "Cashmere Jumper", "Knitwear", 15_990),
    product("CO-601", "Rain Jacket", "Coats", 7_990),
    product("CO-615", "Quilted Jacket", "Coats", 9_990),
    product("CO-640", "Wool Coat", "Coats", 19_990),
    product("CO-666", "Down Parka", "Coats", 24_990),
    product("SO-701", "Canvas Trainers", "Shoes", 4_990),
    product("SO-709", "Leather Trainers", "Shoes", 8_990),
    product("SO-720", "Chelsea Boots", "Shoes", 12_990),
    product("SO-744", "Winter Boots", "Shoes", 14_990),
    product("AC-801", "Pack of Socks", "Accessories", 990),
    product("AC-812", "Leather Belt", "Accessories", 2_990),
    product("AC-820", "Wool Scarf", "Accessories", 3_990),
    product("AC-835", "Weekender Bag", "Accessories", 9_990),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_are_told_apart() {
        let mut skus: Vec<&str> = PRODUCTS.iter().map(|product| product.sku).collect();
        skus.sort_unstable();
        skus.dedup();
        assert_eq!(skus.len(), PRODUCTS.len());
    }
}
