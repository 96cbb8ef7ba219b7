import CacheModel

/// What `manifest.json` of a model folder says (docs/model-format.md).
public struct ModelManifest: Sendable, Equatable {
    /// The format that this program writes and reads.
    public static let format = 1

    /// What a model is.
    public enum Kind: String, Sendable {
        /// `LearnedEmbedder`.
        case learnedBag = "learned-bag"
        /// `HashedNGramEmbedder`.
        case hashedNGrams = "hashed-ngrams"
        /// `SentenceEncoder`: a transformer, its states averaged.
        case sentenceEncoder = "sentence-encoder"
        /// `CrossEncoder`: a transformer that reads two texts at once and gives a log-odds, no vector.
        case crossEncoder = "cross-encoder"
    }

    /// A file of the model.
    public struct File: Sendable, Equatable {
        /// Its name in the folder.
        public let name: String
        /// Its size.
        public let bytes: Int
        /// Its SHA-256 in hexadecimal.
        public let sha256: String
    }

    /// What it is.
    public let kind: Kind
    /// The model's name.
    public let name: String
    /// d, the components of a vector.
    public let dimension: Int
    /// The version of the tokeniser that it was trained with.
    public let tokenizer: String
    /// The licence of the weights.
    public let licence: String
    /// What the weights were made from.
    public let provenance: String
    /// The sizes that the kind needs.
    public let parameters: [String: Double]
    /// The binary files.
    public let files: [File]

    /// Reads a manifest; `path` is for messages.
    static func parse(_ bytes: [UInt8], path: String) throws(ModelError) -> ModelManifest {
        let again = "copy the whole model folder again"
        let root: JSONValue
        do { root = try JSONValue(parsing: bytes) } catch {
            throw ModelError(.malformed, path, "not JSON: \(error)", again)
        }
        func member<T>(_ name: String, _ read: (JSONValue) -> T?) throws(ModelError) -> T {
            guard let value = root[name], let found = read(value) else {
                throw ModelError(.malformed, path, "\"\(name)\" is missing or of another type", again)
            }
            return found
        }
        let format = try member("format") { $0.integer }
        guard format == Int64(Self.format) else {
            throw ModelError(
                .unsupported, path, "format \(format), this program reads format \(Self.format)",
                "use the program that the model came with, or train the model again")
        }
        let kindName = try member("kind") { $0.string }
        guard let kind = Kind(rawValue: kindName) else {
            throw ModelError(.unsupported, path, "kind \"\(kindName)\" is unknown", "use a newer program")
        }
        let tokenizer = try member("tokenizer") { $0.string }
        let dimension = Int(try member("dimension") { $0.integer })
        guard (1...65_536).contains(dimension) else {
            throw ModelError(.inconsistent, path, "dimension \(dimension) is not from 1 to 65536", again)
        }
        return ModelManifest(
            kind: kind, name: try member("name") { $0.string }, dimension: dimension, tokenizer: tokenizer,
            licence: try member("licence") { $0.string }, provenance: try member("provenance") { $0.string },
            parameters: try member("parameters") { Self.numbers($0) }, files: try member("files") { Self.files($0) })
    }

    private static func numbers(_ value: JSONValue) -> [String: Double]? {
        guard let members = value.members else { return nil }
        var found: [String: Double] = [:]
        for member in members {
            guard let number = member.value.double else { return nil }
            found[member.name] = number
        }
        return found
    }

    private static func files(_ value: JSONValue) -> [File]? {
        guard let entries = value.array, !entries.isEmpty else { return nil }
        var found: [File] = []
        for entry in entries {
            guard let name = entry["name"]?.string, let bytes = entry["bytes"]?.integer, bytes >= 0,
                let digest = entry["sha256"]?.string, !name.isEmpty, !name.contains("/"), name != ".."
            else { return nil }
            found.append(File(name: name, bytes: Int(bytes), sha256: digest))
        }
        return found
    }

    /// The manifest as JSON.
    var json: JSONValue {
        let numbers = parameters.sorted { $0.key < $1.key }.map { JSONMember($0.key, .number($0.value)) }
        let files = files.map { file in
            JSONValue.object([
                JSONMember("name", .string(file.name)), JSONMember("bytes", .integer(Int64(file.bytes))),
                JSONMember("sha256", .string(file.sha256)),
            ])
        }
        return .object([
            JSONMember("format", .integer(Int64(Self.format))), JSONMember("kind", .string(kind.rawValue)),
            JSONMember("name", .string(name)), JSONMember("dimension", .integer(Int64(dimension))),
            JSONMember("tokenizer", .string(tokenizer)), JSONMember("licence", .string(licence)),
            JSONMember("provenance", .string(provenance)), JSONMember("parameters", .object(numbers)),
            JSONMember("files", .array(files)),
        ])
    }
}
