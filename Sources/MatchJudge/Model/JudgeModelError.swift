/// Why a judge's model cannot be used.
public struct JudgeModelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of trouble, for code to decide by.
    public enum Code: String, Sendable {
        /// A file of the folder is missing or cannot be read.
        case unreadable
        /// The manifest is not the JSON that was wanted.
        case badManifest
        /// Written in a format that this version does not know.
        case unknownFormat
        /// The features are not those that this version computes.
        case otherFeatures
        /// The file is not as long as the manifest or its own counts say.
        case wrongLength
        /// The file's content has another digest.
        case wrongDigest
        /// The figures inside make no sense: an index out of range, a threshold that is no number.
        case corrupt
    }

    /// The kind of trouble.
    public let code: Code
    /// What is wrong and where.
    public let message: String
    /// What the library said.
    public let cause: String?

    init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
