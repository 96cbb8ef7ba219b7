import CacheModel
import Foundation
import Platform
import TestSupport

/// A real Prometheus (Debian's package) that scrapes one target, gone with the value.
final class RunningPrometheus {
    static let program = "/usr/bin/prometheus"

    private let process = Process()
    private let address: String

    enum Failure: Error { case noAnswer(String) }

    /// Starts it on a port that is free now, with its data in `folder`.
    init(target: String, folder: TemporaryFolder) throws {
        let config = folder.file("prometheus.yml")
        try """
        scrape_configs:
          - job_name: deja
            scrape_interval: 200ms
            scrape_timeout: 200ms
            static_configs: [{targets: ["\(target)"]}]

        """.write(toFile: config, atomically: true, encoding: .utf8)
        address = "127.0.0.1:\(try Self.freePort())"
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = [
            "--config.file=\(config)", "--storage.tsdb.path=\(folder.file("prometheus"))",
            "--web.listen-address=\(address)", "--log.level=error",
        ]
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// The value of a query's one series, once there is one.
    func value(_ query: String) throws -> String {
        let deadline = Deadline(seconds: 60)
        while true {
            let reply = try DejaProcess.run(
                ["-s", "-G", "http://\(address)/api/v1/query", "--data-urlencode", "query=\(query)"],
                program: "/usr/bin/curl")
            let series = (try? JSONValue(parsing: reply.output))?["data"]?["result"]?.array ?? []
            if let value = series.first?["value"]?.array?.last?.string { return value }
            if deadline.hasPassed { throw Failure.noAnswer(reply.output) }
            usleep(100_000)
        }
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
            }
        }
        guard code == 0 else { throw Failure.noAnswer("no port is free") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
