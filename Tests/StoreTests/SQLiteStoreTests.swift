import CacheModel
import Foundation
import TestSupport
import Testing

@testable import SQLiteStore

@Suite struct SQLiteStoreTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("cache.db") }

    init() throws { folder = try TemporaryFolder() }

    @Test func entriesSurviveARestart() throws {
        let entries = (0..<50).map { CacheEntry.sample($0, lifetime: 3600) }
        var store: SQLiteStore? = try SQLiteStore(.file(path))
        try store?.put(entries)
        store = nil
        let reopened = try SQLiteStore(.file(path))
        for entry in entries { #expect(try reopened.entry(entry.header.reference) == entry) }
        #expect(reopened.location == "sqlite:\(path)")
        #expect(!reopened.isShared)
    }

    @Test func folderAndFilesAreTheOwnersOnly() throws {
        let deep = folder.file("new/deeper/cache.db")
        let store = try SQLiteStore(.file(deep))
        try store.put(.sample(1))
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(folder.file("new")) == 0o700)
        #expect(try mode(folder.file("new/deeper")) == 0o700)
        for suffix in ["", "-wal", "-shm"] { #expect(try mode(deep + suffix) == 0o600) }
    }

    /// What lies on the medium at any moment is what a crash leaves.
    @Test func aCrashLosesNothingThatWasCommitted() throws {
        let store = try SQLiteStore(.file(path))
        let entries = (0..<40).map { CacheEntry.sample($0) }
        for entry in entries { try store.put(entry) }
        let image = folder.file("image.db")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: image + suffix)
        }
        let recovered = try SQLiteStore(.file(image))
        #expect(try recovered.allHeaders() == entries.map(\.header))
    }

    @Test(arguments: [0.2, 0.5, 0.9, 0.999])
    func aTornJournalLosesOnlyTheLastEntries(share: Double) throws {
        let store = try SQLiteStore(.file(path))
        let entries = (0..<40).map { CacheEntry.sample($0) }
        for entry in entries { try store.put(entry) }
        let image = folder.file("image.db")
        try FileManager.default.copyItem(atPath: path, toPath: image)
        let journal = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        try journal.prefix(Int(Double(journal.count) * share)).write(to: URL(fileURLWithPath: image + "-wal"))
        let recovered = try SQLiteStore(.file(image))
        let headers = try recovered.allHeaders()
        #expect(headers == Array(entries.map(\.header).prefix(headers.count)))
        #expect(headers.count < entries.count)
        try recovered.put(.sample(99))
    }

    @Test func aFailedBatchWritesNothing() throws {
        var options = SQLiteOptions()
        options.maximumBytes = 200_000
        let store = try SQLiteStore(.file(path), options: options)
        try store.put(.sample(1))
        let big = (UInt64(2)..<300).map { number -> CacheEntry in
            var entry = CacheEntry.sample(number)
            entry.header.prompt = String(repeating: "x", count: 4000)
            return entry
        }
        let error = storeError { () throws(StoreError) in try store.put(big) }
        #expect(error?.code == .full)
        let advice = "no room is left; free some on its file system or raise the store's size limit"
        #expect(error?.message == "sqlite:\(path): \(advice)")
        #expect(try store.statistics().entries == 1)
        // The store goes on.
        try store.put(.sample(2))
        #expect(try store.statistics().entries == 2)
    }

    @Test func aFullStoreTakesNewEntriesOnceOldOnesAreRemoved() throws {
        var options = SQLiteOptions()
        options.maximumBytes = 300_000
        let store = try SQLiteStore(.file(path), options: options)
        var kept: [EntryReference] = []
        var error: StoreError?
        while error == nil {
            let entry = CacheEntry.sample(UInt64(kept.count))
            error = storeError { () throws(StoreError) in try store.put(entry) }
            if error == nil { kept.append(entry.header.reference) }
        }
        #expect(error?.code == .full)
        #expect(try store.remove(Array(kept.prefix(kept.count / 2))) == kept.count / 2)
        try store.put(.sample(1_000_000))
    }

    @Test func theFileShrinksAsEntriesExpire() throws {
        let clock = TestClock()
        let store = try SQLiteStore(.file(path), clock: clock)
        try store.put((0..<2000).map { .sample($0, created: clock.now(), lifetime: 10) })
        let before = try #require(try store.statistics().bytes)
        clock.advance(seconds: 11)
        #expect(try store.removeExpired(now: clock.now()) == 2000)
        #expect(try #require(try store.statistics().bytes) < before / 2)
    }

    @Test func aFileOfANewerVersionIsLeftAloneWithAdvice() throws {
        try SQLiteStore(.file(path)).close()
        try patch(at: 60, bytes: [0, 0, 0, 99])
        let error = storeError { () throws(StoreError) in _ = try SQLiteStore(.file(path)) }
        #expect(error?.code == .newerVersion)
        let reason = "was written by a newer Deja (format 99; this one knows up to \(SQLiteSchema.version))"
        #expect(error?.message == "sqlite:\(path) \(reason); upgrade Deja or name another path")
    }

    @Test func anotherProgramsDatabaseIsLeftAlone() throws {
        try SQLiteStore(.file(path)).close()
        try patch(at: 68, bytes: [1, 2, 3, 4])
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let error = storeError { () throws(StoreError) in _ = try SQLiteStore(.file(path)) }
        #expect(error?.code == .failed)
        #expect(error?.message == "sqlite:\(path) is the SQLite database of another program; name another path")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test func aFileThatIsNoDatabaseIsLeftAlone() throws {
        let text = Data(String(repeating: "Dear diary, ", count: 1000).utf8)
        try text.write(to: URL(fileURLWithPath: path))
        let error = storeError { () throws(StoreError) in _ = try SQLiteStore(.file(path)) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.hasPrefix("sqlite:\(path) is not an SQLite database") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)
    }

    @Test func aWreckedFileIsAClearError() throws {
        let store = try SQLiteStore(.file(path))
        try store.put((0..<500).map { .sample($0) })
        store.close()
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        try patch(at: 4096 * 8, bytes: [UInt8](repeating: 0xA5, count: size - 4096 * 8))
        let error = storeError { () throws(StoreError) in
            let store = try SQLiteStore(.file(path))
            try store.scanHeaders(batchSize: 100) { _ in true }
        }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("move it away") == true)
    }

    @Test(arguments: 0..<30)
    func flippedBytesNeverCrash(seed: UInt64) throws {
        let entries = (0..<300).map { CacheEntry.sample($0, tags: ["t"]) }
        let store = try SQLiteStore(.file(path))
        try store.put(entries)
        store.close()
        var random = SplitMix(state: seed)
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        for _ in 0..<40 {
            try patch(
                at: Int.random(in: 100..<size, using: &random), bytes: [UInt8.random(in: 0...255, using: &random)])
        }
        let damaged = Locked(0)
        let error = storeError { () throws(StoreError) in
            let store = try SQLiteStore(.file(path), report: { _ in damaged.withLock { $0 += 1 } })
            try store.scanHeaders(batchSize: 100) { _ in true }
            for entry in entries { _ = try store.entry(entry.header.reference) }
            try store.put(entries)
        }
        if let error { #expect([.corrupt, .failed].contains(error.code), "\(error)") }
    }

    @Test func damagedRowsArePassedOverAndReported() throws {
        let reports = Locked<[String]>([])
        let store = try SQLiteStore(.file(path), report: { error in reports.withLock { $0.append(error.message) } })
        let entries = (0..<4).map { CacheEntry.sample($0) }
        try store.put(entries)
        let surgeon = try SQLiteConnection(
            path: path, isReadOnly: false, timeout: 5, errors: SQLiteErrors(location: "test"))
        try surgeon.execute("UPDATE entry SET folded_key = x'0102' WHERE row = 2")
        try surgeon.execute("UPDATE entry SET tags = '{' WHERE row = 3")
        try surgeon.execute("UPDATE entry SET encoding = 9 WHERE row = 4")
        #expect(Set(try store.allHeaders(batchSize: 1).map(\.id)) == [entries[0].header.id, entries[3].header.id])
        #expect(
            reports.withLock { $0 } == [
                "sqlite:\(path): row 2 of table entry is damaged: column folded_key",
                "sqlite:\(path): row 3 of table entry is damaged: column tags",
            ])
        let error = storeError { () throws(StoreError) in _ = try store.entry(entries[3].header.reference) }
        #expect(error?.code == .corrupt)
        #expect(error?.message == "sqlite:\(path): row 4 of table entry is damaged: column response")
        // Storing the answer again heals the row.
        try store.put(entries)
        for entry in entries { #expect(try store.entry(entry.header.reference) == entry) }
    }

    @Test func anotherProcessesLockIsWaitedForOnlySoLong() throws {
        var options = SQLiteOptions()
        options.timeout = 0.05
        let store = try SQLiteStore(.file(path), options: options)
        try store.put(.sample(1))
        let other = try SQLiteConnection(
            path: path, isReadOnly: false, timeout: 5, errors: SQLiteErrors(location: "test"))
        try other.execute("BEGIN IMMEDIATE")
        let error = storeError { () throws(StoreError) in try store.put(.sample(2)) }
        #expect(error?.code == .timeout)
        // Readers do not mind.
        #expect(try store.statistics().entries == 1)
        try other.execute("ROLLBACK")
        try store.put(.sample(2))
    }

    @Test func aReadOnlyFolderIsAClearError() throws {
        let sealed = folder.file("sealed")
        try FileManager.default.createDirectory(
            atPath: sealed, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o555])
        chmod(folder.path, 0o755)
        let path = "\(sealed)/cache.db"
        let found = Locked<StoreError?>(nil)
        // Modes do not bind root, so the thread looks at files as another user.
        let setfsuid = try #require(dlsym(nil, "setfsuid"))
        onThreads(1) { [address = UInt(bitPattern: setfsuid)] _ in
            typealias Function = @convention(c) (uid_t) -> Int32
            let setfsuid = unsafeBitCast(address, to: Function.self)
            if geteuid() == 0 { _ = setfsuid(65_534) }
            let error = storeError { () throws(StoreError) in _ = try SQLiteStore(.file(path)) }
            found.withLock { $0 = error }
        }
        let error = found.withLock { $0 }
        #expect(error?.code == .readOnly)
        #expect(
            error?.message
                == "sqlite:\(path) may not be written; give this user the right to write the file and its folder")
    }

    @Test func aPathThroughAFileIsAClearError() throws {
        try Data().write(to: URL(fileURLWithPath: folder.file("plain")))
        let error = storeError { () throws(StoreError) in _ = try SQLiteStore(.file(folder.file("plain/cache.db"))) }
        #expect(error?.code == .unavailable)
    }

    @Test func twoProcessesMayOpenOneFileAtOnce() throws {
        let path = self.path
        let problems = Locked<[String]>([])
        onThreads(6) { thread in
            do {
                let store = try SQLiteStore(.file(path))
                for number in 0..<10 { try store.put(.sample(UInt64(thread * 100 + number))) }
            } catch {
                problems.withLock { $0.append("\(error)") }
            }
        }
        #expect(problems.withLock { $0 } == [])
        #expect(try SQLiteStore(.file(path)).statistics().entries == 60)
    }

    private func patch(at offset: Int, bytes: [UInt8]) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data(bytes))
        try file.close()
    }
}

/// A repeatable source of random numbers (SplitMix64, Steele et al. 2014).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
