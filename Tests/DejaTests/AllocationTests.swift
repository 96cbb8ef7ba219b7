import CAllocationCounter
import CacheEngine
import CacheModel
import Foundation
import Testing

@testable import CacheService
@testable import deja

/// How often one request allocates memory, from its bytes to the bytes of its reply, with the parts that a server has.
///
/// Counts do not depend on the machine or its load, so they are held where times cannot be. They are of a build for
/// debugging; one for release allocates less. What raises a figure here should say why it is worth it.
@Suite(
    .serialized,
    .enabled(if: deja_allocations_counted() == 1, "allocations are counted with glibc and without a sanitizer only"))
struct AllocationTests {
    private let engine: CacheEngine
    private let context: ServiceContext
    private let session = RESPSession(limits: RESPLimits(), id: 1, caller: .owner)

    init() throws {
        let assembly = Assembly(
            settings: try Settings(
                arguments: Arguments([], command: "serve", options: []), environment: DejaProcess.clean([:])))
        let store = try StoreLocation.open("memory:", timeout: 1) { _ in }
        engine = try assembly.engine(store: store, ledger: try assembly.ledger(store: store))
        try engine.rebuild()
        context = ServiceContext(cache: engine, clock: SystemClock())
    }

    /// Answers one command; returns the reply.
    private func answer(_ words: [String]) -> [UInt8] {
        let bytes = LoadGenerator.command(words.map { Array($0.utf8) })
        return bytes.withUnsafeBufferPointer { answer($0) }
    }

    private func answer(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        guard case .command = session.parser.read(bytes) else { return [] }
        return Commands.run(
            RESPCommand(bytes: bytes, arguments: session.parser.arguments), session, context
        ).finish()
    }

    /// The fewest allocations of many repetitions: what belongs to the request alone.
    private func allocations(_ commands: [[String]], _ expected: String) -> Int {
        let made = commands.map { LoadGenerator.command($0.map { Array($0.utf8) }) }
        var least = Int.max
        for bytes in made {
            bytes.withUnsafeBufferPointer { bytes in
                let before = deja_allocations_of_thread()
                let reply = answer(bytes)
                least = min(least, Int(deja_allocations_of_thread() - before))
                #expect(String(decoding: reply, as: UTF8.self).contains(expected))
            }
        }
        return least
    }

    private static let answerText = "\"" + String(repeating: "Open Settings and choose Workspace. ", count: 28) + "\""

    private func store(_ prompt: String) -> [String] {
        ["STORE", "prompt", prompt, "model", "gpt-4o-mini", "response", Self.answerText]
    }

    private func lookup(_ prompt: String) -> [String] { ["LOOKUP", "prompt", prompt, "model", "gpt-4o-mini"] }

    @Test func `A request allocates no more than it did`() {
        _ = answer(store("How do I enable 2FA?"))
        // Whatever is made once is there after these.
        for number in 0..<20 {
            _ = answer(store("Where is the report of department \(number)?"))
            _ = answer(lookup("How do I enable 2FA?"))
            _ = answer(lookup("Please tell me how to enable 2FA \(number % 2 == 0 ? "" : "now")"))
            _ = answer(lookup("Who feeds the cat of neighbour \(number)?"))
        }
        let figures: [(name: String, limit: Int, count: Int)] = [
            ("exact hit", Self.exactHit, allocations((0..<20).map { _ in lookup("How do I enable 2FA?") }, "exact")),
            (
                "semantic hit", Self.semanticHit,
                allocations((0..<20).map { _ in lookup("Please tell me how to enable 2FA") }, "semantic")
            ),
            (
                "miss", Self.miss,
                allocations((0..<20).map { lookup("Is order \(9000 + $0) on its way to customer \($0)?") }, "miss")
            ),
            (
                "store", Self.store,
                allocations((0..<20).map { store("Is order \(9100 + $0) on its way to customer \($0)?") }, "stored")
            ),
        ]
        for figure in figures {
            #expect(figure.count <= figure.limit, "\(figure.name)")
            #expect(figure.count > 0, "a count that stays at nothing holds nothing")
        }
    }

    // Measured: 29, 3807, 2250, 2317; a tenth on top. Semantic requests take texts apart for the judge, a doubtful one once
    // more for the verifier, and stores learn what prompts of a scope share. In the miss a guard refuses eight candidates
    // one by one, as many as are looked at.
    private static let exactHit = 32
    private static let semanticHit = 4190
    private static let miss = 2475
    private static let store = 2550
}
