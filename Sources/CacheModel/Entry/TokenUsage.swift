/// The tokens of one model call, as the gateway reports them.
public struct TokenUsage: Sendable, Equatable {
    /// Tokens of the prompt, cached ones included.
    public var promptTokens: Int
    /// Tokens of the answer, reasoning included.
    public var completionTokens: Int
    /// Prompt tokens that the provider had cached.
    public var cachedPromptTokens: Int
    /// Answer tokens that went into reasoning.
    public var reasoningTokens: Int

    /// Token counts.
    public init(
        promptTokens: Int = 0, completionTokens: Int = 0, cachedPromptTokens: Int = 0, reasoningTokens: Int = 0
    ) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.cachedPromptTokens = cachedPromptTokens
        self.reasoningTokens = reasoningTokens
    }

    /// Adds the tokens of another call; a sum that would not fit stays at the largest that does.
    public static func += (sum: inout Self, usage: Self) {
        sum.promptTokens = sum.promptTokens.adding(saturating: usage.promptTokens)
        sum.completionTokens = sum.completionTokens.adding(saturating: usage.completionTokens)
        sum.cachedPromptTokens = sum.cachedPromptTokens.adding(saturating: usage.cachedPromptTokens)
        sum.reasoningTokens = sum.reasoningTokens.adding(saturating: usage.reasoningTokens)
    }

    /// Prompt and answer together.
    public var totalTokens: Int { promptTokens.adding(saturating: completionTokens) }
}

extension FixedWidthInteger {
    /// The sum, or the largest (smallest) number where it does not fit: what clients report must not stop the process.
    public func adding(saturating other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}

/// Money in integer nano-dollars (10⁻⁹ USD): sums are exact.
public struct NanoDollars: Sendable, Hashable, Comparable {
    /// The amount.
    public var amount: Int64

    /// An amount of nano-dollars.
    public init(_ amount: Int64) { self.amount = amount }

    /// The nearest amount to `dollars`; `nil` if negative, not finite or beyond 64 bits.
    public init?(dollars: Double) {
        guard dollars.isFinite, dollars >= 0, dollars < 9.2e9 else { return nil }
        amount = Int64((dollars * 1e9).rounded())
    }

    /// The amount in dollars.
    public var dollars: Double { Double(amount) / 1e9 }

    public static func < (a: Self, b: Self) -> Bool { a.amount < b.amount }
    public static func + (a: Self, b: Self) -> Self {
        Self(a.amount.adding(saturating: b.amount))
    }
}
