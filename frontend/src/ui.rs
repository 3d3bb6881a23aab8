//! What the pages are made of.
//!
//! Colour never speaks alone: every state has a word and a shape. Text that came out of a file goes through
//! [`untrusted`], so that nothing in it can reorder or hide what stands around it.

mod badge;
mod button;
mod certificate_path;
mod decoded;
mod dialog;
mod grid;
mod help_link;
mod icon;
mod needs;
mod text;
mod transfer;
mod validity_bar;

pub(crate) use badge::{State, badge, badge_of};
pub(crate) use button::{ButtonKind, button};
pub(crate) use certificate_path::certificate_path;
pub(crate) use decoded::decoded_certificate;
pub(crate) use dialog::{choice, dialog, drawer};
pub(crate) use grid::{Column, Grid, Rows, Sort};
pub(crate) use help_link::help_link;
pub(crate) use icon::icon;
pub(crate) use needs::{fields_for, needed};
pub(crate) use text::{error_line, fingerprint, spoken, time, untrusted, visible};
pub(crate) use transfer::{copy_button, download_button, save};
pub(crate) use validity_bar::{now_line, validity_bar, validity_state};
