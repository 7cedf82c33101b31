//! Prompt templates: `${variable}` is replaced; what stands after `digits:`, `number:`, `count:`, `amount:`, `date:`, `time:` or `duration:` is spoken.

use crate::speak;
use clock::Millis;
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

/// What stands before a value that is spoken.
const VERBS: [&str; 7] = ["digits", "number", "count", "amount", "date", "time", "duration"];

/// The verb of a template, and what it is to speak.
fn verb(template: &str) -> Option<(&str, &str)> {
    template.split_once(':').filter(|(verb, _)| VERBS.contains(verb))
}

/// What is spoken rather than named by an expanded template. A value that the verb does not understand is passed over.
pub(crate) fn spoken(expanded: &str, language: Language) -> Vec<PromptRef> {
    match verb(expanded) {
        Some((verb, value)) => say(verb, value, language).unwrap_or_default(),
        None if expanded.is_empty() => Vec::new(),
        None => vec![speak::prompt(expanded, language)],
    }
}

fn say(verb: &str, value: &str, language: Language) -> Option<Vec<PromptRef>> {
    Some(match verb {
        "digits" => speak::digits(&value.parse::<Digits>().ok()?, language),
        "number" => speak::number(value.parse().ok()?, language),
        "count" => speak::count(value.parse().ok()?, language),
        "amount" => speak::amount(speak::fen(value)?, language),
        "date" => speak::date(speak::Date::parse(value)?, language),
        "time" => speak::time(speak::Time::parse(value)?, language),
        "duration" => speak::duration(Millis::secs(value.parse::<u32>().ok()?.into()), language),
        _ => return None,
    })
}

/// Whether the template names one prompt, whatever the variables are.
pub(crate) fn fixed(template: &str) -> bool {
    !template.contains("${") && verb(template).is_none()
}

/// A value without variables that its verb does not understand.
pub(crate) fn unspeakable(template: &str) -> bool {
    let value = verb(template).filter(|(_, value)| !value.contains("${"));
    value.is_some_and(|(verb, value)| say(verb, value, Language::Chinese).is_none())
}
