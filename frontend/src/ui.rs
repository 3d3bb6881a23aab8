//! What the pages are made of.
//!
//! Colour never speaks alone: every state has a word and a shape. Text that came out of a file goes through
//! [`Untrusted`], so that nothing in it can reorder or hide what stands around it.

mod badge;
mod button;
mod certificate_path;
mod decoded;
mod dialog;
mod grid;
mod icon;
mod live;
mod text;
mod transfer;
mod validity_bar;

pub(crate) use badge::{Badge, State};
pub(crate) use button::{Button, ButtonKind};
pub(crate) use certificate_path::CertificatePath;
pub(crate) use decoded::DecodedCertificate;
pub(crate) use dialog::{Dialog, Drawer};
pub(crate) use grid::{Column, Grid, Sort};
pub(crate) use icon::Icon;
pub(crate) use live::{live, live_if, live_text};
pub(crate) use text::{Fingerprint, TimeText, Untrusted, visible};
pub(crate) use transfer::{CopyButton, DownloadButton};
pub(crate) use validity_bar::{ValidityBar, validity_state};
