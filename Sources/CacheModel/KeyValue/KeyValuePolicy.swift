/// How one key–value namespace is kept.
public struct KeyValuePolicy: Sendable, Equatable {
    /// Whether the namespace is on: one that is off holds nothing and takes nothing.
    public var isOn = true
    /// How long a value lives that is written without a life of its own, seconds.
    public var ttl: Double
    /// The longest life that a write may ask for, seconds.
    public var maximumTTL: Double
    /// The largest value, bytes.
    public var maximumValueBytes: Int
    /// How long a lease lasts that a miss hands out, seconds.
    public var leaseTTL: Double = 30

    /// A policy with the figures of a preset.
    public init(_ preset: KeyValuePreset = .default) {
        (ttl, maximumTTL, maximumValueBytes) = (preset.ttl, 365 * 86_400, preset.maximumValueBytes)
    }
}

/// What a key–value namespace holds: lives and sizes that suit it. A namespace that is called like one has its figures
/// unless the settings say otherwise.
public enum KeyValuePreset: String, Sendable, CaseIterable {
    /// Anything.
    case `default`
    /// Results of tools that models call.
    case tool
    /// Responses of other services.
    case api
    /// Results of database queries.
    case query
    /// Sessions of users.
    case session
    /// Scores of prompt templates.
    case template
    /// Documents and their chunks.
    case document
    /// Texts read from images.
    case ocr
    /// Feature flags.
    case flag
    /// State of workflows and bots.
    case state

    /// How long values live, seconds.
    public var ttl: Double {
        switch self {
        case .default: 30 * 86_400
        case .tool: 3600
        case .api: 300
        case .query: 60
        case .session: 86_400
        case .template, .document, .state: 7 * 86_400
        case .ocr: 30 * 86_400
        case .flag: 60
        }
    }

    /// The largest value, bytes.
    public var maximumValueBytes: Int {
        switch self {
        case .flag: 64 << 10
        case .session, .template: 256 << 10
        case .tool, .api, .state: 1 << 20
        case .default, .query, .ocr: 4 << 20
        case .document: 16 << 20
        }
    }
}

/// How key–value namespaces are kept.
public struct KeyValuePolicies: Sendable, Equatable {
    /// What holds for namespaces that are neither named nor called like a preset.
    public var fallback: KeyValuePolicy
    /// What holds for named ones.
    public var named: [String: KeyValuePolicy]

    /// A table; presets hold under their own names.
    public init(fallback: KeyValuePolicy = KeyValuePolicy(), named: [String: KeyValuePolicy] = [:]) {
        self.fallback = fallback
        self.named = named
        for preset in KeyValuePreset.allCases where preset != .default && named[preset.rawValue] == nil {
            self.named[preset.rawValue] = KeyValuePolicy(preset)
        }
    }

    /// The policy of a namespace.
    public func policy(of namespace: String) -> KeyValuePolicy { named[namespace] ?? fallback }
}
