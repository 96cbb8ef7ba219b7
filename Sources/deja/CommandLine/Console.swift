import CacheModel
import Foundation

/// Standard output and standard error, as commands write to them.
enum Console {
    /// Writes a line to standard output.
    static func line(_ text: String = "") { write(Array(text.utf8) + [0x0A], to: STDOUT_FILENO) }

    /// Writes text to standard output as it is.
    static func text(_ text: String) { write(Array(text.utf8), to: STDOUT_FILENO) }

    /// Writes bytes and a line end to standard output.
    static func line(_ bytes: [UInt8]) { write(bytes + [0x0A], to: STDOUT_FILENO) }

    /// Writes a line to standard error.
    static func error(_ text: String) { write(Array(text.utf8) + [0x0A], to: STDERR_FILENO) }

    /// Writes text to standard error as it is: a progress line.
    static func progress(_ text: String) { write(Array(text.utf8), to: STDERR_FILENO) }

    /// Whether standard error is a terminal: long work shows progress there, and none in a pipe.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes everything; a reader that has gone ends it.
    private static func write(_ bytes: [UInt8], to file: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}

/// A line on the terminal that shows how far long work has got; silent in a pipe.
struct ProgressLine {
    private let label: String
    private let total: Int?
    private let isShown = Console.showsProgress
    private var lastShown: UInt64 = 0
    private let clock = SystemClock()

    /// Progress towards `total`, if it is known.
    init(_ label: String, total: Int?) {
        self.label = label
        self.total = total
    }

    /// Shows `count`, at most ten times a second.
    mutating func update(_ count: Int, note: String = "") {
        guard isShown else { return }
        let now = clock.monotonicNanoseconds()
        guard now - lastShown > 100_000_000 || count == total else { return }
        lastShown = now
        let width = 24
        let bar = total.map { total in
            let filled = total == 0 ? width : width * count / total
            return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "] "
        }
        let figures = total.map { "\(count)/\($0)" } ?? "\(count)"
        Console.progress("\r\u{1B}[K\(label) \(bar ?? "")\(figures) \(note)")
    }

    /// Clears the line, so that other output can be written.
    func clear() {
        guard isShown else { return }
        Console.progress("\r\u{1B}[K")
    }
}
