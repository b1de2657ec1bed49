//! Typed access to the values of a configuration, and errors that name the key.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::keys::{KEYS, VARIABLES};
use crate::error::Error;
use crate::json::{self, Value};
use crate::secret::Secret;
use crate::status::Status;
use crate::suggest::{did_you_mean, quoted};

/// A configuration whose keys are valid. Its values are not validated yet.
pub struct Settings<'a> {
    /// In the order of [`KEYS`].
    values: Vec<Option<Setting<'a>>>,
    is_environment: bool,
}

enum Setting<'a> {
    Json(Value<'a>),
    /// The value of an environment variable.
    Text(Secret),
}

impl<'a> Settings<'a> {
    pub fn from_json(text: &'a str) -> Result<Self, Error> {
        let mut values = vec![None; KEYS.len()];
        let problems = json::read(text, KEYS, &mut values)
            .map_err(|malformed| config(malformed.to_string()))?;
        if let Some(name) = problems.unknown {
            let hint = did_you_mean(&name, KEYS.iter().copied());
            return Err(config(format!("unknown key{}{hint}", quoted(&name))));
        }
        if let Some(name) = problems.duplicate {
            return Err(config(format!("duplicate key \"{name}\"")));
        }
        let null = KEYS.iter().zip(&values).find(|(_, value)| value.is_some_and(Value::is_null));
        if let Some((key, _)) = null {
            return Err(config(format!("\"{key}\" is null; omit it to use the default")));
        }
        let values = values.into_iter().map(|value| value.map(Setting::Json)).collect();
        Ok(Self { values, is_environment: false })
    }

    /// `texts` are the values of environment variables, each with its configuration key.
    pub fn from_environment(texts: Vec<(&'static str, Secret)>) -> Self {
        let mut values: Vec<_> = KEYS.iter().map(|_| None).collect();
        for (key, text) in texts {
            let mut slots = KEYS.iter().zip(&mut values);
            if let Some((_, slot)) = slots.find(|(name, _)| **name == key) {
                *slot = Some(Setting::Text(text));
            }
        }
        Self { values, is_environment: true }
    }

    /// The name of `key` in error messages: the quoted key, or the name of the environment
    /// variable.
    pub fn label(&self, key: &str) -> String {
        let variable =
            VARIABLES.iter().find(|(_, v3_key, v2_key)| key == *v3_key || key == *v2_key);
        match variable {
            Some((variable, ..)) if self.is_environment => (*variable).to_owned(),
            _ => format!("\"{key}\""),
        }
    }

    pub fn invalid(&self, key: &str, problem: &str) -> Error {
        let source = if self.is_environment { "environment" } else { "config" };
        Error::of_input(Status::InvalidConfig, source, format!("{} {problem}", self.label(key)))
    }

    pub fn has(&self, key: &str) -> bool {
        self.setting(key).is_some()
    }

    /// Returns which one of `keys` is set, if any. It is an error if more than one is set.
    pub fn one_of<'k>(&self, keys: &[&'k str]) -> Result<Option<&'k str>, Error> {
        let mut given = keys.iter().copied().filter(|key| self.has(key));
        match (given.next(), given.next()) {
            (Some(first), Some(second)) => {
                let problem = format!("cannot be combined with {}", self.label(first));
                Err(self.invalid(second, &problem))
            }
            (key, _) => Ok(key),
        }
    }

    fn setting(&self, key: &str) -> Option<&Setting<'a>> {
        let mut slots = KEYS.iter().zip(&self.values);
        slots.find(|(name, _)| **name == key).and_then(|(_, value)| value.as_ref())
    }

    pub fn string(&self, key: &str) -> Result<Option<Cow<'_, str>>, Error> {
        let text = match self.setting(key) {
            None => return Ok(None),
            Some(Setting::Json(value)) => match value.string() {
                Some(text) => text,
                None => return Err(self.invalid(key, &value.string_error())),
            },
            Some(Setting::Text(text)) => String::from_utf8_lossy(text.expose()),
        };
        if text.contains('\0') {
            return Err(self.invalid(key, "must not contain a NUL character"));
        }
        Ok(Some(text))
    }

    /// Returns a string that must be set and must not be empty.
    pub fn required(&self, key: &str) -> Result<Cow<'_, str>, Error> {
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
        let number = match self.setting(key) {
            None => return Ok(None),
            Some(Setting::Json(value)) => value.number(),
            Some(Setting::Text(_)) => None,
        };
        match number.and_then(|number| number.parse().ok()) {
            Some(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                let rule = format!("must be an integer from {} to {}", range.start(), range.end());
                Err(self.invalid(key, &rule))
            }
        }
    }

    pub fn boolean(&self, key: &str) -> Result<Option<bool>, Error> {
        let boolean = match self.setting(key) {
            None => return Ok(None),
            Some(Setting::Json(value)) => value.boolean(),
            Some(Setting::Text(_)) => None,
        };
        match boolean {
            Some(boolean) => Ok(Some(boolean)),
            None => Err(self.invalid(key, "must be true or false")),
        }
    }
}

fn config(message: String) -> Error {
    Error::of_input(Status::InvalidConfig, "config", message)
}
