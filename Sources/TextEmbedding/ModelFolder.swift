import CacheModel
import Foundation
import Platform

/// A model folder whose manifest was read and whose files were checked against it.
struct ModelFolder {
    let path: String
    let manifest: ModelManifest
    /// SHA-256 over the digests of all files, in hexadecimal, cut to 12: names the content in an embedder's identifier.
    let contentID: String
    private let contents: [String: [UInt8]]

    /// Reads and checks `path`. Nothing of a file is used before its size and digest are right.
    init(reading path: String) throws(ModelError) {
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

    /// A reader over the file called `name`.
    func reader(_ name: String) throws(ModelError) -> SectionReader {
        guard let bytes = contents[name] else {
            throw ModelError(
                .malformed, path + "/manifest.json", "no file \"\(name)\" is listed",
                "copy the whole model folder again")
        }
        return SectionReader(bytes: bytes, path: path + "/" + name)
    }

    /// A whole number among the manifest's parameters, within `range`.
    func parameter(_ name: String, in range: ClosedRange<Int>) throws(ModelError) -> Int {
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

    /// Writes a model folder: its one binary file, then the manifest, each moved into place whole.
    static func write(
        _ sections: [UInt8], file: String, kind: ModelManifest.Kind, name: String, dimension: Int, licence: String,
        provenance: String, parameters: [String: Double], to path: String
    ) throws(ModelError) {
        let entry = ModelManifest.File(
            name: file, bytes: sections.count, sha256: OpenSSLHasher().digest(sections).description)
        let manifest = ModelManifest(
            kind: kind, name: name, dimension: dimension, tokenizer: Tokenizer.version, licence: licence,
            provenance: provenance, parameters: parameters, files: [entry])
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data(sections).write(to: URL(fileURLWithPath: path + "/" + file), options: .atomic)
            try Data(JSONWriter.encode(manifest.json))
                .write(to: URL(fileURLWithPath: path + "/manifest.json"), options: .atomic)
        } catch {
            throw ModelError(
                .unwritable, path, "cannot be written (\((error as NSError).localizedDescription))",
                "name a folder on a disk with room, which you may write")
        }
    }
}

/// Takes arrays of numbers, little-endian and packed, off the front of a file.
struct SectionReader {
    let bytes: [UInt8]
    let path: String
    private var position = 0

    init(bytes: [UInt8], path: String) {
        self.bytes = bytes
        self.path = path
    }

    /// The next `count` numbers. Floats must be finite.
    mutating func take<T: BitwiseCopyable>(_ type: T.Type, _ count: Int) throws(ModelError) -> [T] {
        let size = count * MemoryLayout<T>.stride
        guard size <= bytes.count - position else {
            throw ModelError(
                .inconsistent, path, "ends at byte \(bytes.count), the manifest's sizes need \(position + size)",
                "copy the whole model folder again")
        }
        let start = position
        position += size
        let values = bytes.withUnsafeBytes { raw in
            [T](unsafeUninitializedCapacity: count) { out, initialized in
                UnsafeMutableRawBufferPointer(out).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: raw[start..<start + size]))
                initialized = count
            }
        }
        if let floats = values as? [Float], !floats.allSatisfy(\.isFinite) {
            throw ModelError(.inconsistent, path, "holds a number that is not finite", "train the model again")
        }
        return values
    }

    /// Checks that nothing is left.
    func finish() throws(ModelError) {
        guard position == bytes.count else {
            throw ModelError(
                .inconsistent, path, "holds \(bytes.count - position) bytes more than the manifest's sizes need",
                "copy the whole model folder again")
        }
    }
}

/// Loads whatever embedder a model folder holds.
public enum ModelLoader {
    /// The embedder in `folder`; its manifest, sizes and digests are checked first.
    public static func load(_ folder: String) throws(ModelError) -> any Embedder {
        let folder = try ModelFolder(reading: folder)
        switch folder.manifest.kind {
        case .learnedBag: return try LearnedEmbedder(folder)
        case .hashedNGrams: return try HashedNGramEmbedder(folder)
        }
    }

    /// The manifest of `folder`, with its files checked.
    public static func manifest(_ folder: String) throws(ModelError) -> ModelManifest {
        try ModelFolder(reading: folder).manifest
    }
}
