//! What is signed: keys, strict JWS and COSE, SD-JWT, VCDM, status lists, trust, QR codes. Pure.

pub mod names;
