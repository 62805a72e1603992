//! Reading: photographs (PNG, JPEG) and the grey frames of a camera.
//!
//! The decoder is rxing's port of zxing-cpp, chosen by `cargo bench --bench qr_decode`. Its steps are
//! called one by one: its `QrReader` also looks for shapes of code that are not ours, and asks the clock.

use std::io::Cursor;

use image::imageops::{GaussianBlurParameters, blur_advanced, thumbnail};
use image::{DynamicImage, GrayImage, ImageDecoder, ImageReader, Limits};
use rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FindFinderPatterns, GenerateFinderPatternSets, SampleQR};
use rxing::{Binarizer, Luma8Source};

use super::ImageError;

/// Bytes in the largest file that is read: what a phone's best camera writes, twice over.
pub const MAX_FILE_BYTES: usize = 32 * 1024 * 1024;
/// Pixels in the largest picture that is read: the 50 megapixels of today's phones.
pub const MAX_PIXELS: u64 = 50_000_000;

/// Room for [`MAX_PIXELS`] in colour, and a bound on what a small file may inflate to.
const MAX_DECODED_BYTES: u64 = MAX_PIXELS * 4;
/// Larger pictures are halved before they are searched.
const MAX_SEARCHED_PIXELS: u32 = 12_600_000;
/// Pictures are halved again as long as their shorter side is above this, a camera frame's.
const HALVED_FROM: u32 = 1_080;
/// The search for finder patterns takes the square of their number, so a picture is searched for those that
/// could fill it some 26,000 times at most: modules of one pixel in a camera frame, of three in a photograph.
const PIXELS_PER_MODULE_PIXEL: u32 = 1_400_000;
/// Threes of finder patterns tried in one picture. A photograph has a few; a picture made to be slow, thousands.
const MAX_CANDIDATES: usize = 256;

/// The texts of all codes in a photograph or screenshot.
///
/// # Errors
/// [`ImageError`]; [`ImageError::NoCode`] if the picture is sound but no code can be read.
pub fn read(bytes: &[u8]) -> Result<Vec<String>, ImageError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ImageError::FileSize { got: bytes.len(), limit: MAX_FILE_BYTES });
    }
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| ImageError::Format)?;
    // The workspace builds `image` with PNG and JPEG alone, but a caller's features may add formats.
    if !matches!(reader.format(), Some(image::ImageFormat::Png | image::ImageFormat::Jpeg)) {
        return Err(ImageError::Format);
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|source| ImageError::Damaged { source })?;
    let (width, height) = decoder.dimensions();
    check_dimensions(width, height)?;
    if decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(ImageError::Dimensions { width, height, limit: MAX_PIXELS });
    }
    let picture = DynamicImage::from_decoder(decoder).map_err(|source| ImageError::Damaged { source })?;
    search(picture.into_luma8())
}

/// The texts of all codes in a grey frame, one byte a pixel, row by row.
///
/// # Errors
/// [`ImageError::Dimensions`], [`ImageError::FrameLength`], [`ImageError::NoCode`].
pub fn read_grey(width: u32, height: u32, pixels: &[u8]) -> Result<Vec<String>, ImageError> {
    check_dimensions(width, height)?;
    let expected = u64::from(width) * u64::from(height);
    match GrayImage::from_raw(width, height, pixels.to_vec()) {
        Some(picture) if pixels.len() as u64 == expected => search(picture),
        _ => Err(ImageError::FrameLength { expected, got: pixels.len() }),
    }
}

fn check_dimensions(width: u32, height: u32) -> Result<(), ImageError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MAX_PIXELS {
        return Err(ImageError::Dimensions { width, height, limit: MAX_PIXELS });
    }
    Ok(())
}

/// First the picture as it is, then smoothed, which noise needs; a photograph larger than a camera frame then
/// halved again and again, which averages noise and blur away where modules are large.
fn search(mut picture: GrayImage) -> Result<Vec<String>, ImageError> {
    while picture.width() * picture.height() > MAX_SEARCHED_PIXELS {
        picture = halve(&picture);
    }
    loop {
        let mut found = codes_in(&picture);
        if found.is_empty() {
            found = codes_in(&blur_advanced(&picture, GaussianBlurParameters::SMOOTHING_3));
        }
        if !found.is_empty() {
            return Ok(found);
        }
        if picture.width().min(picture.height()) <= HALVED_FROM {
            return Err(ImageError::NoCode);
        }
        picture = halve(&picture);
    }
}

fn halve(picture: &GrayImage) -> GrayImage {
    thumbnail(picture, picture.width() / 2, picture.height() / 2)
}

fn codes_in(picture: &GrayImage) -> Vec<String> {
    let Ok(source) = Luma8Source::new_with_slice(picture, picture.width(), picture.height()) else {
        return Vec::new();
    };
    let binarizer = HybridBinarizer::new(source);
    let Ok(matrix) = binarizer.get_black_matrix() else {
        return Vec::new();
    };
    decode_all(matrix)
}

fn decode_all(matrix: &BitMatrix) -> Vec<String> {
    let smallest_module = (matrix.width() * matrix.height()).div_ceil(PIXELS_PER_MODULE_PIXEL).isqrt();
    // Every third row is searched: the default skips more of a large picture, and small codes with it.
    let mut patterns = FindFinderPatterns(matrix, true, smallest_module);
    let mut used = Vec::new();
    let mut texts = Vec::new();
    for corners in GenerateFinderPatternSets(&mut patterns).into_iter().take(MAX_CANDIDATES) {
        let finders = [corners.tl, corners.tr, corners.bl];
        if finders.iter().any(|finder| used.contains(finder)) {
            continue;
        }
        let Ok(decoded) = SampleQR(matrix, &corners).and_then(|found| Decode(found.getBits())) else {
            continue;
        };
        if decoded.isValid() {
            used.extend(finders);
            // Our texts are ASCII; whatever else was scanned only has to be named.
            texts.push(String::from_utf8_lossy(decoded.content().bytes()).into_owned());
        }
    }
    texts
}
