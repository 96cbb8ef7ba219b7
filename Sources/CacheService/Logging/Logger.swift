import CacheModel
import Glibc

/// How much a log line matters.
public enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    case debug, info, warning, error

    /// The word in settings and log lines.
    public var word: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    /// A level by its word.
    public init?(word: String) {
        guard let level = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = level
    }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Writes structured lines in logfmt: `time=… level=info event=server.started socket=/run/deja.sock`.
///
/// A line holds names, counts and digests; never a prompt, a response or a token. That is why an event is a
/// `StaticString`: it cannot be made of a request's text.
public struct Logger: Sendable {
    /// The least level that is written.
    public let level: LogLevel
    private let clock: any WallClock
    private let write: @Sendable ([UInt8]) -> Void

    /// A logger whose lines go to `write`, one whole line a call.
    public init(level: LogLevel, clock: any WallClock, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.level = level
        self.clock = clock
        self.write = write
    }

    /// A logger to standard error.
    public static func standardError(level: LogLevel, clock: any WallClock = SystemClock()) -> Logger {
        Logger(level: level, clock: clock) { line in
            // One call a line, so that the lines of several threads do not mix; a failure has nowhere to be told.
            _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
        }
    }

    /// A logger that writes nothing.
    public static let silent = Logger(level: .error, clock: SystemClock(), write: { _ in })

    /// Whether a line of this level would be written.
    public func isEnabled(_ level: LogLevel) -> Bool { level >= self.level }

    /// Writes one line.
    public func log(_ level: LogLevel, _ event: StaticString, _ fields: KeyValuePairs<StaticString, String> = [:]) {
        guard isEnabled(level) else { return }
        var line = "time=\(clock.now().iso8601) level=\(level.word) event=\(event)"
        for (name, value) in fields { line += " \(name)=\(Self.quoted(value))" }
        line += "\n"
        write(Array(line.utf8))
    }

    /// The value as it is, or in quotes where logfmt needs them.
    private static func quoted(_ value: String) -> String {
        let isPlain =
            !value.isEmpty
            && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
        if isPlain { return value }
        var writer = JSONWriter()
        writer.string(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
