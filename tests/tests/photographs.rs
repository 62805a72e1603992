//! Codes as a phone photographs them: held far away, out of focus, in the dark, turned, aslant, in shadow.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use hati_formats::qr::image::{Code, Level, read_grey};
use hati_tests::camera::{Degradation, photograph};
use hati_tests::decoders::sample;

/// An identity without its portrait, at its size goal: 900 characters, version 17.
fn is_read(degradation: Degradation) {
    let text = sample(900, 1);
    let code = Code::new(&text, Level::L).unwrap();
    assert_eq!(code.version(), 17);
    let frame = photograph(&code, degradation, 1);
    assert_eq!(read_grey(frame.width, frame.height, &frame.pixels).unwrap(), [text]);
}

#[test]
fn held_far_away() {
    is_read(Degradation::Scale);
}

#[test]
fn out_of_focus() {
    is_read(Degradation::Blur);
}

#[test]
fn in_a_dark_room() {
    is_read(Degradation::Noise);
}

#[test]
fn turned() {
    is_read(Degradation::Rotation);
}

#[test]
fn seen_aslant() {
    is_read(Degradation::Perspective);
}

#[test]
fn under_a_shadow() {
    is_read(Degradation::UnevenLight);
}
