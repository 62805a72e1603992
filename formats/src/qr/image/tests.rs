mod segments;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::qr::text::{self, Kind};

const LEVELS: [Level; 3] = [Level::L, Level::M, Level::Q];

/// A text of ours with as many characters, or one fewer where no bytes make that many.
fn sample(chars: usize) -> String {
    let mut bytes = vec![0; (chars - 4) / 3 * 2 + usize::from((chars - 4) % 3 == 2)];
    ChaCha8Rng::seed_from_u64(chars as u64).fill_bytes(&mut bytes);
    text::encode(Kind::Presentation, &bytes)
}

fn drawn(text: &str, module_px: u32) -> GrayImage {
    image::load_from_memory(&render(text, Level::L, module_px).unwrap()).unwrap().into_luma8()
}

fn jpeg(picture: &GrayImage, quality: u8) -> Vec<u8> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality).encode_image(picture).unwrap();
    file
}

/// Adds even noise of up to `reach` grey levels either way to black and white made less black and less white.
fn noisy(picture: &GrayImage, reach: i32) -> GrayImage {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut out = picture.clone();
    for Luma([value]) in out.pixels_mut() {
        let noise = (rng.next_u32() % (2 * reach as u32 + 1)) as i32 - reach;
        *value = (i32::from(*value) / 2 + 64 + noise).clamp(0, 255) as u8;
    }
    out
}

fn read_picture(picture: &GrayImage) -> Result<Vec<String>, ImageError> {
    read_grey(picture.width(), picture.height(), picture)
}

/// ISO/IEC 18004, table 7: the most alphanumeric characters of a version.
#[test]
fn codes_come_out_alphanumeric_and_in_the_smallest_version() {
    for (level, version, capacity) in [
        (Level::L, 11, 468),
        (Level::L, 12, 535),
        (Level::L, 17, 938),
        (Level::L, 20, 1_249),
        (Level::M, 11, 366),
    ] {
        let fits = Code::new(&"H".repeat(capacity), level).unwrap();
        assert_eq!((fits.version(), fits.side()), (version, 17 + 4 * u32::from(version)));
        let larger = Code::new(&"H".repeat(capacity + 1), level).unwrap();
        assert_eq!(larger.version(), version + 1);
    }
}

#[test]
fn png_and_jpeg_round_trips_at_every_level() {
    for chars in [20, 420, 468, 900, 1_200, 2_000, 3_000] {
        let text = sample(chars);
        for level in LEVELS {
            let Ok(code) = Code::new(&text, level) else {
                assert!(level == Level::Q && chars == 3_000);
                continue;
            };
            let png = code.png(3).unwrap();
            assert_eq!(read(&png).unwrap(), [text.as_str()], "PNG, {chars} characters, {level:?}");
            let picture = image::load_from_memory(&png).unwrap().into_luma8();
            assert_eq!(
                read(&jpeg(&picture, 70)).unwrap(),
                [text.as_str()],
                "JPEG, {chars} characters, {level:?}"
            );
        }
    }
}

#[test]
fn the_picture_has_its_quiet_zone_and_size() {
    let code = Code::new("HATI", Level::M).unwrap();
    let picture = image::load_from_memory(&code.png(5).unwrap()).unwrap().into_luma8();
    assert_eq!(picture.dimensions(), ((21 + 8) * 5, (21 + 8) * 5));
    let light = |x: u32, y: u32| picture.get_pixel(x, y).0 == [255];
    assert!((0..145).all(|along| (0..20).all(|depth| light(along, depth) && light(depth, along))));
    assert!(!light(20, 20));
}

#[test]
fn the_terminal_preview_is_the_code() {
    let text = sample(300);
    let preview = Code::new(&text, Level::L).unwrap().terminal();
    let rows: Vec<Vec<char>> = preview.lines().map(|line| line.chars().collect()).collect();
    let (width, height) = (rows[0].len() as u32, 2 * rows.len() as u32);
    let small = GrayImage::from_fn(width, height, |x, y| {
        let lit = match rows[y as usize / 2][x as usize] {
            ' ' => false,
            '█' => true,
            '▀' => y % 2 == 0,
            _ => y % 2 == 1,
        };
        Luma([if lit { 255 } else { 0 }])
    });
    let picture = imageops::resize(&small, width * 4, height * 4, FilterType::Nearest);
    assert_eq!(read_picture(&picture).unwrap(), [text]);
}

#[test]
fn all_codes_of_a_picture_are_read() {
    let texts = [sample(100), sample(300)];
    let mut table = GrayImage::from_pixel(1_000, 500, Luma([255]));
    imageops::overlay(&mut table, &drawn(&texts[0], 6), 20, 40);
    imageops::overlay(&mut table, &drawn(&texts[1], 6), 500, 60);
    let mut found = read_picture(&table).unwrap();
    found.sort_by_key(String::len);
    assert_eq!(found, texts);
}

#[test]
fn codes_of_others_are_read_so_that_they_can_be_named() {
    let found = read(&render("https://example.org/é", Level::M, 4).unwrap()).unwrap();
    assert_eq!(found, ["https://example.org/é"]);
    let refused = text::decode(&found[0]).unwrap_err();
    assert_eq!(refused, text::TextError::Foreign { found: text::Foreign::WebAddress });
}

#[test]
fn a_noisy_photograph_is_read() {
    let text = sample(468);
    assert_eq!(read(&jpeg(&noisy(&drawn(&text, 4), 110), 90)).unwrap(), [text]);
}

#[test]
fn a_large_noisy_photograph_is_read() {
    let text = sample(900);
    let close = imageops::blur(&drawn(&text, 16), 2.0);
    assert_eq!(read_picture(&noisy(&close, 100)).unwrap(), [text]);
}

#[test]
fn a_small_code_in_a_large_photograph_is_read() {
    let text = sample(100);
    let mut room = GrayImage::from_pixel(4_000, 3_000, Luma([170]));
    imageops::overlay(&mut room, &drawn(&text, 3), 1_801, 1_402);
    assert_eq!(read_picture(&room).unwrap(), [text]);
}

#[test]
fn what_fits_no_code_is_refused() {
    let refused = Code::new(&"H".repeat(4_297), Level::L).unwrap_err();
    assert!(matches!(refused, ImageError::TooLong { got: 4_297, level: Level::L }));
}

#[test]
fn modules_of_no_pixels_or_too_many_are_refused() {
    for got in [0, MAX_MODULE_PX + 1, u32::MAX] {
        assert!(matches!(
            render("HATI", Level::L, got),
            Err(ImageError::ModuleSize { limit: MAX_MODULE_PX, .. })
        ));
    }
}

#[test]
fn pictures_without_a_code_say_so() {
    for side in [1, 20, 39, 40, 400] {
        let blank = GrayImage::from_pixel(side, side, Luma([255]));
        assert!(matches!(read_picture(&blank), Err(ImageError::NoCode)), "{side} pixels");
    }
}

#[test]
fn files_that_are_no_pictures_are_refused() {
    for file in [&b""[..], b"H1P:BB8", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"] {
        assert!(matches!(read(file), Err(ImageError::Format)));
    }
    let long = vec![0; MAX_FILE_BYTES + 1];
    assert!(matches!(read(&long), Err(ImageError::FileSize { limit: MAX_FILE_BYTES, .. })));
}

#[test]
fn a_truncated_png_is_damaged() {
    let png = render(&sample(300), Level::L, 3).unwrap();
    for kept in [10, 40, png.len() / 2, png.len() - 20] {
        assert!(matches!(read(&png[..kept]), Err(ImageError::Damaged { .. })), "{kept} bytes");
    }
}

#[test]
fn a_truncated_jpeg_is_never_read_wrongly() {
    let text = sample(300);
    let file = jpeg(&drawn(&text, 3), 80);
    for kept in (3..file.len()).step_by(997) {
        match read(&file[..kept]) {
            Ok(found) => assert_eq!(found, [text.as_str()]),
            Err(refused) => {
                assert!(matches!(refused, ImageError::Damaged { .. } | ImageError::NoCode), "{refused}");
            }
        }
    }
}

/// A PNG of a few bytes whose header claims a picture of any size (RFC 2083, section 4.1.1).
fn claiming(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([depth, colour, 0, 0, 0]);
    for (name, data) in [(b"IHDR", header.as_slice()), (b"IDAT", &[0x78, 0x9c])] {
        let mut checksum = flate2::Crc::new();
        checksum.update(name);
        checksum.update(data);
        file.extend((data.len() as u32).to_be_bytes());
        file.extend(name);
        file.extend(data);
        file.extend(checksum.sum().to_be_bytes());
    }
    file
}

#[test]
fn inflation_bombs_are_refused_by_their_header() {
    for (width, height, depth, colour) in
        [(60_000, 60_000, 8, 0), (10_000, 5_001, 1, 0), (5_001, 5_000, 16, 6)]
    {
        let refused = read(&claiming(width, height, depth, colour)).unwrap_err();
        assert!(matches!(refused, ImageError::Dimensions { .. }), "{width} x {height}: {refused}");
    }
    assert!(matches!(read(&claiming(100, 100, 8, 0)), Err(ImageError::Damaged { .. })));
}

#[test]
fn frames_that_contradict_their_dimensions_are_refused() {
    assert!(matches!(read_grey(0, 720, &[]), Err(ImageError::Dimensions { width: 0, .. })));
    assert!(matches!(read_grey(u32::MAX, u32::MAX, &[]), Err(ImageError::Dimensions { .. })));
    for got in [99, 101] {
        let refused = read_grey(10, 10, &vec![0; got]);
        assert!(matches!(refused, Err(ImageError::FrameLength { expected: 100, got: g }) if g == got));
    }
}

/// Finder patterns as dense as they can be: what makes a search slow is capped.
#[test]
fn a_picture_full_of_finder_patterns_is_given_up() {
    let ring = |at: u32| at % 9;
    let picture = GrayImage::from_fn(1_280, 720, |x, y| {
        let distance = ring(x).abs_diff(4).max(ring(y).abs_diff(4));
        Luma([if matches!(distance, 0 | 1 | 3) { 0 } else { 255 }])
    });
    assert!(matches!(read_picture(&picture), Err(ImageError::NoCode)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_of_ours_is_read_back(
        kind in prop::sample::select(&Kind::ALL),
        bytes in prop::collection::vec(any::<u8>(), 1..900),
        level in prop::sample::select(&LEVELS),
        module_px in 2_u32..6,
    ) {
        let text = text::encode(kind, &bytes);
        prop_assert_eq!(read(&render(&text, level, module_px).unwrap()).unwrap(), [text]);
    }

    /// Damaged beyond repair or not, a code is read as itself, not at all, and never with a panic.
    #[test]
    fn damaged_codes_never_panic(chars in 20_usize..600, seed: u64, share in 0_u32..40, module_px in 1_u32..5) {
        let text = sample(chars);
        let code = Code::new(&text, Level::L).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let modules: Vec<bool> = code.modules().into_iter().map(|dark| dark ^ (rng.next_u32() % 100 < share)).collect();
        let side = code.side() * module_px;
        let picture = GrayImage::from_fn(side, side, |x, y| {
            let module = (y / module_px * code.side() + x / module_px) as usize;
            Luma([if modules[module] { 0 } else { 255 }])
        });
        if let Ok(found) = read_picture(&picture) {
            prop_assert_eq!(found, [text]);
        }
    }

    #[test]
    fn no_bytes_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300), png: bool) {
        let start: &[u8] = if png { b"\x89PNG\r\n\x1a\n" } else { &[0xff, 0xd8, 0xff] };
        bytes.splice(0..0, start.iter().copied());
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn no_frame_panics(width in 1_u32..90, height in 1_u32..90, seed: u64, dark in 0_u32..256) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let frame = GrayImage::from_fn(width, height, |_, _| Luma([if rng.next_u32() % 256 < dark { 0 } else { 255 }]));
        let _ = read_picture(&frame);
    }
}
