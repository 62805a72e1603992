//! SD-JWTs of other makers in our codes: what comes out is what went in, byte for byte.

use hati_formats::qr::presentation::{compact, expand};

use crate::vectors;

#[test]
fn published_sd_jwts_come_back_as_they_were() {
    for (file, count) in [("sd-jwt/sd-jwt.json", 9), ("sd-jwt/sd-jwt-vc.json", 5)] {
        let Some(json) = vectors::json(file, count) else { continue };
        let samples = json["vectors"].as_array().unwrap();
        assert_eq!(samples.len(), count);
        for sample in samples {
            let text = sample["sd_jwt"].as_str().unwrap();
            // The first sample is the issuer's JWT alone, without a tilde behind it.
            if !text.contains('~') {
                assert!(compact(text).is_err());
                continue;
            }
            let bytes = compact(text).unwrap();
            assert_eq!(expand(&bytes).as_deref(), Ok(text), "{file} line {}", sample["line"]);
            assert!(bytes.len() < text.len() * 3 / 4, "signatures and base64url save a quarter at least");
        }
    }
}
