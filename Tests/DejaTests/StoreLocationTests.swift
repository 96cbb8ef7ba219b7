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

    @Test(arguments: [
        ("redis://h:6379/1?prefix=p", "redis://h:6379/1?prefix=p"), ("redis://u:p@h", "redis://***@h"),
        ("redis+sentinel://h:26379/m?sentinel_password=x", "redis+sentinel://h:26379/m?sentinel_password=***"),
        (
            "redis+sentinel://u:p@h/m?db=1&sentinel_password=a@b&timeout_ms=5",
            "redis+sentinel://***@h/m?db=1&sentinel_password=***&timeout_ms=5"
        ),
        ("redis://h?sentinel%5Fpassword=x&Password=y&", "redis://h?sentinel%5Fpassword=***&Password=***&"),
        ("redis://h?password_file=/run/p&key=/run/k.pem", "redis://h?password_file=/run/p&key=/run/k.pem"),
        // A password that should have been escaped.
        ("redis://u:p?q@h", "redis://***@h"), ("sqlite:/tmp/d.db", "sqlite:/tmp/d.db"),
    ])
    func secretsAreNeverShown(url: String, shown: String) { #expect(StoreLocation.withoutSecrets(url) == shown) }

    @Test(arguments: [["config"], ["config", "--json"]])
    func configShowsNoSecretOfTheStore(arguments: [String]) throws {
        let result = try DejaProcess.run(
            arguments,
            environment: ["DEJA_STORE": "redis+sentinel://u:hidden1@h:26379/m?sentinel_password=hidden2&db=1"])
        #expect(result.status == 0)
        #expect(result.output.contains("?sentinel_password=***&db=1"))
        #expect(!result.output.contains("hidden"))
    }
}
