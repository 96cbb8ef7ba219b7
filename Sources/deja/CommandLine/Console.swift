import CacheModel
import Foundation

/// Standard output and standard error, as commands write to them.
enum Console {
    /// Writes a line to standard output.
    static func line(_ text: String = "") { write(text + "\n", to: stdout) }

    /// Writes text to standard output as it is.
    static func text(_ text: String) {
        write(text, to: stdout)
        fflush(stdout)
    }

    /// Writes bytes and a line end to standard output.
    static func line(_ bytes: [UInt8]) {
        fwrite(bytes, 1, bytes.count, stdout)
        fputc(0x0A, stdout)
    }

    /// Writes a line to standard error.
    static func error(_ text: String) { write(text + "\n", to: stderr) }

    /// Whether standard error is a terminal: long work shows progress there, and none in a pipe.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    private static func write(_ text: String, to file: UnsafeMutablePointer<FILE>) {
        var text = text
        _ = text.withUTF8 { fwrite($0.baseAddress, 1, $0.count, file) }
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
        fputs("\r\u{1B}[K\(label) \(bar ?? "")\(figures) \(note)", stderr)
        fflush(stderr)
    }

    /// Clears the line, so that other output can be written.
    func clear() {
        guard isShown else { return }
        fputs("\r\u{1B}[K", stderr)
        fflush(stderr)
    }
}
