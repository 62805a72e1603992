//! The request as it comes to the command line: a picture, or the text itself.

use std::path::Path;

use hati_formats::qr::image;
use hati_formats::qr::text::{self, Kind};
use hati_wallet::{Error, files};

/// The text of the request in a picture, or the argument itself if it is one.
pub(super) fn read(argument: &str) -> Result<String, Error> {
    let path = Path::new(argument);
    // A text of ours has a colon in fourth place, so it is a file's name only if there is such a file.
    if !path.exists() && argument.get(3..4) == Some(":") {
        return Ok(argument.trim_end_matches(['\r', '\n']).to_owned());
    }
    let texts = image::read(&files::read(path, image::MAX_FILE_BYTES)?)?;
    // Other codes may be in the picture, such as a poster's.
    let request = texts.iter().find(|text| matches!(text::decode(text), Ok((Kind::Request, _))));
    Ok(request.or(texts.first()).cloned().unwrap_or_default())
}
