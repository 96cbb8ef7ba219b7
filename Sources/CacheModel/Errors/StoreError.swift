/// Why a store could not do what it was asked.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// The kind of trouble, for code to decide by.
    public enum Code: String, Sendable {
        /// The store cannot be reached.
        case unavailable
        /// A part of the store cannot be reached (one node of a cluster, say); the rest answers.
        case partlyUnavailable
        /// No answer by the deadline.
        case timeout
        /// What is stored does not make sense.
        case corrupt
        /// The data was written by a newer version.
        case newerVersion
        /// No room is left.
        case full
        /// The store may not be written.
        case readOnly
        /// The store refuses the credentials or the command.
        case denied
        /// The entry is so old that invalidations may have passed it by: they have to be looked at first.
        case late
        /// `close` was called.
        case closed
        /// Anything else.
        case failed
    }

    /// The kind of trouble.
    public let code: Code
    /// What happened and what to do, without secrets.
    public let message: String
    /// What the library said.
    public let cause: String?

    /// An error.
    public init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
