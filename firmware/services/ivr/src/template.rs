//! Prompt templates: `${variable}` is replaced; `digits:` and `number:` speak what follows.

use crate::speak;
use numbering::Digits;
use plan::PromptRef;
use settings::Language;

/// A value is no longer than this: a flow may write a variable into itself for ever.
pub(crate) const LONGEST_VALUE: usize = 128;

/// One piece of a template.
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// A `${` without its `}` is plain text.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        pieces.push(Piece::Text(text));
        pieces.push(Piece::Variable(name));
        rest = tail;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// The variables that a template names.
pub(crate) fn variables(template: &str) -> Vec<&str> {
    let named = |piece| match piece {
        Piece::Variable(name) => Some(name),
        Piece::Text(_) => None,
    };
    pieces(template).into_iter().filter_map(named).collect()
}

/// Replaces variables; one that is not set is empty.
pub(crate) fn expand<'v>(template: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut text = String::new();
    for piece in pieces(template) {
        text.push_str(match piece {
            Piece::Text(plain) => plain,
            Piece::Variable(name) => value(name).unwrap_or(""),
        });
    }
    if let Some((end, _)) = text.char_indices().nth(LONGEST_VALUE) {
        text.truncate(end);
    }
    text
}

/// What is spoken rather than named by an expanded template.
pub(crate) fn spoken(expanded: &str, language: Language) -> Vec<PromptRef> {
    if let Some(value) = expanded.strip_prefix("digits:") {
        return value.parse().map(|number: Digits| speak::digits(&number, language)).unwrap_or_default();
    }
    if let Some(value) = expanded.strip_prefix("number:") {
        return value.parse().map(|number| speak::number(number, language)).unwrap_or_default();
    }
    if expanded.is_empty() { Vec::new() } else { vec![speak::prompt(expanded, language)] }
}

/// Whether the template names one prompt, whatever the variables are.
pub(crate) fn fixed(template: &str) -> bool {
    !template.contains("${") && !template.starts_with("digits:") && !template.starts_with("number:")
}
