import CacheModel
import CacheService
import Foundation

/// A server process of its own that a measurement talks to, killed when the value goes.
final class ChildServer {
    let socket: String
    private let process = Process()

    /// Starts `program` and waits until `socket` accepts connections.
    ///
    /// - Throws: `CommandFailure` when the program cannot be run or is not there within ten seconds.
    init(_ program: String, _ arguments: [String], socket: String) throws {
        self.socket = socket
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let deadline = Date().addingTimeInterval(10)
        while true {
            if let client = try? LoadGenerator(.unix(socket)).run(
                count: 1, command: { _ in LoadGenerator.command([Array("PING".utf8)]) }),
                client.errors == 0
            {
                return
            }
            guard process.isRunning, Date() < deadline else { throw CommandFailure("\(program) does not start") }
            usleep(20_000)
        }
    }

    /// The process's resident memory, bytes.
    var residentBytes: Int? {
        let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }
}
