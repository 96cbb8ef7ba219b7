/// One call that asks whether it may go on.
public struct RateLimitRequest: Sendable, Equatable {
    /// What is limited: a user, a tenant, a model, an address.
    public var key: String
    /// The most cost in any span of `window`.
    public var limit: Int
    /// Seconds.
    public var window: Double
    /// What this call counts; zero only looks.
    public var cost: Int

    /// A request.
    public init(key: String, limit: Int, window: Double, cost: Int = 1) {
        (self.key, self.limit, self.window, self.cost) = (key, limit, window, cost)
    }
}

/// Whether a call may go on.
public struct RateLimitOutcome: Sendable, Equatable {
    /// Whether it may.
    public var isAllowed: Bool
    /// What may still be spent now.
    public var remaining: Int
    /// Seconds until the same call would be allowed; `nil` when it is.
    public var retryAfter: Double?
    /// Seconds until nothing counts any more.
    public var resetAfter: Double
    /// Whether only this process was asked, because the store that nodes share does not answer.
    public var isLocal = false

    /// An outcome.
    public init(isAllowed: Bool, remaining: Int, retryAfter: Double?, resetAfter: Double) {
        (self.isAllowed, self.remaining, self.retryAfter) = (isAllowed, remaining, retryAfter)
        self.resetAfter = resetAfter
    }
}

/// Counts calls in sliding windows. Calls block, and end by the store's deadline.
///
/// Conforming types pass `RateLimitConformance` in the tests.
public protocol RateLimitStore: Sendable {
    /// Counts `request` if it fits its window at `now`, and says whether it did; in one step, whoever else asks.
    func take(_ request: RateLimitRequest, now: Timestamp) throws(StoreError) -> RateLimitOutcome
}
