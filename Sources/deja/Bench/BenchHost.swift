import CacheModel
import Foundation
import LinearAlgebra
import VectorSearch

/// What a measurement was made on: figures without it mean nothing.
struct BenchHost {
    let cpu: String
    let cores: Int
    let kernels: String
    let blas: String
    let commit: String

    init() {
        cpu = Self.cpuName()
        cores = ProcessInfo.processInfo.activeProcessorCount
        kernels = KernelISA.active.name
        blas =
            BLASLibrary.setThreads(1)
            ? "OpenBLAS (\(BLASLibrary.processor ?? "unknown")), one thread" : "reference BLAS"
        commit =
            Self.output(
                "git", ["-C", (Paths.program as NSString).deletingLastPathComponent, "describe", "--always", "--dirty"])
            ?? "unknown"
    }

    /// One line.
    var text: String { "\(cpu), \(cores) cores, kernels \(kernels), \(blas), commit \(commit)" }

    var json: JSONValue {
        [
            "cpu": .string(cpu), "cores": .integer(Int64(cores)), "kernels": .string(kernels), "blas": .string(blas),
            "commit": .string(commit),
        ]
    }

    private static func cpuName() -> String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
    }

    /// What a program prints, trimmed; `nil` when it cannot be run or fails.
    static func output(_ program: String, _ arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
