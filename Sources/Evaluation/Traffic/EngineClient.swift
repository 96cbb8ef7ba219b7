import CacheEngine
import CacheModel

/// Reads and writes the wire's bodies. The program supplies it from the service, so that a log is read here exactly as
/// a server would read it.
public protocol WireCoding: Sendable {
    /// The request of a lookup's body; throws the problem that a client would be told.
    func lookupRequest(_ body: JSONValue) throws -> CacheRequest
    /// The request of a store's body; throws the problem that a client would be told.
    func storeRequest(_ body: JSONValue) throws -> StoreRequest
    /// The body of a lookup's reply.
    func body(_ reply: LookupReply) -> JSONValue
    /// The body of a store's reply.
    func body(_ reply: StoreReply) -> JSONValue
}

/// A client of an engine in this process.
public struct EngineClient: CacheClient {
    private let engine: any CacheServing
    private let coding: any WireCoding

    /// A client of `engine`.
    public init(engine: any CacheServing, coding: any WireCoding) {
        self.engine = engine
        self.coding = coding
    }

    public func lookup(_ body: JSONValue) throws -> JSONValue {
        coding.body(engine.lookup(try coding.lookupRequest(body)).finish())
    }

    public func store(_ body: JSONValue) throws -> JSONValue {
        coding.body(engine.store(try coding.storeRequest(body)).finish())
    }
}
