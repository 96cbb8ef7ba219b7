import Foundation

/// Foundation's functions, in files that do without the rest of it.
func erfOf(_ x: Double) -> Double { erf(x) }
func expOf(_ x: Double) -> Double { exp(x) }
