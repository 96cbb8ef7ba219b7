/// Kinds of text that should not lie in a cache, told by their form.
public enum SensitiveKind: String, Sendable, CaseIterable {
    /// A private key in PEM or age's form.
    case privateKey = "private_key"
    /// A key or token of a provider that gives its keys a prefix: OpenAI, Anthropic, AWS, Google, GitHub, Slack, …
    case apiKey = "api_key"
    /// A JSON Web Token.
    case jwt
    /// A password or token that is called one: `password=…`, `Bearer …`, `scheme://user:password@host`.
    case credential
    /// A payment card's number (ISO/IEC 7812, checked by Luhn's formula).
    case card
    /// An International Bank Account Number (ISO 13616, checked modulo 97).
    case iban
    /// An e-mail address.
    case email
    /// A telephone number in international form, or in the North American one with separators.
    case phone
}

/// A set of kinds.
public struct SensitiveKinds: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The set of one kind.
    public init(_ kind: SensitiveKind) {
        self.init(rawValue: 1 << UInt8(SensitiveKind.allCases.firstIndex(of: kind)!))
    }

    /// What gives power to whoever reads it. Cards are among them: their number alone is enough to pay with, and the card
    /// industry's rules (PCI DSS, requirement 3) forbid keeping it in the clear.
    public static let secrets: SensitiveKinds = [
        .init(.privateKey), .init(.apiKey), .init(.jwt), .init(.credential), .init(.card),
    ]
    /// What says who somebody is.
    public static let personal: SensitiveKinds = [.init(.iban), .init(.email), .init(.phone)]
    /// Every kind.
    public static let all: SensitiveKinds = [.secrets, .personal]
}

/// What becomes of prompts and answers that hold such text. The raw values are the settings'.
public enum SensitiveTextPolicy: String, Sendable, CaseIterable {
    /// They are neither kept nor matched by meaning.
    case skip
    /// They are kept; where an entry is shown to people, the text is replaced by the name of its kind.
    case redact
    /// They are kept like any other.
    case allow
}
