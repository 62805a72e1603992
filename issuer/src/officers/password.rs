//! Passwords: which are taken, and how they are kept.

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use rand_core::CryptoRng;

use super::AccountError;

/// Characters of the shortest password: NIST SP 800-63B section 5.1.1 asks for 8; here a stranger may try.
pub const MIN_PASSWORD: usize = 12;

/// Characters of the longest, so that hashing is bounded.
pub const MAX_PASSWORD: usize = 128;

/// OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 << 10;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// RFC 9106 section 3.1: 16 bytes are enough for every use.
const SALT_BYTES: usize = 16;

/// What guessers try first, and runs of the keyboard and the alphabet.
const OBVIOUS: [&str; 24] = [
    "password",
    "passphrase",
    "letmein",
    "welcome",
    "administrator",
    "admin",
    "officer",
    "issuer",
    "hati",
    "maisha",
    "namba",
    "huduma",
    "kenya",
    "nairobi",
    "karibu",
    "secret",
    "qwertyuiop",
    "qwerty",
    "asdfghjkl",
    "zxcvbnm",
    "0123456789",
    "9876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "jambo",
];

/// How many different characters have to stay when what is obvious is taken out.
const LEFT: usize = 5;

/// What stands in for the hash of an account that is not there, so that refusing it takes as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Refuses a password that is too short, too long or obvious.
pub(super) fn check(name: &str, password: &str) -> Result<(), AccountError> {
    let got = password.chars().count();
    if !(MIN_PASSWORD..=MAX_PASSWORD).contains(&got) {
        return Err(AccountError::PasswordLength { got });
    }
    let mut rest = password.to_lowercase().replace(name, "");
    for part in name.split(['.', '-']).filter(|part| part.len() > 2) {
        rest = rest.replace(part, "");
    }
    for word in OBVIOUS {
        rest = rest.replace(word, "");
    }
    for run in OBVIOUS.iter().filter(|word| word.len() >= 9) {
        rest = without_runs(&rest, run);
    }
    let different: std::collections::BTreeSet<_> = rest.chars().filter(|c| c.is_alphabetic()).collect();
    if different.len() < LEFT { Err(AccountError::PasswordObvious) } else { Ok(()) }
}

/// Takes out every piece of four characters or more that stands so in `run`.
fn without_runs(text: &str, run: &str) -> String {
    let run: Vec<char> = run.chars().collect();
    run.windows(4).fold(text.to_owned(), |text, piece| text.replace(&piece.iter().collect::<String>(), ""))
}

/// The hash to keep, as a PHC string.
pub(super) fn hash(password: &str, rng: &mut impl CryptoRng) -> Result<String, AccountError> {
    let unkept =
        |error: &dyn std::fmt::Display| AccountError::Unkept { what: "password", reason: error.to_string() };
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| unkept(&error))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2.hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| unkept(&error))?.to_string())
}

/// Whether this is the password; `None` for nobody's takes as long.
pub(super) fn verify(password: &str, hash: Option<&str>) -> bool {
    // The hash names its own parameters.
    let right = Argon2::default().verify_password(password.as_bytes(), hash.unwrap_or(NOBODY)).is_ok();
    right && hash.is_some()
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_password_is_kept_as_argon2id_with_a_salt_of_its_own() {
        let rng = &mut ChaCha20Rng::seed_from_u64(1);
        let [one, two] = [(); 2].map(|()| hash("seven green umbrellas", rng).unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two);
        assert!(verify("seven green umbrellas", Some(&one)) && verify("seven green umbrellas", Some(&two)));
        assert!(!verify("seven green umbrella", Some(&one)));
        assert!(!verify("seven green umbrellas", None));
        assert!(!verify("seven green umbrellas", Some("no hash")));
        // Nobody's hash is one, so that it costs what others cost.
        assert!(argon2::PasswordHash::new(NOBODY).is_ok());
        let length = |hash: &str| argon2::PasswordHash::new(hash).unwrap().hash.unwrap().len();
        assert_eq!(length(NOBODY), length(&one));
    }

    #[test]
    fn what_is_short_or_obvious_is_refused() {
        for taken in ["seven green umbrellas", "Tr0ub4dor&3xyzw", "mvua inanyesha leo"] {
            check("wanjiku.k", taken).unwrap();
        }
        for (short, got) in [("", 0), ("elevenchars", 11), (&"a b".repeat(43)[..], 129)] {
            assert!(
                matches!(check("wanjiku", short), Err(AccountError::PasswordLength { got: g }) if g == got)
            );
        }
        for obvious in [
            "aaaaaaaaaaaa",
            "Password1234",
            "password-password",
            "wanjiku.kamau",
            "Wanjiku12345!",
            "Kamau-Wanjiku-2026",
            "123456789012",
            "qwertyuiop12",
            "abcdefghijkl",
            "Karibu Kenya 2026",
            "HatiAdmin2026!",
        ] {
            let refused = check("wanjiku.kamau", obvious);
            assert!(matches!(refused, Err(AccountError::PasswordObvious)), "{obvious}");
        }
    }
}
