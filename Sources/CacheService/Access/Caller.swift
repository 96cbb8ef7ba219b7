import CacheModel

/// Who asks, and within what bounds.
struct Caller: Sendable, Equatable {
    /// For logs and errors: a token's name, or how the client came in.
    let name: String
    /// The only tenant that it may see or touch; `nil` for any.
    let tenant: String?
    /// The only namespaces; `nil` for all.
    let namespaces: Set<String>?
    let rights: Set<AccessRight>
    /// The digest of the token that it has shown; `nil` without one.
    var token: Digest256?
    /// A limit of its own.
    var requestsPerSecond: Double?

    /// Who may do everything: the owner of the socket, or a client where there are no tokens.
    static let owner = Caller(name: "owner", tenant: nil, namespaces: nil, rights: Set(AccessRight.allCases))

    init(name: String, tenant: String?, namespaces: Set<String>?, rights: Set<AccessRight>) {
        (self.name, self.tenant, self.namespaces, self.rights) = (name, tenant, namespaces, rights)
    }

    init(_ grant: AccessGrant) {
        self.init(name: grant.name, tenant: grant.tenant, namespaces: grant.namespaces, rights: grant.rights)
        (token, requestsPerSecond) = (grant.digest, grant.requestsPerSecond)
    }

    /// Whether it is bound to a part of the cache.
    var isBound: Bool { tenant != nil || namespaces != nil }

    /// Why it may not do what needs `requirement`; `nil` when it may.
    func refusal(_ requirement: Requirement) -> ProblemDocument? {
        switch requirement {
        case .open, .known: return nil
        case .right(let right):
            return rights.contains(right) ? nil : .denied("the token '\(name)' does not have the right '\(right)'")
        case .whole, .undeclared:
            if isBound {
                return .denied("the token '\(name)' is bound to a part of the cache, and this concerns all of it")
            }
            return refusal(.admin)
        }
    }

    // MARK: Bounds

    /// The tenant of a request: what it names, which must be the caller's own; the caller's where it names none.
    func admitted(tenant wanted: String?) throws(RequestProblem) -> String? {
        guard let tenant, wanted != tenant else { return wanted }
        if wanted == nil { return tenant }
        throw RequestProblem(.denied, field: "tenant", "is not the one that the token '\(name)' is bound to")
    }

    /// Checks a request's namespace.
    func admit(namespace: String) throws(RequestProblem) {
        guard let namespaces, !namespaces.contains(namespace) else { return }
        throw RequestProblem(
            .denied, field: "namespace", "is none of those that the token '\(name)' is bound to")
    }

    /// The namespace of a request that may leave it out: a caller who is bound to one means that one.
    func admitted(namespace wanted: String?) throws(RequestProblem) -> String? {
        guard let namespaces else { return wanted }
        if let wanted {
            try admit(namespace: wanted)
            return wanted
        }
        if namespaces.count == 1 { return namespaces.first }
        throw RequestProblem(
            .denied, field: "namespace", "is missing: the token '\(name)' is bound to several, name one of them")
    }

    /// Checks a right that a field of the request asks for beyond the endpoint's own.
    func require(_ right: AccessRight, for field: String) throws(RequestProblem) {
        if rights.contains(right) { return }
        throw RequestProblem(
            .denied, field: field, "needs the right '\(right)', which the token '\(name)' does not have")
    }

    /// Whether an entry is the caller's to see.
    func maySee(_ header: EntryHeader) -> Bool {
        (tenant == nil || header.tenant == tenant) && namespaces?.contains(header.namespace) != false
    }
}

extension ProblemDocument {
    static func denied(_ detail: String) -> Self { Self(403, "denied", "The caller is not allowed to", detail) }
}
