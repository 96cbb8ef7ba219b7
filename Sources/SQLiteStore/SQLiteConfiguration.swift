/// Where an SQLite store keeps its entries.
public enum SQLiteLocation: Sendable, Equatable, CustomStringConvertible {
    /// A file, made when it is missing; SQLite keeps two more beside it (`-wal`, `-shm`).
    case file(String)
    /// Memory: gone when the store is closed.
    case memory

    /// `sqlite:/path` or `memory:`.
    public var description: String {
        switch self {
        case .file(let path): "sqlite:\(path)"
        case .memory: "memory:"
        }
    }
}

/// The bounds of an SQLite store.
public struct SQLiteOptions: Sendable, Equatable {
    /// How long a call waits for a lock or a connection, seconds.
    public var timeout = 5.0
    /// How many calls may read at once.
    public var readers = 4
    /// The most bytes that the file may take (rounded down to whole pages, its journal not counted); `nil` for no
    /// bound. A store that has reached it throws `.full`.
    public var maximumBytes: Int?

    /// The defaults.
    public init() {}
}
