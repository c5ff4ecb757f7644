//! The roles of operators. Lambda's aliases of the function carry them: IAM grants the ARN of one
//! alias to a person, and the function reads through which alias it is invoked.

use crate::error::CommandError;

/// What a command needs, and what a caller has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Looks at everything and changes nothing.
    Read,
    /// Makes and changes shops.
    Shops,
    /// Moves money.
    Money,
    /// Everything.
    Owner,
}

impl Role {
    /// Returns the role of whoever invokes the function through `qualifier`, or `None` if it
    /// carries no role. Version numbers carry none, so a role does not reach an old version.
    fn of_qualifier(qualifier: Option<&str>) -> Option<Self> {
        match qualifier {
            None | Some("$LATEST" | "live") => Some(Self::Owner),
            Some("read") => Some(Self::Read),
            Some("shops") => Some(Self::Shops),
            Some("money") => Some(Self::Money),
            Some(_) => None,
        }
    }

    /// Whether a caller with this role may use a command that needs `needed`.
    fn may_use(self, needed: Self) -> bool {
        self == Self::Owner || needed == Self::Read || self == needed
    }
}

/// Checks that a caller through `qualifier` may use a command that needs `needed`.
pub fn permit(qualifier: Option<&str>, needed: Role) -> Result<(), CommandError> {
    match Role::of_qualifier(qualifier) {
        Some(role) if role.may_use(needed) => Ok(()),
        Some(_) | None => Err(CommandError::NotPermitted(needed)),
    }
}
