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

    private static let hasPrometheus = FileManager.default.isExecutableFile(atPath: RunningPrometheus.program)

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

    @Test(.enabled(if: MetricsTests.hasPrometheus, "prometheus is not installed"))
    func aRealPrometheusScrapesThem() throws {
        let server = try RunningServer(["--listen", "127.0.0.1:0"])
        _ = try server.deja(["store", "How?", "So.", "--model", "gpt-4o-mini"])
        for _ in 0..<3 { _ = try server.deja(["lookup", "How?", "--model", "gpt-4o-mini"]) }
        let port = try #require(server.port)
        let prometheus = try RunningPrometheus(target: "127.0.0.1:\(port)", folder: server.folder)
        #expect(try prometheus.value("deja_hits_total{hit_type=\"exact\"}") == "3")
        #expect(try prometheus.value("deja_lookup_duration_seconds_count{outcome=\"exact\"}") == "3")
        #expect(try prometheus.value("deja_entries") == "1")
    }

    @Test func latenciesAreHistogramsByOutcome() throws {
        let text = try metrics()
        #expect(text.contains("deja_lookup_duration_seconds_count{outcome=\"exact\"} 2\n"), "\(text)")
        #expect(text.contains("deja_lookup_duration_seconds_bucket{outcome=\"exact\",le=\"+Inf\"} 2\n"))
        #expect(text.contains("deja_lookup_duration_seconds_bucket{outcome=\"exact\",le=\"0.000005\"} "))
        #expect(text.contains("deja_lookup_stage_duration_seconds_count{stage=\"keys\"} 1\n"), "the first is timed")
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
