import Crypto
import Foundation

/// Seals values with a key that is beside the database and not in it: a copy of the database alone gives nothing away.
struct SecretBox: Sendable {
    let key: SymmetricKey
}
