//! Pictures shown in turn, as one animated PNG (PNG Specification, Third Edition, section 11.3.2): players show all of
//! them, everything else shows the first.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Encoder};

use crate::Error;

/// How long each picture stands: a cheap phone's camera gives 15 pictures a second or more, and reads one in ten to
/// a hundred milliseconds.
const MILLISECONDS: u16 = 200;

/// One animated PNG of grey pictures of one size, shown over and over.
///
/// # Errors
/// [`Error::Animation`] if the pictures are none, or not of one size.
pub fn animate(pictures: &[Vec<u8>]) -> Result<Vec<u8>, Error> {
    let failed = |got: String| Error::Animation { got };
    let decoded = pictures.iter().map(|picture| decode(picture)).collect::<Result<Vec<_>, _>>()?;
    let (width, height, _) = *decoded.first().ok_or_else(|| failed("no picture".to_owned()))?;
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, width, height);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::Eight);
    let frames = u32::try_from(decoded.len()).unwrap_or(u32::MAX);
    let written = (|| {
        encoder.set_animated(frames, 0)?;
        encoder.set_frame_delay(MILLISECONDS, 1000)?;
        let mut writer = encoder.write_header()?;
        decoded.iter().try_for_each(|(.., pixels)| writer.write_image_data(pixels))?;
        writer.finish()
    })();
    written.map_err(|error| failed(error.to_string()))?;
    Ok(out)
}

fn decode(picture: &[u8]) -> Result<(u32, u32, Vec<u8>), Error> {
    let failed = |got: String| Error::Animation { got };
    let mut reader = Decoder::new(Cursor::new(picture)).read_info().map_err(|e| failed(e.to_string()))?;
    let (color, depth) = reader.output_color_type();
    if (color, depth) != (ColorType::Grayscale, BitDepth::Eight) {
        return Err(failed(format!("a picture in {color:?} with {depth:?} bits")));
    }
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or(0)];
    let frame = reader.next_frame(&mut pixels).map_err(|e| failed(e.to_string()))?;
    pixels.truncate(frame.buffer_size());
    Ok((frame.width, frame.height, pixels))
}

#[cfg(test)]
mod tests {
    use hati_formats::qr::image::{Level, render};

    use super::*;

    #[test]
    fn refuses_what_is_no_row_of_equal_pictures() {
        let [small, large] = [1, 2].map(|module| render("HATI", Level::L, module).unwrap());
        assert!(animate(&[small.clone(), small.clone()]).is_ok());
        for pictures in [vec![], vec![small, large], vec![b"no picture".to_vec()]] {
            assert!(matches!(animate(&pictures), Err(Error::Animation { .. })), "{}", pictures.len());
        }
    }
}
