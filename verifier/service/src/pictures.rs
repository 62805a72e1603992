//! Pictures: photographs of codes, and the portrait in a claim.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_formats::qr::image::{self, ImageError};
use hati_formats::qr::text::{self, Kind};
use serde_json::{Map, Value};

use crate::{Error, files};

/// The texts of the codes in photographs or screenshots, in the order of the pictures. A picture without a code adds
/// nothing: it may be one of many frames.
///
/// Where there are codes that a wallet shows, only those count: a photograph may also show the verifier's own request,
/// or a poster behind the counter.
///
/// # Errors
/// [`Error::File`], and [`Error::Picture`] for a file that is no picture.
pub fn read(paths: &[PathBuf]) -> Result<Vec<String>, Error> {
    let mut texts = Vec::new();
    for path in paths {
        let bytes = files::read(path, image::MAX_FILE_BYTES)?;
        match image::read(&bytes) {
            Ok(found) => texts.extend(found),
            Err(ImageError::NoCode) => {}
            Err(source) => return Err(Error::Picture { path: path.clone(), source }),
        }
    }
    if texts.iter().any(|text| is_shown_by_a_wallet(text)) {
        texts.retain(|text| is_shown_by_a_wallet(text));
    }
    Ok(texts)
}

/// Writes the portrait among the claims, and tells whether there is one.
///
/// # Errors
/// [`Error::Portrait`] if it is no picture, [`Error::File`].
pub fn write_portrait(claims: &Map<String, Value>, path: &Path) -> Result<bool, Error> {
    let Some(portrait) = claims.get("portrait") else { return Ok(false) };
    let (_, bytes) = portrait.as_str().and_then(data_url).ok_or(Error::Portrait {
        expected: "a picture in a data URL, such as `data:image/webp;base64,…`",
    })?;
    files::replace(path, &bytes)?;
    Ok(true)
}

/// Media type and bytes of a picture in a data URL (RFC 2397).
#[must_use]
pub fn data_url(url: &str) -> Option<(&str, Vec<u8>)> {
    let (media_type, data) = url.strip_prefix("data:")?.split_once(";base64,")?;
    let bytes = STANDARD.decode(data).ok()?;
    media_type.starts_with("image/").then_some((media_type, bytes))
}

fn is_shown_by_a_wallet(text: &str) -> bool {
    matches!(text::decode(text), Ok((Kind::Presentation | Kind::SingleScan | Kind::Frame, _)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portrait_is_written_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portrait.webp");
        let claims = |portrait: &str| Map::from_iter([("portrait".to_owned(), Value::from(portrait))]);
        assert!(write_portrait(&claims("data:image/webp;base64,UklGRg=="), &path).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"RIFF");
        assert!(!write_portrait(&Map::new(), &path).unwrap());
        let refused = write_portrait(&claims("data:text/html;base64,UklGRg=="), &path).unwrap_err();
        assert_eq!(refused.code(), "portrait_unusable");
    }

    #[test]
    fn a_portrait_is_a_picture_in_a_data_url() {
        assert_eq!(data_url("data:image/webp;base64,UklGRg=="), Some(("image/webp", b"RIFF".to_vec())));
        for bad in [
            "",
            "UklGRg==",
            "data:image/webp,RIFF",
            "data:text/html;base64,UklGRg==",
            "data:image/webp;base64,?",
        ] {
            assert_eq!(data_url(bad), None, "{bad}");
        }
    }
}
