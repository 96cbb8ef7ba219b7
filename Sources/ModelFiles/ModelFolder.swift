import CacheModel
import Foundation
import Platform

/// A model folder whose manifest was read and whose files were checked against it.
public struct ModelFolder: Sendable {
    /// Where it is.
    public let path: String
    /// What its manifest says.
    public let manifest: ModelManifest
    /// SHA-256 over the digests of all files, in hexadecimal, cut to 12: names the content in an embedder's identifier.
    public let contentID: String
    private let contents: [String: [UInt8]]

    /// Reads and checks `path`. Nothing of a file is used before its size and digest are right.
    public init(reading path: String) throws(ModelError) {
        self.path = path
        let manifestPath = path + "/manifest.json"
        manifest = try ModelManifest.parse(Self.read(manifestPath, limit: 1 << 20), path: manifestPath)
        var contents: [String: [UInt8]] = [:]
        var digests: [UInt8] = []
        let hasher = OpenSSLHasher()
        for file in manifest.files {
            let filePath = path + "/" + file.name
            let bytes = try Self.read(filePath, limit: 1 << 30)
            guard bytes.count == file.bytes else {
                throw ModelError(
                    .truncated, filePath, "\(bytes.count) bytes where the manifest says \(file.bytes)",
                    "copy the file again")
            }
            let digest = hasher.digest(bytes)
            guard digest.description == file.sha256.lowercased() else {
                throw ModelError(
                    .corrupt, filePath, "SHA-256 \(digest.short)… where the manifest says \(file.sha256.prefix(12))…",
                    "copy the file again")
            }
            contents[file.name] = bytes
            digests += digest.bytes
        }
        self.contents = contents
        contentID = hasher.digest(digests).short
    }

    /// `NAME@` and twelve digits that name the content: vectors of different weights are never compared.
    public var identifier: String { "\(manifest.name)@\(contentID)" }

    /// Checks that the model is of this kind and was trained with this tokeniser.
    public func expect(_ kind: ModelManifest.Kind, tokenizer: String) throws(ModelError) {
        guard manifest.kind == kind else {
            throw ModelError(
                .unsupported, path, "holds a \(manifest.kind.rawValue) model", "name a \(kind.rawValue) model")
        }
        guard manifest.tokenizer == tokenizer else {
            throw ModelError(
                .unsupported, path + "/manifest.json",
                "tokenizer \"\(manifest.tokenizer)\", this program has \"\(tokenizer)\"",
                "use the program that the model came with, or train the model again")
        }
    }

    /// The bytes of the file called `name`.
    public func bytes(_ name: String) throws(ModelError) -> [UInt8] {
        guard let bytes = contents[name] else {
            throw ModelError(
                .malformed, path + "/manifest.json", "no file \"\(name)\" is listed",
                "copy the whole model folder again")
        }
        return bytes
    }

    /// A reader over the file called `name`.
    public func reader(_ name: String) throws(ModelError) -> SectionReader {
        SectionReader(bytes: try bytes(name), path: path + "/" + name)
    }

    /// A whole number among the manifest's parameters, within `range`.
    public func parameter(_ name: String, in range: ClosedRange<Int>) throws(ModelError) -> Int {
        guard let value = manifest.parameters[name], value == value.rounded(), abs(value) < 1e9,
            range.contains(Int(value))
        else {
            throw ModelError(
                .inconsistent, path + "/manifest.json",
                "parameter \"\(name)\" is not a whole number from \(range.lowerBound) to \(range.upperBound)",
                "copy the whole model folder again")
        }
        return Int(value)
    }

    private static func read(_ path: String, limit: Int) throws(ModelError) -> [UInt8] {
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            guard data.count <= limit else {
                throw ModelError(.inconsistent, path, "larger than \(limit) bytes", "name a model folder")
            }
            return [UInt8](data)
        } catch let error as ModelError { throw error } catch {
            throw ModelError(
                .unreadable, path, "cannot be read (\((error as NSError).localizedDescription))",
                "name a folder that holds manifest.json and the files it lists")
        }
    }

    /// Writes a model folder: its files in this order, then the manifest, each moved into place whole.
    public static func write(
        _ files: [(name: String, bytes: [UInt8])], kind: ModelManifest.Kind, name: String, dimension: Int,
        tokenizer: String, licence: String, provenance: String, parameters: [String: Double], to path: String
    ) throws(ModelError) {
        let hasher = OpenSSLHasher()
        let manifest = ModelManifest(
            kind: kind, name: name, dimension: dimension, tokenizer: tokenizer, licence: licence,
            provenance: provenance, parameters: parameters,
            files: files.map { file in
                .init(name: file.name, bytes: file.bytes.count, sha256: hasher.digest(file.bytes).description)
            })
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for file in files {
                try Data(file.bytes).write(to: URL(fileURLWithPath: path + "/" + file.name), options: .atomic)
            }
            try Data(JSONWriter.encode(manifest.json))
                .write(to: URL(fileURLWithPath: path + "/manifest.json"), options: .atomic)
        } catch {
            throw ModelError(
                .unwritable, path, "cannot be written (\((error as NSError).localizedDescription))",
                "name a folder on a disk with room, which you may write")
        }
    }
}
