import CacheModel

/// What a model call would cost.
public protocol Pricing: Sendable {
    /// The list price of `usage` on `model`; `nil` for a model without a known price, never zero.
    func cost(of usage: TokenUsage, model: String, provider: String?) -> NanoDollars?
}

/// A table of list prices.
///
/// A model is looked for by its exact name, then by its name without the provider's prefix, then by its aliases, then by
/// its family (`ModelName.family`).
public struct PriceTable: Pricing {
    /// Nano-dollars per token are dollars per million tokens times this.
    private static let nanoPerTokenOfDollarsPerMillion = 1000.0

    /// One model's list price, in dollars per million tokens.
    public struct Price: Sendable, Equatable {
        /// Of prompt tokens.
        public var prompt: Double
        /// Of prompt tokens that the provider had cached.
        public var cachedPrompt: Double
        /// Of answer tokens.
        public var completion: Double

        /// A price.
        public init(prompt: Double, cachedPrompt: Double, completion: Double) {
            self.prompt = prompt
            self.cachedPrompt = cachedPrompt
            self.completion = completion
        }
    }

    /// When and where the prices were read.
    public let provenance: String
    private var exact: [String: Price] = [:]
    private var families: [String: Price] = [:]
    private var aliases: [String: Price] = [:]
    /// When the prices were read, as the table says it: `2026-11`, `2026-11-21`; empty when it does not.
    public private(set) var asOf = ""

    /// A table from prices by model name.
    public init(_ prices: [String: Price], provenance: String = "") {
        self.provenance = provenance
        for (name, price) in prices {
            exact[name.lowercased()] = price
        }
        // Sorted, so that the family's price does not hang on the order of a dictionary; the shortest name is nearest.
        for name in exact.keys.sorted(by: { ($0.utf8.count, $0) > ($1.utf8.count, $1) }) {
            families[ModelName.family(name)] = exact[name]!
        }
    }

    /// A table from its JSON: `{"format":1,"as_of":…,"source":…,"unit":"usd_per_million_tokens",
    /// "models":{NAME:{"prompt":n,"cached_prompt":n,"completion":n}},"aliases"?:{NAME:NAME}}`.
    ///
    /// - Throws: `PriceTableError` that names the model and the field.
    public init(json: JSONValue) throws(PriceTableError) {
        guard json["format"]?.integer == 1 else {
            throw PriceTableError("'format' must be 1, found \(json["format"]?.kind ?? "nothing")")
        }
        guard json["unit"]?.string == "usd_per_million_tokens" else {
            throw PriceTableError("'unit' must be \"usd_per_million_tokens\"")
        }
        guard let models = json["models"]?.members else { throw PriceTableError("'models' must be an object") }
        var prices: [String: Price] = [:]
        for model in models { prices[model.name] = try Self.price(model) }
        self.init(prices, provenance: "\(json["source"]?.string ?? "?"), as of \(json["as_of"]?.string ?? "?")")
        asOf = json["as_of"]?.string ?? ""
        for alias in json["aliases"]?.members ?? [] {
            guard let price = alias.value.string.flatMap({ exact[$0.lowercased()] }) else {
                throw PriceTableError("aliases.\(alias.name) must name one of the models")
            }
            aliases[alias.name.lowercased()] = price
        }
    }

    private static func price(_ model: JSONMember) throws(PriceTableError) -> Price {
        func field(_ name: String, default fallback: Double? = nil) throws(PriceTableError) -> Double {
            guard let value = model.value[name] ?? fallback.map(JSONValue.number) else {
                throw PriceTableError("models.\(model.name).\(name) is missing")
            }
            guard let dollars = value.double, dollars >= 0, dollars < 1e6 else {
                throw PriceTableError(
                    "models.\(model.name).\(name) must be dollars per million tokens from 0 to 1000000, found \(value.kind)"
                )
            }
            return dollars
        }
        let prompt = try field("prompt")
        return Price(
            prompt: prompt, cachedPrompt: try field("cached_prompt", default: prompt),
            completion: try field("completion"))
    }

    /// How many models have a price.
    public var count: Int { exact.count }

    /// The price of a model, if it has one.
    public func price(model: String, provider: String?) -> Price? {
        let name = model.lowercased()
        if let price = exact[name] { return price }
        if let provider, let price = exact["\(provider.lowercased())/\(name)"] { return price }
        if let bare = name.split(separator: "/").last, let price = exact[String(bare)] { return price }
        return aliases[name] ?? families[ModelName.family(name)]
    }

    public func cost(of usage: TokenUsage, model: String, provider: String?) -> NanoDollars? {
        guard let price = price(model: model, provider: provider) else { return nil }
        let cached = min(usage.cachedPromptTokens, usage.promptTokens)
        let dollarsPerMillion =
            Double(usage.promptTokens - cached) * price.prompt + Double(cached) * price.cachedPrompt
            + Double(usage.completionTokens) * price.completion
        let amount = (dollarsPerMillion * Self.nanoPerTokenOfDollarsPerMillion).rounded()
        return amount < 9e18 ? NanoDollars(Int64(amount)) : nil
    }
}

/// What is wrong with a price table.
public struct PriceTableError: Error, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
