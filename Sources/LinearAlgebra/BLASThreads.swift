import Glibc

/// Keeps the linear algebra of many small problems on the calling thread.
///
/// OpenBLAS starts a pool and hands even a 256×512 product to it, which costs more than the product and fights the
/// server's own threads. The reference BLAS has no such setting; nothing happens then.
public enum BLASThreads {
    /// Asks OpenBLAS for `count` threads. Returns false when the BLAS in use has no threads to set.
    @discardableResult
    public static func set(_ count: Int) -> Bool {
        guard let symbol = dlsym(nil, "openblas_set_num_threads") else { return false }
        typealias Setter = @convention(c) (Int32) -> Void
        unsafeBitCast(symbol, to: Setter.self)(Int32(clamping: max(1, count)))
        return true
    }

    /// Evaluated before the first product of this module: one thread.
    static let single: Bool = set(1)
}
