//! Pictures become portraits, and nothing else does.

use std::io::Cursor;
use std::path::Path;

use hati_issuer::register::portrait::{MAX_BYTES, MEDIA_TYPE, PortraitError, compress, load};
use hati_issuer::register::sample::write_sample;
use hati_issuer::register::{FileFormat, Outcome};
use hati_store::{MemoryStore, Register};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::{ACHIENG, HEADER, import_as, import_bytes, import_rows};

#[test]
fn sample_portraits_are_imported() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("portraits")).unwrap();
    let mut file = Vec::new();
    let mut write =
        |path: &str, face: RgbImage| face.save(folder.path().join(path)).map_err(std::io::Error::other);
    write_sample(5, 1, 3, &mut file, &mut write).unwrap();

    let store = MemoryStore::default();
    let (counts, outcomes) = import_bytes(&store, &file, folder.path()).unwrap();
    assert_eq!(counts.added, 5, "{outcomes:?}");
    let mut portraits = 0;
    for row in csv::Reader::from_reader(file.as_slice()).records() {
        let person = store.person(&row.unwrap()[0]).unwrap().unwrap();
        let Some(portrait) = person.portrait else { continue };
        portraits += 1;
        assert_eq!(portrait.media_type, MEDIA_TYPE);
        assert!(portrait.bytes.len() <= MAX_BYTES && portrait.bytes.len() > 400);
        let decoded = webp::Decoder::new(&portrait.bytes).decode().unwrap();
        assert_eq!((decoded.width(), decoded.height()), (112, 112));
    }
    assert_eq!(portraits, 3);
    let (again, _) = import_bytes(&store, &file, folder.path()).unwrap();
    assert_eq!(again.unchanged, 5);
}

#[test]
fn every_picture_fits() {
    let mut noise = 1_u32;
    let noisy = RgbImage::from_fn(300, 400, |_, _| {
        Rgb([0; 3].map(|_: u8| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.to_be_bytes()[0]
        }))
    });
    let flat = RgbImage::from_pixel(64, 64, Rgb([9, 9, 9]));
    for picture in [noisy, flat] {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            assert!(compress(&encoded(&picture, format)).unwrap().len() <= MAX_BYTES);
        }
    }
}

#[test]
fn the_square_is_cut_from_the_upper_middle() {
    // Red above, green in the upper middle, blue below.
    let tall = RgbImage::from_fn(100, 300, |_, y| match y {
        0..50 => Rgb([250, 0, 0]),
        50..150 => Rgb([0, 250, 0]),
        _ => Rgb([0, 0, 250]),
    });
    assert!(is_green(&compress(&encoded(&tall, ImageFormat::Png)).unwrap()));
    let wide = RgbImage::from_fn(300, 100, |x, _| match x {
        100..200 => Rgb([0, 250, 0]),
        _ => Rgb([250, 0, 0]),
    });
    assert!(is_green(&compress(&encoded(&wide, ImageFormat::Png)).unwrap()));
}

#[test]
fn a_picture_held_upside_down_is_turned() {
    let picture =
        RgbImage::from_fn(100, 100, |_, y| if y < 50 { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) });
    let mut jpeg = encoded(&picture, ImageFormat::Jpeg);
    let top_is_red = |bytes: &[u8]| webp::Decoder::new(bytes).decode().unwrap()[0] > 128;
    assert!(top_is_red(&compress(&jpeg).unwrap()));
    // An Exif segment with one entry: orientation (0x0112), a short (3), one value, 3 = turned by 180 degrees.
    let exif = b"\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0";
    jpeg.splice(2..2, exif.iter().copied());
    assert!(!top_is_red(&compress(&jpeg).unwrap()));
}

#[test]
fn what_is_no_usable_picture_is_refused() {
    let small = encoded(&RgbImage::new(63, 200), ImageFormat::Png);
    let got = compress(&small);
    assert!(matches!(got, Err(PortraitError::Size { got_width: 63, got_height: 200 })));

    let good = encoded(&RgbImage::new(100, 100), ImageFormat::Png);
    // A header that promises 60,000 x 60,000 pixels; its checksum is then wrong or the size is refused.
    let mut huge = good.clone();
    huge[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    for bad in [&b""[..], b"GIF89a", b"\xff\xd8\xff", &good[..60], &huge] {
        assert!(compress(bad).is_err(), "{} bytes", bad.len());
    }
    let wide = encoded(&RgbImage::new(8193, 64), ImageFormat::Png);
    assert!(matches!(compress(&wide), Err(PortraitError::Undecodable(_))));
}

#[test]
fn a_path_stays_below_the_file() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("import");
    std::fs::create_dir(&folder).unwrap();
    let picture = encoded(&RgbImage::new(100, 100), ImageFormat::Png);
    std::fs::write(outer.path().join("secret.png"), &picture).unwrap();
    std::fs::write(folder.join("face.png"), &picture).unwrap();
    std::os::unix::fs::symlink(outer.path().join("secret.png"), folder.join("link.png")).unwrap();

    assert!(load(&folder, "face.png", None).is_ok());
    assert!(load(&folder, "./face.png", None).is_ok());
    let absolute = outer.path().join("secret.png").display().to_string();
    for path in ["../secret.png", "link.png", absolute.as_str()] {
        assert!(matches!(load(&folder, path, None), Err(PortraitError::Outside)), "{path}");
    }
    for path in ["nothing.png", "."] {
        assert!(matches!(load(&folder, path, None), Err(PortraitError::Unreadable(_))), "{path}");
    }
}

#[test]
fn a_large_file_is_not_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("large.png")).unwrap();
    file.set_len(1 << 40).unwrap();
    assert!(matches!(load(folder.path(), "large.png", None), Err(PortraitError::TooLarge { .. })));
}

#[test]
fn a_row_with_a_bad_picture_is_refused_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("{HEADER}{}", ACHIENG.replace(",\n", ",../../etc/passwd\n"));
    let store = MemoryStore::default();
    let (counts, outcomes) = import_bytes(&store, file.as_bytes(), folder.path()).unwrap();
    assert_eq!(counts.refused, 1);
    let Outcome::Refused { errors, .. } = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!(errors[0].field, "portrait");
    assert!(errors[0].got.contains("leads out of the folder"), "{errors:?}");
}

#[test]
fn a_new_picture_is_other_data() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::default();
    let file = format!("{HEADER}{}", ACHIENG.replace(",\n", ",face.png\n"));
    let import = |grey: u8| {
        let picture = RgbImage::from_pixel(100, 100, Rgb([grey; 3]));
        std::fs::write(folder.path().join("face.png"), encoded(&picture, ImageFormat::Png)).unwrap();
        import_bytes(&store, file.as_bytes(), Path::new(folder.path())).unwrap()
    };
    assert_eq!(import(50).0.added, 1);
    let (counts, outcomes) = import(200);
    assert_eq!(counts.quarantined, 1);
    assert!(outcomes[0].to_string().ends_with("with another portrait"), "{outcomes:?}");
}

/// Achieng with a telephone, a card and a picture, where the row says nothing of them and where it says that there are none.
#[test]
fn a_column_that_is_not_there_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("face.png"), encoded(&RgbImage::new(100, 100), ImageFormat::Png))
        .unwrap();
    let all = format!("{HEADER}{}", ACHIENG.replace(",\n", ",face.png\n"));
    let columns = HEADER.replace(",phone,portrait", "");
    let bare = ACHIENG.replace(",+254712345678,\n", "\n");
    let less = format!("{columns}{bare}");
    let object = json!({
        "upi": "20480163920017", "given_name": "Grace Achieng", "family_name": "Odhiambo", "birthdate": "1997-01-01",
        "sex": "female", "nationalities": ["KE"], "county": "Kisumu", "place_of_birth": "Ahero", "country": "KE",
    });
    let import = |format, store: &MemoryStore, file: &str| {
        import_as(format, store, file.as_bytes(), folder.path()).unwrap()
    };

    let store = MemoryStore::default();
    assert_eq!(import(FileFormat::Csv, &store, &all).0.added, 1);
    let registered = store.person("20480163920017").unwrap().unwrap();
    assert_eq!(import(FileFormat::Csv, &store, &less).0.unchanged, 1);
    assert_eq!(import(FileFormat::JsonLines, &store, &object.to_string()).0.unchanged, 1);

    // What waits has the rest from the record, so that an officer who takes it deletes nothing.
    let (_, outcomes) = import(FileFormat::Csv, &store, &less.replace("Ahero", "Maseno"));
    assert!(outcomes[0].to_string().ends_with("is registered with another place_of_birth"), "{outcomes:?}");
    let (_, row) = store.quarantine(None, 10).unwrap().remove(0);
    assert_eq!((row.person.phone, row.person.portrait), (registered.phone, registered.portrait));

    // An empty cell and null say that there is none.
    let (_, outcomes) =
        import(FileFormat::Csv, &store, &format!("{HEADER}{}", ACHIENG.replace("+254712345678", "")));
    assert!(outcomes[0].to_string().ends_with("another phone, portrait"), "{outcomes:?}");
    let mut none = object;
    for field in ["id_number", "phone", "portrait"] {
        none[field] = Value::Null;
    }
    let (_, outcomes) = import(FileFormat::JsonLines, &store, &none.to_string());
    assert!(outcomes[0].to_string().ends_with("another id_number, phone, portrait"), "{outcomes:?}");
}

#[test]
fn what_a_row_does_not_say_comes_from_the_row_that_waits_and_never_from_somebody_else() {
    let store = MemoryStore::default();
    let twice = ACHIENG.replace("20480163920017,31415926", "70480163920011,");
    assert_eq!(import_rows(&store, &[ACHIENG, &twice]).0.quarantined, 1);
    let columns = HEADER.replace(",phone,portrait", "");
    let less = |row: &str| format!("{columns}{}", row.replace(",+254712345678,\n", "\n"));
    let import = |file: &str| import_bytes(&store, file.as_bytes(), Path::new("/nowhere")).unwrap();
    assert_eq!(import(&less(&twice)).0.already_quarantined, 1);

    let other = ACHIENG.replace("Grace Achieng,Odhiambo,1997-01-01", "Amina,Hassan,2001-05-05");
    let (_, outcomes) = import(&less(&other));
    let expected = "with another given_name, family_name, birthdate, phone";
    assert!(outcomes[0].to_string().ends_with(expected), "{outcomes:?}");
}

pub(crate) fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn is_green(portrait: &[u8]) -> bool {
    let decoded = webp::Decoder::new(portrait).decode().unwrap();
    decoded.chunks_exact(3).all(|pixel| pixel[1] > 180 && pixel[0] < 70 && pixel[2] < 70)
}
