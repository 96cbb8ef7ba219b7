/// The most that a RESP command may take.
public struct RESPLimits: Sendable, Equatable {
    /// Arguments of one command, its name included.
    public var arguments = 1024
    /// One argument, bytes.
    public var argument = 16 * 1024 * 1024
    /// A whole command, bytes.
    public var command = 17 * 1024 * 1024
    /// A command typed on one line, bytes.
    public var inline = 8 * 1024

    /// The defaults.
    public init() {}
}

/// Reads RESP commands: arrays of bulk strings, or words on a line.
///
/// It is called with all bytes since the end of the last command, again with more of them until the command is whole;
/// what it found out before is kept, so that a command sent in many pieces is still read once. Nothing is reserved on
/// a sender's promise.
struct RESPParser {
    /// What a call of `read` came to.
    enum Outcome: Equatable {
        /// More bytes are needed.
        case incomplete
        /// A command of `arguments` that took so many bytes. No arguments: an empty line, to be passed over.
        case command(byteCount: Int)
        /// The bytes are no command; where the next one begins cannot be known.
        case failed(String)
    }

    /// Where the command's arguments stand in the bytes.
    private(set) var arguments: [Range<Int>] = []

    private let limits: RESPLimits
    /// How far the bytes have been understood.
    private var position = 0
    /// How far they have been searched for a line end.
    private var scanned = 0
    /// Arguments yet to come; `nil` before the array's length is known.
    private var missing: Int?
    /// The length of the argument that comes next; `nil` before it is known.
    private var length: Int?

    init(limits: RESPLimits = RESPLimits()) { self.limits = limits }

    /// Whether a command has begun to arrive.
    var isInside: Bool { position > 0 || scanned > 0 }

    /// Reads on. `bytes` begin where the last command ended.
    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Outcome {
        if missing == nil {
            guard bytes.count > 0 else { return .incomplete }
            if position == 0 { arguments.removeAll(keepingCapacity: arguments.capacity <= 64) }
            if bytes[0] != UInt8(ascii: "*") { return readInline(bytes) }
            switch readLength(bytes, "*", limits.arguments, "arguments") {
            case .value(let count): missing = max(0, count)
            case .incomplete: return .incomplete
            case .failed(let problem): return .failed(problem)
            }
        }
        while missing! > 0 {
            if let stop = readArgument(bytes) { return stop }
        }
        return finish()
    }

    private mutating func finish() -> Outcome {
        let count = position
        (position, scanned, missing, length) = (0, 0, nil, nil)
        return .command(byteCount: count)
    }

    private mutating func readArgument(_ bytes: UnsafeBufferPointer<UInt8>) -> Outcome? {
        if length == nil {
            switch readLength(bytes, "$", limits.argument, "bytes in an argument") {
            case .value(let count): length = count
            case .incomplete: return .incomplete
            case .failed(let problem): return .failed(problem)
            }
            guard length! >= 0 else { return .failed("invalid bulk length: an argument cannot be null") }
            if position + length! > limits.command {
                return .failed("a command must be at most \(limits.command) bytes")
            }
        }
        let end = position + length!
        guard bytes.count >= end + 2 else { return .incomplete }
        guard bytes[end] == 0x0D, bytes[end + 1] == 0x0A else {
            return .failed("an argument does not end where its length says")
        }
        arguments.append(position..<end)
        position = end + 2
        scanned = position
        length = nil
        missing! -= 1
        return nil
    }

    private enum Length {
        case value(Int)
        case incomplete
        case failed(String)
    }

    /// Reads a line of a type byte and a decimal number, such as `*3` or `$11`.
    private mutating func readLength(
        _ bytes: UnsafeBufferPointer<UInt8>, _ type: Unicode.Scalar, _ limit: Int, _ what: String
    ) -> Length {
        guard position < bytes.count else { return .incomplete }
        guard bytes[position] == UInt8(ascii: type) else {
            return .failed("expected '\(type)', got byte \(bytes[position])")
        }
        var index = position + 1
        var value = 0
        let isNegative = index < bytes.count && bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        let start = index
        while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
            value = value * 10 + Int(bytes[index] - 0x30)
            index += 1
            // Longer than any length within the limits: also keeps the value from overflowing.
            if index - start > 10 { return .failed("a length has too many digits") }
        }
        if index + 1 >= bytes.count {
            let isOdd = index < bytes.count && bytes[index] != 0x0D
            return isOdd ? .failed("a length is not a number") : .incomplete
        }
        guard index > start, bytes[index] == 0x0D, bytes[index + 1] == 0x0A else {
            return .failed("a length is not a number")
        }
        if value > limit { return .failed("at most \(limit) \(what), not \(value)") }
        position = index + 2
        scanned = position
        return .value(isNegative ? -value : value)
    }

    // MARK: Inline commands

    private mutating func readInline(_ bytes: UnsafeBufferPointer<UInt8>) -> Outcome {
        var end = scanned
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        scanned = end
        if end > limits.inline { return .failed("a command on one line must be at most \(limits.inline) bytes") }
        guard end < bytes.count else { return .incomplete }
        var line = 0..<end
        if end > 0, bytes[end - 1] == 0x0D { line = 0..<(end - 1) }
        var index = line.lowerBound
        while index < line.upperBound {
            while index < line.upperBound, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
            let start = index
            while index < line.upperBound, bytes[index] != 0x20, bytes[index] != 0x09 { index += 1 }
            if index == start { break }
            if arguments.count == limits.arguments { return .failed("at most \(limits.arguments) arguments") }
            arguments.append(start..<index)
        }
        position = end + 1
        return finish()
    }
}

/// One command as the parser found it. Valid while the bytes are.
struct RESPCommand {
    let bytes: UnsafeBufferPointer<UInt8>
    let arguments: [Range<Int>]

    /// How many arguments there are, the name included.
    var count: Int { arguments.count }

    /// An argument's bytes.
    subscript(index: Int) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: bytes[arguments[index]]) }

    /// An argument as text, or `nil` when it is not UTF-8.
    func text(_ index: Int) -> String? { String(validating: self[index], as: UTF8.self) }

    /// Whether it is no command but HTTP: a line that ends as a request's first one does (`patch / HTTP/1.1`), or a
    /// word that Redis closes the connection for, too.
    var isHTTP: Bool {
        if isWord(0, "POST") || isWord(0, "HOST:") { return true }
        return bytes[0] != UInt8(ascii: "*") && self[count - 1].starts(with: "HTTP/".utf8)
    }

    /// Whether an argument is this upper-case word, in any case.
    func isWord(_ index: Int, _ word: StaticString) -> Bool {
        let argument = self[index]
        guard argument.count == word.utf8CodeUnitCount else { return false }
        for offset in 0..<argument.count {
            let byte = argument[offset]
            let upper = byte >= 0x61 && byte <= 0x7A ? byte - 0x20 : byte
            if upper != word.utf8Start[offset] { return false }
        }
        return true
    }
}
