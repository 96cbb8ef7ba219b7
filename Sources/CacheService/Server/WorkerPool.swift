import CacheModel
import Dispatch
import Foundation

/// Threads for work that may block, with a bounded queue before them.
final class WorkerPool: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        /// The first job that no thread has taken: taken ones are dropped from the front in bulk.
        var next = 0
        var isStopped = false
        var live = 0
    }

    private let state: Locked<State>
    private let ready = DispatchSemaphore(value: 0)
    private let ended = TimedSignal()
    private let capacity: Int

    /// Starts `threads` threads; at most `capacity` jobs wait for them.
    init(threads: Int, capacity: Int) {
        self.capacity = capacity
        var initial = State()
        initial.live = max(1, threads)
        state = Locked(initial)
        for index in 0..<max(1, threads) {
            let thread = Thread { [self] in work() }
            thread.name = "deja-worker-\(index)"
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    /// Queues a job; `false` when the queue is full or the pool has stopped.
    func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        let isAccepted = state.withLock { state in
            if state.isStopped || state.jobs.count - state.next >= capacity { return false }
            state.jobs.append(job)
            return true
        }
        if isAccepted { ready.signal() }
        return isAccepted
    }

    /// Lets the threads end: queued jobs are dropped, running ones get `seconds` to end. Returns whether they did.
    @discardableResult
    func stop(within seconds: Double) -> Bool {
        let live = state.withLock { state in
            state.isStopped = true
            state.jobs.removeAll()
            state.next = 0
            return state.live
        }
        for _ in 0..<live { ready.signal() }
        let clock = SystemClock()
        let start = clock.monotonicNanoseconds()
        return (0..<live).allSatisfy { _ in
            ended.wait(seconds: seconds - Double(clock.monotonicNanoseconds() - start) / 1e9)
        }
    }

    private func work() {
        while true {
            ready.wait()
            let (job, isStopped) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
                if state.isStopped { return (nil, true) }
                guard state.next < state.jobs.count else { return (nil, false) }
                let job = state.jobs[state.next]
                state.next += 1
                if state.next == state.jobs.count || state.next >= 256 {
                    state.jobs.removeFirst(state.next)
                    state.next = 0
                }
                return (job, false)
            }
            job?()
            if isStopped { break }
        }
        ended.signal()
    }
}
