import CacheModel
import Foundation

/// Makes the folder and the file of a store, for their owner only.
enum SQLiteFile {
    /// Makes what is missing: the folders above `path` with mode 0700, the file with mode 0600 (SQLite gives its journal
    /// the file's mode). What is there already keeps its mode.
    static func prepare(_ path: String, errors: SQLiteErrors) throws(StoreError) {
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty { try makeFolder(folder, errors: errors) }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw errors.error(systemError: errno, "open \(path)") }
        Foundation.close(descriptor)
    }

    private static func makeFolder(_ folder: String, errors: SQLiteErrors) throws(StoreError) {
        if mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
        let parent = (folder as NSString).deletingLastPathComponent
        guard errno == ENOENT, !parent.isEmpty, parent != folder else {
            throw errors.error(systemError: errno, "make folder \(folder)")
        }
        try makeFolder(parent, errors: errors)
        if mkdir(folder, 0o700) != 0 && errno != EEXIST {
            throw errors.error(systemError: errno, "make folder \(folder)")
        }
    }
}
