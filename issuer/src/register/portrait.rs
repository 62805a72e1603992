//! A picture becomes at most 1,000 bytes: cropped square, made small, compressed as lossy WebP.
//!
//! Why WebP at 112 pixels stands in `ARCHITECTURE.md`, section "Portraits".

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Component, Path};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_store::Portrait;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};
use sha2::{Digest, Sha256};

use super::record::{FieldError, shown};
use super::rows::{Fields, Picture};

/// The most bytes a portrait has in a credential.
pub const MAX_BYTES: usize = 1000;

/// Media type of a portrait.
pub const MEDIA_TYPE: &str = "image/webp";

/// Pixels of each side, the next one for pictures with so much detail that the one before needs a quality below
/// [`LEAST_QUALITY`], where blocks show.
const SIDES: [u32; 4] = [112, 88, 64, 48];
const LEAST_QUALITY: u8 = 10;

/// Bytes of the largest picture taken in: a 24-megapixel JPEG stays below.
pub const MAX_SOURCE_BYTES: u64 = 16 << 20;

/// Pixels of the longest side taken in.
const MAX_SOURCE_SIDE: u32 = 8192;

/// Memory for decoding: 8192 x 8192 pixels of three bytes.
const MAX_DECODED_BYTES: u64 = 192 << 20;

/// Pixels of the shortest side taken in: below this no face can be recognised.
const MIN_SOURCE_SIDE: u32 = 64;

/// Why a picture cannot become a portrait.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortraitError {
    /// The picture is not base64.
    #[error("the picture is not base64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// A path where there are no files.
    #[error("a path leads nowhere here")]
    NoFiles,
    /// The path leads out of the folder of the file.
    #[error("the path leads out of the folder of the file")]
    Outside,
    /// The file cannot be read.
    #[error("the picture cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// The file is too large.
    #[error("the picture has more than {expected} bytes")]
    TooLarge {
        /// The most bytes taken in.
        expected: u64,
    },
    /// The picture has too few or too many pixels.
    #[error("the picture is {got_width} x {got_height} pixels")]
    Size {
        /// Pixels across.
        got_width: u32,
        /// Pixels down.
        got_height: u32,
    },
    /// The bytes are no picture that is known.
    #[error("the picture cannot be decoded: {0}")]
    Undecodable(#[from] image::ImageError),
    /// The encoder failed.
    #[error("the picture cannot be compressed to {MAX_BYTES} bytes")]
    Incompressible,
}

impl PortraitError {
    /// The same, as an error of the row's field.
    fn in_field(&self, picture: Picture<'_>) -> FieldError {
        let got = match picture {
            Picture::File(path) => format!("{}: {}", shown(path), shown(&self.to_string())),
            Picture::Base64(_) => shown(&self.to_string()),
        };
        FieldError {
            field: "portrait",
            expected: format!(
                "the path of a JPEG or PNG below the file's folder, or in JSON the picture as base64, \
                 {MIN_SOURCE_SIDE} to {MAX_SOURCE_SIDE} pixels a side and at most {} MiB",
                MAX_SOURCE_BYTES >> 20
            ),
            got,
            advice: "Take the picture again, or leave it out.",
        }
    }
}

/// The portrait of a row, read below `folder` where the row has a path. `known` is taken if it was made from the same
/// picture.
pub(super) fn read(
    fields: &Fields,
    folder: Option<&Path>,
    known: Option<&Portrait>,
) -> Result<Option<Portrait>, FieldError> {
    let picture = fields.picture().map_err(|unreadable| unreadable.in_column("portrait"))?;
    let Some(picture) = picture else { return Ok(None) };
    let portrait = match (picture, folder) {
        (Picture::File(path), Some(folder)) => load(folder, path, known),
        (Picture::File(_), None) => Err(PortraitError::NoFiles),
        (Picture::Base64(text), _) => {
            STANDARD.decode(text).map_err(PortraitError::from).and_then(|bytes| take(&bytes, known))
        }
    };
    portrait.map(Some).map_err(|error| error.in_field(picture))
}

/// Reads a picture below `folder` and compresses it, unless `known` was made from the same picture.
///
/// # Errors
///
/// [`PortraitError`] says what is wrong with the path or the picture.
pub fn load(folder: &Path, path: &str, known: Option<&Portrait>) -> Result<Portrait, PortraitError> {
    take(&read_below(folder, Path::new(path))?, known)
}

fn take(picture: &[u8], known: Option<&Portrait>) -> Result<Portrait, PortraitError> {
    if picture.len() as u64 > MAX_SOURCE_BYTES {
        return Err(PortraitError::TooLarge { expected: MAX_SOURCE_BYTES });
    }
    let source_digest: [u8; 32] = Sha256::digest(picture).into();
    if let Some(known) = known.filter(|known| known.source_digest == source_digest) {
        return Ok(known.clone());
    }
    let bytes = compress(picture)?;
    Ok(Portrait { media_type: MEDIA_TYPE.to_owned(), bytes, source_digest })
}

/// Turns a JPEG or PNG into a WebP of at most [`MAX_BYTES`].
///
/// # Errors
///
/// [`PortraitError`] says what is wrong with the picture.
pub fn compress(picture: &[u8]) -> Result<Vec<u8>, PortraitError> {
    let square = crop(decode(picture)?);
    for side in SIDES {
        let small = square.resize_exact(side, side, FilterType::Lanczos3).into_rgb8();
        if let Some(bytes) = best_quality(&small)? {
            return Ok(bytes);
        }
    }
    Err(PortraitError::Incompressible)
}

/// A picture below `folder`; of one that is too large, one byte too many.
fn read_below(folder: &Path, path: &Path) -> Result<Vec<u8>, PortraitError> {
    if path.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(PortraitError::Outside);
    }
    // A link could still lead anywhere.
    let path = folder.join(path).canonicalize()?;
    if !path.starts_with(folder.canonicalize()?) {
        return Err(PortraitError::Outside);
    }
    // A device or a pipe could be endless or never answer.
    if !path.metadata()?.is_file() {
        return Err(std::io::Error::from(std::io::ErrorKind::InvalidInput).into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_SOURCE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn decode(picture: &[u8]) -> Result<DynamicImage, PortraitError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SOURCE_SIDE);
    limits.max_image_height = Some(MAX_SOURCE_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    let mut reader = ImageReader::new(Cursor::new(picture)).with_guessed_format()?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (got_width, got_height) = decoder.dimensions();
    if got_width.min(got_height) < MIN_SOURCE_SIDE {
        return Err(PortraitError::Size { got_width, got_height });
    }
    // Telephones write a picture as the sensor saw it, and how it was held beside it (Exif).
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The largest square: in the middle of a wide picture, and in the upper part of a tall one, where the face is.
fn crop(image: DynamicImage) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    let side = width.min(height);
    image.crop_imm((width - side) / 2, (height - side) / 4, side, side)
}

/// The best quality that fits, by halving: the size grows with the quality.
fn best_quality(image: &RgbImage) -> Result<Option<Vec<u8>>, PortraitError> {
    let mut best = None;
    let (mut low, mut high) = (LEAST_QUALITY, 100);
    while low <= high {
        let quality = low.midpoint(high);
        let bytes = encode(image, quality)?;
        if bytes.len() <= MAX_BYTES {
            best = Some(bytes);
            low = quality + 1;
        } else {
            high = quality - 1;
        }
    }
    Ok(best)
}

fn encode(image: &RgbImage, quality: u8) -> Result<Vec<u8>, PortraitError> {
    let mut config = webp::WebPConfig::new().map_err(|()| PortraitError::Incompressible)?;
    config.quality = f32::from(quality);
    // The slowest method: some milliseconds once in ten years, for every byte of the picture.
    config.method = 6;
    let encoder = webp::Encoder::from_rgb(image, image.width(), image.height());
    let memory = encoder.encode_advanced(&config).map_err(|_| PortraitError::Incompressible)?;
    Ok(memory.to_vec())
}
