//! The prompt library: what ships with the product, and what the site put in its place.

use crate::errors::ApiError;
use crate::guard::Caller;
use crate::state::Api;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use tower::ServiceExt;
use tower_http::services::ServeFile;

const LANGUAGES: [&str; 2] = ["zh", "en"];

#[derive(Serialize)]
struct PromptRow {
    name: String,
    language: String,
    /// The site's own, rather than the one that ships.
    site: bool,
    shipped: bool,
    text: Option<String>,
    bytes: u64,
}

pub async fn list(State(api): State<Arc<Api>>) -> Result<Json<Value>, ApiError> {
    let settings = api.settings().settings;
    let (shipped, site) = (api.parts.shipped_prompts.clone(), api.parts.site_prompts.clone());
    let rows = api
        .blocking(move |_| {
            let mut rows: BTreeMap<(String, String), PromptRow> = BTreeMap::new();
            for (folder, own) in [(&shipped, false), (&site, true)] {
                for language in LANGUAGES {
                    for (name, bytes) in wav_files(&folder.join(language)) {
                        let said = settings.prompts.iter().find(|p| p.name == name && p.language == language);
                        let text = said.map(|prompt| prompt.text.clone());
                        let key = (name.clone(), language.to_owned());
                        let fresh =
                            PromptRow { name, language: language.into(), site: false, shipped: false, text, bytes };
                        let row = rows.entry(key).or_insert(fresh);
                        row.site |= own;
                        row.shipped |= !own;
                        row.bytes = bytes;
                    }
                }
            }
            Ok(rows.into_values().collect::<Vec<_>>())
        })
        .await?;
    Ok(Json(json!({ "rows": rows })))
}

/// Names (without `.wav`) and sizes of the prompts below a folder, two levels deep. A folder that is not there has none.
fn wav_files(folder: &FilePath) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            match entry.metadata() {
                Ok(facts) if facts.is_dir() && prefix.is_empty() => folders.push((entry.path(), format!("{name}/"))),
                Ok(facts) => {
                    if let Some(stem) = name.strip_suffix(".wav") {
                        found.push((format!("{prefix}{stem}"), facts.len()));
                    }
                }
                Err(_) => {}
            }
        }
    }
    found
}

/// The file of a prompt below `folder`; refuses names that lead elsewhere.
fn place(folder: &FilePath, language: &str, file: &str) -> Result<PathBuf, ApiError> {
    let stem = file.strip_suffix(".wav").ok_or_else(ApiError::not_found)?;
    let good = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
    };
    if !LANGUAGES.contains(&language) || stem.len() > 80 || !stem.split('/').all(good) || stem.split('/').count() > 2 {
        let zh = "语音名称只能用小写字母、数字、- 和 _，最多一级目录";
        let en = "A prompt's name has lower-case letters, digits, - and _, and at most one folder";
        return Err(ApiError::bad_request(zh, en));
    }
    Ok(folder.join(language).join(format!("{stem}.wav")))
}

pub async fn play(
    State(api): State<Arc<Api>>,
    Path((language, file)): Path<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let own = place(&api.parts.site_prompts, &language, &file)?;
    let shipped = place(&api.parts.shipped_prompts, &language, &file)?;
    let path = if own.exists() { own } else { shipped };
    let served = ServeFile::new(path).oneshot(request).await.map_err(ApiError::internal)?;
    Ok(served.into_response())
}

/// On the disk before it is moved into place: a power cut leaves the old prompt or the new one.
fn write_through(path: &FilePath, content: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

pub async fn replace(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path((language, file)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let path = place(&api.parts.site_prompts, &language, &file)?;
    let row = caller.audit("prompt", format!("{language}/{file} replaced"));
    let _one_at_a_time = api.changing.lock().await;
    let millis = api
        .blocking(move |store| {
            let samples = files::decode_wav(&body).map_err(|problem| {
                let zh =
                    format!("此文件不是可用的 WAV：{problem}。请用 8 或 16 kHz、16 位 PCM 或 A 律、单声道或立体声");
                let en =
                    format!("Not a usable WAV file: {problem}. Use 8 or 16 kHz, 16 bit PCM or A-law, mono or stereo");
                ApiError::bad_request(&zh, &en)
            })?;
            // Written beside and moved into place: a caller never hears half a prompt.
            let beside = path.with_extension("new");
            let folder = path.parent().unwrap_or(FilePath::new("."));
            std::fs::create_dir_all(folder).map_err(ApiError::internal)?;
            write_through(&beside, &body).map_err(ApiError::internal)?;
            std::fs::rename(&beside, &path).map_err(ApiError::internal)?;
            store.audit(row)?;
            Ok(samples.len() / 8)
        })
        .await?;
    Ok(Json(json!({ "millis": millis })))
}

pub async fn remove(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path((language, file)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let path = place(&api.parts.site_prompts, &language, &file)?;
    let row = caller.audit("prompt", format!("{language}/{file} removed"));
    api.blocking(move |store| {
        std::fs::remove_file(&path).map_err(|_| ApiError::not_found())?;
        Ok(store.audit(row)?)
    })
    .await?;
    Ok(Json(json!({})))
}
