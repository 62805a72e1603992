//! Our decoder beside its peers, over the same frames.
//!
//! ```text
//! cargo run --release --manifest-path tests/peers/qr/Cargo.toml
//! ```

use hati_formats::qr::image::ImageError;
use hati_tests::camera::Frame;
use hati_tests::decoders::{Decoder, OURS, compare};
use rxing::common::{DetectorRXingResult, HybridBinarizer};
use rxing::qrcode::cpp_port::{decoder, detector};
use rxing::{Binarizer, Luma8Source};
use zxingcpp::{BarcodeFormat, ImageFormat, ImageView};

fn main() -> Result<(), ImageError> {
    let decoders = [
        OURS,
        Decoder { name: "rxing 0.9 cpp_port, one pass", read: rxing_one_pass },
        Decoder { name: "zxing-cpp 0.5, defaults", read: zxing_defaults },
        Decoder { name: "zxing-cpp 0.5, one pass", read: zxing_one_pass },
        Decoder { name: "rqrr 0.10", read: rqrr_defaults },
    ];
    println!("{}", compare(&decoders, 20)?);
    Ok(())
}

/// The steps of rxing's `QrReader`, without what it does for other shapes of code.
fn rxing_one_pass(frame: &Frame) -> Vec<String> {
    let Ok(source) = Luma8Source::new_with_slice(&frame.pixels, frame.width, frame.height) else {
        return Vec::new();
    };
    let binarizer = HybridBinarizer::new(source);
    let Ok(matrix) = binarizer.get_black_matrix() else {
        return Vec::new();
    };
    let mut patterns = detector::FindFinderPatterns(matrix, false, 0);
    let read = detector::GenerateFinderPatternSets(&mut patterns)
        .iter()
        .filter_map(|corners| decoder::Decode(detector::SampleQR(matrix, corners).ok()?.getBits()).ok())
        .find(|decoded| decoded.isValid());
    read.iter().map(|decoded| String::from_utf8_lossy(decoded.content().bytes()).into_owned()).collect()
}

fn zxing_defaults(frame: &Frame) -> Vec<String> {
    zxing(frame, zxingcpp::read())
}

fn zxing_one_pass(frame: &Frame) -> Vec<String> {
    let reader = zxingcpp::read().try_harder(false).try_rotate(false).try_invert(false).try_downscale(false);
    zxing(frame, reader)
}

fn zxing(frame: &Frame, reader: zxingcpp::BarcodeReader) -> Vec<String> {
    let reader = reader.formats([BarcodeFormat::QRCode]);
    let view = ImageView::from_slice(&frame.pixels, frame.width, frame.height, ImageFormat::Lum);
    let found = view.and_then(|view| reader.from(view)).unwrap_or_default();
    found.iter().map(|barcode| barcode.text()).collect()
}

fn rqrr_defaults(frame: &Frame) -> Vec<String> {
    let width = frame.width as usize;
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, frame.height as usize, |x, y| {
        frame.pixels[y * width + x]
    });
    picture.detect_grids().iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
}
