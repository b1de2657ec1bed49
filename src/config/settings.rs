//! The keys and values of a configuration, and how errors name them.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::KEYS;
use super::environment::VARIABLES;
use crate::error::Error;
use crate::json::{self, Value};
use crate::secret::Secret;
use crate::status::Status;
use crate::suggest::{did_you_mean, quoted};

/// A configuration document whose names are known, with values still to be checked.
pub struct Settings<'a> {
    /// In the order of [`KEYS`].
    values: Vec<Option<Value<'a>>>,
    is_environment: bool,
}

impl<'a> Settings<'a> {
    pub fn from_json(text: &'a str) -> Result<Self, Error> {
        let mut values = vec![None; KEYS.len()];
        let strays = json::read(text, KEYS, &mut values)
            .map_err(|malformed| config(&malformed.to_string()))?;
        if let Some(name) = strays.unknown {
            let hint = did_you_mean(&name, KEYS.iter().copied());
            return Err(config(&format!("unknown key{}{hint}", quoted(&name))));
        }
        if let Some(name) = strays.duplicate {
            return Err(config(&format!("duplicate key \"{name}\"")));
        }
        let settings = Self { values, is_environment: false };
        match KEYS.iter().find(|key| settings.value(key).is_some_and(Value::is_null)) {
            Some(key) => Err(settings.invalid(key, "is null; leave it out for the default")),
            None => Ok(settings),
        }
    }

    /// `document` holds the values of the variables under the names of the keys.
    pub fn from_environment(document: &'a Secret) -> Result<Self, Error> {
        let mut values = vec![None; KEYS.len()];
        let text = str::from_utf8(document.expose()).ok();
        if text.and_then(|text| json::read(text, KEYS, &mut values).ok()).is_none() {
            return Err(Error::new(Status::Internal, "environment: cannot be read"));
        }
        Ok(Self { values, is_environment: true })
    }

    /// How people call `key`: by its name in the document, or by the variable it came from.
    pub fn label(&self, key: &str) -> String {
        let variable = VARIABLES.iter().find(|(_, keys)| keys.contains(&key));
        match variable {
            Some((variable, _)) if self.is_environment => (*variable).to_owned(),
            _ => format!("\"{key}\""),
        }
    }

    pub fn invalid(&self, key: &str, wrong: &str) -> Error {
        let source = if self.is_environment { "environment" } else { "config" };
        Error::new(Status::InvalidConfig, format!("{source}: {} {wrong}", self.label(key)))
    }

    pub fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// The one of `keys` that is there, if any; more than one is an error.
    pub fn one_of<'k>(&self, keys: &[&'k str]) -> Result<Option<&'k str>, Error> {
        let mut given = keys.iter().copied().filter(|key| self.has(key));
        match (given.next(), given.next()) {
            (Some(first), Some(second)) => {
                let wrong = format!("cannot be combined with {}", self.label(first));
                Err(self.invalid(second, &wrong))
            }
            (key, _) => Ok(key),
        }
    }

    fn value(&self, key: &str) -> Option<Value<'a>> {
        let mut places = KEYS.iter().zip(&self.values);
        places.find(|(name, _)| **name == key).and_then(|(_, value)| *value)
    }

    pub fn string(&self, key: &str) -> Result<Option<Cow<'a, str>>, Error> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let Some(text) = value.string() else {
            return Err(self.invalid(key, &value.why_no_string()));
        };
        if text.contains('\0') {
            return Err(self.invalid(key, "must not contain a NUL character"));
        }
        Ok(Some(text))
    }

    /// A string that must be there and must not be empty.
    pub fn required(&self, key: &str) -> Result<Cow<'a, str>, Error> {
        match self.string(key)? {
            None => {
                Err(self
                    .invalid(key, if self.is_environment { "is not set" } else { "is missing" }))
            }
            Some(text) if text.is_empty() => Err(self.invalid(key, "is empty")),
            Some(text) => Ok(text),
        }
    }

    pub fn choice(
        &self,
        key: &str,
        choices: &[&'static str],
    ) -> Result<Option<&'static str>, Error> {
        let Some(text) = self.string(key)? else {
            return Ok(None);
        };
        match choices.iter().find(|choice| **choice == text) {
            Some(choice) => Ok(Some(choice)),
            None => {
                let choices: Vec<_> =
                    choices.iter().map(|choice| format!("\"{choice}\"")).collect();
                Err(self.invalid(key, &format!("must be {}", choices.join(" or "))))
            }
        }
    }

    pub fn integer(&self, key: &str, range: RangeInclusive<u64>) -> Result<Option<u64>, Error> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        match value.number().and_then(|number| number.parse().ok()) {
            Some(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                let rule = format!("must be an integer from {} to {}", range.start(), range.end());
                Err(self.invalid(key, &rule))
            }
        }
    }

    pub fn boolean(&self, key: &str) -> Result<Option<bool>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(value) => match value.boolean() {
                Some(boolean) => Ok(Some(boolean)),
                None => Err(self.invalid(key, "must be true or false")),
            },
        }
    }
}

fn config(wrong: &str) -> Error {
    Error::new(Status::InvalidConfig, format!("config: {wrong}"))
}
