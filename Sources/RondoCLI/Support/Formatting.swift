import Rondo
import RondoText

/// Numbers as people read them, without a locale.
enum Format {
  /// A number with so many decimals, and spaces between thousands.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    let whole = Int(scaled / scale), rest = Int(scaled - Double(whole) * scale)
    let digits = String(rest)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    return decimals == 0
      ? "\(sign)\(grouped(whole))"
      : "\(sign)\(grouped(whole))." + String(repeating: "0", count: decimals - digits.count) + digits
  }

  /// 12 345 678 with spaces between thousands.
  static func grouped(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    var result = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result += " " }
      result.append(digit)
    }
    return result
  }

  /// 1 step, 1 587 steps.
  static func count(_ value: Int, _ unit: String) -> String {
    "\(grouped(value)) \(unit)\(value == 1 ? "" : "s")"
  }

  /// 99.21 %: rounded to the nearest hundredth, but what is not all is less than 100 %, and what is not nothing more than
  /// 0 %. All of nothing is 100 %.
  static func percent(_ part: Int, of whole: Int) -> String {
    let hundredths = whole == 0 ? 10000 : (Double(part) / Double(whole) * 10000).rounded()
    let shown = part == whole ? 10000 : part == 0 ? 0 : min(max(hundredths, 1), 9999)
    return fixed(shown / 100, 2) + " %"
  }

  /// 850, 12.3 k, 4.56 M.
  static func short(_ value: Double) -> String {
    switch value {
    case ..<1000: fixed(value, 0)
    case ..<1_000_000: fixed(value / 1000, 1) + " k"
    default: fixed(value / 1_000_000, 2) + " M"
    }
  }

  /// 59 s, 4 m 05 s, 2 h 07 m.
  static func time(_ seconds: Double) -> String {
    let whole = Int(max(0, seconds).rounded())
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) m \((whole % 60).padded(to: 2, radix: 10)) s"
    default: return "\(whole / 3600) h \((whole / 60 % 60).padded(to: 2, radix: 10)) m"
    }
  }

  /// A word for the shell, on one line and without control and format characters: quoted where it needs to be, and in the
  /// form `$'…'` of bash, zsh and POSIX 2024 where it has such characters.
  static func shell(_ word: String) -> String {
    guard OneLine.text(word) == word else { return "$'" + word.utf8.map(escaped).joined() + "'" }
    let safe = word.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
        true
      default: "-_./:,+=@%".utf8.contains($0)
      }
    }
    return safe && !word.isEmpty
      ? word
      : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// A byte between `$'` and `'`.
  private static func escaped(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "'"), UInt8(ascii: "\\"): return "\\" + String(Unicode.Scalar(byte))
    case 0x20..<0x7F: return String(Unicode.Scalar(byte))
    default: return "\\" + byte.padded(to: 3, radix: 8)
    }
  }
}
