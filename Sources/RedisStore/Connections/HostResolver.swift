import CacheModel
import Foundation
import Platform

/// A socket address as the C library gave it.
struct HostAddress: Sendable {
    let family: Int32
    let bytes: [UInt8]
}

/// Looks host names up with a deadline, which the C library's `getaddrinfo` does not have: a thread waits for it, and
/// callers wait for the thread. At most one thread is stuck at a time; later callers join its wait.
final class HostResolver: Sendable {
    enum Answer: Sendable {
        case addresses([HostAddress])
        case failed(String)
        case timeout
    }

    /// One question under way.
    private final class Question: Sendable {
        let answer = Locked<Answer>(.timeout)
        let isAnswered = TimedSignal()
    }

    private let pending = Locked<Question?>(nil)

    func resolve(host: String, port: UInt16, by deadline: Deadline) -> Answer {
        let numeric = Self.ask(host, port, flags: AI_NUMERICHOST)
        if case .addresses = numeric { return numeric }
        let (question, isNew) = pending.withLock { pending in
            if let question = pending { return (question, false) }
            let question = Question()
            pending = question
            return (question, true)
        }
        if isNew {
            Thread.detachNewThread { [self] in
                let answer = Self.ask(host, port, flags: 0)
                question.answer.withLock { $0 = answer }
                pending.withLock { $0 = nil }
                question.isAnswered.signal()
            }
        }
        let left = Double(deadline.remainingMilliseconds) / 1000
        guard question.isAnswered.wait(seconds: left) else { return .timeout }
        question.isAnswered.signal()
        return question.answer.withLock { $0 }
    }

    private static func ask(_ host: String, _ port: UInt16, flags: Int32) -> Answer {
        var hints = addrinfo()
        hints.ai_flags = flags | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else { return .failed(String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(list) }
        var addresses: [HostAddress] = []
        var next = list
        while let info = next?.pointee {
            let bytes = UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen))
            addresses.append(HostAddress(family: info.ai_family, bytes: Array(bytes)))
            next = info.ai_next
        }
        return .addresses(addresses)
    }
}
