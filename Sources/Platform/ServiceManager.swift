import CShims
import CacheModel

/// Tells the service manager how the service is doing: systemd's notification protocol (sd_notify(3)), datagrams to the
/// socket that `NOTIFY_SOCKET` names. Without one nothing is sent.
public struct ServiceManager: Sendable {
    private let socket: String?
    /// How long the manager waits for a sign of life, seconds; `nil` when it does not.
    public let watchdogTimeout: Double?

    /// The manager that the environment of the process names.
    public init(environment: [String: String], process: Int32) {
        socket = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        // The variable may be meant for a parent that did not take it out of the environment.
        let isOurs = environment["WATCHDOG_PID"].map { $0 == String(process) } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap(Double.init) ?? 0
        watchdogTimeout = isOurs && microseconds > 0 ? microseconds / 1e6 : nil
    }

    /// The service answers requests.
    public func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }
    /// What it is doing, for `systemctl status`.
    public func status(_ status: String) { send("STATUS=\(status)") }
    /// It reads its settings again; `ready` ends that.
    public func reloading(clock: any WallClock = SystemClock()) {
        send("RELOADING=1\nMONOTONIC_USEC=\(clock.monotonicNanoseconds() / 1000)")
    }
    /// It lives.
    public func alive() { send("WATCHDOG=1") }
    /// It is about to end.
    public func stopping() { send("STOPPING=1") }

    private func send(_ message: String) {
        guard let socket else { return }
        // A manager that does not listen is no reason to stop serving.
        _ = deja_send_datagram(socket, message, message.utf8.count)
    }
}
