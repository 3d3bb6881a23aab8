//! Uploads: read whole under a limit that belongs to the call, and only when there is room to judge them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header;
use multer::{Constraints, Multipart, SizeLimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::problem::Problem;

/// How long to wait for room.
const ROOM: Duration = Duration::from_secs(5);
/// How long an upload may take to arrive once there is room for it: 17 MiB in that time are 7 Mbit/s.
const ARRIVAL: Duration = Duration::from_secs(20);

/// One part. File names are ignored.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    /// A form's file box with no file in it.
    pub(super) unfilled: bool,
}

/// An upload, read once there is room to judge it. The room is held until it is judged.
pub(super) async fn receive(
    rooms: &Arc<Semaphore>,
    request: Request,
    limit_bytes: usize,
) -> Result<(OwnedSemaphorePermit, Vec<Part>), Problem> {
    match timeout(ROOM, Arc::clone(rooms).acquire_owned()).await {
        Ok(Ok(room)) => Ok((room, read(request, limit_bytes).await?)),
        _ => Err(Problem::busy()),
    }
}

/// The parts of a `multipart/form-data` body of at most `limit_bytes`.
async fn read(request: Request, limit_bytes: usize) -> Result<Vec<Part>, Problem> {
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if declared.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > limit_bytes) {
        return Err(Problem::too_large(limit_bytes));
    }
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let boundary = content_type.and_then(|kind| multer::parse_boundary(kind).ok()).ok_or_else(|| {
        Problem::unsupported_type("This call takes a body of type multipart/form-data. Nothing was changed.")
    })?;
    let size = SizeLimit::new().whole_stream(limit_bytes as u64);
    let constraints = Constraints::new().size_limit(size);
    let body = Multipart::with_constraints(request.into_body().into_data_stream(), boundary, constraints);
    match timeout(ARRIVAL, collect(body)).await {
        Ok(Ok(parts)) => Ok(parts),
        Ok(Err(multer::Error::StreamSizeExceeded { .. })) => Err(Problem::too_large(limit_bytes)),
        Ok(Err(error)) => {
            Err(Problem::bad_request(format!("The upload broke off or is malformed: {error}. Nothing was changed.")))
        }
        Err(_) => Err(Problem::bad_request("The upload took too long. Nothing was changed.")),
    }
}

async fn collect(mut body: Multipart<'_>) -> Result<Vec<Part>, multer::Error> {
    let mut parts = Vec::new();
    while let Some(field) = body.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        let nameless_file = field.file_name() == Some("");
        let bytes = field.bytes().await?;
        parts.push(Part { name, unfilled: nameless_file && bytes.is_empty(), bytes: bytes.into() });
    }
    Ok(parts)
}

/// Puts a part where it belongs, which must be empty still.
pub(super) fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), Problem> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Problem::bad_request(format!("The part `{name}` is there twice. Nothing was changed."))),
    }
}

/// The one part of a form that has nothing but `file`.
pub(super) fn only_file(parts: Vec<Part>) -> Result<Vec<u8>, Problem> {
    let mut file = None;
    for Part { name, bytes, unfilled } in parts {
        match name.as_str() {
            _ if unfilled => {}
            "file" => once(&mut file, &name, bytes)?,
            _ => return Err(unknown(&name)),
        }
    }
    file.ok_or_else(|| missing("file"))
}

/// A part that the call does not know.
pub(super) fn unknown(name: &str) -> Problem {
    let name: String = name.chars().take(40).collect();
    Problem::bad_request(format!("This call has no part `{}`. Nothing was changed.", name.escape_default()))
}

/// A part that the call needs.
pub(super) fn missing(name: &str) -> Problem {
    Problem::bad_request(format!("The part `{name}` is missing. Nothing was changed."))
}
