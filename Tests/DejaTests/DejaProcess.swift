import Foundation
import TestSupport

/// Runs the built program as a user does.
enum DejaProcess {
    /// The program beside the test runner.
    static let program: String = {
        let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return "\((runner as NSString).deletingLastPathComponent)/deja"
    }()

    /// What a run left.
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs `program` (this one, unless named) to its end.
    static func run(
        _ arguments: [String], program: String = DejaProcess.program, environment: [String: String] = [:],
        input: String = ""
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = clean(environment)
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (stdin, stdout, stderr)
        try process.run()
        stdin.fileHandleForWriting.write(Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        // Both pipes are read at once: a child that fills one while the other is read would wait for ever.
        let errors = Drain(stderr.fileHandleForReading)
        let output = stdout.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: output, as: UTF8.self), errors: errors.text())
    }

    /// This process's environment without settings of its own, plus `extra`. What the verifier says must not hang on how
    /// busy the machine is.
    static func clean(_ extra: [String: String]) -> [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("DEJA_") }
            .merging(["DEJA_VERIFY_TIMEOUT": "10s"]) { $1 }.merging(extra) { $1 }
    }

    /// Reads a pipe to its end on a thread of its own.
    private final class Drain: @unchecked Sendable {
        private let done = DispatchSemaphore(value: 0)
        private var data = Data()

        init(_ handle: FileHandle) {
            Thread.detachNewThread { [self] in
                data = handle.readDataToEndOfFile()
                done.signal()
            }
        }

        func text() -> String {
            done.wait()
            return String(decoding: data, as: UTF8.self)
        }
    }
}

/// A `deja serve` in a temporary folder, stopped when the value goes.
final class RunningServer {
    let folder: TemporaryFolder
    let socket: String
    private let process = Process()
    private let log = Pipe()
    /// What was logged until it was ready.
    private(set) var startLog = ""

    /// The port of its TCP listener.
    var port: Int? {
        startLog.firstMatch(of: /address="?[0-9.]+:([0-9]+)/).flatMap { Int($0.output.1) }
    }

    /// Starts and waits until it listens and has read its store, or logs `event`.
    init(
        _ arguments: [String] = [], store: String? = nil, folder: TemporaryFolder? = nil,
        environment: [String: String] = [:], until event: String = "index.built"
    ) throws {
        self.folder = try folder ?? TemporaryFolder()
        socket = self.folder.file("deja.sock")
        process.executableURL = URL(fileURLWithPath: DejaProcess.program)
        process.arguments =
            ["serve", "--socket", socket, "--store", store ?? "sqlite:\(self.folder.file("deja.db"))"] + arguments
        process.environment = DejaProcess.clean(environment)
        process.standardError = log
        try process.run()
        try waitFor(event)
    }

    deinit { stop() }

    /// Ends it at once, in the middle of whatever it does (SIGKILL).
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// The process, for what the kernel tells of it.
    var processIdentifier: pid_t { process.processIdentifier }
    /// Whether it has not ended.
    var isRunning: Bool { process.isRunning }

    /// Tells it to read its tokens again.
    func hangUp() { Foundation.kill(process.processIdentifier, SIGHUP) }

    /// Ends it as systemd would; returns its exit status.
    @discardableResult
    func stop() -> Int32 {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// What was logged until `event` came.
    private func waitFor(_ event: String) throws {
        var text = ""
        while !text.contains(event) {
            let data = log.fileHandleForReading.availableData
            guard !data.isEmpty else { throw ServerDidNotStart(log: text) }
            text += String(decoding: data, as: UTF8.self)
        }
        startLog = text
        // Later lines must go somewhere, or the server would wait for a reader.
        log.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
    }

    struct ServerDidNotStart: Error { let log: String }

    /// Runs `deja` against this server.
    func deja(_ arguments: [String], input: String = "") throws -> DejaProcess.Result {
        try DejaProcess.run([arguments[0], "--socket", socket] + arguments.dropFirst(), input: input)
    }
}
