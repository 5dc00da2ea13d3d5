use crate::model::ca_bundle::Distrust;

/// The facts of one case, by the names that the wording of a diagnosis uses.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(&'static str, String)>);

impl Params {
    /// Adds a fact; the first one of a name counts.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// The template with every `{name}` replaced. A name without a fact stays as it is, which the golden tests catch.
    pub fn fill(&self, template: &str) -> String {
        let mut filled = String::with_capacity(template.len() * 2);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let known = after.split_once('}').and_then(|(name, tail)| Some((self.get(name)?, tail)));
            if let Some((value, tail)) = known {
                filled.push_str(value);
                rest = tail;
            } else {
                filled.push('{');
                rest = after;
            }
        }
        filled.push_str(rest);
        filled
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// What `ca-not-shared` is about.
impl From<&Distrust> for Params {
    fn from(distrust: &Distrust) -> Self {
        Self::default().with("client", distrust.client()).with("detail", distrust.why()).with("remedy", distrust.fix())
    }
}

#[cfg(test)]
mod tests {
    use super::Params;

    #[test]
    fn facts_are_filled_in_once_and_never_expanded_again() {
        let params = Params::default().with("a", "{b}").with("b", "x");
        for (template, filled) in [("{a}-{b}", "{b}-x"), ("{c} {", "{c} {"), ("", ""), ("}{b}{", "}x{")] {
            assert_eq!(params.fill(template), filled, "{template:?}");
        }
    }
}
