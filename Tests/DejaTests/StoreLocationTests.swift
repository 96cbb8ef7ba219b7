import CacheModel
import Testing

@testable import deja

struct StoreLocationTests {
    @Test(arguments: [
        ("sqlite:", "needs a path"), ("sqlite::memory:", "is called memory: here"),
        ("/tmp/d.db", "is of no known kind"),
    ])
    func aStoreThatIsNoneIsRefusedWithWhatToWrite(url: String, says: String) throws {
        let error = try #require(throws: UsageError.self) { _ = try StoreLocation.open(url, timeout: 1) { _ in } }
        #expect("\(error)".contains(says))
    }
}
