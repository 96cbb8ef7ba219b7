import CKernels

/// An instruction set that the vector kernels are written for.
///
/// `active` is what indexes use unless told otherwise: the one that the environment's `DEJA_KERNEL` names, where the
/// machine has it, else the best. Every one gives the same integers; floats differ in the last bits.
public enum KernelISA: Int32, Sendable, CaseIterable {
    /// Plain C.
    case portable = 0
    /// 64-bit ARM.
    case neon = 1
    /// x86-64 with AVX2 and FMA.
    case avx2 = 2
    /// x86-64 with AVX-512 (F, BW, VL, DQ) and VNNI.
    case avx512vnni = 3

    /// Chosen once, at the first use.
    public static let active = KernelISA(rawValue: deja_isa_active()) ?? .portable
    /// The ones that this machine runs.
    public static var available: [KernelISA] { allCases.filter { deja_isa_supported($0.rawValue) != 0 } }

    /// As in `DEJA_KERNEL`: `avx512vnni`, `avx2`, `neon`, `portable`.
    public var name: String { String(cString: deja_isa_name(rawValue)) }
}
