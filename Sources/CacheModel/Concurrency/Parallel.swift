import Dispatch

/// Work that is split over the machine's cores.
public enum Parallel {
    /// The results of `body` for 0, 1, … `count - 1`, in order; calls run beside each other, on the calling thread too, and
    /// have all ended when this returns.
    ///
    /// - Throws: what one of the calls threw.
    public static func map<Value: Sendable, Failure: Error>(
        _ count: Int, _ body: @Sendable (Int) throws(Failure) -> Value
    ) throws(Failure) -> [Value] {
        let results = Locked([Result<Value, Failure>?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let result: Result<Value, Failure>
            do throws(Failure) {
                result = .success(try body(index))
            } catch {
                result = .failure(error)
            }
            results.withLock { $0[index] = result }
        }
        var values: [Value] = []
        values.reserveCapacity(count)
        for result in results.withLock(\.self) { values.append(try result!.get()) }
        return values
    }
}
