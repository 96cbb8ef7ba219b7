import CacheModel

/// What can be held in memory within a bound of bytes.
package protocol SizedInMemory: Sendable {
    /// Bytes of the content.
    var contentBytes: Int { get }
}

extension EntryBody: SizedInMemory {
    package var contentBytes: Int { response.bytes.count }
}

/// Bodies of entries in memory.
typealias MemoryTier = BoundedMemory<EntryID, EntryBody>

/// Bodies by name in memory, bounded in bytes, evicted by S3-FIFO (Yang et al., "FIFO queues are all you need for
/// cache eviction", SOSP 2023).
///
/// New bodies wait in a small queue (a tenth of the bytes) and reach the main queue only when they are asked for again,
/// so that a scan over many prompts that are seen once cannot push out what is in use; names of bodies that left the
/// small queue are remembered as ghosts, and one that returns goes to the main queue at once. LRU would let a scan empty
/// the cache; SIEVE is simpler but not scan-resistant. A hit changes one counter and moves nothing. A body that is expected
/// to be asked for soon skips the small queue and counts as used once: a scan does not push it out, and if nobody comes it
/// goes the second time the main queue's end is reached. All calls O(1) amortised.
package final class BoundedMemory<Name: Hashable & Sendable, Body: SizedInMemory>: Sendable {
    /// What a body costs beside its response: header, queue node, dictionary slot.
    package static var overheadBytes: Int { 256 }

    private let state: Locked<State>

    /// A tier of at most `capacity` bytes; zero keeps nothing.
    package init(capacity: Int) { state = Locked(State(capacity: capacity)) }

    /// Bytes held now.
    var bytes: Int { state.withLock { $0.smallBytes + $0.mainBytes } }
    /// The bound.
    var capacity: Int { state.withLock { $0.capacity } }

    /// Bodies that left for others.
    var evictions: Int { state.withLock { $0.evictions } }

    /// Names in the queues, those of removed bodies included.
    var queuedNames: Int { state.withLock { $0.small.count + $0.main.count } }

    /// Bodies that came because they were expected to be asked for, and how many of them were.
    package var expected: (came: Int, wanted: Int) { state.withLock { ($0.expected, $0.expectedWanted) } }

    /// The body of `id`, if it is here; marks it as used.
    package func body(of id: Name) -> Body? { state.withLock { $0.take(id) } }

    /// Keeps `body`; a body larger than the small queue goes nowhere. One that is expected to be asked for soon counts as
    /// used.
    package func insert(_ body: Body, id: Name, isExpected: Bool = false) {
        state.withLock { $0.insert(body, id: id, isExpected: isExpected) }
    }

    /// The bytes that `id` takes, if it is here; it then stays as if it had been used, since it is expected to be.
    package func expect(_ id: Name) -> Int? { state.withLock { $0.expect(id) } }

    /// Forgets `id`.
    func remove(_ id: Name) { state.withLock { $0.remove(id) } }

    /// Forgets all of `ids`.
    func remove(_ ids: [Name]) { state.withLock { state in for id in ids { state.remove(id) } } }

    private enum Queue { case small, main }

    private struct Node {
        var body: Body
        var bytes: Int
        var uses: UInt8
        var queue: Queue
        /// Whether it came because it was expected to be asked for, and has not been yet.
        var isAwaited = false
        /// Which insertion of the id this is: a queue may still name an id that was removed and came again.
        var generation: UInt32
    }

    private struct State {
        let capacity: Int
        var nodes: [Name: Node] = [:]
        var small = FIFO()
        var main = FIFO()
        var ghosts = FIFO()
        var ghostNames: [Name: UInt32] = [:]
        var smallBytes = 0
        var mainBytes = 0
        var generation: UInt32 = 0
        var evictions = 0
        var expected = 0
        var expectedWanted = 0

        init(capacity: Int) { self.capacity = capacity }

        mutating func take(_ id: Name) -> Body? {
            guard let index = nodes.index(forKey: id) else { return nil }
            if nodes.values[index].uses < 3 { nodes.values[index].uses += 1 }
            if nodes.values[index].isAwaited {
                nodes.values[index].isAwaited = false
                expectedWanted += 1
            }
            return nodes.values[index].body
        }

        mutating func expect(_ id: Name) -> Int? {
            guard let index = nodes.index(forKey: id) else { return nil }
            nodes.values[index].uses = max(1, nodes.values[index].uses)
            return nodes.values[index].bytes
        }

        mutating func insert(_ body: Body, id: Name, isExpected: Bool) {
            remove(id)
            let bytes = body.contentBytes + BoundedMemory.overheadBytes
            guard bytes <= capacity / 10 else { return }
            generation &+= 1
            let isGhost = ghostNames.removeValue(forKey: id) != nil
            let queue: Queue = isGhost || isExpected ? .main : .small
            nodes[id] = Node(
                body: body, bytes: bytes, uses: isExpected ? 1 : 0, queue: queue, isAwaited: isExpected,
                generation: generation)
            if isExpected { expected += 1 }
            switch queue {
            case .small:
                small.append(id, generation)
                smallBytes += bytes
            case .main:
                main.append(id, generation)
                mainBytes += bytes
            }
            while smallBytes + mainBytes > capacity { evictOne() }
            if small.count + main.count > 2 * nodes.count + 1024 { dropStaleNames() }
        }

        /// Removed bodies leave their names in the queues; without evictions nothing else would take them out.
        private mutating func dropStaleNames() {
            small.keep(where: { nodes[$0]?.generation == $1 })
            main.keep(where: { nodes[$0]?.generation == $1 })
        }

        mutating func remove(_ id: Name) {
            guard let node = nodes.removeValue(forKey: id) else { return }
            switch node.queue {
            case .small: smallBytes -= node.bytes
            case .main: mainBytes -= node.bytes
            }
        }

        /// Frees at least one body, or moves one nearer to being freed.
        mutating func evictOne() {
            if smallBytes >= capacity / 10 || mainBytes == 0 { evictFromSmall() } else { evictFromMain() }
        }

        private mutating func evictFromSmall() {
            while let (id, generation) = small.popFirst() {
                guard let node = nodes[id], node.generation == generation else { continue }
                smallBytes -= node.bytes
                if node.uses > 0 {
                    nodes[id]!.queue = .main
                    nodes[id]!.uses = 0
                    main.append(id, generation)
                    mainBytes += node.bytes
                } else {
                    nodes[id] = nil
                    evictions += 1
                    remember(id, generation)
                }
                return
            }
            smallBytes = 0
        }

        private mutating func evictFromMain() {
            while let (id, generation) = main.popFirst() {
                guard let node = nodes[id], node.generation == generation else { continue }
                if node.uses > 0 {
                    nodes[id]!.uses -= 1
                    main.append(id, generation)
                    continue
                }
                mainBytes -= node.bytes
                nodes[id] = nil
                evictions += 1
                return
            }
            mainBytes = 0
        }

        /// Keeps the name of a body that left the small queue, as many names as there are bodies.
        private mutating func remember(_ id: Name, _ generation: UInt32) {
            ghostNames[id] = generation
            ghosts.append(id, generation)
            while ghosts.count > max(64, nodes.count), let (old, oldGeneration) = ghosts.popFirst() {
                if ghostNames[old] == oldGeneration { ghostNames[old] = nil }
            }
        }
    }

    /// A queue over an array whose front is cut off in bulk.
    private struct FIFO {
        private var items: [(id: Name, generation: UInt32)] = []
        private var head = 0
        var count: Int { items.count - head }

        mutating func append(_ id: Name, _ generation: UInt32) { items.append((id, generation)) }

        mutating func keep(where isWanted: (Name, UInt32) -> Bool) {
            items = items[head...].filter { isWanted($0.id, $0.generation) }
            head = 0
        }

        mutating func popFirst() -> (Name, UInt32)? {
            guard head < items.count else { return nil }
            defer {
                head += 1
                if head > 1024 && head * 2 > items.count {
                    items.removeFirst(head)
                    head = 0
                }
            }
            return items[head]
        }
    }
}
