//! `/api/v1/backup`

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use certway_wire::node::{NewBackup, Problem as ProblemSchema};
use zeroize::Zeroizing;

use super::AppState;
use super::message::Message;
use super::policy::{Administers, Confirmed};
use super::problem::Problem;
use crate::app::blocking;

/// Makes a backup: an `age` file with the store and the node's key. Asks for the password again.
#[utoipa::path(
    post, operation_id = "backup_make", path = "/backup", request_body = NewBackup,
    responses(
        (status = OK, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = FORBIDDEN, body = ProblemSchema, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, body = ProblemSchema, content_type = "application/problem+json",
            description = "The passphrase is not good enough"),
    )
)]
pub(super) async fn make(
    Confirmed(Administers(session)): Confirmed<Administers>,
    State(app): State<AppState>,
    Message(NewBackup { passphrase }): Message<NewBackup>,
) -> Result<impl IntoResponse, Problem> {
    let passphrase = Zeroizing::new(passphrase);
    let backup = blocking(move || app.make_backup(&session.actor, &passphrase)).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"certway-backup.age\""),
    ];
    Ok((headers, backup))
}
