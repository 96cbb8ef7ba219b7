import CSQLite
import CacheModel
import CacheService
import Foundation
import LinearAlgebra
import VectorSearch

/// `deja doctor`
enum DoctorCommand: Command {
    static let name = "doctor"
    static let abstract = "Check libraries, models, store and socket, and say how to mend each."
    static let options = [Option.json, Settings.configOption]
    static let settings = Setting.places + [Setting.storeTimeout]

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        let settings = try Settings(arguments: arguments)
        let findings = checks(settings).map { name, check in
            do { return Finding(name: name, outcome: try check()) } catch {
                return Finding(name: name, outcome: .failure("\(error)", remedy: ""))
            }
        }
        if arguments.has("json") {
            Console.line(JSONWriter.encode(.array(findings.map(\.json))))
        } else {
            for finding in findings { Console.line(finding.text) }
        }
        return findings.contains { $0.isFailure } ? .failure : .success
    }

    /// What a check found.
    enum Outcome {
        case fine(String)
        case warning(String, remedy: String)
        case failure(String, remedy: String)
    }

    private struct Finding {
        let name: String
        let outcome: Outcome

        var isFailure: Bool { if case .failure = outcome { true } else { false } }

        var text: String {
            let (mark, detail, remedy) = words
            let row = "\(mark.padded(to: 8))\(name.padded(to: 12))\(detail)"
            return remedy.isEmpty ? row : "\(row)\n\(String(repeating: " ", count: 20))-> \(remedy)"
        }

        var json: JSONValue {
            let (mark, detail, remedy) = words
            return [
                "check": .string(name), "outcome": .string(mark), "detail": .string(detail), "remedy": .string(remedy),
            ]
        }

        private var words: (String, String, String) {
            switch outcome {
            case .fine(let detail): ("ok", detail, "")
            case .warning(let detail, let remedy): ("warning", detail, remedy)
            case .failure(let detail, let remedy): ("FAILED", detail, remedy)
            }
        }
    }

    private static func checks(_ settings: Settings) -> [(String, () throws -> Outcome)] {
        let assembly = Assembly(settings: settings)
        return [
            ("program", { .fine("deja \(Version.current), \(Paths.program)") }),
            ("settings", { .fine(settings.file ?? "no file; options, environment and defaults") }),
            ("blas", blas), ("kernels", { .fine(KernelISA.active.name) }),
            ("sqlite", { .fine(String(cString: sqlite3_libversion())) }), ("files", openFiles),
            ("embedder", { .fine(try embedder(assembly)) }), ("judge", { try judge(assembly) }),
            ("verifier", { try verifier(assembly) }),
            ("prices", { try prices(assembly) }), ("store", { try store(assembly) }),
            ("socket", { try socket(settings) }),
        ]
    }

    private static func verifier(_ assembly: Assembly) throws -> Outcome {
        if assembly.settings.value(.verifier) == "off" { return .fine("off") }
        switch try assembly.verifier(of: try assembly.judgeModel()) {
        case .ready(let model): return .fine("\(model.identifier), \(model.arithmetic.name)")
        case .off(let reason):
            return .warning(reason, remedy: "the judge decides without; name a verifier with --verifier, or say off")
        }
    }

    private static func blas() -> Outcome {
        guard let processor = BLASLibrary.processor else {
            return .warning(
                "the reference BLAS, several times slower than OpenBLAS",
                remedy: "apt-get install libopenblas0-pthread")
        }
        // An OpenBLAS that is older than the processor takes it for one of 2004.
        guard processor == "Prescott", let better = KernelISA.active.openBLASProcessor else {
            return .fine("OpenBLAS, \(processor)")
        }
        return .warning(
            "OpenBLAS does not know this processor and uses kernels of 2004: training and MiniLM take several times as long",
            remedy: "set OPENBLAS_CORETYPE=\(better) in the environment")
    }

    private static func openFiles() -> Outcome {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(7), &limit)
        let count = "\(limit.rlim_cur) open files"
        return limit.rlim_cur >= 4096
            ? .fine(count)
            : .warning("\(count): fewer connections than max_connections allows", remedy: "ulimit -n 8192")
    }

    private static func embedder(_ assembly: Assembly) throws -> String {
        let embedder = try assembly.embedder()
        let clock = SystemClock()
        let start = clock.monotonicNanoseconds()
        _ = embedder.embed("How do I reset my password?")
        let microseconds = (clock.monotonicNanoseconds() - start) / 1000
        return "\(embedder.identifier), \(embedder.dimension) dimensions, first prompt in \(microseconds) us"
    }

    private static func judge(_ assembly: Assembly) throws -> Outcome {
        let model = try assembly.judgeModel()
        if let doubt = try assembly.doubtAboutJudge() { return .warning(doubt.what, remedy: doubt.remedy) }
        return .fine(model.identifier)
    }

    private static func prices(_ assembly: Assembly) throws -> Outcome {
        let table = try assembly.prices()
        return .fine("\(table.count) models, \(table.provenance)")
    }

    private static func store(_ assembly: Assembly) throws -> Outcome {
        let store = try assembly.store()
        defer { store.close() }
        try store.check()
        let statistics = try store.statistics()
        let entries = statistics.entries.map { ", \($0) entries" } ?? ""
        return .fine("\(store.location)\(entries)")
    }

    private static func socket(_ settings: Settings) throws -> Outcome {
        let path = settings.text(.socket) ?? ServerSettings.defaultSocketPath()
        guard FileManager.default.fileExists(atPath: path) else {
            return .warning("no server on \(path)", remedy: "deja serve")
        }
        do {
            let health = try ServerConnection(socket: path).get("/readyz")
            return .fine("\(path): \(String(decoding: health.bytes, as: UTF8.self))")
        } catch {
            return .warning("\(path): \(error)", remedy: "deja serve (it replaces a socket that nobody serves)")
        }
    }
}

extension KernelISA {
    /// The oldest processor of OpenBLAS's list that has these instructions.
    fileprivate var openBLASProcessor: String? {
        switch self {
        case .avx512vnni: "SkylakeX"
        case .avx2: "Haswell"
        case .neon, .portable: nil
        }
    }
}
