//! Who may depend on whom, read from `cargo metadata`.

use crate::Breach;
use serde_json::Value;

/// Folders in layers; an arrow points only to a layer with a smaller number. Rooms of one number do not see each other, but for those in
/// [`DOWN_THEIR_OWN_STACK`].
const LAYERS: [(&str, u8); 14] = [
    ("firmware/foundation/", 0),
    ("firmware/signalling/", 1),
    ("firmware/media/", 1),
    ("firmware/switching/", 2),
    ("firmware/services/", 3),
    ("firmware/business/", 3),
    ("drivers/", 4),
    ("board", 4),
    ("firmware/adapters/", 5),
    ("firmware/daemon", 6),
    ("tools/xtask", 8),
    ("tools/tidy", 8),
    ("tools/", 7),
    ("tests/", 8),
];

/// Layers whose crates may use crates of the same layer: protocol stacks, the media engine's parts, services under the exchange.
const DOWN_THEIR_OWN_STACK: [&str; 7] = [
    "firmware/foundation/",
    "firmware/signalling/",
    "firmware/media/",
    "firmware/switching/",
    "firmware/services/",
    "firmware/adapters/",
    "tests/",
];

/// What only tests may use: normal dependencies on these are breaches everywhere else.
const TEST_ONLY: [&str; 1] = ["proptest"];

pub fn check(metadata: &Value, breaches: &mut Vec<Breach>) -> Result<(), String> {
    let root = metadata["workspace_root"].as_str().ok_or("cargo metadata names no workspace root")?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    for package in packages {
        let manifest = relative(package["manifest_path"].as_str().unwrap_or_default(), root);
        let Some((room, layer)) = layer_of(manifest) else {
            breaches.push(breach(manifest, "is in no known layer: add its folder to tools/tidy".to_owned()));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            if !dependency["kind"].is_null() {
                continue;
            }
            let name = dependency["name"].as_str().unwrap_or_default();
            if TEST_ONLY.contains(&name) && layer < 7 {
                breaches.push(breach(manifest, format!("`{name}` is for tests: make it a dev-dependency")));
            }
            let Some(path) = dependency["path"].as_str() else { continue };
            let target = relative(path, root);
            check_arrow(manifest, (room, layer), target, breaches);
        }
    }
    Ok(())
}

fn check_arrow(manifest: &str, (room, layer): (&str, u8), target: &str, breaches: &mut Vec<Breach>) {
    let Some((target_room, target_layer)) = layer_of(target) else { return };
    let own_stack = room == target_room && DOWN_THEIR_OWN_STACK.contains(&room);
    if target_layer < layer || own_stack {
        return;
    }
    breaches.push(breach(
        manifest,
        format!("depends on {target}, which is not below it: pass data by a type of a lower layer, or by an event"),
    ));
}

fn layer_of(path: &str) -> Option<(&'static str, u8)> {
    LAYERS.iter().find(|(folder, _)| path.starts_with(folder)).copied()
}

fn relative<'a>(path: &'a str, root: &str) -> &'a str {
    path.strip_prefix(root).unwrap_or(path).trim_start_matches('/')
}

fn breach(manifest: &str, message: String) -> Breach {
    Breach { file: manifest.to_owned(), line: 1, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn arrows(from: &str, to: &str) -> usize {
        let metadata = json!({
            "workspace_root": "/r",
            "packages": [{
                "manifest_path": format!("/r/{from}/Cargo.toml"),
                "dependencies": [{"name": "x", "kind": null, "path": format!("/r/{to}")}],
            }],
        });
        let mut breaches = Vec::new();
        check(&metadata, &mut breaches).unwrap();
        breaches.len()
    }

    #[test]
    fn arrows_point_down() {
        assert_eq!(arrows("firmware/switching/calls", "firmware/foundation/legs"), 0);
        assert_eq!(arrows("firmware/signalling/pri", "firmware/signalling/q931"), 0);
        assert_eq!(arrows("firmware/foundation/legs", "firmware/switching/calls"), 1);
        assert_eq!(arrows("firmware/signalling/q931", "firmware/media/pcm"), 1);
        assert_eq!(arrows("firmware/services/acd", "firmware/adapters/store"), 1);
    }
}
