//! Session keys out of a master key: RFC 3711 4.3.

use crate::cipher::{Both, Counter, counter_mode};
use aes::Aes128;
use aes::cipher::KeyInit;
use plan::{SrtpKey, SrtpSuite};

/// RFC 3711 4.3.2.
#[derive(Clone, Copy)]
struct Labels {
    key: u8,
    code: u8,
    salt: u8,
}

const RTP: Labels = Labels { key: 0, code: 1, salt: 2 };
const RTCP: Labels = Labels { key: 3, code: 4, salt: 5 };

/// RFC 3711 4.3.1 and 4.3.3, with a key derivation rate of 0.
fn derived<const N: usize>(master: &SrtpKey, label: u8) -> [u8; N] {
    let mut salted = [0; 16];
    salted[..14].copy_from_slice(&master.master_salt());
    let counter = u128::from_be_bytes(salted) ^ (u128::from(label) << (48 + 16));
    let mut octets = [0; N];
    counter_mode(&Aes128::new(&master.master_key().into()), counter, &mut octets);
    octets
}

pub(crate) enum Cipher {
    Counter(Box<Counter>),
    Both(Box<Both>),
}

impl Cipher {
    fn new(master: &SrtpKey, labels: Labels) -> Cipher {
        let key = derived(master, labels.key);
        match master.suite {
            SrtpSuite::AeadAes128Gcm => Cipher::Both(Box::new(Both::new(&key, derived(master, labels.salt)))),
            SrtpSuite::AesCm128HmacSha1_80 | SrtpSuite::AesCm128HmacSha1_32 => {
                let (code, salt) = (derived(master, labels.code), derived(master, labels.salt));
                Cipher::Counter(Box::new(Counter::new(&key, &code, salt)))
            }
        }
    }

    pub(crate) fn of_rtp(master: &SrtpKey) -> Cipher {
        Cipher::new(master, RTP)
    }

    pub(crate) fn of_rtcp(master: &SrtpKey) -> Cipher {
        Cipher::new(master, RTCP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3711 B.3: session key, salt and code key of a master key.
    #[test]
    fn session_keys_of_rfc_3711_appendix_b_3() {
        let octets = |text: &str| -> Vec<u8> {
            let digits = (0..text.len()).step_by(2);
            digits.map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal")).collect()
        };
        let master = octets("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6");
        let master = SrtpKey::new(SrtpSuite::AesCm128HmacSha1_80, &master).expect("30 octets");
        assert_eq!(derived::<16>(&master, RTP.key).to_vec(), octets("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(derived::<14>(&master, RTP.salt).to_vec(), octets("30CBBC08863D8C85D49DB34A9AE1"));
        let code = "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2DC68";
        assert_eq!(derived::<94>(&master, RTP.code).to_vec(), octets(code)[..94]);
    }
}
