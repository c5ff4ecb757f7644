//! The impls that all newtypes of the domain share: conversions for serde, and access to the value.

/// Lets serde store a text newtype as its text and read it through its own `parse`. Adds `as_str`
/// and `Display`.
macro_rules! text_newtype {
    ($name:ident, $error:ty) => {
        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

/// Lets serde store a number newtype as its number and read it through its own `new`. Adds `get`.
macro_rules! number_newtype {
    ($name:ident, $number:ty, $error:ty) => {
        impl $name {
            pub const fn get(self) -> $number {
                self.0
            }
        }

        impl TryFrom<$number> for $name {
            type Error = $error;

            fn try_from(number: $number) -> Result<Self, $error> {
                Self::new(number)
            }
        }

        impl From<$name> for $number {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

pub(super) use {number_newtype, text_newtype};
