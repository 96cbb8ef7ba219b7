/// Why a model folder cannot be used or written; every message names the file and says what to do.
public struct ModelError: Error, Equatable, CustomStringConvertible {
    /// The kind of trouble, for code to decide by.
    public enum Code: String, Sendable {
        /// The folder or a file is not there or may not be read.
        case unreadable
        /// The manifest is not JSON, or a member is missing or of another type.
        case malformed
        /// The format, the tokeniser or the kind is one that this program does not know.
        case unsupported
        /// A file has another size than the manifest says: most often a download cut short.
        case truncated
        /// A file has another SHA-256 than the manifest says.
        case corrupt
        /// The sizes in the manifest do not fit each other or the file.
        case inconsistent
        /// The folder or a file cannot be written.
        case unwritable
        /// There is too little text to train on.
        case tooLittleText
    }

    /// The kind of trouble.
    public let code: Code
    /// The path concerned.
    public let path: String
    /// What is wrong.
    public let problem: String
    /// What to do about it.
    public let remedy: String

    /// An error about `path`.
    public init(_ code: Code, _ path: String, _ problem: String, _ remedy: String) {
        self.code = code
        self.path = path
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String { "\(path): \(problem); \(remedy)" }
}
