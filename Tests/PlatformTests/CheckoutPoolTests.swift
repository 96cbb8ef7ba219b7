import CacheModel
import Platform
import TestSupport
import Testing

@Suite struct CheckoutPoolTests {
    @Test func moreThanTheCapacityIsNeverInUse() {
        let pool = CheckoutPool<Int>(capacity: 3)
        let counts = Locked((made: 0, used: 0, most: 0, refused: 0))
        onThreads(8) { _ in
            for _ in 0..<200 {
                let element: Int
                switch pool.checkOut(by: Deadline(seconds: 30)) {
                case .element(let idle): element = idle
                case .permission:
                    element = counts.withLock {
                        $0.made += 1; return $0.made
                    }
                default:
                    counts.withLock { $0.refused += 1 }
                    continue
                }
                counts.withLock {
                    $0.used += 1; $0.most = max($0.most, $0.used)
                }
                counts.withLock { $0.used -= 1 }
                _ = pool.giveBack(element)
            }
        }
        let (made, used, most, refused) = counts.withLock { $0 }
        #expect(made <= 3 && most <= 3 && used == 0 && refused == 0)
    }

    @Test func aWaitEndsAtItsDeadlineOrWhenSomethingIsGivenBack() {
        let pool = CheckoutPool<Int>(capacity: 1)
        guard case .permission = pool.checkOut(by: Deadline(seconds: 0)) else { return #expect(Bool(false)) }
        guard case .timeout = pool.checkOut(by: Deadline(seconds: 0.01)) else { return #expect(Bool(false)) }
        let found = Locked<Int?>(nil)
        onThreads(2) { thread in
            if thread == 0 {
                if case .element(let element) = pool.checkOut(by: Deadline(seconds: 30)) {
                    found.withLock { $0 = element }
                }
            } else {
                _ = pool.giveBack(7)
            }
        }
        #expect(found.withLock { $0 } == 7)
        pool.discard()
        guard case .permission = pool.checkOut(by: Deadline(seconds: 0)) else { return #expect(Bool(false)) }
    }

    @Test func closingWakesWhoWaitsAndReturnsWhatIsIdle() {
        let pool = CheckoutPool<Int>(capacity: 2)
        _ = pool.checkOut(by: Deadline(seconds: 0))
        _ = pool.checkOut(by: Deadline(seconds: 0))
        _ = pool.giveBack(1)
        #expect(pool.takeIdle() == [1])
        _ = pool.checkOut(by: Deadline(seconds: 0))
        let wasClosed = Locked(false)
        onThreads(2) { thread in
            if thread == 0 {
                if case .closed = pool.checkOut(by: Deadline(seconds: 30)) { wasClosed.withLock { $0 = true } }
            } else {
                _ = pool.close()
            }
        }
        #expect(wasClosed.withLock { $0 })
        #expect(!pool.giveBack(2))
    }
}
