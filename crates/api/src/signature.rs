//! HMAC-SHA256 over the bytes of a call as they came, RFC 2104.

use data_encoding::HEXLOWER_PERMISSIVE;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;

/// What a source signs its calls with. Nothing prints it.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// From the shared secret as both sides wrote it down.
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of every length"))
    }

    pub(crate) fn check(&self) -> Check {
        Check(self.0.clone())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// A check under way: a body is taken in as it arrives and never held.
pub(crate) struct Check(Hmac<Sha256>);

impl Check {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Whether `told` (hexadecimal digits) is the signature of all bytes taken; in the same time wherever it differs.
    pub(crate) fn holds(self, told: &str) -> bool {
        match HEXLOWER_PERMISSIVE.decode(told.as_bytes()) {
            Ok(told) => self.0.verify_slice(&told).is_ok(),
            Err(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holds(secret: &[u8], parts: &[&[u8]], told: &str) -> bool {
        let mut check = Key::new(secret).check();
        parts.iter().for_each(|part| check.take(part));
        check.holds(told)
    }

    /// RFC 4231, test cases 1 and 2.
    const CASE_1: &str = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
    const CASE_2: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    #[test]
    fn signatures_are_those_of_the_standard() {
        assert!(holds(&[0x0b; 20], &[b"Hi There"], CASE_1));
        assert!(holds(b"Jefe", &[b"what do ya want ", b"for nothing?"], CASE_2));
        assert!(holds(b"Jefe", &[b"what do ya want for nothing?"], &CASE_2.to_uppercase()));
        assert!(!holds(b"Jefe", &[b"what do ya want for nothing!"], CASE_2));
        assert!(!holds(b"jefe", &[b"what do ya want for nothing?"], CASE_2));
    }

    #[test]
    fn what_is_no_signature_never_holds() {
        for told in ["", "5bdc", "zz", &CASE_2[..62], &format!("{CASE_2}00"), &format!(" {CASE_2}"), "é"] {
            assert!(!holds(b"Jefe", &[b"what do ya want for nothing?"], told), "{told}");
        }
    }

    #[test]
    fn a_key_never_prints() {
        assert_eq!(format!("{:?}", Key::new(b"CANARY")), "Key(…)");
    }

    proptest! {
        #[test]
        fn the_pieces_in_which_a_body_comes_make_no_difference(body: Vec<u8>, cut in 0..64_usize, flip in 0..256_usize) {
            let key = Key::new(b"secret");
            let signature = {
                let mut mac = key.0.clone();
                mac.update(&body);
                data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
            };
            let cut = cut.min(body.len());
            prop_assert!(holds(b"secret", &[&body[..cut], &body[cut..]], &signature));
            // Any digit that differs is noticed.
            let mut digits = signature.into_bytes();
            let at = flip % digits.len();
            digits[at] = if digits[at] == b'0' { b'1' } else { b'0' };
            prop_assert!(!holds(b"secret", &[&body], std::str::from_utf8(&digits).unwrap()));
        }
    }
}
