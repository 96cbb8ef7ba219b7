import CHiredis
import CacheModel

/// One command: its arguments, binary safe.
struct RESPCommand {
    private var bytes: [UInt8] = []
    private var lengths: [Int] = []

    init(_ words: String...) { for word in words { append(word) } }

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        lengths.append(text.utf8.count)
    }

    mutating func append(_ number: some BinaryInteger) { append(String(number)) }

    mutating func append(_ argument: [UInt8]) {
        bytes.append(contentsOf: argument)
        lengths.append(argument.count)
    }

    /// Appends the arguments of another command.
    mutating func append(contentsOf other: RESPCommand) {
        bytes.append(contentsOf: other.bytes)
        lengths.append(contentsOf: other.lengths)
    }

    /// The key that says which node of a cluster the command is for: a script's first key, else the first argument.
    var routingKey: ArraySlice<UInt8> {
        let index = lengths.first.map { argument(0, length: $0) }.map(Self.isScript) == true ? 3 : 1
        guard lengths.count > index else { return [] }
        let start = lengths[..<index].reduce(0, +)
        return bytes[start..<(start + lengths[index])]
    }

    private func argument(_ start: Int, length: Int) -> ArraySlice<UInt8> { bytes[start..<(start + length)] }

    private static func isScript(_ verb: ArraySlice<UInt8>) -> Bool {
        verb.elementsEqual("EVALSHA".utf8) || verb.elementsEqual("EVAL".utf8)
    }

    /// The sum of the arguments' lengths.
    var byteCount: Int { bytes.count }

    /// Appends the command as Redis reads it (an array of bulk strings), formatted by hiredis.
    func encode(into output: inout [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            let start = buffer.bindMemory(to: CChar.self).baseAddress
            var position = 0
            var arguments: [UnsafePointer<CChar>?] = lengths.map { length in
                defer { position += length }
                return start.map { $0 + position }
            }
            var target: UnsafeMutablePointer<CChar>?
            let count = redisFormatCommandArgv(&target, Int32(lengths.count), &arguments, lengths)
            precondition(count > 0 && target != nil, "hiredis formats every command")
            output.append(contentsOf: UnsafeRawBufferPointer(start: target, count: Int(count)))
            redisFreeCommand(target)
        }
    }
}

/// One reply.
enum RESPReply: Equatable {
    case string([UInt8])
    case status(String)
    case error(String)
    case integer(Int64)
    case null
    case array([RESPReply])

    /// A bulk string's bytes.
    var bytes: [UInt8]? { if case .string(let bytes) = self { bytes } else { nil } }
    /// A bulk string as text; `nil` when it is no valid UTF-8.
    var text: String? { bytes.flatMap { String(validating: $0, as: UTF8.self) } }
    /// An integer reply.
    var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    /// An array's elements.
    var elements: [RESPReply]? { if case .array(let elements) = self { elements } else { nil } }
}

/// Takes bytes as they come and gives replies as they are complete: hiredis's reader with limits.
final class RESPReader {
    private let reader: UnsafeMutablePointer<redisReader>
    private let maximumBytes: Int
    /// Bytes fed since the last complete reply.
    private var pending = 0

    /// The most elements of one array: SCAN batches and hashes stay far below. hiredis reserves memory for as many
    /// elements as a reply announces, so the announcement is checked.
    private static let maximumElements = 1 << 20

    /// hiredis's own functions, with one that refuses huge arrays in front.
    private static let functions: Functions = {
        let model = redisReaderCreate()!
        defer { redisReaderFree(model) }
        return Functions(original: model.pointee.fn.pointee)
    }()

    /// A reader of replies of at most `maximumBytes`.
    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
        reader = redisReaderCreate()!
        reader.pointee.fn = Self.functions.table
    }

    deinit { redisReaderFree(reader) }

    /// What is wrong with the bytes that came.
    enum Failure: Error {
        /// A reply is larger than the reader takes.
        case tooLarge
        /// No RESP.
        case malformed
    }

    /// Takes bytes.
    func feed(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        pending += bytes.count
        if pending > maximumBytes { throw .tooLarge }
        let code = redisReaderFeed(reader, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
        if code != REDIS_OK { throw .malformed }
    }

    /// The next reply; `nil` until its last byte has come.
    func next() throws(Failure) -> RESPReply? {
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else {
            throw reader.pointee.err == REDIS_ERR_OOM ? .tooLarge : .malformed
        }
        guard let object else { return nil }
        defer { freeReplyObject(object) }
        pending = Int(reader.pointee.len) - Int(reader.pointee.pos)
        return Self.reply(object.assumingMemoryBound(to: redisReply.self).pointee)
    }

    private static func reply(_ reply: redisReply) -> RESPReply {
        let bytes = UnsafeRawBufferPointer(start: reply.str, count: reply.str == nil ? 0 : Int(reply.len))
        switch reply.type {
        case REDIS_REPLY_STRING: return .string(Array(bytes))
        case REDIS_REPLY_STATUS: return .status(String(decoding: bytes, as: UTF8.self))
        case REDIS_REPLY_ERROR: return .error(String(decoding: bytes, as: UTF8.self))
        case REDIS_REPLY_INTEGER: return .integer(reply.integer)
        case REDIS_REPLY_ARRAY: return .array((0..<Int(reply.elements)).map { Self.reply(reply.element[$0]!.pointee) })
        default: return .null
        }
    }

    /// A function table that outlives every reader.
    private struct Functions: @unchecked Sendable {
        // Unchecked: written once, before it is shared.
        let table: UnsafeMutablePointer<redisReplyObjectFunctions>
        let createArray: @convention(c) (UnsafePointer<redisReadTask>?, Int32) -> UnsafeMutableRawPointer?

        init(original: redisReplyObjectFunctions) {
            createArray = original.createArray
            table = .allocate(capacity: 1)
            table.initialize(to: original)
            table.pointee.createArray = { task, count in
                Int(count) > RESPReader.maximumElements ? nil : RESPReader.functions.createArray(task, count)
            }
        }
    }
}
