//! The test shops of the documentation page. They are ordinary test shops whose access is public,
//! because their keys are published. No code knows them by their ids.

use super::{
    credential::ShopKey,
    id::ShopId,
    mode::Mode,
    shop::{Access, Profile},
    text::ShopName,
    time::UnixMillis,
};

/// A test shop as the documentation prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestShop {
    pub shop_id: &'static str,
    pub name: &'static str,
    pub shop_key: &'static str,
}

pub const TEST_SHOPS: [TestShop; 2] = [
    TestShop { shop_id: "101", name: "Test Do'kon 1", shop_key: "test_key_123" },
    TestShop { shop_id: "102", name: "Test Do'kon 2", shop_key: "test_key_456" },
];

impl TestShop {
    /// Makes the profile of a new shop from these values.
    ///
    /// # Errors
    /// The operating system gave no random bytes.
    pub fn profile(&self, now: UnixMillis) -> Result<Profile, Box<dyn std::error::Error + Send + Sync>> {
        let (shop_id, name) = (ShopId::parse(self.shop_id)?, ShopName::parse(self.name)?);
        let profile = Profile::new(shop_id, name, Mode::Test, &ShopKey::parse(self.shop_key)?, now)?;
        Ok(Profile { access: Access::Public, ..profile })
    }
}
