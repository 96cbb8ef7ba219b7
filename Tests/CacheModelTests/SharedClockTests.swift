import CacheModel
import Testing

struct SharedClockTests {
    /// A machine whose two clocks are moved apart.
    private final class Machine: WallClock {
        private let state = Locked((wall: Int64(5_000_000), monotonic: UInt64(7_000)))

        func now() -> Timestamp { Timestamp(milliseconds: state.withLock { $0.wall }) }
        func monotonicNanoseconds() -> UInt64 { state.withLock { $0.monotonic } * 1_000_000 }

        func pass(milliseconds: Int64, wall: Int64? = nil) {
            state.withLock { state in
                state.wall += wall ?? milliseconds
                state.monotonic += UInt64(milliseconds)
            }
        }
    }

    private let machine = Machine()

    private func follow(_ clock: SharedClock, _ milliseconds: Int64, taking time: Int64 = 0) throws {
        try clock.follow { () throws(StoreError) in
            machine.pass(milliseconds: time)
            return Timestamp(milliseconds: milliseconds)
        }
    }

    @Test func itGoesOnWithTheClockThatNeverSteps() {
        let clock = SharedClock(machine)
        machine.pass(milliseconds: 10, wall: -3_600_000)
        #expect(clock.now().milliseconds == 5_000_010)
        machine.pass(milliseconds: 10, wall: 3_600_000)
        #expect(clock.now().milliseconds == 5_000_020)
    }

    @Test func itIsSetByTheStoreAndBySmallDifferencesNoMore() throws {
        let clock = SharedClock(machine)
        // Read half-way.
        try follow(clock, 9_000_000, taking: 100)
        #expect(clock.now().milliseconds == 9_000_050)
        try follow(clock, 9_000_400, taking: 0)
        #expect(clock.now().milliseconds == 9_000_050)
        try follow(clock, 9_001_000, taking: 0)
        #expect(clock.now().milliseconds == 9_001_000)
        // A long way says little.
        try follow(clock, 9_001_000, taking: 2000)
        #expect(clock.now().milliseconds == 9_003_000)
    }

    @Test func anErrorLeavesItAsItIs() {
        let clock = SharedClock(machine)
        #expect(throws: StoreError.self) {
            try clock.follow { () throws(StoreError) in throw StoreError(.timeout, "away") }
        }
        #expect(clock.now().milliseconds == 5_000_000)
    }
}
