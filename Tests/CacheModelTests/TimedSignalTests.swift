import CacheModel
import Foundation
import Testing

/// Waiting by the clock that never steps. That a step of the wall clock does not prolong a wait is what SoakTests show:
/// there the server's clock is stepped.
struct TimedSignalTests {
    @Test func aSignalEndsTheWaitAndCounts() {
        let signal = TimedSignal()
        signal.signal()
        signal.signal()
        #expect(signal.wait(seconds: 10))
        #expect(signal.wait(seconds: 10))
        #expect(!signal.wait(seconds: 0))
        Thread.detachNewThread { signal.signal() }
        #expect(signal.wait(seconds: 60))
    }

    @Test(arguments: [-1, 0, 0.01, 0.999_999_999])
    func withoutOneItEndsByItself(_ seconds: Double) {
        let start = SystemClock().monotonicNanoseconds()
        #expect(!TimedSignal().wait(seconds: seconds))
        #expect(Double(SystemClock().monotonicNanoseconds() - start) >= seconds * 1e9)
    }
}
