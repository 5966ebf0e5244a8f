/// Texts that break careless tokenizers, in some twenty scripts.
let awkwardTexts: [String] = [
  "", " ", "\n", "\r\n", "\r", "\n\r", "a\r\nb\rc\nd\r\n\r\n", "\0", "a\0b\0\0c", "\u{FEFF}a\u{FEFF}",
  "plain ASCII, with <unk> and <boundary> and <eos> in it",
  "Zażółć gęślą jaźń",
  "Ångström e\u{301}te\u{301} \u{212B}",
  "Tiếng Việt: Ẳ A\u{30A}\u{301} A\u{328}\u{301}",
  "Ελληνικά· ᾳ ΐ α\u{345}\u{301}", "Русский ё е\u{308} й", "ქართული", "Հայերեն և", "שָׁלוֹם עֲלֵיכֶם",
  "السَّلَامُ عَلَيْكُمْ لا",
  "فارسی \u{200C}نیم‌فاصله",
  "हिन्दी क्षत्रिय र्‍क ड़ क\u{93C}",
  "বাংলা ক্ষ কো ক\u{9C7}\u{9BE}",
  "தமிழ் கௌ க\u{BC6}\u{BD7}", "മലയാളം ക്ഷ", "ภาษาไทย กำ เก้า", "ພາສາລາວ", "မြန်မာ \u{1025}\u{102E}",
  "ភាសាខ្មែរ", "བོད་ཡིག \u{F71}\u{F72} \u{F73}", "አማርኛ", "漢字かな交じり文 が か\u{3099} ﾊﾟ 﨑 \u{F900} \u{2F800}",
  "한국어 \u{1112}\u{1161}\u{11AB} \u{AC00}\u{11A7} \u{AC00}\u{11A8} \u{1100}\u{1161}\u{11A7}",
  "\u{1100}\u{1100}\u{1161}\u{1161}\u{11A8}\u{11A8}", "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 ❤️ 1️⃣ 👨🏿‍🚀", "🇩🇪🇫🇷🇯 🇯🇵🇰", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
  "\u{301}", "\u{301}\u{323}a", "a\u{301}\u{323}\u{327}\u{338}\u{345}", "\n\u{301}", "\r\u{301}\n",
  "\0\u{301}",
  "\u{10FFFF}", String(decoding: [0xEF, 0xBF, 0xBF, 0xEF, 0xBF, 0xBE, 0xEF, 0xB7, 0x90], as: UTF8.self),
  "\u{378}\u{E0080}\u{50000}", "\u{D7FF}\u{E000}\u{FFFD}", "\u{80}\u{7FF}\u{800}\u{10000}",
  "\u{202E}abc\u{202C}\u{2066}x\u{2069}", "\u{200D}\u{200D}", "\u{FE0F}",
  "\u{AD}\u{200B}\u{2028}\u{2029}\u{85}",
  "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
  "ﬁ ² ㎏ ① Ⅷ ﷺ",
  "ẞ ß ſ İ ı K ǰ ŉ ΐ",
  "\u{1D15E}\u{1D1BC}\u{1D165}",
  "can't, it’s 3.14 and 1,000.5; e.g. U.S.A. a_b x:y 1:2 ד\"ר צ'ק ｶﾀｶﾅ_カ don''t",
  "  two\u{A0}\u{A0}spaces \t\u{3000} \u{2003}",
  String(repeating: "👩\u{200D}", count: 40) + "👧" + String(repeating: "\u{200D}", count: 40) + "ℹ️",
  String(repeating: "🇯", count: 41) + "\u{301}🇵" + String(repeating: "\u{200D}🇩", count: 5),
  String(repeating: "\u{1100}", count: 20) + String(repeating: "\u{1161}", count: 20)
    + "\u{11A8}\u{11A8}\u{AC01}\u{11A7}",
  "\u{E0FFF}\u{30000}\u{3FFFD}\u{530}\u{301}\u{2FE0}\u{1DF00}",
]

/// A small seeded generator (SplitMix64), so that a failure comes back.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

/// Random valid texts: code points from everywhere, with many from the blocks where something happens.
func randomTexts(count: Int, seed: UInt64) -> [[UInt8]] {
  var generator = SeededGenerator(state: seed)
  let blocks: [ClosedRange<UInt32>] = [
    0...0x7F, 0...0x7F, 0xA0...0x17F, 0x300...0x36F, 0x300...0x36F, 0x5B0...0x5C7, 0x900...0x94F,
    0x9BE...0x9D7,
    0xBC6...0xBD7, 0xF71...0xF84, 0x1100...0x11FF, 0xAC00...0xAC40, 0x1E00...0x1FFF, 0x200B...0x200F,
    0x3041...0x309A, 0xF900...0xFAFF, 0xFB00...0xFB4F, 0x1F1E6...0x1F1FF, 0x1F468...0x1F469,
    0x1F3FB...0x1F3FF,
    0x1D157...0x1D18B, 0xFE00...0xFE0F, 0...0x10FFFF, 0x1F1E6...0x1F1FF, 0x200D...0x200D, 0...0, 0x22...0x3B,
    0x5D0...0x5D4, 0x30A0...0x30FF, 0x530...0x58F, 0xE0000...0xE01FF,
  ]
  return (0..<count).map { _ in
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...40, using: &generator) {
      let block = blocks.randomElement(using: &generator)!
      if let scalar = Unicode.Scalar(UInt32.random(in: block, using: &generator)) { text.append(scalar) }
    }
    return Array(String(text).utf8)
  }
}
