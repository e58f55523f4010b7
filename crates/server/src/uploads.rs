//! Files that somebody sends to be imported: written to the disk as they come, however large.

use axum::Json;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::form::parse_query;
use crate::problem::Problem;
use crate::routes::Shared;

/// `POST /api/uploads?name=NAME`
pub(crate) async fn take(
    State(office): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Json<Value>, Problem> {
    #[derive(Deserialize)]
    struct Wish {
        name: String,
    }
    // Insisting on the type also keeps pages of other sites from posting here without the browser asking us first.
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes() != b"application/octet-stream") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_bytes",
            "Wrong content type",
            "A file is sent as application/octet-stream.",
            "Add the header Content-Type: application/octet-stream.",
        ));
    }
    let Wish { name } = parse_query(&query.unwrap_or_default())?;
    let theirs = name.clone();
    let (upload, path) = office.desk.call(move |house| house.upload(&theirs)).await?;
    let limits = &office.limits;
    let mut bytes = 0u64;
    let written = async {
        let mut file = tokio::fs::File::create(&path).await.map_err(|error| unkept(&error))?;
        loop {
            let frame = timeout(limits.body_idle, body.frame()).await.map_err(|_| broken("The file paused for too long."))?;
            let Some(frame) = frame else { break };
            let frame = frame.map_err(|_| broken("The connection broke off."))?;
            let Some(piece) = frame.data_ref() else { continue };
            bytes += piece.len() as u64;
            if bytes > limits.upload_bytes_max {
                return Err(Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "too_large",
                    "Too large",
                    format!("A file that is sent may have {} bytes.", limits.upload_bytes_max),
                    "Import it on the machine itself: `periplus import FILE`.",
                ));
            }
            file.write_all(piece).await.map_err(|error| unkept(&error))?;
        }
        file.flush().await.map_err(|error| unkept(&error))
    };
    if let Err(problem) = written.await {
        let _ = tokio::fs::remove_file(&path).await;
        return Err(problem);
    }
    Ok(Json(json!({"upload": upload, "name": name, "bytes": bytes})))
}

fn broken(detail: &str) -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT, "broken_off", "It broke off", detail, "Send it again.")
}

fn unkept(error: &std::io::Error) -> Problem {
    Problem::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "not_kept",
        "It could not be kept",
        format!("The file cannot be written: {error}."),
        "Make room on the disk of the data folder.",
    )
}
