//! The layout of the scenario files: members in a fixed order, as many on a line as fit, and
//! `expect` on a new line.

use serde_json::{Map, Value};

const WIDTH: usize = 118;

/// These members come first, in this order; the others follow in alphabetical order.
const ORDER: &str = "
    about defaults scenarios
    name call path api key config environment options optionsText server issue ticket request text hex before skip expect
    status outcome ticketState httpStatus attempts sent nonces json retryAfterMs mayRepeat
    action resultCode requestId error response moreHeaders get headers body
    tls address connections
    reason baseUrl serviceId apiVersion accessToken
";

/// Formats a scenario file.
pub fn format(groups: &Value) -> String {
    let mut layout = Layout::default();
    layout.list(groups, 0, |layout, group| {
        layout.text.push('{');
        for (index, (name, value)) in in_order(group.as_object().expect("a group")).enumerate() {
            layout.new_line(index, 2);
            layout.text.push_str(&format!("\"{name}\": "));
            match name.as_str() {
                "scenarios" => layout.list(value, 4, |layout, scenario| {
                    layout.members(scenario, 4, 1);
                }),
                _ => layout.value(value, 2, 1),
            }
        }
        layout.text.push_str("\n}");
    });
    layout.text + "\n"
}

#[derive(Default)]
struct Layout {
    text: String,
}

impl Layout {
    /// Writes an array, each element on new lines.
    fn list(&mut self, array: &Value, indent: usize, write: impl Fn(&mut Self, &Value)) {
        self.text.push('[');
        for (index, element) in array.as_array().expect("a list").iter().enumerate() {
            self.new_line(index, indent);
            write(self, element);
        }
        self.new_line(0, indent.saturating_sub(2));
        self.text.push(']');
    }

    /// Writes a value, on one line if it and the `after` characters that follow it fit.
    fn value(&mut self, value: &Value, indent: usize, after: usize) {
        let line = one_line(value);
        if self.fits(&line, after) {
            self.text.push_str(&line);
        } else {
            self.members(value, indent, after);
        }
    }

    /// Writes the members of a value on as many lines as needed.
    fn members(&mut self, value: &Value, indent: usize, after: usize) {
        let (brackets, members): (_, Vec<(String, &Value)>) = match value {
            Value::Array(array) => (['[', ']'], array.iter().map(|e| (String::new(), e)).collect()),
            Value::Object(object) => {
                let key = |name| format!("{}: ", one_line(&Value::String(name)));
                let members = in_order(object).map(|(name, value)| (key(name.clone()), value));
                (['{', '}'], members.collect())
            }
            scalar => return self.text.push_str(&one_line(scalar)),
        };
        self.text.push(brackets[0]);
        for (index, (key, member)) in members.iter().enumerate() {
            let after = if index + 1 < members.len() { 1 } else { 1 + after };
            let line = format!(" {key}{}", one_line(member));
            if index > 0 && (!self.fits(&line, 1 + after) || key == "\"expect\": ") {
                self.new_line(index, indent + 2);
            } else if index > 0 {
                self.text.push_str(", ");
            }
            self.text.push_str(key);
            self.value(member, indent + 2, after);
        }
        self.text.push(brackets[1]);
    }

    /// Starts a new line for the element `index`.
    fn new_line(&mut self, index: usize, indent: usize) {
        let comma = if index > 0 { "," } else { "" };
        self.text.push_str(&format!("{comma}\n{:indent$}", ""));
    }

    fn fits(&self, text: &str, after: usize) -> bool {
        let line = self.text.rsplit('\n').next().unwrap_or_default();
        line.chars().count() + text.chars().count() + after <= WIDTH
    }
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Array(array) => {
            format!("[{}]", array.iter().map(one_line).collect::<Vec<_>>().join(", "))
        }
        Value::Object(object) => {
            let members = in_order(object).map(|(name, value)| {
                format!("{}: {}", Value::from(name.as_str()), one_line(value))
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

fn in_order(object: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    let place =
        |name: &str| ORDER.split_whitespace().position(|other| other == name).unwrap_or(usize::MAX);
    let mut members: Vec<_> = object.iter().collect();
    members.sort_by_key(|(name, _)| place(name));
    members.into_iter()
}
