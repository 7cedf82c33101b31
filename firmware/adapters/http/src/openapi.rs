//! The OpenAPI document, made from the table of routes.

use crate::routes::{Access, PREFIX, Route, TABLE};
use crate::schemas;
use serde_json::{Map, Value, json};

pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in TABLE {
        let path = format!("{PREFIX}{}", route.path.replace("{*", "{"));
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[route.method.to_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "fastcall",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Times are UTC milliseconds; ids of calls, legs and recordings are decimal strings.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": "fastcall_session" },
                "token": { "type": "http", "scheme": "bearer" },
            },
            "schemas": schemas::all(),
        },
    })
}

fn operation(route: &Route) -> Value {
    let mut parameters: Vec<Value> = Vec::new();
    for part in route.path.split('/').filter_map(|part| part.strip_prefix('{')) {
        let name = part.trim_start_matches('*').trim_end_matches('}');
        parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    }
    for name in route.query {
        parameters.push(json!({ "name": name, "in": "query", "required": false, "schema": { "type": "string" } }));
    }
    let who = match route.access {
        Access::Anyone => "Anyone".to_owned(),
        Access::LoggedIn => "Whoever is logged in".to_owned(),
        Access::AtLeast(role) => format!("From {} up", json!(role).as_str().unwrap_or_default()),
    };
    let error = json!({
        "description": "What is wrong and what to do",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
    });
    let mut operation = json!({
        "summary": route.summary,
        "description": who,
        "parameters": parameters,
        "responses": { "200": { "description": "Done" }, "4XX": error },
    });
    if let Some(body) = schemas::body_of(route.method, route.path) {
        let content = json!({ "application/json": { "schema": schemas::named(body) } });
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    if let Some(answer) = schemas::answer_of(route.method, route.path) {
        operation["responses"]["200"]["content"] = json!({ "application/json": { "schema": schemas::named(answer) } });
    }
    if route.access != Access::Anyone {
        operation["security"] = json!([{ "session": [] }, { "token": [] }]);
    }
    operation
}
