import CacheModel
import Foundation
import Platform

/// The file of encryption keys: JSON with the key of digests and the keys that seal, the one in force first. Mode 0600.
enum KeyFile {
    static let version = 1

    /// The keys in a file.
    ///
    /// - Throws: `UsageError` that says what is wrong and never shows a key.
    static func read(_ path: String) throws(UsageError) -> SealingKeys {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UsageError("the encryption key file \(path) cannot be read: make one with 'deja key make \(path)'")
        }
        guard let value = try? JSONValue(parsing: [UInt8](data)) else {
            throw UsageError("the encryption key file \(path) is not one: make one with 'deja key make \(path)'")
        }
        guard value["version"]?.integer == Int64(version) else {
            throw UsageError("the encryption key file \(path) has a version that this Deja does not know")
        }
        guard let digests = value["digests"]?.string.flatMap(SealingKey.init(hex:)), let list = value["keys"]?.array
        else {
            throw UsageError("the encryption key file \(path): 'digests' and 'keys' must be there")
        }
        let keys = list.compactMap { $0.string.flatMap(SealingKey.init(hex:)) }
        guard keys.count == list.count, let all = SealingKeys(digests: digests, keys: keys) else {
            throw UsageError("the encryption key file \(path): 'keys' must be texts of 64 hexadecimal digits")
        }
        return all
    }

    /// Replaces the file in one step; synchronised to the medium before it takes its name, since without its keys the
    /// cache is lost.
    static func write(_ keys: SealingKeys, to path: String) throws {
        let value: JSONValue = [
            "version": .integer(Int64(version)), "digests": .string(keys.digests.hex),
            "keys": .array(keys.keys.map { .string($0.hex) }),
        ]
        let temporary = path + ".new"
        let bytes = JSONWriter.encode(value) + [0x0A]
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandFailure("\(temporary) cannot be written") }
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename(temporary, path) == 0 else {
            unlink(temporary)
            throw CommandFailure("\(path) cannot be written")
        }
    }
}
