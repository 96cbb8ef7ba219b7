import CacheModel

/// Entries on their way out of this cache or into it.
public protocol EntryMoving: Sendable {
    /// What digests are made with: entries move only between caches that agree on it.
    var digestSpace: String { get }
    /// The entries of a namespace (`nil`: all) from a place on. Each that is there all the while comes once.
    func entries(from place: Int, namespace: String?, limit: Int) -> Step<MovingPage>
    /// Takes entries in as they are, with their names and ends. What is there already, has ended or was invalidated is
    /// left out, so that taking the same entries in again changes nothing.
    func take(_ entries: [CacheEntry]) -> Step<Result<MovingReply, RequestProblem>>
}

/// Some entries and where the next ones are.
public struct MovingPage: Sendable {
    /// The entries.
    public var entries: [CacheEntry]
    /// The place to go on from; `nil` behind the last.
    public var next: Int?

    /// A page.
    public init(entries: [CacheEntry], next: Int?) { (self.entries, self.next) = (entries, next) }
}

/// What became of entries that were to be taken in.
public struct MovingReply: Sendable, Equatable {
    /// They are kept now.
    public var taken = 0
    /// They were there already.
    public var present = 0
    /// Their life was over, or they had been invalidated here.
    public var over = 0
    /// The policy keeps no such entries.
    public var refused = 0

    /// Nothing yet.
    public init() {}
}

extension CacheEngine: EntryMoving {
    public var moving: (any EntryMoving)? { self }

    public var digestSpace: String { parts.hasher.digest(Array("deja-digest-space-v1".utf8)).short }

    public func entries(from place: Int, namespace: String?, limit: Int) -> Step<MovingPage> {
        .blocking { [self] in
            let now = parts.clock.now()
            let page = directory.records(from: place, count: limit)
            var found: [CacheEntry] = []
            for record in page.records
            where !record.isExpired(at: now) && !isOver(record) && (namespace == nil || record.namespace == namespace) {
                if let entry = (try? fetch(record.reference)) ?? nil { found.append(entry) }
            }
            return .done(MovingPage(entries: found, next: page.next))
        }
    }

    public func take(_ entries: [CacheEntry]) -> Step<Result<MovingReply, RequestProblem>> {
        .blocking { [self] in
            var reply = MovingReply()
            var fresh: [CacheEntry] = []
            let now = parts.clock.now()
            for entry in entries {
                let header = entry.header
                let record = record(of: header)
                let policy = parts.policies.policy(of: header.namespace)
                if directory.record(header.id) != nil || directory.record(exactKey: header.exactKey) != nil {
                    reply.present += 1
                } else if record.isExpired(at: now) || isInvalidated(record) || isOver(record) {
                    reply.over += 1
                } else if policy.unwantedKind(prompt: header.prompt, response: entry.body.response) != nil {
                    reply.refused += 1
                } else {
                    fresh.append(entry)
                }
            }
            do throws(StoreError) {
                if !fresh.isEmpty { try accessStore { (store) throws(StoreError) in try store.put(fresh) } }
            } catch {
                return .done(
                    .failure(RequestProblem(.unavailable, field: "", "the store takes no entries now: try again later"))
                )
            }
            for entry in fresh {
                // A shared store leaves out what another process has invalidated.
                let isGone = follower.hasRemoved(entry.header.id) || adopt(entry) == nil
                if isGone { reply.over += 1 } else { reply.taken += 1 }
            }
            return .done(.success(reply))
        }
    }
}
