import CacheModel
import Foundation
import TestSupport
import Testing

struct LockedTests {
    /// Four that read for a millisecond each, again and again, leave no moment in which nobody reads.
    @Test func manyReadersDoNotKeepAWriterOut() {
        let value = ReadWriteLocked(0)
        let isOver = Locked(false)
        let clock = SystemClock()
        let deadline = clock.monotonicNanoseconds() + 20_000_000_000
        onThreads(5) { thread in
            if thread == 0 {
                for _ in 0..<20 {
                    // Time for the readers to begin, too.
                    usleep(5000)
                    value.write { $0 += 1 }
                }
                isOver.withLock { $0 = true }
            } else {
                while !isOver.withLock({ $0 }), clock.monotonicNanoseconds() < deadline {
                    value.read { _ in _ = usleep(1000) }
                }
            }
        }
        let writes = value.write { $0 }
        #expect(writes == 20)
        #expect(clock.monotonicNanoseconds() < deadline, "it was let in when the readers had given up")
    }
}
