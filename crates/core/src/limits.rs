//! What is refused before it is parsed, and how much work one judgement may cost.

/// The largest certificate file: 256 KiB, room for about 150 certificates.
pub const CERTIFICATE_BYTES: usize = 256 * 1024;
/// The largest private key file: 256 KiB.
pub const KEY_BYTES: usize = 256 * 1024;
/// The largest file of trusted CA certificates: 8 MiB, room for 1000 certificates of 6 KiB in base64.
pub const CA_BUNDLE_BYTES: usize = 8 * 1024 * 1024;
/// The most blocks of a file, four times as many as the trusted CA list takes: what is wrong with a block is told of each, and a
/// damaged one needs no more than 54 bytes. At a kilobyte of report for each that is 4 MB.
pub const BLOCKS: usize = 4 * TRUSTED_CAS;
/// The most distinct certificates in the trusted CA list.
pub const TRUSTED_CAS: usize = 1000;
/// The most certificate revocation lists that a node keeps.
pub const CRLS: usize = 200;
/// The most bytes of revocation lists that a node keeps, 16 MiB: they are read again with every judgement.
pub const CRLS_BYTES: usize = 16 * 1024 * 1024;
/// The same as PEM: base64 is a third longer, and its lines end.
pub const CRLS_PEM_BYTES: usize = CRLS_BYTES / 8 * 11 + CRLS * 64;
/// How long before its end a certificate counts as expiring soon.
pub const EXPIRES_SOON_DAYS: i64 = 21;
/// The most signatures verified for one path: at a millisecond each in a browser, a tenth of a second.
pub const SIGNATURES: u32 = 100;
/// The most steps of path building; with [`SIGNATURES`] it bounds a hostile tangle of cross-signed certificates.
pub const STEPS: u32 = 200_000;
/// The most signatures of revocation lists verified to see whether a trusted CA made them: twice as many as a node keeps
/// lists, so that a file of lists under a name that many CAs bear ends in time.
pub const LIST_SIGNATURES: u32 = 2 * CRLS as u32;
/// The most bytes of lists that are hashed for that, 64 MiB: at 300 MB/s a fifth of a second.
pub const LIST_SIGNATURE_BYTES: usize = 4 * CRLS_BYTES;
/// The most comparisons of a name with a name constraint.
pub const NAME_COMPARISONS: u32 = 250_000;
/// The most attempts at a path that are told of.
pub const ATTEMPTS: usize = 16;
/// The longest path, leaf and root included.
pub const PATH_LENGTH: usize = 16;
/// The most alternative names in a request: more than any CA takes.
pub const REQUESTED_NAMES: usize = 100;
/// The most iterations of key derivation that one repair runs, each block of a derived key counted: about three seconds in
/// a browser's worker, half of one outside. OpenSSL asks for 2,048 by default, Java for 10,000.
pub const DERIVATION_ITERATIONS: u64 = 2_000_000;
/// The most memory that scrypt passes over in one repair, 128 N r p: 64 MiB, four times what OpenSSL asks by default.
pub const SCRYPT_BYTES: u64 = 64 * 1024 * 1024;
/// The most bags of PKCS#12 files that one repair opens, and the most private keys: a server has one key and a few CAs.
pub const BAGS: usize = 16;
/// The most files of one repair.
pub const REPAIR_FILES: usize = 64;
/// The most certificates of one repair: a whole trusted CA list, twice.
pub const REPAIR_CERTIFICATES: usize = 2 * TRUSTED_CAS;
