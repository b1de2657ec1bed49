//! The scenario table: its rows, and how one is run and checked.

pub mod check;
pub mod row;
pub mod run;
