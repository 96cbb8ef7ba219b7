import CacheModel

/// What is known of the index and the store, for `/readyz`.
final class StoreHealth: Sendable {
    private let state = Locked(Readiness(isIndexBuilt: false, isStoreReachable: true))

    var readiness: Readiness { state.withLock { $0 } }

    func indexBuilt() { state.withLock { $0.isIndexBuilt = true } }

    func succeeded() {
        state.withLock { state in
            state.isStoreReachable = true
            state.detail = nil
        }
    }

    func failed(_ error: StoreError) {
        state.withLock { state in
            state.isStoreReachable = false
            state.detail = error.message
        }
    }
}
