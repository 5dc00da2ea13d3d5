//! Tokens that are obviously fake, made at run time so that no scanner finds one in the repository.

/// A user access token in the usual form, always the same one for a label.
pub fn user(label: &str) -> String {
    format!("hf_{}", letters(label, 34))
}

/// Another kind of credential: a prefix and `length` letters.
pub fn with_prefix(prefix: &str, label: &str, length: usize) -> String {
    format!("{prefix}{}", letters(label, length))
}

/// `hf_oauth_` or `hf_jwt_` and a JSON Web Token with these claims, unsigned.
pub fn jwt(prefix: &str, label: &str, claims: &serde_json::Value) -> String {
    format!("{prefix}{}.{}.{}", letters(label, 20), base64url(claims.to_string().as_bytes()), letters(label, 43))
}

/// Letters and digits that look random and are not: a linear congruential generator seeded with the label.
fn letters(label: &str, length: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let mut state = label.bytes().fold(0x5eed_u64, |state, byte| state.wrapping_mul(31).wrapping_add(byte.into()));
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(ALPHABET[usize::try_from(state >> 33).unwrap_or_default() % ALPHABET.len()])
    };
    (0..length).map(|_| next()).collect()
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
