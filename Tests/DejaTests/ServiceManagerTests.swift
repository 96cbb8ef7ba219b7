import Foundation
import Platform
import TestSupport
import Testing

/// What systemd is told, on a socket that stands in for systemd's.
struct ServiceManagerTests {
    /// A datagram socket at a path.
    private final class Manager {
        let path: String
        private let descriptor: Int32

        init(_ path: String) throws {
            self.path = path
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
            }
            guard descriptor >= 0, result == 0 else { throw CocoaError(.fileWriteUnknown) }
            // Only a failing test waits that long.
            var limit = timeval(tv_sec: 30, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        deinit { close(descriptor) }

        func next() -> String {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            return count < 0 ? "nothing came" : String(decoding: bytes.prefix(count), as: UTF8.self)
        }

        /// The next message that is no sign of life, and how many of those came before it.
        func nextWord() -> (message: String, signsOfLife: Int) {
            var signs = 0
            while true {
                let message = next()
                if message != "WATCHDOG=1" { return (message, signs) }
                signs += 1
            }
        }
    }

    @Test func theManagerIsToldOfStartReloadLifeAndEnd() throws {
        let folder = try TemporaryFolder()
        let manager = try Manager(folder.file("notify"))
        let server = try RunningServer(
            folder: folder, environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "300000"])
        #expect(manager.nextWord().message == "READY=1\nSTATUS=serving, reading the store")
        #expect(manager.nextWord().message == "STATUS=serving 0 entries")
        #expect(manager.next() == "WATCHDOG=1", "within a third of the time that the manager gives")
        server.hangUp()
        #expect(manager.nextWord().message.hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
        #expect(manager.nextWord().message == "READY=1\nSTATUS=serving")
        #expect(server.stop() == 0)
        #expect(manager.nextWord().message == "STOPPING=1")
    }

    @Test func withoutAManagerNothingIsSaid() {
        let none = ServiceManager(environment: [:], process: 1)
        none.ready("x")
        #expect(none.watchdogTimeout == nil)
        let foreign = ServiceManager(environment: ["WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "7"], process: 1)
        #expect(foreign.watchdogTimeout == nil)
        let gone = ServiceManager(environment: ["NOTIFY_SOCKET": "/nowhere/at/all"], process: 1)
        gone.ready("nobody listens, and that is no reason to end")
    }

    /// systemd's own judgement of the unit: no mistake in it, and an exposure of 1.0 at most (10 is the worst).
    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze"), "systemd is not installed"))
    func theUnitIsInOrderAndLocked() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let unit = try String(contentsOf: root.appendingPathComponent("deploy/deja.service"), encoding: .utf8)
        let folder = try TemporaryFolder()
        let file = folder.file("deja.service")
        // The program need not be installed here.
        try unit.replacing("/usr/local/bin/deja", with: "/bin/true").write(
            toFile: file, atomically: true, encoding: .utf8)
        let program = "/usr/bin/systemd-analyze"
        let verified = try DejaProcess.run(["verify", "--man=no", file], program: program)
        #expect(verified.status == 0 && verified.errors.isEmpty, "\(verified.errors)")
        let judged = try DejaProcess.run(["security", "--offline=true", "--threshold=10", file], program: program)
        #expect(judged.status == 0, "\(judged.output.suffix(200))")
    }
}
