//! Tests of the sandbox over HTTP and of its program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod api;
mod api_client;
mod backchannel;
mod code;
mod control;
mod dpop;
mod dpop_client;
mod dpop_service;
mod fail;
mod faults;
mod http;
mod id_token;
mod issue;
mod jwt;
mod metadata;
mod network;
mod program;
mod readme;
mod request;
mod requests;
mod response_modes;
mod services;
mod switches;
mod token;
