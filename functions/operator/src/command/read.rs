//! Reads a JSON object as serde's form of an enum: the member `command` names the variant, the
//! other members are its fields. So serde's errors list the right commands and fields, and a
//! repeated field is an error.

use std::{fmt, vec};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, VariantAccess, Visitor,
        value::{StrDeserializer, StringDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

use crate::error::CommandError;

const COMMAND: &str = "command";

/// The command's name, and the other members in their order.
pub struct Object {
    command: String,
    fields: vec::IntoIter<(String, Value)>,
    /// The field whose value is read next.
    next: Option<(String, Value)>,
}

impl Object {
    pub fn parse(event: &str) -> Result<Self, CommandError> {
        let Members(members) = serde_json::from_str(event).map_err(|_| CommandError::NotAnObject)?;
        let (mut commands, fields): (Vec<_>, Vec<_>) =
            members.into_iter().partition(|(name, _)| name == COMMAND);
        match (commands.pop(), commands.is_empty()) {
            (None, _) => Err(CommandError::MissingField(COMMAND)),
            (Some(_), false) => Err(CommandError::DuplicateField(COMMAND)),
            (Some((_, Value::String(command))), true) => {
                Ok(Self { command, fields: fields.into_iter(), next: None })
            }
            (Some(_), true) => Err(CommandError::InvalidField(COMMAND.to_owned())),
        }
    }
}

impl<'de> Deserializer<'de> for Object {
    type Error = CommandError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CommandError> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Object {
    type Error = CommandError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), CommandError> {
        let name: StrDeserializer<'_, CommandError> = self.command.as_str().into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Object {
    type Error = CommandError;

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CommandError> {
        visitor.visit_map(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, CommandError> {
        seed.deserialize(Fields(self))
    }

    // No command is a unit variant, also those without fields, so that unknown fields are
    // rejected.
    fn unit_variant(self) -> Result<(), CommandError> {
        Err(CommandError::NotAnObject)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, CommandError> {
        Err(CommandError::NotAnObject)
    }
}

/// The members beside the command's name, for a command whose fields are a type of their own.
struct Fields(Object);

impl<'de> Deserializer<'de> for Fields {
    type Error = CommandError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CommandError> {
        visitor.visit_map(self.0)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Object {
    type Error = CommandError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, CommandError> {
        self.next = self.fields.next();
        let Some((name, _)) = &self.next else { return Ok(None) };
        let name: StringDeserializer<CommandError> = name.clone().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, CommandError> {
        let (name, value) = self.next.take().unwrap_or_default();
        seed.deserialize(value).map_err(|_| CommandError::InvalidField(name))
    }
}

/// The members of an object in their order, including repeated names. A JSON map would keep only
/// the last of them.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}
