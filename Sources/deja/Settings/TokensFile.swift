import CacheModel
import CacheService
import Foundation

/// The file of tokens: an object that says for each token's name its SHA-256, its bounds and its rights. The tokens
/// themselves are in no file.
///
///     {
///       "acme-app": {sha256: "…", tenant: "acme", namespaces: ["support"], rights: ["read", "write"]},
///     }
enum TokensFile {
    /// The tokens in the file that the settings name; none without one.
    static func table(_ settings: Settings) throws(UsageError) -> AccessTable {
        guard let path = settings.text(.tokensFile) else { return AccessTable() }
        return AccessTable(try read(path))
    }

    /// The tokens in a file.
    ///
    /// - Throws: `UsageError` that names the token and what is wrong with it.
    static func read(_ path: String) throws(UsageError) -> [AccessGrant] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UsageError("the tokens file \(path) cannot be read")
        }
        let root = try JSON5Value(parsing: data, file: path, kind: "tokens")
        guard case .object(let members) = root else {
            throw UsageError("the tokens file \(path) must hold an object of tokens by their names")
        }
        var grants: [AccessGrant] = []
        var names: [Digest256: String] = [:]
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            let grant = try grant(name, value, place: "the tokens file \(path): token '\(name)'")
            if let other = names.updateValue(name, forKey: grant.digest) {
                throw UsageError("the tokens file \(path): '\(other)' and '\(name)' are the same token")
            }
            grants.append(grant)
        }
        return grants
    }

    private static func grant(_ name: String, _ value: JSON5Value, place: String) throws(UsageError) -> AccessGrant {
        guard case .object(let fields) = value else { throw UsageError("\(place) must be an object") }
        let known = ["sha256", "tenant", "namespaces", "rights", "expires", "requests_per_second"]
        if let field = fields.keys.sorted().first(where: { !known.contains($0) }) {
            throw UsageError("\(place) has a field '\(field)'; known are \(known.joined(separator: ", "))")
        }
        guard case .text(let hex)? = fields["sha256"], let digest = Digest256(hex: hex) else {
            throw UsageError("\(place): 'sha256' must be 64 hexadecimal digits, as deja token make prints them")
        }
        var grant = AccessGrant(name: name, digest: digest, rights: try rights(fields["rights"], place))
        grant.tenant = try text(fields["tenant"], "tenant", place)
        if let value = fields["namespaces"] { grant.namespaces = Set(try texts(value, "namespaces", place)) }
        if let day = try text(fields["expires"], "expires", place) {
            guard let moment = try? Date(day, strategy: .iso8601.year().month().day()) else {
                throw UsageError("\(place): 'expires' must be a day such as 2027-12-31, in UTC")
            }
            grant.expires = Timestamp(milliseconds: Int64(moment.timeIntervalSince1970 * 1000))
        }
        if let value = fields["requests_per_second"] {
            guard case .number(let rate) = value, rate > 0 else {
                throw UsageError("\(place): 'requests_per_second' must be a number above 0")
            }
            grant.requestsPerSecond = rate
        }
        return grant
    }

    /// Rights must be written down: a token that nobody thought about allows nothing.
    private static func rights(_ value: JSON5Value?, _ place: String) throws(UsageError) -> Set<AccessRight> {
        let words = AccessRight.allCases.map(\.rawValue).joined(separator: ", ")
        guard let value else { throw UsageError("\(place): 'rights' is missing: some of \(words)") }
        return Set(
            try texts(value, "rights", place).map { word throws(UsageError) in
                guard let right = AccessRight(rawValue: word) else {
                    throw UsageError("\(place): 'rights' must be some of \(words), found '\(word)'")
                }
                return right
            })
    }

    private static func text(_ value: JSON5Value?, _ field: String, _ place: String) throws(UsageError) -> String? {
        guard let value else { return nil }
        guard case .text(let text) = value, !text.isEmpty else {
            throw UsageError("\(place): '\(field)' must be a text that is not empty")
        }
        return text
    }

    private static func texts(_ value: JSON5Value, _ field: String, _ place: String) throws(UsageError) -> [String] {
        guard case .array(let elements) = value, !elements.isEmpty else {
            throw UsageError("\(place): '\(field)' must be an array of texts with at least one")
        }
        return try elements.map { element throws(UsageError) in
            guard case .text(let text) = element, !text.isEmpty else {
                throw UsageError("\(place): '\(field)' must be an array of texts")
            }
            return text
        }
    }

    // MARK: Writing

    /// A token's line in the file.
    static func line(_ grant: AccessGrant, day: String?) -> String {
        func quoted(_ text: String) -> String { String(decoding: JSONWriter.encode(.string(text)), as: UTF8.self) }
        func list(_ texts: some Sequence<String>) -> String { texts.sorted().map(quoted).joined(separator: ", ") }
        var fields = ["sha256: \"\(grant.digest)\""]
        if let tenant = grant.tenant { fields.append("tenant: \(quoted(tenant))") }
        if let namespaces = grant.namespaces { fields.append("namespaces: [\(list(namespaces))]") }
        fields.append("rights: [\(list(grant.rights.map(\.rawValue)))]")
        if let day { fields.append("expires: \(quoted(day))") }
        if let rate = grant.requestsPerSecond { fields.append("requests_per_second: \(rate)") }
        return "  \(quoted(grant.name)): {\(fields.joined(separator: ", "))},"
    }

    /// Adds a line before the last brace, so that comments and order stay; a file that is not there is begun. The file is
    /// replaced in one step, with mode 0600.
    static func add(_ line: String, named name: String, to path: String) throws {
        var text = "{\n}\n"
        if FileManager.default.fileExists(atPath: path) {
            if try read(path).contains(where: { $0.name == name }) {
                throw UsageError("the tokens file \(path) has a token '\(name)' already: choose another name")
            }
            text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        }
        guard let brace = text.lastIndex(of: "}") else { throw UsageError("the tokens file \(path) has no object") }
        var before = String(text[..<brace])
        while before.last?.isWhitespace == true { before.removeLast() }
        if let last = before.last, last != "{", last != "," { before += "," }
        let temporary = path + ".new"
        guard
            FileManager.default.createFile(
                atPath: temporary, contents: Data((before + "\n" + line + "\n" + text[brace...]).utf8),
                attributes: [.posixPermissions: 0o600])
        else { throw CommandFailure("\(temporary) cannot be written") }
        do { _ = try read(temporary) } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            throw CommandFailure("the line could not be added to \(path); add it by hand:\n\(line)")
        }
        guard rename(temporary, path) == 0 else { throw CommandFailure("\(path) cannot be replaced") }
    }
}
