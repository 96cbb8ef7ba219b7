import CacheModel
import Foundation
import TestSupport
import Testing

@testable import deja

/// What whoever runs the cache sees.
struct MetricsTests {
    /// Where Debian's package `prometheus` puts it; another place for tests in `DEJA_TEST_PROMTOOL`.
    private static let promtool = ProcessInfo.processInfo.environment["DEJA_TEST_PROMTOOL"] ?? "/usr/bin/promtool"
    private static let isInstalled = FileManager.default.isExecutableFile(atPath: promtool)

    private func metrics() throws -> String {
        let server = try RunningServer()
        _ = try server.deja(["store", "How?", "So.", "--model", "gpt-4o-mini"])
        for prompt in ["How?", "Why on earth would it?", "How?"] {
            _ = try server.deja(["lookup", prompt, "--model", "gpt-4o-mini"])
        }
        return String(decoding: try ServerConnection(socket: server.socket).getText("/metrics"), as: UTF8.self)
    }

    @Test(.enabled(if: MetricsTests.isInstalled, "promtool (package prometheus) is not installed"))
    func promtoolHasNothingToSay() throws {
        let result = try DejaProcess.run(["check", "metrics"], program: Self.promtool, input: try metrics())
        #expect(result.status == 0)
        #expect(result.output + result.errors == "")
    }

    @Test func latenciesAreHistogramsByOutcome() throws {
        let text = try metrics()
        #expect(text.contains("deja_lookup_duration_seconds_count{outcome=\"exact\"} 2\n"), "\(text)")
        #expect(text.contains("deja_lookup_duration_seconds_bucket{outcome=\"exact\",le=\"+Inf\"} 2\n"))
        #expect(text.contains("deja_lookup_duration_seconds_bucket{outcome=\"exact\",le=\"0.000005\"} "))
    }

    @Test func theDashboardAsksForMetricsThatThereAre() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let dashboard = try String(contentsOf: root.appending(path: "docs/grafana/deja.json"), encoding: .utf8)
        let text = try metrics()
        let names = Set(dashboard.matches(of: /deja_[a-z_]+/).map { String($0.output) })
        #expect(names.count > 8)
        for name in names { #expect(text.contains("# HELP \(name.replacing("_bucket", with: "")) "), "\(name)") }
    }
}
