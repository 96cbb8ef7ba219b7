import CacheEngine
import CacheModel
import Foundation

/// The fields of a value that is written. An unknown one is a problem: a misspelt condition would overwrite what it was
/// to spare.
struct ValueFields {
    private var content: (kind: KeptValue.Kind, bytes: [UInt8])?
    private var put = ValuePut([], content: [])
    private var isBase64 = false

    private static let known = [
        "value", "encoding", "ttl", "tags", "version", "only_if", "lease", "invalidates",
    ]

    /// Reads a body and makes the write of `name`.
    static func read(_ body: UnsafeBufferPointer<UInt8>, name: [UInt8]) throws(RequestProblem) -> ValuePut {
        try RequestDecoder.whole(body) { (reader) throws(RequestProblem) in
            var fields = ValueFields()
            try reader.members("") { (reader, member) throws(RequestProblem) in
                try fields.set(member, &reader, text: body)
            }
            return try fields.finish(name)
        }
    }

    private mutating func set(
        _ name: String, _ reader: inout JSONReader, text: UnsafeBufferPointer<UInt8>
    ) throws(RequestProblem) {
        guard Self.known.contains(name) else {
            throw RequestProblem(
                .invalidValue, field: name, "is not a field of a value; known are \(Self.known.joined(separator: ", "))"
            )
        }
        if name == "value" {
            content = try Self.content(&reader, text: text)
            return
        }
        if try reader.takeNull() { return }
        switch name {
        case "encoding":
            guard try reader.text(name) == "base64" else {
                throw RequestProblem(.invalidValue, field: name, "must be \"base64\", or left out")
            }
            isBase64 = true
        case "ttl": put.life = .seconds(try reader.number(name, in: .positive))
        case "tags": put.tags = try FieldRules.tags(try reader.texts(name), name)
        case "invalidates": put.invalidates = try FieldRules.tags(try reader.texts(name), name)
        case "lease": put.lease = try FieldRules.name(try reader.text(name), name, allowEmpty: false)
        case "version":
            let version = try reader.integer(name, in: 0...FieldRules.largestWhole)
            try setCondition(version == 0 ? .absent : .version(Int64(version)), name)
        default:
            switch try reader.text(name) {
            case "absent": try setCondition(.absent, name)
            case "present": try setCondition(.present, name)
            default: throw RequestProblem(.invalidValue, field: name, "must be \"absent\" or \"present\"")
            }
        }
    }

    private mutating func setCondition(_ condition: ValueWrite.Condition, _ name: String) throws(RequestProblem) {
        guard put.condition == .always else {
            throw RequestProblem(.invalidValue, field: name, "stands beside another condition; give one")
        }
        put.condition = condition
    }

    private func finish(_ name: [UInt8]) throws(RequestProblem) -> ValuePut {
        guard var content else {
            throw RequestProblem(.missingField, field: "value", "is missing: give any JSON value")
        }
        if isBase64 {
            guard content.kind == .bytes, let data = Data(base64Encoded: Data(content.bytes)) else {
                throw RequestProblem(.invalidValue, field: "value", "must be a string of base64, as encoding says")
            }
            content.bytes = [UInt8](data)
        }
        var put = put
        (put.name, put.kind, put.content) = (name, content.kind, content.bytes)
        return put
    }

    /// A value as it is kept: a string as its bytes, so that a client of Redis reads what was meant; all else as its text.
    static func content(
        _ reader: inout JSONReader, text: UnsafeBufferPointer<UInt8>
    ) throws(RequestProblem) -> (kind: KeptValue.Kind, bytes: [UInt8]) {
        if try reader.kind() == .string { return (.bytes, Array(try reader.text("value").utf8)) }
        return (.json, Array(text[try reader.pass()]))
    }
}

/// What is asked of several values at once: `{"keys":[…]}`, or `{"values":{…},"ttl"?,"tags"?}`.
enum ValuesRequest {
    case get([[UInt8]])
    case put([ValuePut])

    /// The most names of one call.
    private static let maximum = FieldRules.maximumBatch

    static func read(_ body: UnsafeBufferPointer<UInt8>) throws(RequestProblem) -> ValuesRequest {
        try RequestDecoder.whole(body) { (reader) throws(RequestProblem) in
            var keys: [[UInt8]]?
            var puts: [ValuePut]?
            var shared = ValuePut([], content: [])
            try reader.givenMembers(["keys", "values", "ttl", "tags"]) { (reader, name) throws(RequestProblem) in
                switch name {
                case "keys": keys = try reader.texts(name).map { Array($0.utf8) }
                case "values": puts = try values(&reader, body)
                case "ttl": shared.life = .seconds(try reader.number(name, in: .positive))
                case "tags": shared.tags = try FieldRules.tags(try reader.texts(name), name)
                default:
                    throw RequestProblem(
                        .invalidValue, field: name, "is not a field of this; known are keys, values, ttl, tags")
                }
            }
            return try request(keys, puts, shared)
        }
    }

    private static func request(
        _ keys: [[UInt8]]?, _ puts: [ValuePut]?, _ shared: ValuePut
    ) throws(RequestProblem) -> ValuesRequest {
        if max(keys?.count ?? 0, puts?.count ?? 0) > maximum {
            throw RequestProblem(
                .tooLarge, field: keys == nil ? "values" : "keys", "must name at most \(maximum); send several requests"
            )
        }
        switch (keys, puts) {
        case (let keys?, nil): return .get(keys)
        case (nil, let puts?):
            return .put(
                puts.map { put in
                    var put = put
                    (put.life, put.tags) = (shared.life, shared.tags)
                    return put
                })
        case (nil, nil):
            throw RequestProblem(
                .missingField, field: "keys", "is missing: give keys (an array) to read or values (an object) to write")
        default:
            throw RequestProblem(.invalidValue, field: "keys", "stands beside values; give one of the two")
        }
    }

    private static func values(
        _ reader: inout JSONReader, _ body: UnsafeBufferPointer<UInt8>
    ) throws(RequestProblem) -> [ValuePut] {
        var puts: [ValuePut] = []
        try reader.members("values") { (reader, name) throws(RequestProblem) in
            let content = try ValueFields.content(&reader, text: body)
            puts.append(ValuePut(Array(name.utf8), kind: content.kind, content: content.bytes))
        }
        return puts
    }
}
