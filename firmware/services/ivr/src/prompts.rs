use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The data file itself: what the build synthesises speech from.
pub const SHIPPED_TOML: &str = include_str!("../prompts.toml");

/// A prompt shipped with the product.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippedPrompt {
    pub name: String,
    /// What it says.
    pub zh: String,
    pub en: String,
}

#[derive(Deserialize)]
struct File {
    prompt: Vec<ShippedPrompt>,
}

// The file is part of the program; a test reads it, so it cannot fail in the field.
static SHIPPED: LazyLock<Vec<ShippedPrompt>> =
    LazyLock::new(|| toml::from_str::<File>(SHIPPED_TOML).map(|file| file.prompt).unwrap_or_default());

/// Every prompt shipped with the product.
pub fn shipped() -> &'static [ShippedPrompt] {
    &SHIPPED
}

/// The names of all prompts: those shipped and those of the site's settings. For [`crate::check`].
pub fn known(site: &[settings::PromptSettings]) -> BTreeSet<String> {
    let shipped = shipped().iter().map(|prompt| prompt.name.clone());
    shipped.chain(site.iter().map(|prompt| prompt.name.clone())).collect()
}
