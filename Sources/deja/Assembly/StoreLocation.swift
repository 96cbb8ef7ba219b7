import CacheModel
import Foundation
import Platform
import RedisStore
import SQLiteStore

/// Opens the store that a URL names.
enum StoreLocation {
    /// The schemes there are, for messages.
    private static let schemes = "sqlite:PATH, memory: or a Redis: \(RedisConfiguration.schemes)"

    /// Opens `url`; `report` is told of damaged entries that a scan passes over.
    ///
    /// - Throws: `StoreError`, or `UsageError` when the URL names no store.
    static func open(
        _ url: String, timeout: Double, clock: any WallClock = SystemClock(),
        report: @escaping @Sendable (StoreError) -> Void
    ) throws -> any EntryStore {
        if url == "memory:" { return try SQLiteStore(.memory, clock: clock, report: report) }
        if url.hasPrefix("sqlite:") {
            guard url != "sqlite:" else { throw UsageError("the store 'sqlite:' needs a path: sqlite:PATH") }
            // SQLite's own name for it would become a file's beside it.
            guard url != "sqlite::memory:" else {
                throw UsageError(
                    "the store 'sqlite::memory:' is called memory: here; nothing of it outlives the process")
            }
            return try SQLiteStore(.file(databasePath(url)), clock: clock, report: report)
        }
        if isShared(url) {
            let configuration = try RedisConfiguration(url: url, timeout: timeout)
            try configuration.check()
            return RedisStore(configuration, clock: clock, report: report)
        }
        throw UsageError("the store '\(withoutSecrets(url))' is of no known kind: use \(schemes)")
    }

    /// Whether other nodes may use the store at `url` too.
    static func isShared(_ url: String?) -> Bool {
        url.map { $0.hasPrefix("redis") || $0.hasPrefix("unix://") } ?? false
    }

    /// Where a file lies that this machine keeps about the store at `url` (`index`, `history`): beside an SQLite file, in
    /// the state folder for a store elsewhere (under a name taken from its location); `nil` for one in memory, which nothing
    /// outlives.
    static func companion(_ kind: String, of url: String) -> String? {
        if url == "memory:" { return nil }
        if url.hasPrefix("sqlite:") { return "\(databasePath(url)).\(kind)" }
        let name = OpenSSLHasher().digest(Array(withoutSecrets(url).utf8)).short
        return "\((Paths.defaultDatabase() as NSString).deletingLastPathComponent)/\(name).\(kind)"
    }

    private static func databasePath(_ url: String) -> String {
        let path = String(url.dropFirst("sqlite:".count))
        let expanded = path.replacing("$XDG_STATE_HOME/deja/deja.db", with: Paths.defaultDatabase())
        return (expanded as NSString).expandingTildeInPath
    }

    /// The URL with what stands before an `@`, and the passwords among its parameters, replaced: neither ever shows.
    static func withoutSecrets(_ url: String) -> String {
        // The parameters come first: a password there may hold an `@`.
        let url = withoutSecretParameters(url)
        guard let scheme = url.range(of: "://"), let at = url.lastIndex(of: "@"), at > scheme.upperBound else {
            return url
        }
        return url[..<scheme.upperBound] + "***" + url[at...]
    }

    private static func withoutSecretParameters(_ url: String) -> String {
        guard let mark = url.firstIndex(of: "?") else { return url }
        let parameters = url[url.index(after: mark)...].split(separator: "&", omittingEmptySubsequences: false)
        let shown = parameters.map { parameter -> String in
            guard let equals = parameter.firstIndex(of: "="), isSecret(String(parameter[..<equals])) else {
                return String(parameter)
            }
            return "\(parameter[...equals])***"
        }
        return String(url[...mark]) + shown.joined(separator: "&")
    }

    /// Whether a parameter of this name holds a secret, also where no store knows it: `sentinel_password`, but not
    /// `password_file`.
    private static func isSecret(_ name: String) -> Bool {
        let name = (name.removingPercentEncoding ?? name).lowercased()
        return ["password", "passwd", "pwd", "secret", "token"].contains { name.hasSuffix($0) }
    }
}
