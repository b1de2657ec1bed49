//! Typed access to the values of a configuration or of the options of a call, and errors that name
//! the key.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::environment::{Environment, api_version};
use super::keys::{API_VERSION, JSON_VARIABLE, KEYS, VARIABLES, Variable};
use crate::error::Error;
use crate::json::{self, Malformed, Value};
use crate::secret::Secret;
use crate::status::Status;
use crate::suggest::{did_you_mean, quoted};

/// Settings whose keys are valid. Their values are not validated yet.
pub struct Settings<'a> {
    keys: &'static [&'static str],
    /// In the order of `keys`.
    values: Vec<Option<Setting<'a>>>,
    source: Source,
}

/// The origin of settings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Config,
    Environment,
    /// The options of a call.
    Options,
}

enum Setting<'a> {
    Json(Value<'a>),
    /// The value of an environment variable.
    Text(&'a str),
}

impl<'a> Settings<'a> {
    /// Reads a JSON object that contains no keys other than `keys`.
    pub fn from_json(
        text: &'a str,
        keys: &'static [&'static str],
        source: Source,
    ) -> Result<Self, Error> {
        let mut values = vec![None; keys.len()];
        let problems = json::read(text, keys, &mut values)
            .map_err(|malformed| source.malformed(&malformed))?;
        if let Some(name) = problems.unknown {
            let hint = did_you_mean(&name, keys.iter().copied());
            return Err(source.json_error(format!("unknown key{}{hint}", quoted(&name))));
        }
        if let Some(name) = problems.duplicate {
            return Err(source.json_error(format!("duplicate key \"{name}\"")));
        }
        let null = keys.iter().zip(&values).find(|(_, value)| value.is_some_and(Value::is_null));
        if let Some((key, _)) = null {
            let message = format!("\"{key}\" is null; omit it to use the default");
            return Err(source.json_error(message));
        }
        let values = values.into_iter().map(|value| value.map(Setting::Json)).collect();
        Ok(Self { keys, values, source })
    }

    /// Combines the environment variables with the keys in [`JSON_VARIABLE`].
    pub fn from_environment(environment: &'a Environment) -> Result<Self, Error> {
        let source = Source::Environment;
        let json = environment.json.as_ref().map_or(&b"{}"[..], Secret::expose);
        let json = std::str::from_utf8(json).unwrap_or_default();
        let mut settings = Self::from_json(json, KEYS, source)?;
        let mut is_v2 = settings.string("apiVersion")?.is_some_and(|version| version == "v2");
        for (Variable { name, v3_key, v2_key }, value) in &environment.values {
            let mut text = std::str::from_utf8(value.expose()).unwrap_or_default();
            if *name == API_VERSION {
                text = api_version(value)?;
                is_v2 = text == "v2";
            }
            let key = if is_v2 { v2_key } else { v3_key };
            if settings.has(key) {
                let problem = format!("is also set by {name}; unset one of the two");
                return Err(settings.invalid(key, &problem));
            }
            let mut slots = KEYS.iter().zip(&mut settings.values);
            if let Some((_, slot)) = slots.find(|(name, _)| *name == key) {
                *slot = Some(Setting::Text(text));
            }
        }
        Ok(settings)
    }

    /// The name of `key` in error messages: the quoted key, or the environment variable to set.
    pub fn label(&self, key: &str) -> String {
        if self.source != Source::Environment {
            return format!("\"{key}\"");
        }
        let mut variables = VARIABLES.iter();
        let variable = variables.find(|variable| [variable.v3_key, variable.v2_key].contains(&key));
        match (variable, self.setting(key)) {
            (Some(variable), None | Some(Setting::Text(_))) => variable.name.to_owned(),
            _ => format!("\"{key}\" in {JSON_VARIABLE}"),
        }
    }

    pub fn invalid(&self, key: &str, problem: &str) -> Error {
        self.source.error(format!("{} {problem}", self.label(key)))
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
        let mut slots = self.keys.iter().zip(&self.values);
        slots.find(|(name, _)| **name == key).and_then(|(_, value)| value.as_ref())
    }

    /// Returns the value of `key` if it was set in a JSON object.
    pub fn json(&self, key: &str) -> Option<Value<'a>> {
        match self.setting(key)? {
            Setting::Json(value) => Some(*value),
            Setting::Text(_) => None,
        }
    }

    pub fn string(&self, key: &str) -> Result<Option<Cow<'_, str>>, Error> {
        let text = match self.setting(key) {
            None => return Ok(None),
            Some(Setting::Json(value)) => match value.string() {
                Some(text) => text,
                None => return Err(self.invalid(key, &value.string_error())),
            },
            Some(Setting::Text(text)) => Cow::Borrowed(*text),
        };
        if text.contains('\0') {
            return Err(self.invalid(key, "must not contain a NUL character"));
        }
        Ok(Some(text))
    }

    /// Returns a string that must be set and must not be empty.
    pub fn required(&self, key: &str) -> Result<Cow<'_, str>, Error> {
        match self.string(key)? {
            None if self.source == Source::Environment => Err(self.invalid(key, "is not set")),
            // Often the rest of the configuration is in the environment.
            None if key == "baseUrl" => {
                let problem =
                    "is missing; the environment is read only if the configuration is empty";
                Err(self.invalid(key, problem))
            }
            None => Err(self.invalid(key, "is missing")),
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

impl Source {
    /// The text is not one JSON object.
    fn malformed(self, malformed: &Malformed) -> Error {
        match self {
            Self::Environment => self.error(format!("{JSON_VARIABLE} {malformed}")),
            Self::Config | Self::Options => self.error(malformed.to_string()),
        }
    }

    /// An error in a JSON object, which may be the value of an environment variable.
    fn json_error(self, message: String) -> Error {
        match self {
            Self::Environment => self.error(format!("{JSON_VARIABLE}: {message}")),
            Self::Config | Self::Options => self.error(message),
        }
    }

    fn error(self, message: String) -> Error {
        let (status, subject) = match self {
            Self::Config => (Status::InvalidConfig, "config"),
            Self::Environment => (Status::InvalidConfig, "environment"),
            Self::Options => (Status::InvalidRequest, "options"),
        };
        Error::of_input(status, subject, message)
    }
}
