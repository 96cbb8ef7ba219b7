import CacheModel

/// The wire's bodies as values, for programs that hold an engine in their own process: what they read and write is what
/// a server would.
public enum WireCodec {
    /// The request of a lookup's body.
    ///
    /// - Throws: the problem that a client would be told.
    public static func lookupRequest(_ body: JSONValue) throws(RequestProblem) -> CacheRequest {
        try JSONWriter.encode(body).withUnsafeBufferPointer { (bytes) throws(RequestProblem) in
            try RequestDecoder.lookup(bytes)
        }
    }

    /// The request of a store's body.
    ///
    /// - Throws: the problem that a client would be told.
    public static func storeRequest(_ body: JSONValue) throws(RequestProblem) -> StoreRequest {
        try JSONWriter.encode(body).withUnsafeBufferPointer { (bytes) throws(RequestProblem) in
            try RequestDecoder.store(bytes)
        }
    }

    /// The body of a lookup's reply.
    public static func body(_ reply: LookupReply) -> JSONValue { value { reply.write(to: &$0) } }

    /// The body of a store's reply.
    public static func body(_ reply: StoreReply) -> JSONValue { value { reply.write(to: &$0) } }

    private static func value(_ write: (inout JSONWriter) -> Void) -> JSONValue {
        var writer = JSONWriter()
        write(&writer)
        guard let value = try? JSONValue(parsing: writer.bytes) else { preconditionFailure("a reply is JSON") }
        return value
    }
}
