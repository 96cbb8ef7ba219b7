import CacheEngine
import CacheModel

/// Versions, appointments and answers to be refreshed as a bound caller may use them. Epochs are of whole namespaces, all
/// tenants in them: `EpochRoutes` lets nobody bump one who is bound to a tenant.
struct CallerFreshness: FreshnessServing {
    let base: any FreshnessServing
    let caller: Caller

    func bump(_ subject: EpochSubject) -> Step<EpochReply> { base.bump(subject) }

    var epochTable: EpochTable {
        var table = base.epochTable
        if let namespaces = caller.namespaces {
            table.values = table.values.filter { namespaces.contains($0.key.namespace) }
        }
        return table
    }

    func scheduledInvalidations() -> Step<Result<[ScheduledInvalidation], RequestProblem>> {
        base.scheduledInvalidations().map { [caller] result in result.map { $0.filter { Self.isOf(caller, $0) } } }
    }

    /// What is another's does not exist.
    func cancelInvalidation(_ id: EntryID) -> Step<Result<Bool, RequestProblem>> {
        scheduledInvalidations().then { [base] result in
            switch result {
            case .failure(let problem): .done(.failure(problem))
            case .success(let items):
                items.contains { $0.id == id } ? base.cancelInvalidation(id) : .done(.success(false))
            }
        }
    }

    func refreshable(_ query: RefreshQuery) -> Step<[RefreshCandidate]> { base.refreshable(query) }

    private static func isOf(_ caller: Caller, _ item: ScheduledInvalidation) -> Bool {
        (caller.tenant == nil || item.request.tenant == caller.tenant)
            && (caller.namespaces == nil || item.request.namespace.map { caller.namespaces!.contains($0) } ?? false)
    }
}
