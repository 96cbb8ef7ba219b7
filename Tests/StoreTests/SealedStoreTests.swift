import CacheModel
import Platform
import RedisStore
import SQLiteStore
import TestSupport
import Testing

/// What lies on the medium where there is a key, and what becomes of it under another one.
@Suite struct SealedStoreTests {
    private let clock = TestClock()

    private func entry(_ number: UInt64 = 1) -> CacheEntry {
        var entry = CacheEntry.sample(number, created: clock.now(), lifetime: 3600)
        entry.header.prompt = "What is the secret-of-the-prompt?"
        entry.body.response = RawJSON(.string("the secret-of-the-answer"))
        return entry
    }

    @Test func nothingThatWasSaidLiesOnTheMedium() throws {
        let folder = try TemporaryFolder()
        let inner = try SQLiteStore(.file(folder.file("c.db")), clock: clock)
        let cipher = AESCipher(.random())
        let store = SealedStore(inner, cipher: cipher)
        try store.put(entry())
        _ = try SealedConversations(inner, cipher: cipher).append(
            ConversationAppend(
                key: ConversationKey(namespace: "n", name: "c"),
                turns: [
                    ConversationTurn(message: ChatMessage(role: "user", text: "secret-of-the-turn"), at: clock.now())
                ],
                now: clock.now(), expires: nil))
        _ = try SealedValues(inner, cipher: cipher).put(
            [
                ValueWrite(
                    name: Array("k".utf8), kind: .bytes, content: Array("secret-of-the-value".utf8),
                    expires: clock.now().adding(seconds: 60))
            ], in: ValueSpace("n"))
        var request = InvalidationRequest()
        request.prompt = "the secret-of-the-appointment"
        let item = ScheduledInvalidation(id: entry().header.id, at: clock.now().adding(seconds: 60), request: request)
        try SealedSchedule(inner, cipher: cipher).schedule(item)
        #expect(try SealedSchedule(inner, cipher: cipher).scheduledInvalidations() == [item])
        let lookup = AnsweredLookup(
            id: entry().header.id, entry: entry().header.reference, hitType: .semantic,
            query: entry().header.foldedKey, probability: 0.9, similarity: 0.9)
        let evidence = Evidence(
            lookup: lookup, verdict: .wrong, source: .feedback, at: clock.now(), note: "the secret-of-the-note")
        try SealedEvidence(inner, cipher: cipher).add([evidence])
        #expect(
            try SealedEvidence(inner, cipher: cipher).evidence(after: nil, limit: 1).map(\.evidence) == [evidence])
        inner.close()
        for file in try TemporaryFolder.files(in: folder.path) {
            let bytes = try TemporaryFolder.bytes(of: file)
            #expect(!bytes.contains(Array("secret-of".utf8)), "\(file)")
        }
    }

    @Test func underAnotherKeyThereIsNothingAndItIsSaid() throws {
        let inner = try SQLiteStore(.memory, clock: clock)
        try SealedStore(inner, cipher: AESCipher(.random())).put(entry())
        for cipher in [AESCipher(.random()), nil] {
            let told = Locked<[StoreError]>([])
            let other = SealedStore(inner, cipher: cipher) { error in told.withLock { $0.append(error) } }
            #expect(try other.entry(entry().header.reference) == nil)
            #expect(try other.allHeaders().isEmpty)
            #expect(told.withLock { $0.count } == 2)
            #expect(storeError { () throws(StoreError) in try other.check() }?.code == .denied)
        }
    }

    /// Without its prompt an appointment would empty the cache; a verdict counts without its note.
    @Test func underAnotherKeyAppointmentsAreLeftOutAndNotesAreNotShown() throws {
        let inner = try SQLiteStore(.memory, clock: clock)
        let (cipher, other) = (AESCipher(.random()), AESCipher(.random()))
        var request = InvalidationRequest()
        request.prompt = "a prompt"
        let at = clock.now().adding(seconds: 60)
        let item = ScheduledInvalidation(id: entry().header.id, at: at, request: request)
        try SealedSchedule(inner, cipher: cipher).schedule(item)
        #expect(try SealedSchedule(inner, cipher: other).scheduledInvalidations().isEmpty)
        var clear = item
        clear.id = entry(2).header.id
        try inner.schedule(clear)
        #expect(try SealedSchedule(inner, cipher: other).scheduledInvalidations() == [clear])
        let lookup = AnsweredLookup(
            id: entry().header.id, entry: entry().header.reference, hitType: .semantic,
            query: entry().header.foldedKey, probability: 0.9, similarity: 0.9)
        try SealedEvidence(inner, cipher: cipher).add([
            Evidence(lookup: lookup, verdict: .wrong, source: .feedback, at: clock.now(), note: "a note")
        ])
        let read = try SealedEvidence(inner, cipher: other).evidence(after: nil, limit: 1).map(\.evidence)
        #expect(read.map(\.note) == [nil] && read.map(\.verdict) == [.wrong])
    }

    /// Who can write to the store cannot plant an answer: entries in the clear, swapped answers, other tenants' names.
    @Test func whatSomebodyHasPlantedIsNotServed() throws {
        let inner = try SQLiteStore(.memory, clock: clock)
        let store = SealedStore(inner, cipher: AESCipher(.random()))
        let (first, second) = (entry(1), entry(2))
        try store.put([first, second])
        var planted = entry(3)
        planted.body.response = RawJSON("planted")
        try inner.put(planted)
        #expect(try store.entry(planted.header.reference) == nil)
        let sealed = try #require(try inner.entry(first.header.reference))
        var swapped = try #require(try inner.entry(second.header.reference))
        swapped.body.response = sealed.body.response
        try inner.put(swapped)
        #expect(try store.entry(second.header.reference) == nil)
        var moved = sealed
        moved.header.tenant = "globex"
        try inner.put(moved)
        #expect(try store.entry(first.header.reference) == nil)
    }

    @Test func resealingTakesOldKeysAndTheClear() throws {
        let inner = try SQLiteStore(.memory, clock: clock)
        let old = SealingKey.random()
        let new = SealingKey.random()
        let digests = SealingKey.random()
        try SealedStore(inner, cipher: AESCipher(SealingKeys(digests: digests, keys: [old])!)).put(entry(1))
        try inner.put(entry(2))
        let cipher = AESCipher(SealingKeys(digests: digests, keys: [new, old])!)
        #expect(try SealedStore(inner, cipher: cipher).reseal() == 2)
        #expect(try SealedStore(inner, cipher: cipher).reseal() == 0)
        let after = SealedStore(inner, cipher: AESCipher(SealingKeys(digests: digests, keys: [new])!))
        #expect(try after.entry(entry(1).header.reference) == entry(1), "the older key is not needed any more")
        let keyed = entry(2).header
        let found = try after.entry(
            exactKey: cipher.keyed(keyed.exactKey), scope: cipher.keyed(keyed.scope), namespace: keyed.namespace)
        #expect(found?.body == entry(2).body, "what lay in the clear is found by its keyed digests")
        #expect(try after.allHeaders().count == 2)
    }

    /// Redis wants to know of entries that are not new what was invalidated since.
    @Test(.enabled(if: PrivateRedis.isInstalled, "redis-server is not installed"))
    func resealingTakesEntriesHoweverOld() throws {
        let redis = try PrivateRedis()
        let inner = RedisStore(.test(redis))
        let now = SystemClock().now()
        let entries = (UInt64(0)..<100).map {
            CacheEntry.sample($0, created: now.adding(seconds: -3600), lifetime: 7200)
        }
        let (old, new, digests) = (SealingKey.random(), SealingKey.random(), SealingKey.random())
        try SealedStore(inner, cipher: AESCipher(SealingKeys(digests: digests, keys: [old])!))
            .put(Array(entries.dropFirst()), checked: now)
        try inner.put([entries[0]], checked: now)
        let cipher = AESCipher(SealingKeys(digests: digests, keys: [new, old])!)
        #expect(try SealedStore(inner, cipher: cipher).reseal() == 100)
        let after = SealedStore(inner, cipher: AESCipher(SealingKeys(digests: digests, keys: [new])!))
        for entry in entries.dropFirst() { #expect(try after.entry(entry.header.reference) == entry) }
        #expect(try after.allHeaders().count == 100)
    }

    @Test(arguments: StoreKind.available)
    func resealingTakesValues(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let (inner, keys) = (fixture.values, Rotation())
        let inventory = try #require(fixture.store as? any StoreInventory)
        let (space, end) = (ValueSpace("tools\u{1F}acme"), fixture.clock.now().adding(seconds: 600))
        let names = ["a/b{}", "number", "clear"].map { Array($0.utf8) }
        let contents = ["the sealed one", "7", "in the clear"].map { Array($0.utf8) }
        let writes = zip(names, contents).map {
            ValueWrite(name: $0, kind: .bytes, content: $1, expires: end, tags: ["t"], epoch: 3)
        }
        _ = try SealedValues(inner, cipher: keys.before).put(Array(writes[..<2]), in: space)
        _ = try inner.put([writes[2]], in: space)
        let values = SealedValues(inner, cipher: keys.both)
        #expect(try values.count(sealedBy: keys.old.name, in: inventory) == 1)
        #expect(try values.reseal(in: inventory) == 2)
        #expect(try values.reseal(in: inventory) == 0)
        #expect(try values.count(sealedBy: keys.old.name, in: inventory) == 0)
        #expect(try values.count(sealedBy: keys.new.name, in: inventory) == 2)
        let found = try SealedValues(inner, cipher: keys.after).values(names, in: space)
        #expect(found.map { $0?.content } == contents)
        #expect(found.allSatisfy { $0?.expires == end && $0?.tags == ["t"] && $0?.epoch == 3 && $0?.kind == .bytes })
    }

    @Test(arguments: StoreKind.available)
    func resealingTakesConversationsAndLeavesTheRestOfThemAsItIs(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let (inner, keys, now) = (fixture.conversations, Rotation(), fixture.clock.now())
        let inventory = try #require(fixture.store as? any StoreInventory)
        let owned = ConversationKey(namespace: "n", tenant: "acme/1", name: "c{1}")
        let unowned = ConversationKey(namespace: "n", name: "c")
        let messages = [
            ChatMessage(role: "user", text: "Hello?"), ChatMessage(role: "system", text: "Be brief."),
            ChatMessage(role: "user", text: "And now?"),
        ]
        let sealed = SealedConversations(inner, cipher: keys.before)
        let stores: [any ConversationStore] = [sealed, sealed, inner]
        for key in [owned, unowned] {
            for (index, (store, message)) in zip(stores, messages).enumerated() {
                let turn = ConversationTurn(message: message, at: now.adding(seconds: Double(index)))
                let append = ConversationAppend(
                    key: key, user: "ann", turns: [turn], now: turn.at, expires: now.adding(seconds: 600))
                _ = try store.append(append)
            }
        }
        let conversations = SealedConversations(inner, cipher: keys.both)
        #expect(try conversations.count(sealedBy: keys.old.name, in: inventory) == 2)
        #expect(try conversations.reseal(in: inventory) == 2)
        #expect(try conversations.reseal(in: inventory) == 0)
        #expect(try conversations.count(sealedBy: keys.old.name, in: inventory) == 0)
        for key in [owned, unowned] {
            let found = try #require(try SealedConversations(inner, cipher: keys.after).conversation(key))
            #expect(found.turns.map(\.message) == messages)
            #expect(found.turns.map(\.at) == [now, now.adding(seconds: 1), now.adding(seconds: 2)])
            #expect(found.user == "ann" && found.sequence == 3)
            #expect(found.created == now && found.updated == now.adding(seconds: 2))
            #expect(found.expires == now.adding(seconds: 600))
        }
        var grown = try #require(try inner.conversation(owned))
        grown.sequence += 1
        #expect(try !inventory.rewrite(grown), "turns have come meanwhile")
    }

    @Test(arguments: StoreKind.available)
    func resealingTakesAppointmentsAndNotesAreCounted(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let keys = Rotation()
        var request = InvalidationRequest()
        request.prompt = "a prompt"
        let header = fixture.entry(1).header
        let item = ScheduledInvalidation(id: header.id, at: fixture.clock.now().adding(seconds: 60), request: request)
        try SealedSchedule(fixture.schedule, cipher: keys.before).schedule(item)
        let schedule = SealedSchedule(fixture.schedule, cipher: keys.both)
        #expect(try schedule.count(sealedBy: keys.old.name) == 1)
        #expect(try schedule.reseal() == 1)
        #expect(try schedule.reseal() == 0)
        #expect(try schedule.count(sealedBy: keys.old.name) == 0)
        #expect(try SealedSchedule(fixture.schedule, cipher: keys.after).scheduledInvalidations() == [item])
        let lookup = AnsweredLookup(
            id: header.id, entry: header.reference, hitType: .semantic, query: header.foldedKey, probability: 0.9,
            similarity: 0.9)
        let notes: [String?] = ["a note", nil]
        try SealedEvidence(fixture.evidence, cipher: keys.before).add(
            notes.map {
                Evidence(lookup: lookup, verdict: .wrong, source: .feedback, at: fixture.clock.now(), note: $0)
            })
        let evidence = SealedEvidence(fixture.evidence, cipher: keys.both)
        #expect(try evidence.count(sealedBy: keys.old.name) == 1)
        #expect(try evidence.count(sealedBy: keys.new.name) == 0)
    }

    /// A master of a cluster is dead: the others must not be left alone for it.
    @Test func aStoreOfWhichAPartIsAwayPassesTheCheck() throws {
        let inner = PartlyAwayStore(location: "elsewhere", isShared: true)
        try SealedStore(inner, cipher: AESCipher(.random())).check()
        let local = PartlyAwayStore(location: "here", isShared: false)
        #expect(
            storeError { () throws(StoreError) in try SealedStore(local, cipher: nil).check() }?.code == .unavailable)
    }

    @Test func whatWaitsIsSealedAndComesBackUnderItsKeyOnly() throws {
        let folder = try TemporaryFolder()
        let cipher = AESCipher(.random())
        func spool(_ cipher: AESCipher) throws -> SealedSpool {
            SealedSpool(try MappedSpool(folder: folder.path, segmentBytes: 1 << 16), cipher: cipher)
        }
        do {
            let segment = try spool(cipher).makeSegment()
            #expect(segment.append(Array("the secret-of-the-answer".utf8)))
            #expect(segment.append([]))
        }
        for file in try TemporaryFolder.files(in: folder.path) {
            #expect(try !TemporaryFolder.bytes(of: file).contains(Array("secret-of".utf8)))
        }
        do { #expect(try spool(AESCipher(.random())).abandonedSegments().map { $0.records() } == [[]]) }
        let found = try spool(cipher).abandonedSegments()
        #expect(found.map { $0.records() } == [[Array("the secret-of-the-answer".utf8), []]])
        for segment in found { segment.remove() }
        #expect(try TemporaryFolder.files(in: folder.path).isEmpty)
    }

    @Test func turnsAndValuesComeBackAndNumbersAreAddedTo() throws {
        let inner = try SQLiteStore(.memory, clock: clock)
        let cipher = AESCipher(.random())
        let conversations = SealedConversations(inner, cipher: cipher)
        let key = ConversationKey(namespace: "n", tenant: "acme", name: "c")
        let messages = [ChatMessage(role: "system", text: "Be brief."), ChatMessage(role: "user", text: "Hello?")]
        let append = ConversationAppend(
            key: key, turns: messages.map { ConversationTurn(message: $0, at: clock.now()) }, now: clock.now(),
            expires: nil)
        #expect(try conversations.append(append)?.turns.map(\.message) == messages)
        #expect(try conversations.conversation(key)?.turns.map(\.message) == messages)
        #expect(try SealedConversations(inner, cipher: AESCipher(.random())).conversation(key) == nil)
        let values = SealedValues(inner, cipher: cipher)
        let end = clock.now().adding(seconds: 60)
        guard
            case .sum(5, _) = try values.add(
                5, to: [1], expires: end, epoch: 0, in: ValueSpace("n")),
            case .sum(7, _) = try values.add(2, to: [1], expires: end, epoch: 0, in: ValueSpace("n"))
        else { return #expect(Bool(false), "counted") }
        let write = ValueWrite(name: [2], kind: .bytes, content: Array("text".utf8), expires: end)
        _ = try values.put([write], in: ValueSpace("n"))
        #expect(
            try values.values([[1], [2]], in: ValueSpace("n")).map { $0?.content } == [Array("7".utf8), write.content])
        #expect(try SealedValues(inner, cipher: AESCipher(.random())).values([[2]], in: ValueSpace("n")) == [nil])
    }
}

/// A key, and another one that has come in its place.
private struct Rotation {
    let old = SealingKey.random()
    let new = SealingKey.random()
    private let digests = SealingKey.random()

    var before: AESCipher { AESCipher(SealingKeys(digests: digests, keys: [old])!) }
    var both: AESCipher { AESCipher(SealingKeys(digests: digests, keys: [new, old])!) }
    /// When the old key is retired.
    var after: AESCipher { AESCipher(SealingKeys(digests: digests, keys: [new])!) }
}

/// A store that answers and cannot be looked through.
private struct PartlyAwayStore: EntryStore {
    let location: String
    let isShared: Bool

    private var away: StoreError { StoreError(.unavailable, "away") }

    func put(_ entry: CacheEntry) throws(StoreError) { throw away }
    func put(_ entries: [CacheEntry]) throws(StoreError) { throw away }
    func entry(_ reference: EntryReference) throws(StoreError) -> CacheEntry? { throw away }
    func entry(exactKey: Digest256, scope: Digest256, namespace: String) throws(StoreError) -> CacheEntry? {
        throw away
    }
    func remove(_ references: [EntryReference]) throws(StoreError) -> Int { throw away }
    func removeExpired(now: Timestamp) throws(StoreError) -> Int { throw away }
    func scanHeaders(batchSize: Int, _ body: ([EntryHeader]) -> Bool) throws(StoreError) { throw away }
    func statistics() throws(StoreError) -> StoreStatistics { throw away }
    func check() throws(StoreError) {}
    func close() {}
}
