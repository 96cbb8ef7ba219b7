import CShims

/// Whom to trust and how to prove who we are, over TLS 1.2 or later.
public struct TLSOptions: Sendable, Equatable {
    /// Certificate authorities (PEM), in place of the system's.
    public var authorityFile: String?
    /// Our certificate with its chain (PEM), where the server asks for one.
    public var certificateFile: String?
    /// Its key (PEM, not encrypted).
    public var keyFile: String?
    /// Whom the server's certificate must be for; `nil` for the host that is connected to.
    public var serverName: String?
    /// Whether the server's certificate is checked. Without, anybody on the way can be the server.
    public var verifies = true

    /// The system's authorities, no certificate of ours.
    public init() {}
}

/// Why TLS could not be set up, in words; holds no secrets.
public struct TLSProblem: Error, Sendable, CustomStringConvertible {
    public let description: String
    /// Whether the server's certificate was refused.
    public var isUntrusted = false

    /// A problem.
    public init(_ description: String, isUntrusted: Bool = false) {
        self.description = description
        self.isUntrusted = isUntrusted
    }
}

/// Files read once, for any number of connections.
public final class TLSContext: @unchecked Sendable {
    // Unchecked: OpenSSL's contexts may be used by many threads once they are set up.
    let context: OpaquePointer
    let options: TLSOptions

    /// Reads the files.
    public init(_ options: TLSOptions) throws(TLSProblem) {
        self.options = options
        var text = [CChar](repeating: 0, count: 256)
        guard
            let context = deja_tls_context_make(
                options.authorityFile, options.certificateFile, options.keyFile, options.verifies ? 1 : 0, &text,
                text.count)
        else { throw TLSProblem(Self.string(text)) }
        self.context = context
    }

    deinit { deja_tls_context_free(context) }

    static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
