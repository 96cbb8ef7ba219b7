import CacheModel
import CacheService
import Evaluation
import Foundation
import SQLiteStore

/// `deja demo`
enum DemoCommand: Command {
    static let name = "demo"
    static let abstract = "Replay a day of support traffic through a cache, as a gateway would."
    static let discussion = """
        Starts a server on an embedded store in a temporary folder, replays the log through its socket (a lookup before
        each model call, a store after each miss) and ends with a table. The cache's clock follows the log's times, so
        that lifetimes are those of the real day. With --data it does so with your own log: JSON lines with the fields of
        a lookup and a store, and optionally 'at' (seconds) and 'answer' (a label: equal exactly if one answer serves).
        """
    static let options: [Option] = [
        .value("data", "FILE", "A log of your own."), .flag("wrong", "List every wrong hit at the end."), .json,
        Settings.configOption,
    ]
    static let settings = [Setting.models, .embedder, .judge, .prices, .memory] + Setting.policies

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        let settings = try Settings(arguments: arguments)
        let path = try arguments.value("data") ?? bundledLog()
        let events = try TrafficLog.read(path: path)
        let folder = try DemoFolder()
        let clock = ReplayClock()
        let service = try start(settings, folder: folder, clock: clock)
        defer { service.stop() }
        let tally = try replay(events, socket: folder.socket, clock: clock, isQuiet: arguments.has("json"), path: path)
        let report = DemoReport(tally: tally, file: path)
        if arguments.has("json") {
            Console.line(JSONWriter.encode(report.json))
        } else {
            Console.line("\n" + report.table)
            if arguments.has("wrong") { listWrongHits(tally) }
        }
        return .success
    }

    private static func bundledLog() throws -> String {
        guard let folder = Paths.bundledFolder("fixtures") else {
            throw CommandFailure("the demo's traffic is not beside the program: say where a log is with --data FILE")
        }
        return "\(folder)/traffic/support.jsonl"
    }

    private static func start(_ settings: Settings, folder: DemoFolder, clock: ReplayClock) throws -> Service {
        let store = try SQLiteStore(.file(folder.database), clock: clock)
        let engine = try Assembly(settings: settings).engine(store: store, clock: clock)
        try engine.rebuild()
        return try Service(
            engine: engine, store: store, settings: ServerSettings(unixSocket: folder.socket), logger: .silent)
    }

    private static func replay(
        _ events: [TrafficEvent], socket: String, clock: ReplayClock, isQuiet: Bool, path: String
    ) throws -> ReplayTally {
        var replay = TrafficReplay(client: try SocketCacheClient(socket: socket))
        var narrator = DemoNarrator(requests: events.count)
        var tally = ReplayTally()
        if !isQuiet { Console.line("\(events.count) requests of \(path) through \(socket)\n") }
        for (number, event) in events.enumerated() {
            if let at = event.at { clock.set(secondsFromStart: at) }
            let outcome = try replay.send(event)
            tally.add(outcome)
            if !isQuiet { narrator.tell(outcome, number: number + 1, tally: tally) }
        }
        narrator.finish()
        return tally
    }

    private static func listWrongHits(_ tally: ReplayTally) {
        Console.line("\nwrong hits:")
        for outcome in tally.wrongHits {
            Console.line("  asked   \(outcome.event.title)   [\(outcome.event.answer ?? "")]")
            Console.line("  served  \(outcome.source?.title ?? "")   [\(outcome.source?.answer ?? "")]")
        }
    }
}

/// The temporary folder of a demo; gone when the demo ends.
final class DemoFolder {
    private let path: String
    var socket: String { "\(path)/deja.sock" }
    var database: String { "\(path)/deja.db" }

    init() throws {
        var template = Array("\(NSTemporaryDirectory())deja-demo-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure("no temporary folder can be made below \(NSTemporaryDirectory())")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A wall clock that stands where the log stands; durations stay real.
final class ReplayClock: WallClock {
    private let start: Timestamp
    private let current: Locked<Timestamp>
    private let system = SystemClock()

    init() {
        start = system.now()
        current = Locked(start)
    }

    func set(secondsFromStart seconds: Double) { current.withLock { $0 = start.adding(seconds: seconds) } }
    func now() -> Timestamp { current.withLock { $0 } }
    func monotonicNanoseconds() -> UInt64 { system.monotonicNanoseconds() }
}
