import CUtf8proc

/// Everything this module asks of libutf8proc.
///
/// No other file calls the library, so a platform without it has one file to replace. All calls take lengths;
/// NUL is an ordinary character.
enum UTF8Proc {
  /// What `decompose` does to a code point on the way.
  struct Mapping: Sendable, Equatable {
    /// Canonical decomposition (NFD); without it only the other two act.
    var decomposes = false
    /// Compatibility decomposition as well (NFKD). Asks for `decomposes`.
    var isCompatible = false
    /// Full case folding.
    var foldsCase = false

    fileprivate var options: utf8proc_option_t {
      var bits: UInt32 = 0
      if decomposes { bits |= UTF8PROC_DECOMPOSE.rawValue }
      if isCompatible { bits |= UTF8PROC_COMPAT.rawValue }
      if foldsCase { bits |= UTF8PROC_CASEFOLD.rawValue }
      return utf8proc_option_t(rawValue: bits)
    }
  }

  /// The version of Unicode the loaded library follows, such as `"14.0.0"`.
  static let unicodeVersion = unsafe String(cString: utf8proc_unicode_version())

  /// More code points than any single one decomposes to (18, for U+FDFA).
  static let longestDecomposition = 32

  /// The canonical combining class of a code point, 0...254.
  static func combiningClass(_ scalar: Int32) -> UInt8 {
    unsafe UInt8(truncatingIfNeeded: utf8proc_get_property(scalar).pointee.combining_class)
  }

  /// The first letter of the general category of a code point: L, M, N, P, S, Z or C.
  static func majorCategory(_ scalar: Int32) -> Unicode.Scalar {
    // The library's names of categories have two letters, also for what is not assigned.
    unsafe Unicode.Scalar(UInt8(bitPattern: utf8proc_category_string(scalar)[0]))
  }

  /// Writes what `scalar` maps to into `buffer` from `offset` on, growing it where it is short, and returns the
  /// number of code points written.
  static func decompose(
    _ scalar: Int32, _ mapping: Mapping, into buffer: inout [Int32], at offset: Int
  ) -> Int {
    if buffer.count < offset + longestDecomposition {
      buffer.append(contentsOf: repeatElement(0, count: buffer.count + longestDecomposition))
    }
    var boundaryClass: Int32 = 0
    let written = unsafe buffer.withUnsafeMutableBufferPointer { pointer in
      unsafe utf8proc_decompose_char(
        scalar, pointer.baseAddress! + offset, pointer.count - offset, mapping.options, &boundaryClass)
    }
    precondition(written >= 0 && written <= longestDecomposition, "libutf8proc refused a code point")
    return written
  }

  /// Composes the first `count` code points of `buffer`, which are decomposed and in canonical order, in place,
  /// and returns how many are left.
  static func compose(_ buffer: inout [Int32], count: Int) -> Int {
    precondition(count <= buffer.count)
    let options = utf8proc_option_t(rawValue: UTF8PROC_COMPOSE.rawValue | UTF8PROC_STABLE.rawValue)
    let left = unsafe buffer.withUnsafeMutableBufferPointer { pointer in
      unsafe utf8proc_normalize_utf32(pointer.baseAddress, count, options)
    }
    precondition(left >= 0 && left <= count, "libutf8proc refused a composition")
    return left
  }

  /// Whether an extended grapheme cluster ends between two neighbours (UAX #29).
  ///
  /// `state` is 0 at the start of a cluster and carries what the rules for flags and emoji remember.
  static func breaksCluster(between left: UInt32, and right: UInt32, state: inout Int32) -> Bool {
    unsafe utf8proc_grapheme_break_stateful(
      Int32(bitPattern: left), Int32(bitPattern: right), &state)
  }

  /// Whether a cluster ends after a code point whatever follows: a control that is not CR, which LF may follow. Nothing
  /// but a control stands off from a combining mark (GB4, GB9).
  static func alwaysEndsCluster(_ scalar: UInt32) -> Bool {
    if scalar < 0x7F { return scalar < 0x20 && scalar != 0x0D }
    var state: Int32 = 0
    return breaksCluster(between: scalar, and: 0x0301, state: &state)
  }

  /// Whether the rules for clusters keep nothing of what stood before a code point.
  ///
  /// The library does not say so, but the state after the code point shows it: the same wherever it stands, after a
  /// letter, an Indic consonant, a regional indicator, or an emoji, of which the rules remember more than that one class
  /// was before another.
  static func forgetsCluster(_ scalar: UInt32) -> Bool {
    var states: [Int32] = [0, 0, 0, 0]
    for (index, before) in ([0x61, 0x0915, 0x1F1E6, 0x1F466] as [UInt32]).enumerated() {
      _ = breaksCluster(between: before, and: scalar, state: &states[index])
    }
    return states.allSatisfy { $0 == states[0] }
  }
}
