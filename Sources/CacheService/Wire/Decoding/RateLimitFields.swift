import CacheModel

/// The fields of a call under a rate limit.
struct RateLimitFields {
    private var limit: Int?
    private var window: Double?
    private var cost = 1

    private static let counts = 0...1_000_000_000_000
    /// A millisecond a slot, to a year.
    private static let windows = 0.06...31_536_000

    /// Sets a field from the next value.
    mutating func set(_ name: String, _ reader: inout JSONReader) throws(RequestProblem) {
        switch name {
        case "limit": limit = try reader.integer(name, in: Self.counts)
        case "window_s": window = try reader.number(name, in: Self.windows)
        case "cost": cost = try reader.integer(name, in: Self.counts)
        default:
            // A misspelt limit would be none.
            throw RequestProblem(.invalidValue, field: name, "is not a field; known are limit, window_s, cost")
        }
    }

    /// Sets a field from a word.
    mutating func set(_ name: String, text: String) throws(RequestProblem) {
        let bytes = Array(text.utf8)
        try bytes.withUnsafeBufferPointer { (bytes) throws(RequestProblem) in
            var reader = JSONReader(bytes)
            do throws(RequestProblem) {
                try set(name, &reader)
                try reader.end()
            } catch {
                guard error.code == .malformedJSON else { throw error }
                throw RequestProblem(.invalidValue, field: name, "must be a number")
            }
        }
    }

    /// The request about `key`.
    func finish(key: String) throws(RequestProblem) -> RateLimitRequest {
        guard let limit else {
            throw RequestProblem(.missingField, field: "limit", "is missing: how much may pass in a window?")
        }
        guard let window else {
            throw RequestProblem(.missingField, field: "window_s", "is missing: how long is the window, in seconds?")
        }
        if cost > limit {
            throw RequestProblem(
                .invalidValue, field: "cost", "is more than the limit of \(limit): it would never be allowed")
        }
        return RateLimitRequest(
            key: try FieldRules.name(key, "key", allowEmpty: false), limit: limit, window: window, cost: cost)
    }
}

extension RequestDecoder {
    /// The body of a call under a rate limit.
    static func rateLimit(
        _ body: UnsafeBufferPointer<UInt8>, key: String
    ) throws(RequestProblem) -> RateLimitRequest {
        try whole(body) { (reader) throws(RequestProblem) in
            var fields = RateLimitFields()
            try reader.givenMembers(["limit", "window_s", "cost"]) { (reader, name) throws(RequestProblem) in
                try fields.set(name, &reader)
            }
            return try fields.finish(key: key)
        }
    }
}
