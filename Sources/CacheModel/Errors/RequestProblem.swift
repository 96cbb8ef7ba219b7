/// What is wrong with a request, said so that its sender can mend it.
public struct RequestProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of problem. The raw values are the stable last path component of the problem document's `type`.
    public enum Code: String, Sendable {
        /// The body is not JSON.
        case malformedJSON = "malformed-json"
        /// A field has the wrong kind of value.
        case wrongType = "wrong-type"
        /// A field is missing.
        case missingField = "missing-field"
        /// A field's value is outside what is allowed.
        case invalidValue = "invalid-value"
        /// Something is larger than allowed.
        case tooLarge = "too-large"
        /// There is nothing of that name.
        case notFound = "not-found"
        /// What is there is not what the request expects.
        case conflict = "conflict"
        /// The caller is not allowed to.
        case denied = "denied"
        /// The cache cannot serve right now.
        case unavailable = "unavailable"
    }

    /// The kind of problem.
    public let code: Code
    /// The field, as a path: `cache.ttl`, `messages[2].content`; empty when no field is meant.
    public let field: String
    /// What was found and what is wanted.
    public let message: String

    /// A problem with a field.
    public init(_ code: Code, field: String, _ message: String) {
        self.code = code
        self.field = field
        self.message = message
    }

    public var description: String { field.isEmpty ? message : "\(field): \(message)" }
}
