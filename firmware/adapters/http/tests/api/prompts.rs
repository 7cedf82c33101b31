//! The prompt library, and pictures of recordings.

use crate::bench::{Bench, octets, request};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use identity::{CallId, RecordingId};
use serde_json::{Value, json};
use store::Entry;

/// A WAV file of so many octets of sound: A-law, 8 kHz.
fn wav(sound: &[u8], channels: u16) -> Vec<u8> {
    let format = [
        &6u16.to_le_bytes()[..],
        &channels.to_le_bytes(),
        &8000u32.to_le_bytes(),
        &(8000 * u32::from(channels)).to_le_bytes(),
        &channels.to_le_bytes(),
        &8u16.to_le_bytes(),
        &0u16.to_le_bytes(),
    ]
    .concat();
    let fact = [&b"fact"[..], &4u32.to_le_bytes(), &(sound.len() as u32 / u32::from(channels)).to_le_bytes()].concat();
    let data = [&b"data"[..], &(sound.len() as u32).to_le_bytes(), sound].concat();
    let body = [&b"WAVEfmt "[..], &(format.len() as u32).to_le_bytes(), &format, &fact, &data].concat();
    [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
}

async fn put(bench: &Bench, path: &str, token: &str, file: Vec<u8>) -> (StatusCode, Value) {
    let mut upload = request("PUT", path, token, None);
    *upload.body_mut() = Body::from(file);
    let response = bench.raw(upload).await;
    let status = response.status();
    (status, serde_json::from_slice(&octets(response).await).unwrap_or(Value::Null))
}

/// A site replaces a prompt by its own and takes that away again: then the shipped one is heard.
#[tokio::test]
async fn a_site_has_its_own_prompts() {
    let bench = Bench::new().await;
    let shipped = wav(&[0xd5; 80], 1);
    std::fs::create_dir(bench.folder.path().join("shipped/zh")).unwrap();
    std::fs::write(bench.folder.path().join("shipped/zh/menu.wav"), &shipped).unwrap();
    let own = wav(&[0x2a; 16_000], 1);
    let path = "/prompts/zh/menu.wav";
    let (status, answer) = put(&bench, path, &bench.admin, own.clone()).await;
    assert_eq!((status, answer["millis"].as_u64()), (StatusCode::OK, Some(2000)));
    assert_eq!(octets(bench.raw(request("GET", path, &bench.admin, None)).await).await, own);
    let row = bench.get("/prompts").await["rows"][0].clone();
    assert_eq!((&row["name"], &row["site"], &row["shipped"]), (&json!("menu"), &json!(true), &json!(true)));
    assert_eq!(bench.ask("DELETE", path, &bench.admin, None).await.0, StatusCode::OK);
    assert_eq!(octets(bench.raw(request("GET", path, &bench.admin, None)).await).await, shipped);
    assert_eq!(bench.ask("DELETE", path, &bench.admin, None).await.0, StatusCode::NOT_FOUND);
}

/// What is no sound, or leads out of the library, is refused and nothing is written.
#[tokio::test]
async fn bad_prompts_are_refused() {
    let bench = Bench::new().await;
    for file in [Vec::new(), b"RIFF".to_vec(), wav(&[], 1), wav(&[0; 90], 3), vec![0xff; 4096]] {
        let (status, answer) = put(&bench, "/prompts/zh/menu.wav", &bench.admin, file).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    }
    let names = [
        "zh/..%2F..%2Fbox.wav",
        "zh/../menu.wav",
        "fr/menu.wav",
        "zh/Menu.wav",
        "zh/a/b/c.wav",
        "zh/.wav",
        "zh/menu.exe",
    ];
    for name in names {
        let (status, _) = put(&bench, &format!("/prompts/{name}"), &bench.admin, wav(&[1; 80], 1)).await;
        assert!(status == StatusCode::BAD_REQUEST || status == StatusCode::NOT_FOUND, "{name}: {status}");
    }
    assert_eq!(bench.get("/prompts").await["rows"], json!([]));
    let files: Vec<_> = std::fs::read_dir(bench.folder.path().join("site")).unwrap().collect();
    assert!(files.is_empty(), "{files:?}");
}

/// A recording's picture has two lanes; a recording without its file, or none at all, is not found.
#[tokio::test]
async fn recordings_have_a_picture() {
    let bench = Bench::new().await;
    bench.keep_calls(2);
    let loud_left: Vec<u8> = [0xaa, 0xd5].repeat(8000);
    std::fs::write(bench.folder.path().join("recordings/1.wav"), wav(&loud_left, 2)).unwrap();
    for id in [1, 2] {
        let (recording, call) = (RecordingId(id), CallId(id));
        bench.store.record(Entry::RecordingStarted { recording, call, path: format!("{id}.wav") }).unwrap();
        bench.store.record(Entry::RecordingEnded { recording, millis: 1000, bytes: 16_058 }).unwrap();
    }
    bench.store.flush().unwrap();
    let picture = bench.get("/recordings/1/waveform?points=20").await;
    let lane = |name: &str| picture[name].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect::<Vec<_>>();
    assert_eq!((lane("left").len(), lane("right").len()), (20, 20));
    assert!(lane("left").iter().all(|peak| *peak > 0.5) && lane("right").iter().all(|peak| *peak < 0.1), "{picture}");
    assert_eq!(picture["millis"], 1000);
    for path in
        ["/recordings/2/waveform", "/recordings/9/waveform", "/recordings/2.wav", "/recordings/x.wav", "/recordings/1"]
    {
        assert_eq!(bench.ask("GET", path, &bench.admin, None).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

/// Sound is not compressed on its way: a player that jumps needs its length and its ranges.
#[tokio::test]
async fn sound_keeps_its_length() {
    let bench = Bench::new().await;
    put(&bench, "/prompts/zh/menu.wav", &bench.admin, wav(&[0x2a; 16_000], 1)).await;
    let mut play = request("GET", "/prompts/zh/menu.wav", &bench.admin, None);
    play.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let response = bench.raw(play).await;
    assert_eq!(response.headers().get(header::CONTENT_ENCODING), None);
    assert!(response.headers().contains_key(header::CONTENT_LENGTH));
}
