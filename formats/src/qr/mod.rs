//! QR codes: the text in a code, sequences of codes, and pictures of codes (`spec/qr.md`).
//!
//! `text` frames every code; `request` is what a verifier shows and a wallet checks, `presentation` what the
//! wallet shows in return; `sequence` cuts what one code cannot hold into an endless row of frames, of which
//! enough are enough, whichever they are; `image` (feature `image`) draws and reads the pictures.

mod base45;
#[cfg(feature = "image")]
pub mod image;
pub mod presentation;
pub mod request;
pub mod sequence;
pub mod text;
