//! The scenarios in `tests/scenarios`: how they are read, run and checked.

pub mod backend;
pub mod check;
pub mod coverage;
mod documentation;
mod dpop;
pub mod expect;
pub mod format;
mod log;
pub mod run;
pub mod script;
pub mod table;

use crate::harness::{peer, server};
