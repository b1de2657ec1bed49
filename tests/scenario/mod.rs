//! The scenario table: its scenarios, and how one is run and checked.

pub mod backend;
pub mod check;
pub mod coverage;
pub mod run;
pub mod script;
pub mod table;

use crate::harness::{peer, server};
