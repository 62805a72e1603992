//! QR codes: the text in a code, sequences of codes, and pictures of codes (`spec/qr.md`).
//!
//! `text` frames every code; `request` is what a verifier shows and a wallet checks, `presentation` what the
//! wallet shows in return; `sequence` cuts what one code cannot hold into frames of which any few too many are
//! enough; `image` (feature `image`) draws and reads the pictures.

pub mod presentation;
pub mod request;
pub mod sequence;
pub mod text;
